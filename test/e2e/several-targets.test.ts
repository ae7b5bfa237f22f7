/** One hold on several file systems: frozen in parallel, all or none. */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EndCause, Verdict } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed, waitUntilFrozen } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { openRaw } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";

requires("root", "loop", "ext4", "xfs", "btrfs", "bpf", "userfaultfd").describe(
  "a hold on several file systems",
  () => {
    const daemon = useDaemon();
    let filesystems: readonly LoopFilesystem[] = [];
    let paths: readonly string[] = [];
    beforeAll(async () => {
      for (const type of filesystemTypes)
        filesystems = [...filesystems, await createLoopFilesystem({ type })];
      paths = filesystems.map((filesystem) => filesystem.mountPoint);
    });
    afterAll(async () => {
      for (const filesystem of filesystems) await filesystem.dispose();
    });

    const path = (index: number) => paths[index] ?? "";

    test("freezes all, thaws all, and tells of each", async () => {
      using client = daemon().connect();
      const hold = await client.hold(paths);
      for (const each of paths) await expectFrozen(each);
      const receipt = await hold.release();
      for (const each of paths) await expectThawed(each);
      expect(receipt).toMatchObject({ verdict: "INTACT", frozenCount: 3, thawedCount: 3 });
      expect(receipt.filesystems.map(({ filesystem }) => filesystem.type)).toEqual(filesystemTypes);
      expect(receipt.filesystems.map(({ verdict }) => verdict)).toEqual(paths.map(() => "INTACT"));
    });

    test("one that is slow to freeze does not keep the others from it", async () => {
      const raw = daemon().connectRaw();
      await using stuck = await StuckFreeze.hold(path(0));
      const stream = openRaw(raw, paths);
      await stream.event("opened");
      await daemon().waitUntilFreezing();
      // The slow one was named first.
      await waitUntilFrozen(path(1));
      await waitUntilFrozen(path(2));
      expect(stream.events).toEqual(["opened"]);
      await stuck.release();
      await stream.event("frozen");
      for (const each of paths) await expectFrozen(each);
      stream.send({ case: "release", value: {} });
      expect((await stream.status).code).toBe(status.OK);
      for (const each of paths) await expectThawed(each);
      raw.close();
    });

    test("one that is not frozen in time: the others are thawed at once, the late one when it lands", async () => {
      const raw = daemon().connectRaw();
      await using stuck = await StuckFreeze.hold(path(1));
      const stream = openRaw(raw, paths, { freezeTimeout: durationFromMs(4_000) });
      await waitUntilFrozen(path(0));
      const problem = await stream.status;
      expect(problem).toMatchObject({ code: status.DEADLINE_EXCEEDED, reason: "FREEZE_TIMEOUT" });
      expect((await stream.event("ended")).value.receipt).toMatchObject({
        endCause: EndCause.FREEZE_FAILED,
        verdict: Verdict.NEVER_FROZEN,
      });
      await daemon().waitUntilFreezing();
      await expectThawed(path(0));
      await expectThawed(path(2));
      await stuck.release();
      await expectThawed(path(1));
      raw.close();
    });

    test("one that somebody else has frozen: none is frozen, and that one is left frozen", async () => {
      using client = daemon().connect();
      expect((await foreignFreeze(path(2))).code).toBe(0);
      for (const attempt of [() => client.hold(paths), () => client.freeze(paths)]) {
        const refusal = await refusalOf(attempt());
        expect(refusal).toMatchObject({
          reason: "FROZEN_BY_ANOTHER",
          code: "FAILED_PRECONDITION",
          metadata: { path: path(2) },
        });
        await expectThawed(path(0));
        await expectThawed(path(1));
      }
      await expectFrozen(path(2));
      expect((await foreignThaw(path(2))).code).toBe(0);
    });

    test("one that cannot be frozen: none is", async () => {
      using client = daemon().connect();
      const refusal = await refusalOf(client.hold([...paths, "/proc"]));
      expect(refusal.reason).toBe("NOT_FREEZABLE");
      for (const each of paths) await expectThawed(each);
    });

    test("holds that overlap thaw each file system with its own last end", async () => {
      using client = daemon().connect();
      const a = await client.hold([path(0), path(1)]);
      const b = await client.hold([path(1), path(2)]);
      expect((await a.release()).verdict).toBe("INTACT");
      await expectThawed(path(0));
      await expectFrozen(path(1));
      await expectFrozen(path(2));
      expect((await b.release()).verdict).toBe("INTACT");
      for (const each of paths) await expectThawed(each);
    });
  },
);
