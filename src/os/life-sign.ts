/**
 * The first sign of another process's death. A killed process closes its sockets, and its parent
 * hears of it, only after the kernel has taken its memory apart: milliseconds for Node's. Before
 * that the kernel marks each robust futex that it held, and wakes who waits for it (set_robust_list(2),
 * kernel/exit.c: exit_mm_release precedes mmput and exit_files). So a process holds one for life,
 * in memory that it shares with those who watch.
 *
 * It is a sign, not the proof: a process without it is watched by its sockets alone, one that can
 * write it can also just say that it is dead.
 */
import { closeSync, ftruncateSync } from "node:fs";
import koffi from "koffi";
import { sealSize } from "./descriptors.js";
import { lastErrno, libc, SystemError } from "./libc.js";
import { syscallNumbers } from "./syscall-numbers.js";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const everybody = 0x7fffffff;
const FUTEX_WAITERS = 0x80000000;
const FUTEX_OWNER_DIED = 0x40000000;

const memfdCreate = libc.func("memfd_create", "int", ["str", "uint"]) as (
  name: string,
  flags: number,
) => number;
const mmap = libc.func("mmap", "void *", ["void *", "size_t", "int", "int", "int", "long"]);
const memcpy = libc.func("memcpy", "void *", ["void *", "void *", "size_t"]);
const munmap = libc.func("munmap", "int", ["void *", "size_t"]);
const setRobustList = libc.func("syscall", "long", ["long", "void *", "size_t"]);
const futex = libc.func("syscall", "long", [
  "long",
  "uint64",
  "long",
  "uint32",
  "void *",
  "void *",
  "uint32",
]);

/**
 * The page begins with a struct robust_list_head: next, futex_offset, list_op_pending. The list's
 * one entry is a pointer back to the head, and at futex_offset from it is the futex.
 */
const pageBytes = 4096;
const headBytes = 24;
const entryAt = 64;
const wordAt = 72;

/** Memory for a sign that nobody gives yet, as a close-on-exec descriptor for those who share it. */
export function createLifeSign(): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  // Where vm.memfd_noexec asks for it; Linux before 6.3 does not know it.
  let fd = memfdCreate("fsfreezed life sign", flags | MFD_NOEXEC_SEAL);
  if (fd < 0) fd = memfdCreate("fsfreezed life sign", flags);
  if (fd < 0) throw new SystemError("memfd_create", lastErrno());
  try {
    ftruncateSync(fd, pageBytes);
    // One who can write it must not be able to take it away under a watcher, which SIGBUS would end.
    sealSize(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Gives the sign from here to the death of the calling thread, which must be the process's first:
 * its robust futexes of before, if any, are not looked after any more, and Node's has none. The
 * descriptor may be closed.
 */
export function giveLifeSign(fd: number): void {
  if (syscallNumbers === undefined) return;
  const page = mapPage(fd, PROT_READ | PROT_WRITE);
  const address = BigInt(koffi.address(page));
  const content = Buffer.alloc(wordAt + 4);
  content.writeBigUInt64LE(address + BigInt(entryAt), 0);
  content.writeBigUInt64LE(BigInt(wordAt - entryAt), 8);
  content.writeBigUInt64LE(address, entryAt);
  // The first thread's id is the process's. The kernel wakes only where it reads of waiters.
  content.writeUInt32LE((process.pid | FUTEX_WAITERS) >>> 0, wordAt);
  memcpy(page, content, content.length);
  if (setRobustList(syscallNumbers.setRobustList, page, headBytes) !== 0)
    throw new SystemError("set_robust_list", lastErrno());
}

/**
 * Calls `onDeath` once, soon after the process that gives the sign has begun to die; never where it
 * gives none yet. Takes one thread of libuv's pool for as long. The descriptor may be closed.
 * Answers, at any time, whether the sign says so already: a signal may be heard before it.
 */
export function watchLifeSign(fd: number, onDeath: () => void): () => boolean {
  if (syscallNumbers === undefined) return () => false;
  const page = mapPage(fd, PROT_READ);
  const word = (): number => koffi.decode(page, wordAt, "uint32_t") as number;
  const alive = word();
  let isDead = (): boolean => (word() & FUTEX_OWNER_DIED) !== 0;
  const address = BigInt(koffi.address(page)) + BigInt(wordAt);
  const number = syscallNumbers.futex;
  const call = (operation: number, value: number): readonly unknown[] => [
    number,
    address,
    operation,
    value,
    null,
    null,
    0,
  ];
  const look = (goOn: boolean): void => {
    if (goOn && !isDead()) {
      futex.async(...call(FUTEX_WAIT, alive), (error: Error | null, result: number) => {
        const errno = result === 0 ? "" : lastErrno();
        look(error === null && (errno === "" || errno === "EINTR"));
      });
      return;
    }
    const dead = isDead();
    // The kernel has woken one of those who wait.
    if (dead) futex(...call(FUTEX_WAKE, everybody));
    munmap(page, pageBytes);
    isDead = () => dead;
    if (dead) onDeath();
  };
  look(alive !== 0);
  return () => isDead();
}

function mapPage(fd: number, protection: number): unknown {
  const page = mmap(null, pageBytes, protection, MAP_SHARED, fd, 0);
  if (koffi.address(page) === MAP_FAILED) throw new SystemError("mmap", lastErrno());
  return page;
}
