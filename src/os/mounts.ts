/** The few mounts that the service makes for itself: memory for its state, bpffs for its pins. */
import { statfsSync } from "node:fs";
import { lastErrno, libc, SystemError } from "./libc.js";

const mountCall = libc.func("mount", "int", ["str", "str", "str", "ulong", "str"]) as (
  source: string,
  target: string,
  type: string,
  flags: number,
  data: string,
) => number;
const umount2 = libc.func("umount2", "int", ["str", "int"]) as (
  target: string,
  flags: number,
) => number;

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

export type MemoryFilesystem = "tmpfs" | "ramfs" | "bpffs" | "other";

/** include/uapi/linux/magic.h. devtmpfs answers as tmpfs. */
const typesByMagic: ReadonlyMap<number, MemoryFilesystem> = new Map([
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
  [0xcafe4a11, "bpffs"],
]);

/**
 * The type of the file system that holds `path`, by statfs(2). Only for our own directories: it
 * waits for a dead NFS server.
 */
export function filesystemTypeOf(path: string): MemoryFilesystem {
  // The kernel's f_type is signed on some architectures; the magic numbers are 32 bits.
  return typesByMagic.get(Number(statfsSync(path).type) >>> 0) ?? "other";
}

function mount(type: string, path: string, data: string): void {
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mountCall("fsfreezed", path, type, flags, data) !== 0)
    throw new SystemError("mount", lastErrno(), `${type} on ${path}`);
}

/**
 * Its root is searchable by all (the socket in it has a mode of its own) and writable by its owner.
 */
export function mountTmpfs(path: string): void {
  mount("tmpfs", path, "mode=0755,size=64m");
}

/** For BPF pins: whoever can open one can change the evidence, so only the owner may enter. */
export function mountBpffs(path: string): void {
  mount("bpf", path, "mode=0700");
}

/**
 * `lazy` detaches at once and lets the kernel clean up when nobody uses it any more. Throws EBUSY
 * otherwise.
 */
export function unmount(path: string, options: { readonly lazy?: boolean } = {}): void {
  const flags = UMOUNT_NOFOLLOW | (options.lazy === true ? MNT_DETACH : 0);
  if (umount2(path, flags) !== 0) throw new SystemError("umount2", lastErrno(), path);
}
