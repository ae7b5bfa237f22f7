/**
 * The C library of this process, and errno as names. Everything that calls into libc by koffi
 * starts here, so that errno is read in one way: koffi keeps it per call, it is right only in the
 * very next statement after a synchronous call, and only inside the callback of an asynchronous
 * one.
 */
import koffi from "koffi";

/**
 * How many asynchronous calls may run or wait for a thread; koffi throws at the next one. Its
 * default of 256 is less than a busy guardian's pool, and it can be changed only before the first
 * library is loaded.
 */
const mostAsyncCalls = 2048;
if ((koffi.config().max_async_calls ?? 0) < mostAsyncCalls)
  koffi.config({ max_async_calls: mostAsyncCalls });

/** `null` is the process itself: works with glibc and musl, whatever the file of libc is called. */
export const libc = koffi.load(null);

/**
 * Where Linux has two names for one number (asm-generic/errno.h), people know the first of these.
 */
const preferredNames = ["EAGAIN", "EDEADLK", "EOPNOTSUPP"] as const;

const namesByNumber: ReadonlyMap<number, string> = (() => {
  const names = new Map<number, string>();
  for (const [name, code] of Object.entries(koffi.os.errno)) names.set(code, name);
  for (const name of preferredNames) {
    const code = koffi.os.errno[name];
    if (code !== undefined) names.set(code, name);
  }
  return names;
})();

/** "EBUSY" for 16; "E531" for a number that has no name. */
export function errnoName(code: number): string {
  return namesByNumber.get(code) ?? `E${code}`;
}

/** The symbolic errno of the synchronous call in the statement before. */
export function lastErrno(): string {
  return errnoName(koffi.errno());
}

/** A system call failed. `code` is the errno's name, as in Node's own errors. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;
  readonly syscall: string;

  constructor(syscall: string, code: string, detail?: string) {
    super(`${syscall}: ${code}${detail === undefined ? "" : `: ${detail}`}`);
    this.code = code;
    this.syscall = syscall;
  }
}

/**
 * The errno name of whatever a Node or libc call threw; undefined when it was not a system call's
 * error.
 */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  return undefined;
}
