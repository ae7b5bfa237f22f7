import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mountBpffs, unmount } from "../../src/os/mounts.js";
import { ForeignFreezer, foreignFreeze, foreignThaw } from "../support/foreign.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { exact, identify, linuxKernel, openAt, value } from "./support.js";

const types = ["ext4", "xfs", "btrfs"] as const;

for (const type of types)
  requires("root", "loop", "bpf", "python3", type).describe(
    `freezes of ${type} are counted`,
    () => {
      let filesystem: LoopFilesystem;
      beforeAll(async () => {
        filesystem = await createLoopFilesystem({ type });
      });
      afterAll(() => filesystem.dispose());

      test("by 2 each, with the process that made the last", async () => {
        using kernel = linuxKernel();
        using handle = await openAt(kernel, filesystem.mountPoint);
        await using other = await ForeignFreezer.start();
        const before = exact(handle.look().generation);
        expect(before.freezerPid).toBe(0);
        expect((await handle.freeze()).errno).toBeUndefined();
        const ours = exact(handle.look().generation);
        expect(ours).toMatchObject({ value: before.value + 2, freezerPid: kernel.ownFreezerPid() });
        expect((await handle.freeze()).errno).toBe("EBUSY");
        expect((await handle.syncfs()).errno).toBeUndefined();
        expect(exact(handle.look().generation)).toEqual(ours);
        expect(await other.refreeze(filesystem.mountPoint)).toMatchObject({ errno: "" });
        expect(handle.look().state.state).toBe("FROZEN");
        expect(exact(handle.look().generation)).toMatchObject({
          value: ours.value + 2,
          freezerPid: other.pid,
        });
        expect((await handle.thaw()).errno).toBeUndefined();
      });

      test("none is missed in 200 refreezes, also without block statistics", async () => {
        using kernel = linuxKernel();
        using handle = await openAt(kernel, filesystem.mountPoint);
        await using other = await ForeignFreezer.start();
        const iostats = filesystem.devices.map(
          ({ path }) => `/sys/block/${path.replace("/dev/", "")}/queue/iostats`,
        );
        for (const file of iostats) writeFileSync(file, "0");
        try {
          await handle.freeze();
          let last = exact(handle.look().generation).value;
          for (let round = 0; round < 200; round++) {
            expect(await other.refreeze(filesystem.mountPoint)).toMatchObject({ errno: "" });
            const now = exact(handle.look().generation).value;
            expect(now).toBe(last + 2);
            last = now;
          }
          expect(handle.look().devices.map((device) => device.counting)).not.toContain(true);
        } finally {
          await handle.thaw();
          for (const file of iostats) writeFileSync(file, "1");
        }
      });

      test("a count goes on while any handle watches, and starts anew after the last", async () => {
        using kernel = linuxKernel();
        const first = await openAt(kernel, filesystem.mountPoint);
        const second = await openAt(kernel, filesystem.mountPoint);
        await first.freeze();
        const counted = exact(second.look().generation);
        first.close();
        expect(exact(second.look().generation)).toEqual(counted);
        await second.thaw();
        second.close();
        using reader = await openAt(kernel, filesystem.mountPoint, false);
        expect(reader.look().generation.kind).not.toBe("exact");
        using again = await openAt(kernel, filesystem.mountPoint);
        const fresh = exact(again.look().generation);
        expect(fresh.freezerPid).toBe(0);
        // A number of the count before never comes again.
        expect(fresh.value).toBeGreaterThan(counted.value);
      });

      test("a freeze without a look from us is counted, and tells who", async () => {
        using kernel = linuxKernel();
        using handle = await openAt(kernel, filesystem.mountPoint);
        const before = exact(handle.look().generation);
        expect((await foreignFreeze(filesystem.mountPoint)).code).toBe(0);
        expect((await foreignThaw(filesystem.mountPoint)).code).toBe(0);
        const after = exact(handle.look().generation);
        expect(after.value).toBe(before.value + 2);
        expect(after.freezerPid).not.toBe(kernel.ownFreezerPid());
      });
    },
  );

const syncWithoutPause = `
import fcntl, os, sys
BTRFS_IOC_SYNC = 0x9408
directory = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
print(flush=True)
while True:
    fcntl.ioctl(directory, BTRFS_IOC_SYNC)
`;

