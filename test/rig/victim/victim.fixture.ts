/** Run by guard.test.ts in a vitest of its own: makes a mess, says so in a file, and never ends. */
import { appendFile, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { must } from "../../support/command.js";
import { createLoopFilesystem } from "../../support/loop-filesystem.js";
import { rigSession } from "../../support/rig-session.js";
import { Writer } from "../../support/writer.js";

test("a mess", { timeout: 600_000 }, async () => {
  const lower = await createLoopFilesystem({ type: "ext4", sizeMb: 200 });
  const upper = await createLoopFilesystem({ type: "ext4", storedIn: lower, sizeMb: 32 });
  const ghost = await createLoopFilesystem({ type: "ext4" });
  await ghost.makeGhost();
  await upper.bind();
  const writer = await Writer.start("buffered", upper.mountPoint);
  await must("fsfreeze", ["-f", upper.mountPoint]);
  await must("fsfreeze", ["-f", lower.mountPoint]);
  await writer.waitUntilBlocked();
  // A thread of this process in D state: killed, it keeps the pipe to the guard open.
  appendFile(join(upper.mountPoint, "own"), "x", () => {});
  const session = await rigSession();
  const report = { pid: process.pid, guard: session.guardPid, directory: session.directory };
  writeFileSync(
    process.env.RIG_VICTIM_REPORT ?? "",
    `${JSON.stringify({ ...report, writer: writer.pid })}\n`,
  );
  await new Promise(() => {});
});
