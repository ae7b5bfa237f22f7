/** Who gets a processor first (sched(7)). */
import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { libc } from "./libc.js";
import { syscallNumbers } from "./syscall-numbers.js";

export type Policy =
  | "ordinary"
  /** Only what nobody else wants. */
  | "idle";

const policyNumbers: Readonly<Record<Policy, number>> = { ordinary: 0, idle: 5 };
const noPriority = Buffer.alloc(4);

const attributesBytes = 48;
const SCHED_FLAG_KEEP_POLICY = 8;
const shortestSliceNs = 100_000n;

// By their numbers: musl has the first as a stub only, glibc before 2.41 has no second.
const setScheduler = libc.func("syscall", "long", ["long", "int", "int", "void *"]);
const setAttributes = libc.func("syscall", "long", ["long", "int", "void *", "uint32"]);

/**
 * For every thread that the process has now; those that end meanwhile are passed over. Does nothing
 * where it is not permitted.
 */
export function setPolicy(pid: number, policy: Policy): void {
  if (syscallNumbers === undefined) return;
  for (const thread of threadsOf(pid))
    setScheduler(syscallNumbers.schedSetscheduler, thread, policyNumbers[policy], noPriority);
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    // It is gone.
    return [];
  }
}

/**
 * This process's threads take their share of the processor in slices of 0.1 ms from here on: the
 * share stays what it is, but one that seldom has something to do no longer waits for others'
 * longer slices (Linux 6.12, EEVDF; does nothing before). What the operator has set stays.
 */
export function takeShortSlices(): void {
  if (syscallNumbers === undefined) return;
  // struct sched_attr; for an ordinary thread sched_runtime is its slice.
  const attributes = Buffer.alloc(attributesBytes);
  attributes.writeUInt32LE(attributesBytes, 0);
  attributes.writeBigUInt64LE(BigInt(SCHED_FLAG_KEEP_POLICY), 8);
  attributes.writeInt32LE(getPriority(), 16);
  attributes.writeBigUInt64LE(shortestSliceNs, 24);
  for (const thread of threadsOf(process.pid))
    setAttributes(syscallNumbers.schedSetattr, thread, attributes, 0);
}
