/** Descriptors as such. */
import { lastErrno, libc, SystemError } from "./libc.js";

const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const F_ADD_SEALS = 1033;
const FD_CLOEXEC = 1;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;

// Variadic in C; Linux' calling conventions on x86-64 and arm64 pass three integers alike either
// way.
const fcntlCall = libc.func("fcntl", "int", ["int", "int", "int"]) as (
  fd: number,
  command: number,
  argument: number,
) => number;

function fcntl(fd: number, command: number, argument: number, what: string): number {
  const result = fcntlCall(fd, command, argument);
  if (result < 0) throw new SystemError("fcntl", lastErrno(), `${what} ${fd}`);
  return result;
}

/** A second, close-on-exec descriptor of what is open. */
export function duplicate(fd: number): number {
  return fcntl(fd, F_DUPFD_CLOEXEC, 0, "duplicate");
}

export function closeOnExec(fd: number): void {
  fcntl(fd, F_SETFD, FD_CLOEXEC, "close on exec");
}

/** Memory (memfd_create(2)) keeps its size from here on, whoever else has it. */
export function sealSize(fd: number): void {
  fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW, "seal");
}
