/** The rig's own instruments must tell the truth, or no test that uses them means anything. */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must } from "../support/command.js";
import {
  ForeignFreezer,
  foreignFreeze,
  foreignRawWrite,
  foreignThaw,
  foreignTrim,
} from "../support/foreign.js";
import { ImageCopy, imageDigest } from "../support/image-oracle.js";
import {
  acceptsWrites,
  expectFrozen,
  expectThawed,
  freezeProbe,
  kernelState,
} from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { inventory, leftovers } from "../support/process-tree.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { startProcess } from "../support/tracked-process.js";
import { Writer, writerKinds } from "../support/writer.js";

for (const type of filesystemTypes) {
  requires("root", "loop", type).describe(`instruments on ${type}`, () => {
    let filesystem: LoopFilesystem;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
    });
    afterAll(async () => {
      await filesystem.dispose();
    });

    test("the truth is thawed, frozen, thawed", async () => {
      const { mountPoint } = filesystem;
      expect(await kernelState(mountPoint)).toBe("thawed");
      expect(await freezeProbe(mountPoint)).toBe("thawed");
      await expectThawed(mountPoint);
      await expect(expectFrozen(mountPoint)).rejects.toThrow(/not frozen/);
      expect((await foreignFreeze(mountPoint)).code).toBe(0);
      expect(await kernelState(mountPoint)).toBe("frozen");
      expect(await acceptsWrites(mountPoint, 100)).toBe(false);
      await expectFrozen(mountPoint);
      await expect(expectThawed(mountPoint, 100)).rejects.toThrow(/not thawed/);
      expect((await foreignThaw(mountPoint)).code).toBe(0);
      await expectThawed(mountPoint);
    });

    requires("userfaultfd").test("a stuck freeze is freezing until it is released", async () => {
      const { mountPoint } = filesystem;
      await using stuck = await StuckFreeze.hold(mountPoint);
      const freezer = await startProcess("fsfreeze", ["-f", mountPoint]);
      await expect.poll(() => freezer.state).toBe("D");
      expect(await freezeProbe(mountPoint, 300)).toBe("freezing");
      await stuck.release();
      expect((await freezer.waitForExit()).code).toBe(0);
      await expectFrozen(mountPoint);
      expect((await foreignThaw(mountPoint)).code).toBe(0);
      await expectThawed(mountPoint);
    });

    requires("python3").test("foreign thaws and refreezes are quick and real", async () => {
      const { mountPoint } = filesystem;
      await using foreign = await ForeignFreezer.start();
      expect((await foreign.thaw(mountPoint)).errno).toBe("EINVAL");
      expect((await foreign.freeze(mountPoint)).errno).toBe("");
      expect((await foreign.freeze(mountPoint)).errno).toBe("EBUSY");
      const before = await imageDigest(filesystem);
      for (let round = 0; round < 20; round += 1) {
        expect((await foreign.refreeze(mountPoint)).errno).toBe("");
      }
      await expectFrozen(mountPoint);
      expect((await foreign.rewrite(mountPoint)).errno).toBe("");
      await expectFrozen(mountPoint);
      expect(await imageDigest(filesystem)).not.toBe(before);
      expect((await foreign.thaw(mountPoint)).errno).toBe("");
      await expectThawed(mountPoint);
    });

    requires("fstrim").test("a trim and a raw write reach a frozen file system", async () => {
      const { mountPoint } = filesystem;
      await must("fsfreeze", ["-f", mountPoint]);
      const before = await imageDigest(filesystem);
      expect(await foreignTrim(mountPoint)).toBeGreaterThan(0);
      const trimmed = await imageDigest(filesystem);
      await foreignRawWrite(filesystem);
      // On xfs the raw write puts the same bytes again.
      const written = await imageDigest(filesystem);
      if (type !== "xfs") expect(written).not.toBe(trimmed);
      expect(before).toHaveLength(64);
      await expectFrozen(mountPoint);
      await must("fsfreeze", ["-u", mountPoint]);
    });

    for (const kind of writerKinds) {
      const needs = kind === "io_uring" ? (["io_uring"] as const) : (["python3"] as const);
      requires(...needs).test(`a ${kind} writer is blocked and goes on`, async () => {
        const { mountPoint } = filesystem;
        const before = await inventory();
        const writer = await Writer.start(kind, mountPoint);
        await writer.waitForProgress();
        expect(await writer.isBlocked()).toBe(false);
        await must("fsfreeze", ["-f", mountPoint]);
        const frozenUs = Number(process.hrtime.bigint() / 1000n);
        await writer.waitUntilBlocked();
        // Reading the larger images of the others costs more than it tells.
        const digest = type === "ext4" ? await imageDigest(filesystem) : "";
        const count = writer.records.length;
        expect(await writer.isBlocked(200)).toBe(true);
        expect(writer.records).toHaveLength(count);
        if (type === "ext4") expect(await imageDigest(filesystem)).toBe(digest);
        const thawUs = Number(process.hrtime.bigint() / 1000n);
        await must("fsfreeze", ["-u", mountPoint]);
        await writer.waitForProgress();
        // hrtime is CLOCK_MONOTONIC, which is CLOCK_BOOTTIME on a machine that was never suspended.
        expect(writer.inside(frozenUs, thawUs)).toHaveLength(0);
        expect(writer.across(frozenUs, thawUs).length).toBeLessThanOrEqual(1);
        await writer.stop();
        expect(await leftovers(before)).toEqual([]);
      });
    }

    requires("python3").test(
      "a copy of the frozen image is clean and has the last record",
      async () => {
        const { mountPoint } = filesystem;
        const writer = await Writer.start("buffered", mountPoint);
        await writer.waitForProgress();
        await must("fsfreeze", ["-f", mountPoint]);
        await writer.waitUntilBlocked();
        const copy = await ImageCopy.take(filesystem);
        const last = writer.records.at(-1)?.sequence;
        await must("fsfreeze", ["-u", mountPoint]);
        await writer.stop();
        const text = await copy.readFile("writer-buffered");
        expect(Number(text.trimEnd().split("\n").at(-1)?.split(" ")[0])).toBe(last);
        const check = await copy.check();
        expect(check.clean, check.output).toBe(true);
        copy.remove();
      },
    );
  });
}

describe("the judge can say no", () => {
  requires("root", "loop", "ext4").test("a mounted ext4 needs its journal", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    writeFileSync(join(filesystem.mountPoint, "file"), "x");
    const copy = await ImageCopy.take(filesystem);
    expect(await copy.check()).toMatchObject({ clean: false });
  });

  for (const type of filesystemTypes) {
    requires("root", "loop", type).test(`a damaged copy of ${type}`, async () => {
      await using filesystem = await createLoopFilesystem({ type });
      await must("fsfreeze", ["-f", filesystem.mountPoint]);
      const copy = await ImageCopy.take(filesystem);
      await must("fsfreeze", ["-u", filesystem.mountPoint]);
      // Group descriptors (ext4), the headers of the first allocation group (xfs), the superblock (btrfs).
      const offset = { ext4: 2048, xfs: 512, btrfs: 65_536 }[type];
      const image = openSync(copy.images[0] ?? "", "r+");
      writeSync(image, Buffer.alloc(1536, 0xa5), 0, 1536, offset);
      closeSync(image);
      expect(await copy.check()).toMatchObject({ clean: false });
    });
  }
});
