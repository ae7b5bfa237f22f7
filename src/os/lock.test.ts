import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tryLock, tryLockDirectory } from "./lock.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a lock is one's alone until it is released", () => {
  const path = join(directory, "lock");
  const first = tryLock(path);
  expect(first).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  first?.release();
  const second = tryLock(path);
  expect(second).toBeDefined();
  second?.release();
});

test("a dead process keeps none, however it died", async () => {
  const path = join(directory, "lock");
  const child = spawn("flock", [path, "sleep", "60"], { detached: true, stdio: "ignore" });
  await until(() => existsSync(path) && !isFree(path));
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await until(() => isFree(path));
});

/** Takes it for a moment, for which flock(1) waits. */
function isFree(path: string): boolean {
  const lock = tryLock(path);
  lock?.release();
  return lock !== undefined;
}

async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error("it never came so far");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("the lock of a file that was removed is not the lock of the one that took its place", () => {
  const path = join(directory, "lock");
  const removed = tryLock(path);
  rmSync(path);
  const present = tryLock(path);
  expect(present).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  removed?.release();
  expect(tryLock(path)).toBeUndefined();
  present?.release();
});

test("a directory itself can be locked, and is not changed by it", () => {
  const lock = tryLockDirectory(directory);
  expect(lock).toBeDefined();
  expect(tryLockDirectory(directory)).toBeUndefined();
  lock?.release();
  expect(() => tryLockDirectory(join(directory, "none"))).toThrow(/ENOENT/);
});
