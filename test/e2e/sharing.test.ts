/** Several holds on one file system share its freeze: whoever came first or last, the last end thaws it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { release } from "../support/outcome.js";
import { openRaw } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf", "userfaultfd").describe(
    `a shared freeze of ${type}`,
    () => {
      const daemon = useDaemon();
      let filesystem: LoopFilesystem;
      beforeAll(async () => {
        filesystem = await createLoopFilesystem({ type });
      });
      afterAll(() => filesystem?.dispose());

      async function shared(first: string, second: string): Promise<void> {
        using client = daemon().connect();
        const holds = [await client.hold(first), await client.hold(second)];
        for (const order of [holds, holds.toReversed()]) {
          await expectFrozen(filesystem.mountPoint);
          const [early, late] = order;
          expect(await early?.thaw()).toMatchObject([{ freezer: "THIS_SERVICE" }]);
          await expectFrozen(filesystem.mountPoint);
          expect(await late?.thaw()).toEqual([]);
          await expectThawed(filesystem.mountPoint);
          for (const hold of holds) await hold.freeze();
        }
        const [a, b] = holds;
        await expectFrozen(filesystem.mountPoint);
        expect((await a?.release())?.verdict).toBe("INTACT");
        await expectFrozen(filesystem.mountPoint);
        expect((await b?.release())?.verdict).toBe("INTACT");
        await expectThawed(filesystem.mountPoint);
      }

      test("by the same path", () => shared(filesystem.mountPoint, filesystem.mountPoint));

      test("by a bind mount", async () => shared(filesystem.mountPoint, await filesystem.bind()));

      if (type === "btrfs") {
        test("by a subvolume, and by two of them", async () => {
          const one = await filesystem.mountSubvolume("one");
          await shared(filesystem.mountPoint, one);
          await shared(await filesystem.mountSubvolume("two"), one);
        });
      }

      test("by a path, a subdirectory and a device in one hold: one freeze, one thaw", async () => {
        using client = daemon().connect();
        const hold = await client.hold([
          filesystem.mountPoint,
          { path: await filesystem.bind() },
          { blockDevice: filesystem.device },
          { filesystemUuid: filesystem.uuid },
        ]);
        await expectFrozen(filesystem.mountPoint);
        const receipt = await hold.release();
        await expectThawed(filesystem.mountPoint);
        expect(receipt).toMatchObject({ verdict: "INTACT", frozenCount: 1, thawedCount: 1 });
      });

      test("between a stream and a Freeze call", async () => {
        using client = daemon().connect();
        const { holdId } = await client.freeze(filesystem.mountPoint);
        const hold = await client.hold(filesystem.mountPoint);
        expect((await client.thaw({ holdId })).verdict).toBe("INTACT");
        await expectFrozen(filesystem.mountPoint);
        expect((await hold.release()).verdict).toBe("INTACT");
        await expectThawed(filesystem.mountPoint);
      });

      test("the second comes while the first's FIFREEZE is in flight, and the first gives up", async () => {
        const raw = daemon().connectRaw();
        await using stuck = await StuckFreeze.hold(filesystem.mountPoint);
        const first = openRaw(raw, [filesystem.mountPoint]);
        await first.event("opened");
        await daemon().waitUntilFreezing();
        const second = openRaw(raw, [filesystem.mountPoint]);
        await second.event("opened");
        first.call.cancel();
        await first.status;
        await stuck.release();
        await second.event("frozen");
        await expectFrozen(filesystem.mountPoint);
        second.send({ case: "release", value: {} });
        expect((await second.event("ended")).value.receipt?.thawedCount).toBe(1);
        expect((await second.status).code).toBe(0);
        await expectThawed(filesystem.mountPoint);
        raw.close();
      });

      test("both give up in flight: it is thawed when it lands", async () => {
        const raw = daemon().connectRaw();
        await using stuck = await StuckFreeze.hold(filesystem.mountPoint);
        const streams = [1, 2].map(() => openRaw(raw, [filesystem.mountPoint]));
        for (const stream of streams) await stream.event("opened");
        await daemon().waitUntilFreezing();
        for (const stream of streams) stream.call.cancel();
        for (const stream of streams) await stream.status;
        await stuck.release();
        await expectThawed(filesystem.mountPoint);
        raw.close();
        // A freeze that lands later than all of that would be seen here.
        using client = daemon().connect();
        const hold = await client.hold(filesystem.mountPoint);
        expect((await release(hold)).receipt.verdict).toBe("INTACT");
        await expectThawed(filesystem.mountPoint);
      });
    },
  );
}
