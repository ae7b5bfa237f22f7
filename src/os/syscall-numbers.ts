/**
 * The number of each system call that libc may not wrap (arch/x86/entry/syscalls/syscall_64.tbl,
 * asm-generic/unistd.h).
 */
interface SyscallNumbers {
  readonly bpf: number;
  readonly futex: number;
  readonly openat2: number;
  readonly preadv2: number;
  readonly schedSetattr: number;
  readonly schedSetscheduler: number;
  readonly setRobustList: number;
  readonly statx: number;
}

export type SyscallName = keyof SyscallNumbers;

const byArchitecture: Readonly<Record<string, SyscallNumbers>> = {
  x64: {
    bpf: 321,
    futex: 202,
    openat2: 437,
    preadv2: 327,
    schedSetattr: 314,
    schedSetscheduler: 144,
    setRobustList: 273,
    statx: 332,
  },
  arm64: {
    bpf: 280,
    futex: 98,
    openat2: 437,
    preadv2: 286,
    schedSetattr: 274,
    schedSetscheduler: 119,
    setRobustList: 99,
    statx: 291,
  },
};

/** undefined on an architecture that nobody has looked up: whoever calls one needs a way round it. */
export const syscallNumbers: SyscallNumbers | undefined = byArchitecture[process.arch];