requires("root", "loop", "bpf", "python3", "btrfs").test(
  "what others sync within our freeze of btrfs is no freeze of theirs",
  async () => {
    await using filesystem = await createLoopFilesystem({ type: "btrfs" });
    const { mountPoint } = filesystem;
    using kernel = linuxKernel();
    using handle = await openAt(kernel, mountPoint);
    const others = [1, 2].map(() => spawn("python3", ["-c", syncWithoutPause, mountPoint]));
    try {
      await Promise.all(others.map(({ stdout }) => once(stdout, "data")));
      for (let round = 0; round < 30; round++) {
        const before = exact(handle.look().generation);
        expect((await handle.freeze()).errno).toBeUndefined();
        const ours = { value: before.value + 2, freezerPid: kernel.ownFreezerPid() };
        expect(exact(handle.look().generation)).toMatchObject(ours);
        expect((await handle.thaw()).errno).toBeUndefined();
        writeFileSync(join(mountPoint, "dirty"), Buffer.alloc(1 << 20, round));
      }
    } finally {
      await handle.thaw();
      const ended = others.map((other) => once(other, "exit"));
      for (const other of others) other.kill("SIGKILL");
      await Promise.all(ended);
    }
  },
);

requires("root", "loop", "bpf", "ext4", "xfs").describe("pinned counts", () => {
  const bpffs = mkdtempSync(join(tmpdir(), "fsfreezed-pins-"));
  beforeAll(() => mountBpffs(bpffs));
  afterAll(() => {
    unmount(bpffs);
    rmdirSync(bpffs);
  });

  describe.each(["ext4", "xfs"] as const)("of %s", (type) => {
    test("go on while no process of ours has them open", async () => {
      await using filesystem = await createLoopFilesystem({ type });
      const { mountPoint } = filesystem;
      const dead = linuxKernel({ bpffs });
      expect(dead.capabilities().pinned).toEqual({ available: true, detail: "" });
      const identity = await identify(dead, mountPoint);
      const handle = value(await dead.open(identity, { watch: true }));
      await handle.freeze();
      const ours = exact(handle.look().generation);
      // As when a process dies: all descriptors are closed, nothing is unwatched.
      dead.close();
      handle.close();
      {
        using reader = linuxKernel({ bpffs });
        using seen = await openAt(reader, mountPoint, false);
        expect(exact(seen.look().generation)).toEqual(ours);
      }
      await foreignThaw(mountPoint);
      await foreignFreeze(mountPoint);
      using successor = linuxKernel({ bpffs });
      using seen = await openAt(successor, mountPoint, false);
      expect(seen.look().state.state).toBe("FROZEN");
      const moved = exact(seen.look().generation);
      expect(moved.value).toBe(ours.value + 2);
      expect(moved.freezerPid).not.toBe(ours.freezerPid);
      using watcher = await openAt(successor, mountPoint, true);
      expect(exact(watcher.look().generation)).toEqual(moved);
      await seen.thaw();
    });
  });

  test("two processes attach one program between them: a freeze counts once", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    using one = linuxKernel({ bpffs });
    using two = linuxKernel({ bpffs });
    using reader = await openAt(two, filesystem.mountPoint, false);
    using writer = await openAt(one, filesystem.mountPoint);
    const before = exact(reader.look().generation);
    await writer.freeze();
    expect(exact(reader.look().generation).value).toBe(before.value + 2);
    await writer.thaw();
    const pins = readdirSync(bpffs).filter((name) => name.startsWith("freeze-generation-v2"));
    expect(pins).toContain("freeze-generation-v2-ext4_sync_fs");
  });

  test("a directory that is no bpffs costs the pins, not the count", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    using kernel = linuxKernel({ bpffs: tmpdir() });
    expect(kernel.capabilities()).toMatchObject({
      generation: { available: true },
      pinned: { available: false, detail: expect.stringContaining(tmpdir()) },
    });
    using handle = await openAt(kernel, filesystem.mountPoint);
    await handle.freeze();
    expect(exact(handle.look().generation).freezerPid).toBe(kernel.ownFreezerPid());
    await handle.thaw();
  });
});
