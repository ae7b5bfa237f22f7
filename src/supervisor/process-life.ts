/**
 * Whether another process lives, from files of /proc that never block (stat does not; cmdline and
 * maps can).
 */
import { readFileSync } from "node:fs";
import { errorCode } from "../os/libc.js";
import { mayScheduleOthers } from "../os/process.js";
import { setPolicy } from "../os/scheduling.js";

export interface ProcessIdentity {
  readonly pid: number;
  /**
   * Start time in clock ticks since boot: with the pid it names one process, though pids are used
   * again.
   */
  readonly startTicks: string;
}

/** undefined when there is no such process. */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const startTicks = fields?.[19];
  return startTicks === undefined ? undefined : { pid, startTicks };
}

export type Life =
  /** Its main thread runs. */
  | "alive"
  /** Killed, but a thread is stuck in the kernel: whatever that thread does will still happen. */
  | "dying"
  | "gone";

export function lifeOf(process: ProcessIdentity): Life {
  const fields = statFields(process.pid);
  if (fields === undefined || fields[19] !== process.startTicks) return "gone";
  if (fields[0] !== "Z" && fields[0] !== "X") return "alive";
  // The leader of a thread group whose other threads are not gone yet is a zombie that nobody can
  // reap.
  return Number(fields[17]) > 1 ? "dying" : "gone";
}

/** SIGKILL; does nothing where it is gone already. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It left at that very moment.
    if (errorCode(error) !== "ESRCH") throw error;
  }
}

/**
 * A death, and what follows from it, take some milliseconds of processor. So long, those whom it has
 * woken have that first.
 */
export const giveWayMs = 20;

/**
 * To be called when the process was killed: it waits for everybody else then, for `giveWayMs`. It takes
 * its memory apart for milliseconds, and a kernel without preemption lets none of those have that
 * processor meanwhile whom its death has woken. Needs CAP_SYS_NICE, and does nothing without.
 */
export function lastInLine(process: ProcessIdentity): () => void {
  if (!mayScheduleOthers()) return () => {};
  return () => {
    setPolicy(process.pid, "idle");
    setTimeout(() => {
      // On a busy machine it would never come to its end, and still have what it had open.
      if (lifeOf(process) !== "gone") setPolicy(process.pid, "ordinary");
    }, giveWayMs);
  };
}

/**
 * proc(5) stat, from field 3 (state) on. The name in field 2 may contain anything, so the last ")"
 * ends it.
 */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
