/** What only a simulated kernel can be made to do; the contract that it shares with the real one is in test/kernel-contract. */
import { describe, expect, test } from "vitest";
import type { Kernel, OpenFilesystem, TargetSpec } from "../port.js";
import { FakeClock } from "./clock.js";
import type { FilesystemDescription } from "./description.js";
import type { SimulatedFilesystem } from "./simulated-filesystem.js";
import { createSimulatedKernel } from "./simulated-kernel.js";
import { SimulatedWorld } from "./world.js";

const path = (mountPoint: string): TargetSpec => ({
  by: { kind: "path", path: mountPoint },
  allowSubdirectory: false,
});

interface Setting {
  readonly clock: FakeClock;
  readonly world: SimulatedWorld;
  readonly kernel: Kernel;
  readonly filesystem: SimulatedFilesystem;
  readonly open: OpenFilesystem;
}

async function setting(
  type: string,
  more: Partial<FilesystemDescription> = {},
  others: readonly FilesystemDescription[] = [],
): Promise<Setting> {
  const clock = new FakeClock();
  const own: FilesystemDescription = {
    mountPoint: "/data",
    type,
    key: "253:0",
    devices: [{ device: "253:0", path: "/dev/dm-0" }],
    ...more,
  };
  const world = new SimulatedWorld({ filesystems: [own, ...others] }, clock);
  const kernel = createSimulatedKernel(world, { pid: 77 });
  const open = await openAt(kernel, "/data");
  return { clock, world, kernel, filesystem: world.at("/data"), open };
}

async function openAt(kernel: Kernel, mountPoint: string): Promise<OpenFilesystem> {
  const identity = await kernel.resolve(path(mountPoint));
  if (!identity.ok) throw new Error(identity.refusal.message);
  const opened = await kernel.open(identity.value, { watch: true });
  if (!opened.ok) throw new Error(opened.refusal.message);
  return opened.value;
}

/** What a promise is now: its value, or "pending". */
async function now<T>(promise: Promise<T>): Promise<T | "pending"> {
  const turn = new Promise<"pending">((resolve) => setImmediate(() => resolve("pending")));
  return Promise.race([promise, turn]);
}

