/**
 * Names of the system calls that a freeze can block, and which of their arguments is the descriptor that is written to.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (arm64).
 */

interface Call {
  readonly name: string;
  /** Index of the argument that is the descriptor written to; undefined where it works by path. */
  readonly fd?: number;
}

const calls = {
  write: { x64: 1, arm64: 64, fd: 0 },
  pwrite64: { x64: 18, arm64: 68, fd: 0 },
  writev: { x64: 20, arm64: 66, fd: 0 },
  pwritev: { x64: 296, arm64: 70, fd: 0 },
  pwritev2: { x64: 328, arm64: 287, fd: 0 },
  sendfile: { x64: 40, arm64: 71, fd: 0 },
  splice: { x64: 275, arm64: 76, fd: 2 },
  copy_file_range: { x64: 326, arm64: 285, fd: 2 },
  ftruncate: { x64: 77, arm64: 46, fd: 0 },
  fallocate: { x64: 285, arm64: 47, fd: 0 },
  fchmod: { x64: 91, arm64: 52, fd: 0 },
  fchown: { x64: 93, arm64: 55, fd: 0 },
  fsetxattr: { x64: 190, arm64: 7, fd: 0 },
  fremovexattr: { x64: 199, arm64: 16, fd: 0 },
  ioctl: { x64: 16, arm64: 29, fd: 0 },
  open: { x64: 2 },
  creat: { x64: 85 },
  openat: { x64: 257, arm64: 56 },
  openat2: { x64: 437, arm64: 437 },
  truncate: { x64: 76, arm64: 45 },
  mkdir: { x64: 83 },
  mkdirat: { x64: 258, arm64: 34 },
  rmdir: { x64: 84 },
  unlink: { x64: 87 },
  unlinkat: { x64: 263, arm64: 35 },
  rename: { x64: 82 },
  renameat: { x64: 264, arm64: 38 },
  renameat2: { x64: 316, arm64: 276 },
  link: { x64: 86 },
  linkat: { x64: 265, arm64: 37 },
  symlink: { x64: 88 },
  symlinkat: { x64: 266, arm64: 36 },
  mknod: { x64: 133 },
  mknodat: { x64: 259, arm64: 33 },
  chmod: { x64: 90 },
  fchmodat: { x64: 268, arm64: 53 },
  fchmodat2: { x64: 452, arm64: 452 },
  chown: { x64: 92 },
  lchown: { x64: 94 },
  fchownat: { x64: 260, arm64: 54 },
  utime: { x64: 132 },
  utimes: { x64: 235 },
  futimesat: { x64: 261 },
  utimensat: { x64: 280, arm64: 88 },
  setxattr: { x64: 188, arm64: 5 },
  lsetxattr: { x64: 189, arm64: 6 },
  removexattr: { x64: 197, arm64: 14 },
  lremovexattr: { x64: 198, arm64: 15 },
  bind: { x64: 49, arm64: 200 },
  io_submit: { x64: 209, arm64: 2 },
  io_uring_enter: { x64: 426, arm64: 426 },
} as const satisfies Readonly<
  Record<string, { readonly x64: number; readonly arm64?: number; readonly fd?: number }>
>;

function numbered(arch: NodeJS.Architecture): ReadonlyMap<number, Call> {
  const byNumber = new Map<number, Call>();
  if (arch !== "x64" && arch !== "arm64") return byNumber;
  for (const [name, call] of Object.entries(calls)) {
    const number: number | undefined =
      arch in call ? (call as Record<string, number>)[arch] : undefined;
    if (number !== undefined) byNumber.set(number, "fd" in call ? { name, fd: call.fd } : { name });
  }
  return byNumber;
}

const here = numbered(process.arch);

export function syscallByNumber(number: number): Call {
  // Between system calls a thread can only be in an exception: a page fault that must write.
  if (number === -1) return { name: "a write to a mapped file" };
  return here.get(number) ?? { name: `system call ${number}` };
}
