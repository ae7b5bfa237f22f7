import { expect, test } from "vitest";
import { Lane, poolSize, threadLanes } from "./thread-lanes.js";

test("the pool's size is what libuv takes it to be", () => {
  expect(poolSize({})).toBe(4);
  expect(poolSize({ UV_THREADPOOL_SIZE: "64" })).toBe(64);
  expect(poolSize({ UV_THREADPOOL_SIZE: "9999" })).toBe(1024);
  expect(poolSize({ UV_THREADPOOL_SIZE: "0" })).toBe(1);
  expect(poolSize({ UV_THREADPOOL_SIZE: "many" })).toBe(4);
});

test("a lane runs no more than its limit, first come first served", async () => {
  const lane = new Lane(2);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const runs = ["a", "b", "c", "d"].map((name) =>
    lane.run(async () => {
      log.push(name);
      await new Promise<void>((end) => ends.push(end));
    }),
  );
  await Promise.resolve();
  expect(log).toEqual(["a", "b"]);
  ends[1]?.();
  await runs[1];
  await new Promise(setImmediate);
  expect(log).toEqual(["a", "b", "c"]);
  ends[0]?.();
  await runs[0];
  await new Promise(setImmediate);
  expect(log).toEqual(["a", "b", "c", "d"]);
  for (const end of ends) end();
  await Promise.all(runs);
});

test("a failed call gives its place back", async () => {
  const lane = new Lane(1);
  await expect(lane.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await lane.run(() => Promise.resolve(7))).toBe(7);
});

test("stuck freezes and lookups leave threads to the thaws, whatever the pool", async () => {
  for (const threads of [4, 8, 64]) {
    let running = 0;
    const stuck = () => {
      running += 1;
      return new Promise<void>(() => {});
    };
    const lanes = threadLanes(threads);
    for (let i = 0; i < 2 * threads; i++) {
      void lanes.freeze.run(stuck);
      void lanes.lookup.run(stuck);
    }
    await new Promise(setImmediate);
    expect(running).toBeLessThan(threads);
  }
});
