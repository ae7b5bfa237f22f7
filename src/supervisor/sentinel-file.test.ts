import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tryLock } from "../os/lock.js";
import { identify, lifeOf, type ProcessIdentity } from "./process-life.js";
import { lockPath, lockState, sentinelFileName, writeSentinelFile } from "./sentinel-file.js";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "fsfreezed-sentinel-"));
});
afterEach(() => {
  rmSync(stateDir, { recursive: true });
});

/** A process that keeps the lock until it ends. */
async function holder(): Promise<ProcessIdentity> {
  const program = 'exec 9>>"$0"; flock -x 9; echo locked; exec sleep 60';
  const child = spawn("sh", ["-c", program, lockPath(stateDir)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error("it has not started");
  return identity;
}

/** No process has this start time. */
const dead: ProcessIdentity = { pid: process.pid, startTicks: "1" };

test("a free lock is taken at once", async () => {
  const lock = await lockState(stateDir);
  expect(tryLock(lockPath(stateDir))).toBeUndefined();
  lock?.release();
});

test("that of a living service is not waited for", async () => {
  const service = await holder();
  const other = await holderOfNothing();
  writeSentinelFile(stateDir, { supervisor: service, sentinel: other });
  expect(await lockState(stateDir)).toBeUndefined();
  process.kill(service.pid);
  process.kill(other.pid);
});

test("a sentinel of a dead service is waited for until it is done", async () => {
  const sentinel = await holder();
  writeSentinelFile(stateDir, { supervisor: dead, sentinel });
  let locked = false;
  const locking = lockState(stateDir).then((lock) => {
    locked = true;
    return lock;
  });
  await sleep(100);
  expect(locked).toBe(false);
  process.kill(sentinel.pid);
  expect(await locking).toBeDefined();
});

test("but not for ever: then it is killed", async () => {
  const sentinel = await holder();
  writeSentinelFile(stateDir, { supervisor: dead, sentinel });
  expect(await lockState(stateDir, 50)).toBeDefined();
  expect(lifeOf(sentinel)).not.toBe("alive");
});

test("whoever else has the lock is neither waited for nor killed", async () => {
  const stranger = await holder();
  for (const content of ["", "{}", "[]", "null", '{"supervisor":{"pid":1},"sentinel":{"pid":1}}']) {
    writeFileSync(join(stateDir, sentinelFileName), content);
    expect(await lockState(stateDir, 0)).toBeUndefined();
  }
  writeSentinelFile(stateDir, { supervisor: dead, sentinel: dead });
  expect(await lockState(stateDir, 0)).toBeUndefined();
  expect(lifeOf(stranger)).toBe("alive");
  process.kill(stranger.pid);
});

async function holderOfNothing(): Promise<ProcessIdentity> {
  const { pid = 0 } = spawn("sleep", ["60"], { stdio: "ignore" });
  const identity = identify(pid);
  if (identity === undefined) throw new Error("it has not started");
  return identity;
}
