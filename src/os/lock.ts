/** A lock that a dead process cannot keep: flock(2) on a file, released by the kernel with the last descriptor. */
import { closeSync, openSync } from "node:fs";
import { lastErrno, libc, SystemError } from "./libc.js";

const flock = libc.func("flock", "int", ["int", "int"]) as (
  fd: number,
  operation: number,
) => number;

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Takes the lock for the life of this process; undefined when another process has it. Node opens files close-on-exec. */
export function tryLock(path: string): { release(): void } | undefined {
  const fd = openSync(path, "a", 0o600);
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return { release: () => closeSync(fd) };
  const errno = lastErrno();
  closeSync(fd);
  if (errno === "EAGAIN") return undefined;
  throw new SystemError("flock", errno, path);
}
