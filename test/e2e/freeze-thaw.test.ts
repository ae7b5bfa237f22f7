/** Freeze and Thaw: a hold tied to its deadline alone; a retry never freezes twice; who may end what. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@fsfreezed/client";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { pathTarget } from "../support/raw-hold.js";
import { Relay } from "../support/relay.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";

const strangerUid = 65534;

requires("root", "loop", "ext4", "bpf", "userfaultfd", "python3").describe(
  "Freeze and Thaw",
  () => {
    const daemon = useDaemon({ args: ["--socket-mode", "0666"] });
    let filesystem: LoopFilesystem;
    let other: LoopFilesystem;
    let path: string;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type: "ext4" });
      other = await createLoopFilesystem({ type: "ext4" });
      path = filesystem.mountPoint;
    });
    afterAll(async () => {
      await filesystem?.dispose();
      await other?.dispose();
    });

    test("lives on without its client, until it is thawed by its id", async () => {
      const { holdId } = await (async () => {
        using client = daemon().connect();
        return await client.freeze(path, { purpose: "snapshot" });
      })();
      await expectFrozen(path);
      using client = daemon().connect();
      expect(await client.getHold(holdId)).toMatchObject({
        kind: "LEASE",
        state: "FROZEN",
        purpose: "snapshot",
      });
      const receipt = await client.thaw({ holdId });
      await expectThawed(path);
      expect(receipt).toMatchObject({ verdict: "INTACT", endCause: "RELEASED", thawedCount: 1 });
      const late = await refusalOf(client.thaw({ holdId }));
      expect(late).toMatchObject({ reason: "HOLD_ENDED", receipt: { holdId, verdict: "INTACT" } });
    });

    test("a retry with the same request_id is the same hold, at the same time and later", async () => {
      using client = daemon().connect();
      const request = { requestId: "retry", ttl: 20_000 };
      const [one, two] = await Promise.all([
        client.freeze(path, request),
        client.freeze(path, request),
      ]);
      const three = await client.freeze(path, request);
      expect([two.holdId, three.holdId]).toEqual([one.holdId, one.holdId]);
      await expectFrozen(path);
      expect((await client.thaw({ holdId: one.holdId })).verdict).toBe("INTACT");
      await expectThawed(path);
      expect(await refusalOf(client.freeze(path, request))).toMatchObject({
        reason: "HOLD_ENDED",
        metadata: { hold_id: one.holdId },
      });
      await expectThawed(path);
    });

    test("the same request_id with another body is refused, and the hold goes on", async () => {
      using client = daemon().connect();
      const { holdId } = await client.freeze(path, { requestId: "body", ttl: 20_000 });
      for (const attempt of [
        () => client.freeze(path, { requestId: "body", ttl: 20_001 }),
        () => client.freeze(other.mountPoint, { requestId: "body", ttl: 20_000 }),
        () => client.freeze([path, path], { requestId: "body", ttl: 20_000 }),
      ]) {
        expect(await refusalOf(attempt())).toMatchObject({
          reason: "INVALID_REQUEST",
          metadata: { field: "request_id" },
        });
      }
      await expectFrozen(path);
      await expectThawed(other.mountPoint);
      await client.thaw({ holdId });
      await expectThawed(path);
    });

    test("a failed attempt is not remembered", async () => {
      using client = daemon().connect();
      expect((await foreignFreeze(path)).code).toBe(0);
      expect((await refusalOf(client.freeze(path, { requestId: "failed" }))).reason).toBe(
        "FROZEN_BY_ANOTHER",
      );
      expect((await foreignThaw(path)).code).toBe(0);
      const { holdId } = await client.freeze(path, { requestId: "failed" });
      await expectFrozen(path);
      await client.thaw({ holdId });
      await expectThawed(path);
    });

    test("another user's request_id is another one", async () => {
      using client = daemon().connect();
      await using relay = await Relay.start(daemon().socket, strangerUid);
      using stranger = connect(relay.address);
      const ours = await client.freeze(path, { requestId: "shared" });
      const theirs = await stranger.freeze(path, { requestId: "shared" });
      expect(theirs.holdId).not.toBe(ours.holdId);
      await client.thaw({ holdId: ours.holdId });
      await expectFrozen(path);
      await stranger.thaw({ holdId: theirs.holdId });
      await expectThawed(path);
    });

    test("cancelled before the answer: thawed, and its request_id is free again", async () => {
      using client = daemon().connect();
      const raw = daemon().connectRaw();
      await using stuck = await StuckFreeze.hold(path);
      let cancel = () => {};
      const request = { targets: [pathTarget(path)], requestId: "cancelled" };
      const cancelled = raw.unary(FreezeService.method.freeze, request, {
        onCall: (give) => {
          cancel = give;
        },
      });
      await daemon().waitUntilFreezing();
      cancel();
      expect(await cancelled).toMatchObject({ ok: false, code: status.CANCELLED });
      await stuck.release();
      await expectThawed(path);
      const again = await client.freeze(path, { requestId: "cancelled" });
      await expectFrozen(path);
      expect((await client.thaw({ holdId: again.holdId })).verdict).toBe("INTACT");
      await expectThawed(path);
      raw.close();
    });

    test("one of two retries in flight is cancelled: the other one gets the hold", async () => {
      const raw = daemon().connectRaw();
      await using stuck = await StuckFreeze.hold(path);
      const request = { targets: [pathTarget(path)], requestId: "two" };
      let cancel = () => {};
      const first = raw.unary(FreezeService.method.freeze, request, {
        onCall: (give) => {
          cancel = give;
        },
      });
      await daemon().waitUntilFreezing();
      const second = raw.unary(FreezeService.method.freeze, request);
      await sleep(100);
      cancel();
      expect((await first).ok).toBe(false);
      await stuck.release();
      const answer = await second;
      expect(answer.ok).toBe(true);
      await expectFrozen(path);
      using client = daemon().connect();
      await client.thaw({ target: path });
      await expectThawed(path);
      raw.close();
    });

    test("thawed by its target, unless the caller has several on it", async () => {
      using client = daemon().connect();
      const one = await client.freeze(path);
      expect((await client.thaw({ target: { blockDevice: filesystem.device } })).holdId).toBe(
        one.holdId,
      );
      await expectThawed(path);

      const holds = [await client.freeze(path), await client.freeze(path)];
      const refusal = await refusalOf(client.thaw({ target: path }));
      expect(refusal.reason).toBe("HOLD_AMBIGUOUS");
      const named = (refusal.metadata.hold_ids ?? "").split(",").toSorted();
      expect(named).toEqual(holds.map(({ holdId }) => holdId).toSorted());
      await expectFrozen(path);
      for (const { holdId } of holds) await client.thaw({ holdId });
      await expectThawed(path);
    });

    test("what is not there to be thawed", async () => {
      using client = daemon().connect();
      expect(await refusalOf(client.thaw({ target: path }))).toMatchObject({
        reason: "NOT_FROZEN",
        code: "FAILED_PRECONDITION",
      });
      expect(await refusalOf(client.thaw({ holdId: "h-0000000000000000" }))).toMatchObject({
        reason: "HOLD_NOT_FOUND",
        code: "NOT_FOUND",
      });
      const hold = await client.hold(path);
      // A stream's hold is not ended behind its back by a target.
      expect((await refusalOf(client.thaw({ target: path }))).reason).toBe("HOLD_NOT_FOUND");
      await expectFrozen(path);
      expect((await client.thaw({ holdId: hold.id })).verdict).toBe("INTACT");
      await expectThawed(path);
      expect((await refusalOf(hold.release())).reason).toBe("HOLD_ENDED");
    });

    test("somebody else's hold: not to be ended, nor renewed, but by root", async () => {
      using client = daemon().connect();
      await using relay = await Relay.start(daemon().socket, strangerUid);
      using stranger = connect(relay.address);
      const ours = await client.freeze(path, { purpose: "ours" });
      for (const attempt of [
        () => stranger.thaw({ holdId: ours.holdId }),
        () => stranger.thaw({ target: path }),
        () => stranger.renew(ours.holdId),
      ]) {
        expect(await refusalOf(attempt())).toMatchObject({
          reason: "NOT_PERMITTED",
          code: "PERMISSION_DENIED",
        });
      }
      await expectFrozen(path);
      await client.thaw({ holdId: ours.holdId });

      const theirs = await stranger.hold(path);
      expect(theirs.info.owner).toMatchObject({ kind: "unix", uid: strangerUid });
      await expectFrozen(path);
      const receipt = await client.thaw({ holdId: theirs.id }, { acceptUnproven: true });
      expect(receipt).toMatchObject({ endCause: "ADMINISTRATOR", verdict: "UNPROVEN" });
      await expectThawed(path);
      expect((await refusalOf(theirs.release())).code).toBe("ABORTED");
    });
  },
);
