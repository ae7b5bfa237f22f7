/** The end of a process that must not wait for its threads. */
import { libc } from "./libc.js";

const exit = libc.func("_exit", "void", ["int"]) as (status: number) => void;

/**
 * _exit(2). process.exit waits for every call that is under way on libuv's pool
 * (uv_library_shutdown joins the threads; measured with Node 20: as long as a sleep(4) takes), and
 * ours can be stuck in the kernel. Nothing is flushed.
 */
export function exitNow(status: number): never {
  exit(status);
  throw new Error("_exit returned");
}
