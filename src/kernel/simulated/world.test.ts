import { describe, expect, test } from "vitest";
import type { Kernel, TargetSpec } from "../port.js";
import { FakeClock } from "./clock.js";
import { defaultDescription } from "./description.js";
import { createSimulatedKernel } from "./simulated-kernel.js";
import { defaultWorld, worldFromJson } from "./world.js";

const target = (by: TargetSpec["by"]): TargetSpec => ({ by, allowSubdirectory: false });

async function reasonOf(kernel: Kernel, by: TargetSpec["by"]): Promise<string> {
  const answer = await kernel.resolve(target(by));
  return answer.ok ? "ok" : answer.refusal.reason;
}

describe("the default world", () => {
  test.each(["ext4", "xfs", "btrfs"])("has /simulated/%s", async (type) => {
    const kernel = createSimulatedKernel(defaultWorld());
    const found = await kernel.resolve(target({ kind: "path", path: `/simulated/${type}` }));
    expect(found).toMatchObject({ ok: true, value: { type, readOnly: false } });
  });

  test("says that it is simulated", async () => {
    const kernel = createSimulatedKernel(defaultWorld());
    expect(kernel.name).toBe("simulated");
    const probe = await kernel.probe(target({ kind: "path", path: "/simulated/ext4" }));
    expect(probe).toMatchObject({ value: { reading: { state: "THAWED", source: "simulated" } } });
  });

  test("goes through JSON unchanged", () => {
    const world = worldFromJson(JSON.stringify(defaultDescription));
    const described = world.filesystems.map((one) => one.description);
    expect(described).toEqual(defaultDescription.filesystems);
  });
});

describe("a world from JSON", () => {
  const plain = { mountPoint: "/a", type: "ext4", key: "7:1" };
  const text = (...filesystems: readonly object[]) => JSON.stringify({ filesystems });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no file systems", "{}"],
    ["an unknown field", text({ ...plain, mountpoint: "/b" })],
    ["a missing field", text({ mountPoint: "/a", type: "ext4" })],
    ["a wrong type", text({ ...plain, readOnly: "yes" })],
    ["a key that is no number", text({ ...plain, key: "sda" })],
    ["a relative mount point", text({ ...plain, mountPoint: "a" })],
    ["a mount point twice", text(plain, plain)],
    ["a layer that is not there", text({ ...plain, layersBelow: ["/b"] })],
    ["a negative time", text({ ...plain, freezeMs: -1 })],
    ["an errno that is none", text({ ...plain, faults: { freeze: "broken" } })],
  ])("with %s is refused with the place of the error", (_, json) => {
    expect(() => worldFromJson(json)).toThrow(/^simulated world: /);
  });

  test("two of one UUID are ambiguous", async () => {
    const json = text(
      { ...plain, uuid: "u" },
      { ...plain, mountPoint: "/b", key: "7:2", uuid: "u" },
    );
    const kernel = createSimulatedKernel(worldFromJson(json));
    expect(await reasonOf(kernel, { kind: "uuid", uuid: "U" })).toBe("TARGET_AMBIGUOUS");
  });

  test("network file systems are refused, and so is what lies on them", async () => {
    const kernel = createSimulatedKernel(worldFromJson(text({ ...plain, type: "nfs4" })));
    expect(await reasonOf(kernel, { kind: "path", path: "/a" })).toBe("NOT_FREEZABLE");
    expect(await reasonOf(kernel, { kind: "path", path: "/a/x" })).toBe("NOT_FREEZABLE");
  });

  test("the mount that covers a path decides, also through '..'", async () => {
    const json = text(plain, { ...plain, mountPoint: "/a/b", key: "7:2" });
    const kernel = createSimulatedKernel(worldFromJson(json));
    const key = async (path: string) => {
      const found = await kernel.resolve(target({ kind: "path", path }));
      return found.ok ? found.value.key : found.refusal.reason;
    };
    expect(await key("/a/b")).toBe("7:2");
    expect(await key("/a/b/..")).toBe("7:1");
    expect(await key("/ab")).toBe("TARGET_NOT_FOUND");
  });

  test("its faults come without anybody's help", async () => {
    const clock = new FakeClock();
    const faulty = (mountPoint: string, key: string, faults: object) => ({
      ...{ mountPoint, key, type: "ext4", faults },
    });
    const json = text(
      faulty("/fails", "7:1", { freeze: "EIO" }),
      faulty("/taken", "7:2", { frozenByAnother: true }),
      faulty("/thawed", "7:3", { thawedByAnotherAfterMs: 100 }),
      faulty("/rewritten", "7:4", { rewrittenByAnotherAfterMs: 100 }),
    );
    const world = worldFromJson(json, clock);
    const kernel = createSimulatedKernel(world);
    const open = async (path: string) => {
      const found = await kernel.resolve(target({ kind: "path", path }));
      const opened = found.ok ? await kernel.open(found.value, { watch: true }) : found;
      if (!opened.ok) throw new Error(opened.refusal.message);
      return opened.value;
    };
    const fails = await open("/fails");
    expect((await fails.freeze()).errno).toBe("EIO");
    expect((await fails.freeze()).errno).toBe("EIO");
    expect((await (await open("/taken")).freeze()).errno).toBe("EBUSY");
    const thawed = await open("/thawed");
    const rewritten = await open("/rewritten");
    await thawed.freeze();
    await rewritten.freeze();
    const before = rewritten.look();
    await clock.advance(99);
    expect(thawed.look().state.state).toBe("FROZEN");
    await clock.advance(1);
    expect(thawed.look().state.state).toBe("THAWED");
    expect(rewritten.look().state.state).toBe("FROZEN");
    expect(rewritten.look().generation).not.toEqual(before.generation);
  });
});
