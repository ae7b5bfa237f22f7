import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import type { StateReading } from "../../src/kernel/port.js";
import { must } from "../support/command.js";
import { foreignFreeze, foreignRawWrite, foreignThaw } from "../support/foreign.js";
import { createLoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { blockDevice, linuxKernel, openAt, path, reason, value } from "./support.js";

function devicesOf(look: { readonly devices: readonly { readonly device: string }[] }): string[] {
  return look.devices.map((counters) => counters.device).sort();
}

const several = [
  { type: "ext4", externalJournal: true },
  { type: "xfs", externalJournal: true },
  { type: "btrfs", members: 3 },
] as const;

for (const options of several)
  requires("root", "loop", options.type).test(
    `every device of a ${options.type} on several is counted, with and without BPF`,
    async () => {
      await using filesystem = await createLoopFilesystem(options);
      const expected = filesystem.devices.map(({ device }) => device).sort();
      expect(expected.length).toBeGreaterThan(1);
      for (const bpf of [true, false]) {
        using kernel = linuxKernel({ bpf });
        using handle = await openAt(kernel, filesystem.mountPoint);
        expect(devicesOf(handle.look())).toEqual(expected);
        expect(handle.look().devices.every((device) => device.counting)).toBe(true);
      }
    },
  );

requires("root", "loop", "btrfs").test(
  "a member added before the freeze is counted after it",
  async () => {
    await using spare = await createLoopFilesystem({ type: "btrfs" });
    await using filesystem = await createLoopFilesystem({ type: "btrfs" });
    using kernel = linuxKernel();
    using handle = await openAt(kernel, filesystem.mountPoint);
    expect(devicesOf(handle.look())).toEqual([filesystem.deviceNumber]);
    await spare.unmount();
    await must("btrfs", ["device", "add", "-f", spare.device, filesystem.mountPoint]);
    await handle.freeze();
    expect(devicesOf(handle.look())).toEqual([filesystem.deviceNumber, spare.deviceNumber].sort());
    await handle.thaw();
  },
);

requires("root", "loop", "ext4").test(
  "a write past the freeze shows, unless the device does not count",
  async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    using kernel = linuxKernel();
    using handle = await openAt(kernel, filesystem.mountPoint);
    await handle.freeze();
    const [before] = handle.look().devices;
    await foreignRawWrite(filesystem);
    const [after] = handle.look().devices;
    expect(after?.sectorsWritten).toBeGreaterThan(before?.sectorsWritten ?? Infinity);
    expect(after?.counting).toBe(true);
    const iostats = `/sys/block/${filesystem.device.replace("/dev/", "")}/queue/iostats`;
    writeFileSync(iostats, "0");
    try {
      expect(handle.look().devices[0]?.counting).toBe(false);
    } finally {
      writeFileSync(iostats, "1");
    }
    await handle.thaw();
  },
);

const likely: Readonly<Record<string, StateReading["source"]>> = {
  ext4: "ext4-needs-recovery",
  xfs: "xfs-reserve",
};

for (const type of ["ext4", "xfs", "btrfs"] as const)
  requires("root", "loop", type).test(
    `without BPF ${type} says what it can, and no more`,
    async () => {
      await using filesystem = await createLoopFilesystem({ type });
      const { mountPoint } = filesystem;
      using kernel = linuxKernel({ bpf: false });
      using blind = linuxKernel({ bpf: false, fallbacks: false });
      using handle = await openAt(kernel, mountPoint);
      using nothing = await openAt(blind, mountPoint);
      const source = likely[type] ?? "none";
      const expectState = (state: StateReading["state"]): void => {
        expect(handle.look().state).toEqual({
          state: source === "none" ? "UNKNOWN" : state,
          certainty: "LIKELY",
          source,
        });
        expect(nothing.look()).toMatchObject({
          state: { state: "UNKNOWN", source: "none" },
          generation: { kind: "none" },
        });
      };
      // Twice, because what was read once must not be remembered.
      for (let round = 0; round < 2; round++) {
        expectState("THAWED");
        await foreignFreeze(mountPoint);
        expectState("FROZEN");
        await foreignThaw(mountPoint);
      }
      expectState("THAWED");
      await filesystem.remount("ro");
      expect(handle.look()).toMatchObject({ readOnly: true, state: { state: "UNKNOWN" } });
    },
  );

requires("root", "loop", "xfs").test("without BPF xfs' log head moves at a refreeze", async () => {
  await using filesystem = await createLoopFilesystem({ type: "xfs" });
  using kernel = linuxKernel({ bpf: false });
  using handle = await openAt(kernel, filesystem.mountPoint);
  await handle.freeze();
  const before = handle.look().generation;
  expect(before).toMatchObject({ kind: "fallback", source: "xfs-log-head" });
  expect(handle.look().generation).toEqual(before);
  await foreignThaw(filesystem.mountPoint);
  await foreignFreeze(filesystem.mountPoint);
  expect(handle.look().generation).not.toEqual(before);
  await handle.thaw();
});

for (const type of ["ext4", "xfs", "btrfs"] as const)
  requires("root", "loop", "bpf", type).test(
    `a ghost of ${type} is seen through each of its devices`,
    async () => {
      const members = type === "btrfs" ? 2 : 1;
      await using filesystem = await createLoopFilesystem({ type, members });
      using kernel = linuxKernel();
      await filesystem.makeGhost();
      for (const device of filesystem.devices) {
        const probe = value(await kernel.probe(blockDevice(device.path)));
        expect(probe).toMatchObject({ type, reading: { state: "FROZEN", certainty: "CERTAIN" } });
        expect(probe.identity).toBeUndefined();
      }
      expect(reason(await kernel.resolve(blockDevice(filesystem.device)))).toBe("TARGET_NOT_FOUND");
      await filesystem.recoverGhost();
      await filesystem.unmount();
      const free = value(await kernel.probe(blockDevice(filesystem.device)));
      expect(free.reading).toMatchObject({ state: "THAWED", certainty: "CERTAIN" });
      await filesystem.mount();
      const probe = value(await kernel.probe(blockDevice(filesystem.device)));
      expect(probe.identity?.mountPoint).toBe(filesystem.mountPoint);
      expect(value(await kernel.probe(path(filesystem.mountPoint))).reading.state).toBe("THAWED");
    },
  );
