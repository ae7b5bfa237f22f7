import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { must, run } from "../support/command.js";
import { expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { blockDevice, identify, linuxKernel, openAt, path, reason, value } from "./support.js";

const ext4 = requires("root", "loop", "ext4");

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

ext4.test("nothing stays open of what was resolved, probed, refused or closed", async () => {
  await using filesystem = await createLoopFilesystem({ type: "ext4" });
  const { mountPoint } = filesystem;
  mkdirSync(join(mountPoint, "sub"));
  const round = async (): Promise<void> => {
    for (const bpf of [true, false]) {
      using kernel = linuxKernel({ bpf });
      const identity = await identify(kernel, mountPoint);
      await kernel.probe(path(mountPoint));
      await kernel.probe(blockDevice(filesystem.device));
      await kernel.layersBelow(identity);
      await kernel.suspendedDevices(identity);
      expect(reason(await kernel.resolve(path(join(mountPoint, "sub"))))).toBe("NOT_A_MOUNT_POINT");
      const wrong = path(mountPoint, { expectDevice: { major: 1, minor: 1 } });
      expect(reason(await kernel.resolve(wrong))).toBe("TARGET_MISMATCH");
      const by = { kind: "uuid", uuid: filesystem.uuid } as const;
      expect(reason(await kernel.resolve({ by, allowSubdirectory: false }))).toBe("OK");
      const handle = value(await kernel.open(identity, { watch: true }));
      await handle.freeze();
      await handle.thaw();
      handle.close();
      handle.close();
      expect(() => handle.look()).toThrow(/was closed/);
    }
  };
  await round();
  const before = descriptors();
  await round();
  expect(descriptors()).toBe(before);
  expect((await filesystem.unmount()).code).toBe(0);
});

requires("root", "loop", "ext4", "userfaultfd").test(
  "a handle closed while its freeze is stuck keeps its descriptor until that has landed",
  async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    const { mountPoint } = filesystem;
    using kernel = linuxKernel();
    const stuck = await StuckFreeze.hold(mountPoint);
    const handle = await openAt(kernel, mountPoint);
    const freeze = handle.freeze();
    using watcher = await openAt(kernel, mountPoint);
    await expect.poll(() => watcher.look().state.state).toBe("FREEZING");
    // FITHAW of a freeze in flight proves nothing: EINVAL, at once, on a thread of its own.
    expect((await watcher.thaw()).errno).toBe("EINVAL");
    handle.close();
    const open = descriptors();
    await stuck.release();
    expect((await freeze).errno).toBeUndefined();
    expect(descriptors()).toBeLessThan(open);
    expect(watcher.look().state.state).toBe("FROZEN");
    expect((await watcher.thaw()).errno).toBeUndefined();
    await expectThawed(mountPoint);
  },
);

ext4.test(
  "a mount that was covered, and one whose name is no text, are told apart and opened",
  async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    using kernel = linuxKernel();
    const { mountPoint, key } = filesystem;
    const identity = await identify(kernel, mountPoint);
    await must("mount", ["-t", "tmpfs", "cover", mountPoint]);
    expect(reason(await kernel.resolve(path(mountPoint)))).toBe("NOT_FREEZABLE");
    expect(reason(await kernel.open(identity, { watch: false }))).toBe("TARGET_MISMATCH");
    const [major = 0, minor = 0] = key.split(":").map(Number);
    const number = {
      by: { kind: "device-number", device: { major, minor } },
      allowSubdirectory: false,
    } as const;
    expect(await kernel.resolve(number)).toMatchObject({
      refusal: { reason: "TARGET_NOT_FOUND", metadata: { mount_point: mountPoint } },
    });
    const odd = Buffer.concat([Buffer.from(`${filesystem.directory}/odd-`), Buffer.from([0xff])]);
    mkdirSync(odd);
    const shell = (script: string): void => {
      execFileSync("sh", ["-c", script, "sh", filesystem.directory, filesystem.device]);
    };
    shell('mount -t ext4 "$2" "$1/odd-$(printf "\\377")"');
    const found = value(await kernel.resolve(number));
    expect(found).toMatchObject({ key, mountPoint: `${filesystem.directory}/odd-\\xff` });
    // As it comes out of a message to another process.
    const opened = value(await kernel.open(JSON.parse(JSON.stringify(found)), { watch: false }));
    expect(opened.identity).toEqual(found);
    opened.close();
    shell('umount "$1/odd-$(printf "\\377")"');
    rmSync(odd, { recursive: true });
    await must("umount", [mountPoint]);
  },
);

ext4.test("another file system at the same place is not the one that was resolved", async () => {
  await using first = await createLoopFilesystem({ type: "ext4" });
  await using second = await createLoopFilesystem({ type: "ext4" });
  using kernel = linuxKernel();
  const identity = await identify(kernel, first.mountPoint);
  await first.unmount();
  expect(reason(await kernel.open(identity, { watch: false }))).toBe("TARGET_MISMATCH");
  await must("mount", [second.device, first.mountPoint]);
  expect(await kernel.open(identity, { watch: false })).toMatchObject({
    refusal: { reason: "TARGET_MISMATCH", metadata: { actual_device: second.key } },
  });
  await must("umount", [first.mountPoint]);
  await first.mount();
  const again = value(await kernel.open(identity, { watch: false }));
  expect(again.identity).toEqual(identity);
  again.close();
});

ext4.test("a new file system on the same device is not the one that was resolved", async () => {
  await using filesystem = await createLoopFilesystem({ type: "ext4" });
  using kernel = linuxKernel();
  const identity = await identify(kernel, filesystem.mountPoint);
  await filesystem.unmount();
  await must("mkfs.ext4", ["-q", "-F", filesystem.device]);
  await filesystem.mount();
  expect(reason(await kernel.open(identity, { watch: false }))).toBe("TARGET_MISMATCH");
});

ext4.test("two file systems of one UUID are ambiguous", async () => {
  await using filesystem = await createLoopFilesystem({ type: "ext4" });
  await using copy = await createLoopFilesystem({ type: "ext4" });
  using kernel = linuxKernel();
  await copy.unmount();
  await filesystem.unmount();
  copyFileSync(filesystem.image, copy.image);
  await filesystem.mount();
  await copy.mount();
  const by = { kind: "uuid", uuid: filesystem.uuid } as const;
  expect(await kernel.resolve({ by, allowSubdirectory: false })).toMatchObject({
    refusal: { reason: "TARGET_AMBIGUOUS", metadata: { uuid: filesystem.uuid } },
  });
});

ext4.test(
  "layers are found by the device of the backing file, also when its path is covered",
  async () => {
    await using outer = await createLoopFilesystem({ type: "ext4", sizeMb: 160 });
    await using inner = await createLoopFilesystem({ type: "ext4", storedIn: outer });
    using kernel = linuxKernel();
    const keys = async (): Promise<readonly string[]> =>
      (await kernel.layersBelow(await identify(kernel, inner.mountPoint))).map(
        (layer) => layer.key,
      );
    const expected = await keys();
    expect(expected[0]).toBe(outer.key);
    await must("mount", ["-t", "tmpfs", "cover", outer.mountPoint]);
    try {
      expect(await keys()).toEqual(expected);
    } finally {
      await run("umount", [outer.mountPoint]);
    }
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "the root of this process is found, and not frozen here",
  async () => {
    using kernel = linuxKernel();
    const root = await kernel.resolve(path("/"));
    // An overlay or a network root is refused by type; a real one is one mount of the table.
    if (root.ok) expect(root.value.mountPoint).toBe("/");
    else expect(root.refusal.reason).toBe("NOT_FREEZABLE");
  },
);
