/**
 * Decides, from looks at sleeping threads, which one hangs on a freeze. Pure: the looks and their times come in.
 *
 * A disk that is slow is no hang. A thread blocked by a freeze sleeps in the kernel's per-cpu rw-semaphore of the superblock, once
 * and without a wake-up until the thaw; a thread that waits for a disk sleeps elsewhere, and wakes with each block.
 */
import type { SleepingTask } from "./processes.js";

export interface Sighting {
  readonly task: SleepingTask;
  readonly since: number;
  readonly looks: number;
}

export type Sightings = ReadonlyMap<string, Sighting>;

/**
 * Where sb_start_write() sleeps: `percpu_rwsem_wait` (kernel/locking/percpu-rwsem.c, since 5.7; seen on 6.18); before that the
 * functions around it. `wait_for_freeze` and the like do not exist in mainline since 3.6.
 */
const freezeWaits =
  /^_*(percpu_rwsem_wait|percpu_down_read|sb_start_(page|int)?write|sb_start_pagefault)/;

const atLeastLooks = 3;
/** Milliseconds in one sleep. Other users of such semaphores (cgroups, CPU hotplug) hold them for less. */
const freezeWaitMs = 2_000;
/** Where we may not know what it waits for: no disk that works takes so long for one block. */
const unknownWaitMs = 4_000;

function patience(task: SleepingTask): number {
  if (task.waitsIn === undefined) return unknownWaitMs;
  return freezeWaits.test(task.waitsIn) ? freezeWaitMs : Number.POSITIVE_INFINITY;
}

/** One and the same sleep of one and the same thread. */
function sleepKey({ tid, startTime, switches, waitsIn }: SleepingTask): string {
  return `${tid} ${startTime} ${switches} ${waitsIn ?? "?"}`;
}

export function lookAgain(
  before: Sightings,
  tasks: readonly SleepingTask[],
  now: number,
): Sightings {
  return new Map(
    tasks.map((task) => {
      const key = sleepKey(task);
      const { since, looks } = before.get(key) ?? { since: now, looks: 0 };
      return [key, { task, since, looks: looks + 1 }];
    }),
  );
}

/** Those that hang, the longest first. */
export function hanging(sightings: Sightings, now: number): readonly Sighting[] {
  return [...sightings.values()]
    .filter(({ task, since, looks }) => looks >= atLeastLooks && now - since >= patience(task))
    .sort((a, b) => a.since - b.since);
}