describe("time", () => {
  test("a freeze takes the time that it is told to, on the clock that it is given", async () => {
    const { clock, filesystem, open } = await setting("ext4", { freezeMs: 40, thawMs: 3 });
    const freeze = open.freeze();
    await clock.advance(39);
    expect(await now(freeze)).toBe("pending");
    expect(open.look().state.state).toBe("FREEZING");
    await clock.advance(1);
    const result = await freeze;
    expect(result.returnedAt.bootUs - result.startedAt.bootUs).toBe(40_000);
    expect(result.returnedAt.wallUs - result.startedAt.wallUs).toBe(40_000);
    expect(open.look().state.state).toBe("FROZEN");
    const thaw = open.thaw();
    await clock.advance(2);
    expect(filesystem.phase).toBe("frozen");
    await clock.advance(1);
    expect((await thaw).errno).toBeUndefined();
    expect(filesystem.phase).toBe("thawed");
  });

  test("sleepers wake in the order of their time, each at its own moment", async () => {
    const clock = new FakeClock();
    const start = clock.now().bootUs;
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} ${(clock.now().bootUs - start) / 1000}`);
    };
    void sleeper("b", 20);
    void sleeper("a", 10).then(() => sleeper("c", 15));
    await clock.advance(100);
    expect(woken).toEqual(["a 10", "b 20", "c 25"]);
    expect(clock.now().bootUs - start).toBe(100_000);
  });

  test("a thaw can hang", async () => {
    const { filesystem, open } = await setting("ext4");
    await open.freeze();
    filesystem.holdThaws();
    const thaw = open.thaw();
    expect(await now(thaw)).toBe("pending");
    expect(open.look().state.state).toBe("FROZEN");
    filesystem.releaseThaws();
    expect((await thaw).errno).toBeUndefined();
  });
});

describe("failures", () => {
  test.each(["EIO", "ENOSPC", "EPERM", "EOPNOTSUPP"])("a freeze fails with %s", async (errno) => {
    const { filesystem, open } = await setting("xfs");
    filesystem.fail("freeze", errno);
    const before = open.look();
    expect((await open.freeze()).errno).toBe(errno);
    expect(open.look()).toEqual(before);
    expect((await open.freeze()).errno).toBeUndefined();
  });

  test("a thaw fails as often as it is told to, and leaves it frozen", async () => {
    const { filesystem, open } = await setting("xfs");
    await open.freeze();
    filesystem.fail("thaw", "EIO", 2);
    expect((await open.thaw()).errno).toBe("EIO");
    expect((await open.thaw()).errno).toBe("EIO");
    expect(filesystem.phase).toBe("frozen");
    expect((await open.thaw()).errno).toBeUndefined();
  });

  test("without privilege both ioctls say EPERM, and nothing is frozen", async () => {
    const { world, kernel, filesystem, open } = await setting("ext4");
    world.setPrivileged(false);
    expect((await open.freeze()).errno).toBe("EPERM");
    expect((await open.thaw()).errno).toBe("EPERM");
    expect(filesystem.phase).toBe("thawed");
    expect(kernel.capabilities().privileged.available).toBe(false);
  });

  test("a freeze that fails lets writers go on", async () => {
    const { filesystem, open } = await setting("ext4");
    filesystem.holdFreezes();
    filesystem.fail("freeze", "EIO");
    const freeze = open.freeze();
    const write = filesystem.write();
    expect(await now(write)).toBe("pending");
    filesystem.releaseFreezes();
    expect((await freeze).errno).toBe("EIO");
    expect(await now(write)).toBeUndefined();
  });
});

describe("writers", () => {
  test("wait from the beginning of a freeze until the thaw", async () => {
    const { filesystem, open } = await setting("ext4");
    await open.freeze();
    const frozen = open.look();
    const write = filesystem.write(100);
    expect(await now(write)).toBe("pending");
    expect(open.look().devices).toEqual(frozen.devices);
    await open.thaw();
    expect(await now(write)).toBeUndefined();
    await open.syncfs();
    const [before] = frozen.devices;
    const [after] = open.look().devices;
    // The thaw of an ext4 writes two sectors of its own.
    expect((after?.sectorsWritten ?? 0) - (before?.sectorsWritten ?? 0)).toBe(102);
  });
});

describe("layers", () => {
  const outer: FilesystemDescription = {
    mountPoint: "/outer",
    type: "xfs",
    key: "8:1",
    devices: [{ device: "8:1", path: "/dev/sda1" }],
  };

  test("a freeze above a frozen lower layer hangs until that is thawed", async () => {
    const { world, open } = await setting("ext4", { layersBelow: ["/outer"] }, [outer]);
    world.at("/outer").foreignFreeze();
    const freeze = open.freeze();
    expect(await now(freeze)).toBe("pending");
    expect((await open.thaw()).errno).toBe("EINVAL");
    world.at("/outer").foreignThaw();
    expect((await freeze).errno).toBeUndefined();
  });

  test.each([
    ["ext4", "pending"],
    ["xfs", "done"],
  ])("a thaw of %s above a frozen lower layer is %s", async (type, expected) => {
    const { world, open } = await setting(type, { layersBelow: ["/outer"] }, [outer]);
    await open.freeze();
    world.at("/outer").foreignFreeze();
    const thaw = open.thaw();
    expect((await now(thaw)) === "pending" ? "pending" : "done").toBe(expected);
    world.at("/outer").foreignThaw();
    expect((await thaw).errno).toBeUndefined();
  });
});

describe("device-mapper, as on 6.12.113", () => {
  test("suspended, then frozen: EBUSY; resume thaws", async () => {
    const { kernel, filesystem, open } = await setting("ext4");
    filesystem.suspend();
    expect(open.look().state).toMatchObject({ state: "FROZEN", userCount: 1, kernelCount: 0 });
    expect(await kernel.suspendedDevices(open.identity)).toEqual(["dm-0"]);
    expect((await open.freeze()).errno).toBe("EBUSY");
    filesystem.resume();
    expect(filesystem.phase).toBe("thawed");
    expect(await kernel.suspendedDevices(open.identity)).toEqual([]);
  });

  test("frozen, suspended, resumed: frozen throughout", async () => {
    const { filesystem, open } = await setting("xfs");
    await open.freeze();
    const frozen = open.look();
    filesystem.suspend();
    expect(open.look().state.userCount).toBe(2);
    filesystem.resume();
    expect({ ...open.look(), at: frozen.at }).toEqual(frozen);
    expect((await open.thaw()).errno).toBeUndefined();
    expect(filesystem.phase).toBe("thawed");
  });

  test("frozen, suspended, thawed: our thaw is done, and it is frozen until resume", async () => {
    const { filesystem, open } = await setting("ext4");
    await open.freeze();
    filesystem.suspend();
    expect((await open.thaw()).errno).toBeUndefined();
    expect(open.look().state).toMatchObject({ state: "FROZEN", userCount: 1 });
    filesystem.resume();
    expect(filesystem.phase).toBe("thawed");
  });

  test("a thaw without a freeze of ours steals dm's, and the next suspend freezes nothing", async () => {
    const { filesystem, open } = await setting("xfs");
    filesystem.suspend();
    expect((await open.thaw()).errno).toBeUndefined();
    expect(filesystem.phase).toBe("thawed");
    filesystem.resume();
    filesystem.suspend();
    expect(filesystem.phase).toBe("thawed");
  });

  test("btrfs is not frozen by a suspend", async () => {
    const { filesystem } = await setting("btrfs");
    filesystem.suspend();
    expect(filesystem.phase).toBe("thawed");
  });
});

describe("generation", () => {
  test("is counted while it is watched, and starts anew with each first watcher", async () => {
    const { clock, kernel, open } = await setting("ext4");
    const first = open.look().generation;
    open.close();
    await clock.advance(1);
    const again = await openAt(kernel, "/data");
    const second = again.look().generation;
    expect(first.kind === "exact" && first.freezerPid).toBe(0);
    expect(second).not.toEqual(first);
    again.close();
  });

  test("names whoever froze last", async () => {
    const { filesystem, open } = await setting("ext4");
    await open.freeze();
    expect(open.look().generation).toMatchObject({ freezerPid: 77 });
    filesystem.foreignRefreeze(5);
    expect(open.look().generation).toMatchObject({ freezerPid: 5 });
  });
});
