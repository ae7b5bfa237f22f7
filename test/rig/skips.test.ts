/** What a machine lacks is counted, and fails where it is asked to. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type CommandResult, run } from "../support/command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
const vitest = join(dirname(manifest), "vitest.mjs");

function runFixture(environment: Readonly<Record<string, string>>): Promise<CommandResult> {
  const script = 'cd "$1" && exec "$2" "$3" run --config test/rig/skips/vitest.config.ts';
  return run("sh", ["-c", script, "sh", root, process.execPath, vitest], {
    env: { NO_COLOR: "1", FSFREEZED_SKIPS: "", ...environment },
    limitMs: 50_000,
  });
}

test("a missing requirement is a skip with a reason that is counted at the end", async () => {
  const result = await runFixture({ FSFREEZED_WITHOUT: "xfs" });
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/1 passed \| 2 skipped/);
  expect(result.stdout).toContain("2 x xfs: switched off by FSFREEZED_WITHOUT");
});

test("with FSFREEZED_SKIPS=fail it is a failure", async () => {
  const result = await runFixture({ FSFREEZED_WITHOUT: "xfs", FSFREEZED_SKIPS: "fail" });
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/2 failed \| 1 passed/);
  expect(result.stderr).toContain("this test could not run: xfs: switched off");
});
