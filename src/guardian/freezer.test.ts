import { describe, expect, test } from "vitest";
import { until } from "../channel/testing/sockets.js";
import type { Reason, Refusal } from "../hold/refusal.js";
import type { SimulatedFilesystem } from "../kernel/simulated/simulated-filesystem.js";
import { FreezerBench as Bench, withCall } from "./testing/freezer-bench.js";

describe("a freeze", () => {
  test("is granted before FIFREEZE, and its landing told after it", async () => {
    const bench = new Bench();
    const outcome = await bench.freeze("/a", 5);
    expect(bench.steps).toEqual([
      "open /a",
      "open /a watched",
      "syncfs /a",
      "grant 5",
      "freeze /a",
      "landed 5",
    ]);
    if (outcome.kind !== "frozen") throw new Error("not frozen");
    expect(outcome.baseline.before.state.state).toBe("THAWED");
    expect(outcome.baseline.after.state.state).toBe("FROZEN");
    expect(bench.open).toBe(1);
  });

  test("names in its grant what tells it from others: deadline, generation, superblock, pid", async () => {
    const bench = new Bench();
    const outcome = await bench.freeze("/a");
    if (outcome.kind !== "frozen") throw new Error("not frozen");
    const { before, after } = outcome.baseline;
    expect(bench.grants).toEqual([
      {
        epoch: 1,
        identity: await bench.identity("/a"),
        deadlineUs: 77,
        generationBefore: before.generation,
        superblock: bench.fs("/a").superblock,
        freezerPid: process.pid,
      },
    ]);
    expect(bench.landings).toEqual([{ epoch: 1, generation: after.generation }]);
    expect(after.generation).not.toEqual(before.generation);
  });

  test("keeps the file systems below it open, to look at", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/upper");
    expect(bench.fs("/lower").openHandles).toBe(1);
    await bench.freezer.thaw(key, 1);
    expect(bench.open).toBe(0);
  });

  test("looks only at what has landed", async () => {
    const bench = new Bench();
    bench.fs("/b").holdFreezes();
    const key = await bench.frozen("/a");
    const second = bench.freeze("/b", 2);
    await until(() => bench.fs("/b").phase === "freezing");
    expect([...bench.freezer.looks().keys()]).toEqual([key]);
    bench.fs("/b").releaseFreezes();
    await second;
    expect(bench.freezer.looks().size).toBe(2);
  });

  test("waits for a suspended device as long as it is wanted", async () => {
    const bench = new Bench();
    bench.fs("/a").suspend();
    bench.onSleep = (count) => {
      if (count === 3) bench.fs("/a").resume();
    };
    expect(await bench.reason("/a")).toBe("frozen");
    expect(bench.slept).toBe(3);
  });
});

