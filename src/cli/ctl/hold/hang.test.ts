import { describe, expect, it } from "vitest";
import { hanging, lookAgain, type Sightings } from "./hang.js";
import type { SleepingTask } from "./processes.js";

function task(of: Partial<SleepingTask> = {}): SleepingTask {
  return {
    pid: 10,
    tid: 10,
    comm: "touch",
    startTime: "100",
    waitsIn: "percpu_rwsem_wait",
    switches: "1",
    ...of,
  };
}

/** One look each 500 ms; the comms that hang after the last. */
function watch(...looks: readonly (readonly SleepingTask[])[]): readonly string[] {
  let sightings: Sightings = new Map();
  let now = 0;
  for (const tasks of looks) {
    sightings = lookAgain(sightings, tasks, now);
    now += 500;
  }
  return hanging(sightings, now - 500).map((sighting) => sighting.task.comm);
}

const times = <T>(count: number, value: T): readonly T[] =>
  Array.from({ length: count }, () => value);

describe("a thread that sleeps in the superblock's semaphore", () => {
  it("hangs when it is one sleep of two seconds", () => {
    expect(watch(...times(4, [task()]))).toEqual([]);
    expect(watch(...times(5, [task()]))).toEqual(["touch"]);
  });

  it.each(["__percpu_down_read", "percpu_down_read", "__sb_start_write", "sb_start_pagefault"])(
    "is known on older kernels by %s",
    (waitsIn) => {
      expect(watch(...times(5, [task({ waitsIn })]))).toEqual(["touch"]);
    },
  );

  it("does not hang when it was woken in between", () => {
    const looks = times(20, 0).map((_, look) => [task({ switches: String(look) })]);
    expect(watch(...looks)).toEqual([]);
  });

  it("does not hang when it is another process of the same number", () => {
    const looks = times(20, 0).map((_, look) => [task({ startTime: String(look >> 2) })]);
    expect(watch(...looks)).toEqual([]);
  });

  it("is forgotten when it goes on", () => {
    expect(watch([task()], [task()], [], ...times(4, [task()]))).toEqual([]);
  });
});

describe("a thread that waits for a disk", () => {
  it.each(["folio_wait_bit_common", "io_schedule", "blk_mq_get_tag", "rpc_wait_bit_killable"])(
    "does not hang, however long it sleeps in %s",
    (waitsIn) => {
      expect(watch(...times(200, [task({ waitsIn })]))).toEqual([]);
    },
  );
});

describe("a thread of which we may not know for what it waits", () => {
  it("hangs after four seconds in one sleep", () => {
    const hidden = { ...task(), waitsIn: undefined };
    expect(watch(...times(8, [hidden]))).toEqual([]);
    expect(watch(...times(9, [hidden]))).toEqual(["touch"]);
  });
});

it("tells the one that hangs longest first", () => {
  const first = task({ tid: 1, comm: "first" });
  const second = task({ tid: 2, comm: "second" });
  expect(watch([first], ...times(6, [second, first]))).toEqual(["first", "second"]);
});
