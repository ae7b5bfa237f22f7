/** No hold lasts longer than it may: it is thawed at its deadline, and never before. */
import { setTimeout as sleep } from "node:timers/promises";
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EndCause, Verdict } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { broken, refusalOf, release } from "../support/outcome.js";
import { openRaw } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { Writer } from "../support/writer.js";

requires("root", "loop", "ext4", "bpf", "python3").describe("a deadline", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  /** When the operation was done (by the wall clock, milliseconds) that the freeze held up. */
  function firstAfter(writer: Writer, operations: number): number {
    const record = writer.records[operations];
    if (record === undefined) throw new Error("the writer has not gone on");
    return (record.wallUs + record.endUs - record.startUs) / 1000;
  }

  test("of a stream: told beforehand, thawed after it, and its end is no success", async () => {
    const raw = daemon().connectRaw();
    await using writer = await Writer.start("buffered", path);
    const stream = openRaw(raw, [path], { ttl: durationFromMs(1_200) });
    const { value } = await stream.event("frozen");
    const expires = value.hold?.expireTime;
    await writer.waitUntilBlocked();
    const done = writer.records.length;
    const problem = await stream.status;
    await writer.waitForProgress();
    expect(stream.events).toEqual(["opened", "frozen", "expiring", "ended"]);
    expect(problem).toMatchObject({ code: status.DEADLINE_EXCEEDED, reason: "HOLD_EXPIRED" });
    expect((await stream.event("ended")).value.receipt).toMatchObject({
      endCause: EndCause.EXPIRED,
      verdict: Verdict.NOT_INTACT,
      thawedCount: 1,
    });
    expect(expires).toBeDefined();
    if (expires !== undefined)
      expect(firstAfter(writer, done)).toBeGreaterThanOrEqual(timestampMs(expires));
    raw.close();
  });

  test("of a Freeze call, whose client is long gone", async () => {
    await using writer = await Writer.start("buffered", path);
    const { holdId, expireTime } = await (async () => {
      using client = daemon().connect();
      return await client.freeze(path, { ttl: 1_000 });
    })();
    await writer.waitUntilBlocked();
    const done = writer.records.length;
    await writer.waitForProgress();
    expect(firstAfter(writer, done)).toBeGreaterThanOrEqual(expireTime?.getTime() ?? Infinity);
    using client = daemon().connect();
    const { receipt } = await client.getHold(holdId);
    expect(receipt).toMatchObject({ endCause: "EXPIRED", verdict: "NOT_INTACT" });
    for (const late of [() => client.thaw({ holdId }), () => client.renew(holdId)]) {
      expect((await refusalOf(late())).reason).toBe("HOLD_ENDED");
    }
  });

  test("of two holds: the later one counts for the file system, each for its hold", async () => {
    using client = daemon().connect();
    const short = await client.hold(path, { ttl: 700, autoRenew: false });
    const long = await client.hold(path, { ttl: 20_000 });
    expect((await broken(short)).reason).toBe("HOLD_EXPIRED");
    await expectFrozen(path);
    expect((await release(short)).receipt.verdict).toBe("NOT_INTACT");
    expect((await long.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });

  test("renewed by the client, by its stream or by its id: it holds on", async () => {
    using client = daemon().connect();
    const automatic = await client.hold(path, { ttl: 1_000 });
    const byHand = await client.hold(path, { ttl: 1_000, autoRenew: false });
    const lease = await client.freeze(path, { ttl: 1_000 });
    const renewed = await byHand.renew(20_000);
    const later = await client.renew(lease.holdId, 20_000);
    expect(renewed?.getTime()).toBeGreaterThan(Date.now() + 10_000);
    expect(later.expireTime?.getTime()).toBeGreaterThan(Date.now() + 10_000);
    await sleep(1_800);
    await expectFrozen(path);
    for (const hold of [automatic, byHand]) {
      expect(hold.broken.aborted).toBe(false);
      expect((await hold.release()).verdict).toBe("INTACT");
    }
    await expectFrozen(path);
    // It may be made sooner as well.
    await client.renew(lease.holdId, 100);
    await expectThawed(path);
    const { receipt } = await client.getHold(lease.holdId);
    expect(receipt?.endCause).toBe("EXPIRED");
  });

  test("starts anew with each freeze of the same hold, and does not run while it is thawed", async () => {
    using client = daemon().connect();
    const hold = await client.hold(path, { ttl: 1_500, autoRenew: false, freezeOnOpen: false });
    expect(hold.expireTime).toBeUndefined();
    await sleep(1_700);
    await hold.freeze();
    await sleep(900);
    await hold.thaw();
    expect((await refusalOf(hold.renew())).reason).toBe("NOT_FROZEN");
    await sleep(800);
    await hold.freeze();
    await sleep(900);
    await expectFrozen(path);
    const receipt = await hold.release();
    expect(receipt.verdict).toBe("INTACT");
    expect(receipt.filesystems[0]?.intervals.length).toBe(2);
    await expectThawed(path);
  });

  test("of the gRPC call itself shortens the hold, as `opened` tells", async () => {
    const raw = daemon().connectRaw();
    const deadline = Date.now() + 1_500;
    const stream = openRaw(raw, [path], { ttl: durationFromMs(60_000) }, { deadline });
    const { value } = await stream.event("frozen");
    const { hold } = value;
    expect(hold?.expireTime).toBeDefined();
    if (hold?.expireTime !== undefined) {
      // The client's clock and the service's are one, and the deadline travels as a time span.
      expect(timestampMs(hold.expireTime)).toBeLessThan(deadline + 500);
    }
    await expectFrozen(path);
    expect((await stream.status).code).toBe(status.DEADLINE_EXCEEDED);
    await expectThawed(path);
    using client = daemon().connect();
    const ended = await client.getHold(hold?.holdId ?? "");
    expect(ended.receipt?.endCause).toBeOneOf(["EXPIRED", "CLIENT_GONE"]);
    expect(ended.receipt?.verdict).toBeOneOf(["NOT_INTACT", "UNPROVEN"]);
    raw.close();
  });

  test("beyond the operator's limits is brought within them, and told", async () => {
    using client = daemon().connect();
    const hold = await client.hold(path, {
      ttl: 86_400_000,
      freezeTimeout: 86_400_000,
      maxHold: 86_400_000,
      autoRenew: false,
    });
    expect(hold.info.effective).toMatchObject({ ttl: 600_000, freezeTimeout: 600_000 });
    expect(hold.expireTime?.getTime()).toBeLessThanOrEqual(Date.now() + 600_000);
    const renewed = await hold.renew(86_400_000);
    expect(renewed?.getTime()).toBeLessThanOrEqual(Date.now() + 600_000);
    expect((await hold.release()).requested.ttl).toBe(86_400_000);
    await expectThawed(path);
  });

  test("that is negative is refused, one that is not given is 10 s", async () => {
    using client = daemon().connect();
    const refusal = await refusalOf(client.freeze(path, { ttl: -1 }));
    expect(refusal).toMatchObject({ reason: "INVALID_REQUEST", metadata: { field: "ttl" } });
    const hold = await client.hold(path, { autoRenew: false });
    expect(hold.info.effective.ttl).toBe(10_000);
    await hold.release();
    await expectThawed(path);
  });
});
