/**
 * The system calls that Node does not have, bound by koffi. Synchronous ones answer in about 0.2 us
 * and never block; those that may block run on libuv's pool (see thread-lanes.ts). Failures are
 * `errno` names in the answer, because here most are expected.
 */
import koffi from "koffi";
import { errnoName, lastErrno, libc } from "../../os/libc.js";
import { type SyscallName, syscallNumbers } from "../../os/syscall-numbers.js";

/**
 * libc's syscall(2), declared with as many arguments as a call needs: a variadic declaration could
 * not run asynchronously.
 */
function syscall(name: SyscallName, argumentTypes: string[]): RawCall {
  if (syscallNumbers === undefined) {
    // Each of these calls has a way round it that its caller takes on ENOSYS.
    const absent = (): number => {
      koffi.errno(koffi.os.errno.ENOSYS ?? 38);
      return -1;
    };
    return Object.assign(absent, {
      async: (...args: unknown[]) => {
        const callback = args.at(-1) as AsyncCallback;
        setImmediate(() => {
          koffi.errno(koffi.os.errno.ENOSYS ?? 38);
          callback(null, -1);
        });
      },
    });
  }
  const call = libc.func("syscall", "long", ["long", ...argumentTypes]);
  const number = syscallNumbers[name];
  return Object.assign((...args: unknown[]) => call(number, ...args) as number, {
    async: (...args: unknown[]) => {
      call.async(number, ...args);
    },
  });
}

type AsyncCallback = (error: Error | null, result: number) => void;

interface RawCall {
  (...args: unknown[]): number;
  async(...args: unknown[]): void;
}

export type Outcome = { readonly value: number } | { readonly errno: string };

function outcome(result: number): Outcome {
  return result >= 0 ? { value: result } : { errno: lastErrno() };
}

/**
 * Runs a call on libuv's pool. errno is koffi's own only inside the callback, so it is read there.
 */
function onPool(call: { async(...args: unknown[]): void }, ...args: unknown[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const callback: AsyncCallback = (error, result) => {
      const code = result >= 0 ? 0 : koffi.errno();
      if (error !== null) reject(error);
      else resolve(code === 0 ? { value: result } : { errno: errnoName(code) });
      // Naming the arguments here keeps their buffers alive for as long as the kernel may use them.
      args.length = 0;
    };
    call.async(...args, callback);
  });
}

const FIFREEZE = 0xc0045877;
const FITHAW = 0xc0045878;

const ioctlNumber = libc.func("ioctl", "int", ["int", "ulong", "int"]);
const ioctlPointer = libc.func("ioctl", "int", ["int", "ulong", "void *"]) as (
  fd: number,
  request: number,
  argument: Uint8Array,
) => number;
const syncfsCall = libc.func("syncfs", "int", ["int"]);

/**
 * ioctl_fs(2): flushes, then holds all writers back. Blocks for as long as the kernel likes, and
 * cannot be interrupted.
 */
export function fifreeze(fd: number): Promise<Outcome> {
  return onPool(ioctlNumber, fd, FIFREEZE, 0);
}

export function fithaw(fd: number): Promise<Outcome> {
  return onPool(ioctlNumber, fd, FITHAW, 0);
}

export function syncfs(fd: number): Promise<Outcome> {
  return onPool(syncfsCall, fd);
}

/** An ioctl that only reads memory of the kernel. */
export function ioctl(fd: number, request: number, argument: Uint8Array): Outcome {
  return outcome(ioctlPointer(fd, request, argument));
}

export const O_RDONLY = 0;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
/** fcntl.h of the architecture: arm64 has numbers of its own for these two. */
export const O_DIRECTORY = process.arch === "arm64" ? 0o40000 : 0o200000;
export const O_NOFOLLOW = process.arch === "arm64" ? 0o100000 : 0o400000;

const RESOLVE_NO_MAGICLINKS = 2;
const RESOLVE_NO_SYMLINKS = 4;
const AT_FDCWD = -100;

const openat2Call = syscall("openat2", ["int", "void *", "void *", "size_t"]);
const openCall = libc.func("open", "int", ["void *", "int", "int"]);

/**
 * Opens a path that has no symbolic link in it, on the pool, because a lookup may have to read from
 * a slow disk. A link that appeared since the path was looked at gives ELOOP instead of leading
 * elsewhere (openat2(2), Linux 5.6; before that, and where a seccomp filter hides the call, only
 * the last component is protected).
 */