describe("a freeze that fails leaves nothing frozen, nothing open, no grant", () => {
  /** Runs it and checks what must hold of all of them. */
  async function failing(
    bench: Bench,
    mountPoint: string,
    reason: Reason,
    frozen: "frozen by us" | "frozen by another" | "thawed" = "thawed",
  ): Promise<Refusal> {
    const outcome = await bench.freeze(mountPoint, 9);
    if (outcome.kind !== "failed") throw new Error("it did not fail");
    expect(outcome.refusal.reason).toBe(reason);
    expect(bench.open).toBe(0);
    expect(bench.steps.at(-1)).toBe("ended 9");
    expect(bench.freezer.looks().size).toBe(0);
    expect(bench.fs(mountPoint).phase).toBe(frozen === "thawed" ? "thawed" : "frozen");
    return outcome.refusal;
  }

  test("frozen by another: never granted, and not even watched", async () => {
    const bench = new Bench();
    bench.fs("/a").foreignFreeze();
    const refusal = await failing(bench, "/a", "FROZEN_BY_ANOTHER", "frozen by another");
    expect(refusal.metadata).toEqual({ path: "/a", errno: "EBUSY" });
    expect(bench.steps).toEqual(["open /a", "ended 9"]);
  });

  test("frozen by another between our look and our call", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: () => {
          bench.fs("/a").foreignFreeze();
          return handle.freeze();
        },
      });
    await failing(bench, "/a", "FROZEN_BY_ANOTHER", "frozen by another");
    expect(bench.steps).not.toContain("thaw /a");
  });

  test("frozen by another while it waits for its grant", async () => {
    const bench = new Bench();
    const request = bench.request.bind(bench);
    bench.request = (grant) => {
      bench.fs("/a").foreignFreeze();
      return request(grant);
    };
    await failing(bench, "/a", "FROZEN_BY_ANOTHER", "frozen by another");
  });

  test("a device below is suspended for longer than anybody waits", async () => {
    const bench = new Bench();
    bench.fs("/a").suspend();
    // Not at the very end of its time: then the hold would have ended for that, and told no device.
    const task = await bench.task("/a", 9, 150);
    const outcome = await bench.freezer.freeze(task);
    expect(outcome).toMatchObject({ refusal: { reason: "DEVICE_SUSPENDED" } });
    expect(bench.slept).toBe(0);
    expect(bench.open).toBe(0);
    expect(bench.steps).toEqual(["ended 9"]);
  });

  test("a device below is suspended at the very moment: the reason is the device", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: () => {
          bench.fs("/a").suspend();
          return handle.freeze();
        },
      });
    const refusal = await failing(bench, "/a", "DEVICE_SUSPENDED", "frozen by another");
    expect(refusal.metadata).toEqual({ path: "/a", device: "loop11" });
  });

  test("given up while a device is suspended", async () => {
    const bench = new Bench();
    bench.fs("/a").suspend();
    bench.onSleep = () => {
      bench.wanted = false;
    };
    await failing(bench, "/a", "FREEZE_CANCELLED", "frozen by another");
  });

  test("given up before it began", async () => {
    const bench = new Bench();
    bench.wanted = false;
    await failing(bench, "/a", "FREEZE_CANCELLED");
    expect(bench.steps).not.toContain("freeze /a");
  });

  test("a lower layer is frozen", async () => {
    const bench = new Bench();
    bench.fs("/lower").foreignFreeze();
    const refusal = await failing(bench, "/upper", "LOWER_LAYER_FROZEN");
    expect(refusal.metadata).toEqual({ lower_path: "/lower", lower_device: "7:13" });
    expect(bench.steps).not.toContain("syncfs /upper");
    expect(bench.steps).not.toContain("freeze /upper");
  });

  test("syncfs fails", async () => {
    const bench = new Bench();
    bench.fs("/a").fail("syncfs", "EIO");
    const refusal = await failing(bench, "/a", "IO_ERROR");
    expect(refusal.metadata).toEqual({ path: "/a", errno: "EIO", call: "syncfs" });
    expect(bench.grants).toEqual([]);
  });

  test("the supervisor says no", async () => {
    const bench = new Bench();
    bench.refusal = { reason: "GUARDIAN_UNAVAILABLE", message: "no", metadata: {} };
    await failing(bench, "/a", "GUARDIAN_UNAVAILABLE");
    expect(bench.steps).not.toContain("freeze /a");
  });

  test.each([
    ["EIO", "IO_ERROR"],
    ["ENOMEM", "IO_ERROR"],
    ["EOPNOTSUPP", "NOT_FREEZABLE"],
    ["EPERM", "DAEMON_NOT_PRIVILEGED"],
  ] as const)("FIFREEZE says %s: %s", async (errno, reason) => {
    const bench = new Bench();
    bench.fs("/a").fail("freeze", errno);
    const refusal = await failing(bench, "/a", reason);
    expect(refusal.metadata).toMatchObject({ path: "/a", errno });
    expect(bench.steps).not.toContain("thaw /a");
  });

  test("it is another file system by now", async () => {
    const bench = new Bench();
    const task = await bench.task("/a", 9);
    bench.fs("/a").unmount();
    const outcome = await bench.freezer.freeze(task);
    expect(outcome).toMatchObject({ refusal: { reason: "TARGET_MISMATCH" } });
    expect(bench.steps).toEqual(["ended 9"]);
  });

  test("somebody else thawed it the moment it was frozen", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: async () => {
          const call = await handle.freeze();
          bench.fs("/a").foreignThaw();
          return call;
        },
      });
    await failing(bench, "/a", "FREEZE_BROKEN");
    expect(bench.steps).not.toContain("thaw /a");
  });

  test("somebody else thawed it and froze it again: that freeze is theirs", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: async () => {
          const call = await handle.freeze();
          bench.fs("/a").foreignRefreeze();
          return call;
        },
      });
    await failing(bench, "/a", "FREEZE_BROKEN", "frozen by another");
    expect(bench.steps).not.toContain("thaw /a");
  });

  test("the look at the layers below breaks: as if there were none", async () => {
    const bench = new Bench();
    bench.kernel.layersBelow = () => Promise.reject(new Error("sysfs is strange"));
    expect(await bench.reason("/upper")).toBe("frozen");
  });

  test("a bug before FIFREEZE", async () => {
    const bench = new Bench();
    bench.wrap = (handle) => withCall(handle, { syncfs: () => Promise.reject(new Error("a bug")) });
    await failing(bench, "/a", "INTERNAL");
    expect(bench.steps).not.toContain("freeze /a");
  });

  test("a bug after FIFREEZE succeeded: it is thawed before the grant is given back", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: async () => {
          await handle.freeze();
          throw new Error("a bug after the ioctl");
        },
      });
    await failing(bench, "/a", "INTERNAL");
    expect(bench.steps.slice(-3)).toEqual(["freeze /a", "thaw /a", "ended 9"]);
    expect(bench.fs("/a").counts).toEqual({ freezes: 1, thaws: 1 });
  });

  test("the look after FIFREEZE fails: the same", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        look: () => {
          if (bench.steps.includes("freeze /a")) throw new Error("a bug");
          return handle.look();
        },
      });
    await failing(bench, "/a", "INTERNAL");
    expect(bench.fs("/a").counts).toEqual({ freezes: 1, thaws: 1 });
  });

  test("a bug after FIFREEZE was refused, with another's freeze there: that stays", async () => {
    const bench = new Bench();
    bench.kernel.suspendedDevices = async () => {
      if (bench.steps.includes("freeze /a")) throw new Error("a bug");
      return [];
    };
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: () => {
          bench.fs("/a").foreignFreeze();
          return handle.freeze();
        },
      });
    await failing(bench, "/a", "INTERNAL", "frozen by another");
    expect(bench.steps).not.toContain("thaw /a");
  });

  test("a bug after FIFREEZE succeeded and somebody froze anew: that stays", async () => {
    const bench = new Bench();
    bench.wrap = (handle) =>
      withCall(handle, {
        freeze: async () => {
          await handle.freeze();
          bench.fs("/a").foreignRefreeze();
          throw new Error("a bug after the ioctl");
        },
      });
    await failing(bench, "/a", "INTERNAL", "frozen by another");
    expect(bench.steps).not.toContain("thaw /a");
  });
});

