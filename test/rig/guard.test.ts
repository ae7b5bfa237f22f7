/** However the tests end, the machine is as it was within 5 s. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect } from "vitest";
import { descendants, waitUntilGone } from "../support/process-tree.js";
import { requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { readLoops, readMounts } from "../support/sweep.mjs";

interface Report {
  readonly pid: number;
  readonly guard: number;
  readonly writer: number;
  readonly directory: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "rig-guard-test-"));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

/** A vitest in a process group of its own, at the moment when its mess is complete. */
async function startVictim(): Promise<{ readonly runner: number; readonly report: Report }> {
  const file = join(scratch, "report.json");
  const child = spawn(
    process.execPath,
    [vitest, "run", "--config", "test/rig/victim/vitest.config.ts"],
    {
      cwd: root,
      detached: true,
      stdio: "ignore",
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, RIG_VICTIM_REPORT: file },
    },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error("vitest did not start");
  (await rigSession()).watch(pid);
  await expect
    .poll(() => existsSync(file) && readFileSync(file, "utf8"), { timeout: 30_000 })
    .toMatch(/\n$/);
  const report: Report = JSON.parse(readFileSync(file, "utf8"));
  return { runner: pid, report };
}

async function expectNothingLeft(report: Report): Promise<void> {
  const left = () => [
    ...readMounts().filter((mount) => mount.mountPoint.startsWith(report.directory)),
    ...readLoops().filter((loop) => loop.backingFile.startsWith(report.directory)),
    ...(existsSync(report.directory) ? [report.directory] : []),
  ];
  await expect.poll(left, { timeout: 5000 }).toEqual([]);
  for (const pid of [report.pid, report.guard, report.writer]) await waitUntilGone(pid, 1000);
}

const tests = requires("root", "loop", "ext4", "python3");

tests.test("after SIGKILL of the process that made them", async () => {
  const { runner, report } = await startVictim();
  process.kill(report.pid, "SIGKILL");
  await expectNothingLeft(report);
  if (descendants(process.pid).includes(runner)) process.kill(-runner, "SIGKILL");
});

tests.test("after SIGKILL of the whole process group", async () => {
  const { runner, report } = await startVictim();
  process.kill(-runner, "SIGKILL");
  await expectNothingLeft(report);
});

tests.test("after Ctrl-C in the terminal", async () => {
  const { runner, report } = await startVictim();
  process.kill(-runner, "SIGINT");
  // vitest's own grace for tests that are running; a second Ctrl-C, as people do, cuts it short.
  setTimeout(() => {
    if (descendants(process.pid).includes(runner)) process.kill(-runner, "SIGINT");
  }, 500);
  await expectNothingLeft(report);
});
