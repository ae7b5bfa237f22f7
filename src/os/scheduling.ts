/** How soon a thread gets a processor. */
import { readFileSync } from "node:fs";
import { libc } from "./libc.js";
import { syscallNumbers } from "./syscall-numbers.js";

const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const lowestPriority = 1;

const setScheduler = libc.func("syscall", "long", ["long", "int", "int", "void *"]);

/**
 * From here on the calling thread runs as soon as it has something to do, before all that is not
 * real-time (sched(7), SCHED_RR at the lowest priority). For one that seldom has, and must not come
 * late then: the machine may be busy, and a kernel without preemption lets a dying process go on for
 * milliseconds. Threads and processes that it starts are as usual. False where that is not
 * permitted (CAP_SYS_NICE is missing; a control group without real-time; musl has no call for it,
 * hence by its number).
 */
export function preferThisThread(): boolean {
  if (syscallNumbers === undefined || isSwitchedOff()) return false;
  const priority = Buffer.alloc(4);
  priority.writeInt32LE(lowestPriority);
  const policy = SCHED_RR | SCHED_RESET_ON_FORK;
  return setScheduler(syscallNumbers.schedSetscheduler, 0, policy, priority) === 0;
}

/** Real-time threads get no time at all then. */
function isSwitchedOff(): boolean {
  try {
    return readFileSync("/proc/sys/kernel/sched_rt_runtime_us", "utf8").trim() === "0";
  } catch {
    return false;
  }
}
