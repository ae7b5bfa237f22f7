/** While it is frozen no writer of any kind gets through, and the image is one that its own checker finds clean. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { ImageCopy, imageDigest } from "../support/image-oracle.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { missing, requires } from "../support/requirements.js";
import { Writer, writerKinds } from "../support/writer.js";

/** Many sandboxes forbid io_uring; the aio writer stands for asynchronous writes there. */
const kinds = writerKinds.filter(
  (kind) => kind !== "io_uring" || missing("io_uring") === undefined,
);

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf", "python3").describe(`a hold on ${type}`, () => {
    const daemon = useDaemon();
    let filesystem: LoopFilesystem;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
    });
    afterAll(() => filesystem?.dispose());

    test(`blocks writers: ${kinds.join(", ")}`, async () => {
      using client = daemon().connect();
      const writers: Writer[] = [];
      try {
        for (const kind of kinds) writers.push(await Writer.start(kind, filesystem.mountPoint, 5));
        const buffered = writers[0];
        const hold = await client.hold(filesystem.mountPoint, { maxHold: 50_000 });
        for (const writer of writers) await writer.waitUntilBlocked();
        const before = writers.map((writer) => writer.records.length);

        const digest = await imageDigest(filesystem);
        const copy = await ImageCopy.take(filesystem);
        expect(await imageDigest(filesystem)).toBe(digest);
        for (const writer of writers) expect(await writer.isBlocked(0)).toBe(true);
        expect(writers.map((writer) => writer.records.length)).toEqual(before);
        expect((await hold.release()).verdict).toBe("INTACT");
        for (const writer of writers) await writer.waitForProgress();

        const check = await copy.check();
        expect(check.clean, check.output).toBe(true);
        // Each record was synced before its line came, and none was written after the freeze.
        const lines = (await copy.readFile("writer-buffered")).trim().split("\n");
        const synced = before[0] ?? 0;
        expect(buffered?.kind).toBe("buffered");
        expect([synced, synced + 1]).toContain(lines.length);
        copy.remove();
      } finally {
        for (const writer of writers) await writer.stop();
      }
    });

    test("cannot be unmounted while frozen, and can be at once after the end", async () => {
      using client = daemon().connect();
      const hold = await client.hold(filesystem.mountPoint);
      const busy = await filesystem.unmount();
      expect(busy.code).not.toBe(0);
      expect(busy.stderr).toContain("busy");
      await expectFrozen(filesystem.mountPoint);
      expect((await hold.release()).verdict).toBe("INTACT");
      expect(await filesystem.unmount()).toMatchObject({ code: 0 });
      await filesystem.mount();

      const { holdId } = await client.freeze(filesystem.mountPoint);
      expect((await filesystem.unmount()).stderr).toContain("busy");
      expect((await client.thaw({ holdId })).verdict).toBe("INTACT");
      expect(await filesystem.unmount()).toMatchObject({ code: 0 });
      await filesystem.mount();
    });

    test("keeps no descriptor open while it is not frozen", async () => {
      using client = daemon().connect();
      const descriptors = () =>
        daemon()
          .guardianDescriptors()
          .filter((target) => [filesystem.mountPoint, filesystem.device].includes(target));
      const expectFree = async () => {
        expect(descriptors()).toEqual([]);
        expect(await filesystem.unmount()).toMatchObject({ code: 0 });
        await filesystem.mount();
      };
      const idle = await client.hold(filesystem.mountPoint, { freezeOnOpen: false });
      await expectFree();
      await idle.freeze();
      await expectFrozen(filesystem.mountPoint);
      expect(descriptors()).toContain(filesystem.mountPoint);
      expect(await idle.thaw()).toEqual([]);
      await expectThawed(filesystem.mountPoint);
      await expectFree();
      const receipt = await idle.release();
      expect(receipt.filesystems).toMatchObject([{ intervals: [{ verdict: "INTACT" }] }]);
    });
  });
}
