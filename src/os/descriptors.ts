/** Descriptors as such. */
import { lastErrno, libc, SystemError } from "./libc.js";

const F_DUPFD_CLOEXEC = 1030;

// Variadic in C; Linux' calling conventions on x86-64 and arm64 pass three integers alike either
// way.
const fcntl = libc.func("fcntl", "int", ["int", "int", "int"]) as (
  fd: number,
  command: number,
  argument: number,
) => number;

/** A second, close-on-exec descriptor of what is open. */
export function duplicate(fd: number): number {
  const copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw new SystemError("fcntl", lastErrno(), `duplicate ${fd}`);
  return copy;
}
