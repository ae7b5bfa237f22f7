/**
 * A lock that a dead process cannot keep: flock(2) on a file, released by the kernel with the last
 * descriptor.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { errorCode, lastErrno, libc, SystemError } from "./libc.js";

const flock = libc.func("flock", "int", ["int", "int"]) as (
  fd: number,
  operation: number,
) => number;

const LOCK_EX = 2;
const LOCK_NB = 4;

export interface Lock {
  release(): void;
}

/**
 * Takes the lock for the life of this process; undefined when another process has it. Node opens
 * files close-on-exec.
 */
export function tryLock(path: string): Lock | undefined {
  return tryLockOpened(path, "a");
}

/**
 * The same on a directory itself: of one that is about to be mounted over, whoever opened it before
 * locks what lies below.
 */
export function tryLockDirectory(path: string): Lock | undefined {
  return tryLockOpened(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

function tryLockOpened(path: string, flags: string | number): Lock | undefined {
  for (;;) {
    const fd = openSync(path, flags, 0o600);
    if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
      const errno = lastErrno();
      closeSync(fd);
      if (errno === "EAGAIN") return undefined;
      throw new SystemError("flock", errno, path);
    }
    if (isStillAt(fd, path)) return { release: () => closeSync(fd) };
    // Its last owner removed it, or mounted over it, between our open and our flock: that lock is
    // worth nothing.
    closeSync(fd);
  }
}

function isStillAt(fd: number, path: string): boolean {
  const held = fstatSync(fd, { bigint: true });
  try {
    const there = statSync(path, { bigint: true });
    return there.ino === held.ino && there.dev === held.dev;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