export async function openNoSymlinks(path: Buffer, flags: number): Promise<Outcome> {
  const name = Buffer.concat([path, Buffer.alloc(1)]);
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS), 16);
  const opened = await onPool(openat2Call, AT_FDCWD, name, how, how.length);
  if ("value" in opened || (opened.errno !== "ENOSYS" && opened.errno !== "EPERM")) return opened;
  return onPool(openCall, name, flags | O_CLOEXEC | O_NOFOLLOW, 0);
}

/**
 * Opens at once. For device nodes and files of sysfs and procfs, whose lookup never waits for a
 * disk.
 */
export function open(path: string, flags: number): Outcome {
  return outcome(openCall(Buffer.from(`${path}\0`), flags | O_CLOEXEC, 0) as number);
}

export interface StatxAnswer {
  readonly mode: number;
  /** st_dev, which on a btrfs subvolume is not mountinfo's device. */
  readonly device: { readonly major: number; readonly minor: number };
  /** The mount's id as in mountinfo; undefined before Linux 5.8. */
  readonly mountId?: number;
  /** Whether the descriptor is the root of its mount; undefined before Linux 5.8. */
  readonly mountRoot?: boolean;
}

const AT_EMPTY_PATH = 0x1000;
const AT_NO_AUTOMOUNT = 0x800;
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_TYPE = 1;
const STATX_MNT_ID = 0x1000;
const STATX_ATTR_MOUNT_ROOT = 0x2000;

const statxCall = syscall("statx", ["int", "void *", "int", "uint", "void *"]);
const emptyPath = Buffer.alloc(1);

/**
 * statx(2) of an open descriptor. Offsets are those of struct statx (include/uapi/linux/stat.h).
 */
export function statx(fd: number): StatxAnswer | { readonly errno: string } {
  const buffer = Buffer.alloc(256);
  const flags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (statxCall(fd, emptyPath, flags, STATX_TYPE | STATX_MNT_ID, buffer) !== 0)
    return { errno: lastErrno() };
  const knowsRoot = (buffer.readUInt32LE(56) & STATX_ATTR_MOUNT_ROOT) !== 0;
  return {
    mode: buffer.readUInt16LE(28),
    device: { major: buffer.readUInt32LE(136), minor: buffer.readUInt32LE(140) },
    ...((buffer.readUInt32LE(0) & STATX_MNT_ID) === 0
      ? {}
      : { mountId: Number(buffer.readBigUInt64LE(144)) }),
    ...(knowsRoot ? { mountRoot: (buffer.readUInt32LE(8) & STATX_ATTR_MOUNT_ROOT) !== 0 } : {}),
  };
}

const RWF_NOWAIT = 8;
const preadv2Call = syscall("preadv2", ["int", "void *", "int", "ulong", "ulong", "int"]);

/**
 * Reads what is in the page cache, and never waits: EAGAIN where the kernel would have to read from
 * the device (preadv2(2), RWF_NOWAIT; for block devices since Linux 4.14). Answers undefined unless
 * all of `length` was there.
 */
export function preadCached(fd: number, offset: number, length: number): Buffer | undefined {
  const buffer = Buffer.alloc(Math.max(length, 128));
  const iovec = Buffer.alloc(16);
  iovec.writeBigUInt64LE(BigInt(koffi.address(buffer)), 0);
  iovec.writeBigUInt64LE(BigInt(length), 8);
  const read = preadv2Call(fd, iovec, 1, offset, 0, RWF_NOWAIT);
  return read === length ? buffer.subarray(0, length) : undefined;
}

const bpfCall = syscall("bpf", ["int", "void *", "uint"]);

/**
 * bpf(2) with a `union bpf_attr` that the caller has laid out. `pointedTo`: every buffer whose
 * address is written in it.
 */
export function bpf(command: number, attributes: Uint8Array, ...pointedTo: Uint8Array[]): Outcome {
  const answer = outcome(bpfCall(command, attributes, attributes.byteLength));
  // Naming them after the call keeps them from being collected before it.
  pointedTo.length = 0;
  return answer;
}

/**
 * Where a buffer's bytes are. It must live until the kernel has read them; Node never moves a
 * Buffer's memory.
 */
export function addressOf(buffer: Uint8Array): bigint {
  return BigInt(koffi.address(buffer));
}
