/** IsFrozen tells the kernel's truth, whoever froze it, on a path or a device, mounted or not; it waits for nothing and changes nothing. */
import { readFileSync } from "node:fs";
import type { FrozenStatus, Target } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { imageDigest } from "../support/image-oracle.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { Writer } from "../support/writer.js";

/** Documentation/admin-guide/iostats.rst: writes, sectors written, discards, sectors discarded, flushes. */
function changes(filesystem: LoopFilesystem): readonly (string | undefined)[] {
  const text = readFileSync(`/sys/dev/block/${filesystem.deviceNumber}/stat`, "utf8");
  const fields = text.trim().split(/\s+/);
  return [4, 6, 11, 13, 15].map((field) => fields[field]);
}

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf", "userfaultfd").describe(`IsFrozen of ${type}`, () => {
    const daemon = useDaemon();
    let filesystem: LoopFilesystem;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
    });
    afterAll(() => filesystem?.dispose());

    const targets = (): readonly Target[] => [
      filesystem.mountPoint,
      { path: filesystem.mountPoint, allowSubdirectory: true },
      { blockDevice: filesystem.device },
    ];

    async function ask(of: readonly Target[] = targets()): Promise<readonly FrozenStatus[]> {
      using client = daemon().connect();
      // Far below what a freeze may last: an answer that waits for a thaw fails.
      return await Promise.all(of.map((target) => client.isFrozen(target, { timeout: 2_000 })));
    }

    test("thawed", async () => {
      await expectThawed(filesystem.mountPoint);
      for (const status of await ask()) {
        expect(status).toMatchObject({ state: "THAWED", certainty: "CERTAIN", frozenBy: [] });
        expect(status.filesystem).toMatchObject({ type, uuid: filesystem.uuid });
      }
    });

    test("frozen by fsfreeze: another tool", async () => {
      expect((await foreignFreeze(filesystem.mountPoint)).code).toBe(0);
      for (const status of await ask()) {
        expect(status).toMatchObject({
          state: "FROZEN",
          certainty: "CERTAIN",
          frozenBy: [{ freezer: "ANOTHER_TOOL", holds: [] }],
        });
      }
      expect((await foreignThaw(filesystem.mountPoint)).code).toBe(0);
      for (const status of await ask()) expect(status.state).toBe("THAWED");
    });

    test("frozen by us: this service, with the holds", async () => {
      using client = daemon().connect();
      const a = await client.hold(filesystem.mountPoint, { purpose: "nightly" });
      const b = await client.freeze(filesystem.mountPoint);
      await expectFrozen(filesystem.mountPoint);
      for (const status of await ask()) {
        expect(status).toMatchObject({ state: "FROZEN", certainty: "CERTAIN" });
        expect(status.frozenBy.map(({ freezer }) => freezer)).toEqual(["THIS_SERVICE"]);
        const holds = status.frozenBy.flatMap((by) => by.holds.map(({ holdId }) => holdId));
        expect(holds.toSorted()).toEqual([a.id, b.holdId].toSorted());
      }
      await a.release();
      const [status] = await ask();
      expect(status?.frozenBy).toMatchObject([{ holds: [{ holdId: b.holdId }] }]);
      await client.thaw({ holdId: b.holdId });
      for (const after of await ask()) {
        expect(after).toMatchObject({ state: "THAWED", certainty: "CERTAIN", frozenBy: [] });
      }
    });

    test("a freeze in flight: FREEZING", async () => {
      using client = daemon().connect();
      await using stuck = await StuckFreeze.hold(filesystem.mountPoint);
      const holding = client.hold(filesystem.mountPoint);
      await daemon().waitUntilFreezing();
      for (const status of await ask()) {
        expect(status).toMatchObject({ state: "FREEZING", certainty: "CERTAIN" });
      }
      await stuck.release();
      await (await holding).release();
    });

    test("frozen, with a blocked writer: answers all the same, and nothing is changed", async () => {
      await using writer = await Writer.start("buffered", filesystem.mountPoint);
      expect((await foreignFreeze(filesystem.mountPoint)).code).toBe(0);
      await writer.waitUntilBlocked();
      const before = { counters: changes(filesystem), image: await imageDigest(filesystem) };
      for (let round = 0; round < 30; round += 1) {
        for (const status of await ask()) expect(status.state).toBe("FROZEN");
      }
      expect({ counters: changes(filesystem), image: await imageDigest(filesystem) }).toEqual(
        before,
      );
      expect((await foreignThaw(filesystem.mountPoint)).code).toBe(0);
      await writer.waitForProgress();
    });

    test("thawed: nothing is changed, and no descriptor stays", async () => {
      await expectThawed(filesystem.mountPoint);
      // What is dirty from before goes to the disk now, not while it is counted.
      expect((await filesystem.remount("ro")).code).toBe(0);
      expect((await filesystem.remount("rw")).code).toBe(0);
      const before = { counters: changes(filesystem), image: await imageDigest(filesystem) };
      for (let round = 0; round < 30; round += 1) await ask();
      expect({ counters: changes(filesystem), image: await imageDigest(filesystem) }).toEqual(
        before,
      );
      expect(daemon().guardianDescriptors()).not.toContain(filesystem.mountPoint);
      expect(daemon().guardianDescriptors()).not.toContain(filesystem.device);
    });

    test("frozen and then unmounted: the device tells", async () => {
      await filesystem.makeGhost();
      const device = { blockDevice: filesystem.device };
      const [status] = await ask([device]);
      expect(status).toMatchObject({
        state: "FROZEN",
        certainty: "CERTAIN",
        frozenBy: [{ freezer: "ANOTHER_TOOL" }],
      });
      // Where it was mounted is a directory of another file system now.
      using client = daemon().connect();
      expect((await refusalOf(client.isFrozen(filesystem.mountPoint))).reason).toBe(
        "NOT_A_MOUNT_POINT",
      );
      await filesystem.recoverGhost();
      const [after] = await ask([device]);
      expect(after).toMatchObject({ state: "THAWED", certainty: "CERTAIN" });
    });

    test("unmounted and not frozen: the device tells that, too", async () => {
      expect((await filesystem.unmount()).code).toBe(0);
      const [status] = await ask([{ blockDevice: filesystem.device }]);
      expect(status?.state).not.toBe("FROZEN");
      await filesystem.mount();
    });
  });
}
