/**
 * What a process sets and asks about itself: its parent's death, its clock, its privilege, its
 * place in line for the OOM killer.
 */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { errorCode, lastErrno, libc, SystemError } from "./libc.js";

const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;
const CAP_SYS_ADMIN = 21;
const CAP_SYS_NICE = 23;

// prctl is variadic in C; Linux' calling conventions on x86-64 and arm64 pass five integers alike
// either way.
const prctl = libc.func("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]) as (
  option: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
) => number;
const clockGettime = libc.func("clock_gettime", "int", ["int", "void *"]) as (
  clock: number,
  timespec: Uint8Array,
) => number;

/**
 * Asks for `signal` when the parent thread dies (prctl(2), PR_SET_PDEATHSIG). setresuid(2) and
 * execve(2) of a set-uid program clear it, so call it after a change of uid. The parent may have
 * died before the call: compare `process.ppid` afterwards.
 */
export function setParentDeathSignal(signal: number): void {
  if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) !== 0) throw new SystemError("prctl", lastErrno());
}

/**
 * No core dump, and no ptrace or look at the memory by other processes of the same user (prctl(2),
 * PR_SET_DUMPABLE): for one that has a secret and runs as a user that others run as, too. execve(2)
 * undoes it.
 */
export function forbidDumps(): void {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) !== 0) throw new SystemError("prctl", lastErrno());
}

const timespec = new DataView(new ArrayBuffer(16));
const timespecBytes = new Uint8Array(timespec.buffer);

function clockUs(clock: number): number {
  if (clockGettime(clock, timespecBytes) !== 0) throw new SystemError("clock_gettime", lastErrno());
  // struct timespec is two 64-bit numbers on all 64-bit kernels. Seconds below 2^52 are exact as
  // numbers.
  const seconds = timespec.getUint32(0, true) + timespec.getInt32(4, true) * 2 ** 32;
  return seconds * 1e6 + Math.trunc(timespec.getUint32(8, true) / 1000);
}

/**
 * CLOCK_BOOTTIME in whole microseconds: monotonic, and it counts while the machine is suspended.
 */
export function clockBoottimeUs(): number {
  return clockUs(CLOCK_BOOTTIME);
}

/** CLOCK_REALTIME in whole microseconds since 1970. */
export function clockRealtimeUs(): number {
  return clockUs(CLOCK_REALTIME);
}

/** True for a capability in the `CapEff` line of /proc/PID/status. */
export function hasCapability(status: string, capability: number): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return hex !== undefined && ((BigInt(`0x${hex}`) >> BigInt(capability)) & 1n) === 1n;
}

/**
 * The user namespace that the kernel was born with has this fixed inode (include/linux/proc_ns.h,
 * PROC_USER_INIT_INO 0xEFFFFFFD). A container's root with all capabilities is in another one, and
 * FIFREEZE answers EPERM there.
 */
const INITIAL_USER_NAMESPACE = "user:[4026531837]";

/**
 * True when this process has CAP_SYS_ADMIN in the initial user namespace: what FIFREEZE and FITHAW
 * ask for.
 */
export function capEffective(): boolean {
  return hasOwnCapability(CAP_SYS_ADMIN) && inInitialUserNamespace();
}

/** True when this process may say how other users' processes are scheduled. */
export function mayScheduleOthers(): boolean {
  return hasOwnCapability(CAP_SYS_NICE);
}

function hasOwnCapability(capability: number): boolean {
  return hasCapability(readFileSync("/proc/self/status", "latin1"), capability);
}

export function inInitialUserNamespace(): boolean {
  try {
    return readlinkSync("/proc/self/ns/user") === INITIAL_USER_NAMESPACE;
  } catch (error) {
    // A kernel without CONFIG_USER_NS has no such file, and but one user namespace.
    if (errorCode(error) === "ENOENT") return true;
    throw error;
  }
}

/**
 * -1000 (never killed) to 1000. Lowering it needs CAP_SYS_RESOURCE: false when that is missing, so
 * that the caller can say so and go on.
 */
export function setOomScoreAdj(score: number): boolean {
  try {
    writeFileSync("/proc/self/oom_score_adj", String(score));
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
    throw error;
  }
}