describe("a thaw", () => {
  test("thaws, closes and gives the grant back, in this order", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    const outcome = await bench.freezer.thaw(key, 1);
    expect(outcome).toMatchObject({ errno: undefined, lost: false });
    expect(outcome.after?.state.state).toBe("THAWED");
    expect(bench.steps).toEqual(["thaw /a", "ended 1"]);
    expect(bench.open).toBe(0);
  });

  test("waits while a lower layer is frozen", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/upper");
    bench.fs("/lower").foreignFreeze();
    bench.onSleep = (count) => {
      expect(bench.steps).toEqual([]);
      if (count === 4) bench.fs("/lower").foreignThaw();
    };
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ errno: undefined });
    expect(bench.slept).toBe(4);
    expect(bench.fs("/upper").phase).toBe("thawed");
    expect(bench.open).toBe(0);
  });

  test("is tried again after an I/O error, for as long as it takes", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    bench.fs("/a").fail("thaw", "EIO", 7);
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ errno: undefined, lost: false });
    expect(bench.steps.filter((step) => step === "thaw /a").length).toBe(8);
    expect(bench.steps.at(-1)).toBe("ended 1");
  });

  test("is tried again where the call itself broke", async () => {
    const bench = new Bench();
    let broken = 2;
    bench.wrap = (handle) =>
      withCall(handle, {
        thaw: () =>
          broken-- > 0 ? Promise.reject(new Error("no thread could be had")) : handle.thaw(),
      });
    const key = await bench.frozen("/a");
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ errno: undefined });
    expect(bench.fs("/a").phase).toBe("thawed");
  });

  test("that says EINVAL is not repeated", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    bench.fs("/a").fail("thaw", "EINVAL");
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ errno: "EINVAL", lost: false });
    expect(bench.steps).toEqual(["thaw /a", "ended 1"]);
  });

  test("that succeeds and leaves it frozen for device-mapper is not repeated", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    bench.fs("/a").suspend();
    const outcome = await bench.freezer.thaw(key, 1);
    expect(outcome).toMatchObject({ errno: undefined, lost: false });
    expect(outcome.after?.state.state).toBe("FROZEN");
    expect(bench.steps).toEqual(["thaw /a", "ended 1"]);
    bench.fs("/a").resume();
    expect(bench.fs("/a").phase).toBe("thawed");
  });

  test.each([
    ["thawed by another", (fs: SimulatedFilesystem) => fs.foreignThaw(), "thawed"],
    ["thawed and frozen again", (fs: SimulatedFilesystem) => fs.foreignRefreeze(), "frozen"],
  ] as const)("of what was %s is none: no FITHAW", async (_, disturb, phase) => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    disturb(bench.fs("/a"));
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ lost: true, errno: undefined });
    expect(bench.steps).toEqual(["ended 1"]);
    expect(bench.fs("/a").phase).toBe(phase);
    expect(bench.open).toBe(0);
  });

  test("that is lost between two tries stops there", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a");
    bench.fs("/a").fail("thaw", "EIO", 5);
    bench.onSleep = (count) => {
      if (count === 2) bench.fs("/a").foreignRefreeze();
    };
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ lost: true });
    expect(bench.steps.filter((step) => step === "thaw /a").length).toBe(2);
    expect(bench.fs("/a").phase).toBe("frozen");
  });

  test("is issued although no look works any more", async () => {
    const bench = new Bench();
    let blind = false;
    bench.wrap = (handle) =>
      withCall(handle, {
        look: () => {
          if (blind) throw new Error("no BPF any more");
          return handle.look();
        },
      });
    const key = await bench.frozen("/a");
    blind = true;
    expect(bench.freezer.looks().size).toBe(0);
    expect(await bench.freezer.thaw(key, 1)).toEqual({
      errno: undefined,
      after: undefined,
      lost: false,
    });
    expect(bench.fs("/a").phase).toBe("thawed");
  });

  test("gives the grant back also where closing fails", async () => {
    const bench = new Bench();
    // The look before the watch closes, too.
    bench.wrap = (handle) => {
      let frozen = false;
      return withCall(handle, {
        freeze: () => {
          frozen = true;
          return handle.freeze();
        },
        close: () => {
          handle.close();
          if (frozen) throw new Error("EIO");
        },
      });
    };
    const key = await bench.frozen("/upper");
    expect(await bench.freezer.thaw(key, 1)).toMatchObject({ errno: undefined });
    expect(bench.steps.at(-1)).toBe("ended 1");
    expect(bench.open).toBe(0);
  });

  test("of another epoch than the open one is a bug, and touches nothing", async () => {
    const bench = new Bench();
    const key = await bench.frozen("/a", 2);
    await expect(bench.freezer.thaw(key, 1)).rejects.toThrow(/nothing of ours is open/);
    expect(bench.fs("/a").phase).toBe("frozen");
    expect(bench.open).toBe(1);
  });
});

test("forget closes without FITHAW", async () => {
  const bench = new Bench();
  const key = await bench.frozen("/upper");
  bench.fs("/upper").foreignRefreeze();
  bench.freezer.forget(key, 1);
  expect(bench.steps).toEqual(["ended 1"]);
  expect(bench.fs("/upper").phase).toBe("frozen");
  expect(bench.open).toBe(0);
});
