/**
 * Keeps orphaned descendants within reach: they become children of this process rather than of
 * init.
 */
import { lastErrno, libc, SystemError } from "./libc.js";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

const prctl = libc.func("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]) as (
  option: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
) => number;
const waitpid = libc.func("waitpid", "int", ["int", "void *", "int"]) as (
  pid: number,
  status: null,
  options: number,
) => number;

/** prctl(2), PR_SET_CHILD_SUBREAPER (Linux 3.4). Not inherited by children. */
export function becomeSubreaper(): void {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw new SystemError("prctl", lastErrno());
}

/**
 * Lets go of an adopted child that has ended; does nothing while it runs. Never for children that
 * Node started: it waits for those itself.
 */
export function reap(pid: number): void {
  waitpid(pid, null, WNOHANG);
}
