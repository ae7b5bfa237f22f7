/** Runs in every process that tests on the real kernel: each test gets the guard's full time, and may not need it. */
import { afterEach, beforeEach } from "vitest";
import { startedRigSession } from "./rig-session.js";

beforeEach(async () => {
  const session = await startedRigSession();
  session?.takeFired();
  session?.rearmAll();
});

afterEach(async () => {
  const session = await startedRigSession();
  const fired = session?.takeFired() ?? [];
  if (fired.length > 0) {
    throw new Error(`the rig's guard had to thaw ${fired.join(", ")}: the test left it frozen`);
  }
});
