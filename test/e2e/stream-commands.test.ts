/** The commands of a HoldFreeze stream: in their order, each answered with its number, each doing what it says to the kernel. */
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FreezeState } from "../../src/gen/fsfreeze/v1/filesystem_pb.js";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { openRaw } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { Writer } from "../support/writer.js";

requires("root", "loop", "xfs", "bpf", "python3").describe("commands of a stream", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "xfs" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  test("open without freezing, freeze, thaw, freeze again, release: an interval for each freeze", async () => {
    const raw = daemon().connectRaw();
    const stream = openRaw(raw, [path], { freezeOnOpen: false });
    await stream.event("opened");
    await expectThawed(path);
    for (const round of [0, 1]) {
      stream.send({ case: "freeze", value: {} }, BigInt(10 + round));
      expect((await stream.event("frozen", round)).seq).toBe(BigInt(10 + round));
      await expectFrozen(path);
      stream.send({ case: "thaw", value: {} }, BigInt(20 + round));
      const thawed = await stream.event("thawed", round);
      expect(thawed).toMatchObject({ seq: BigInt(20 + round), value: { stillFrozenBy: [] } });
      await expectThawed(path);
    }
    stream.send({ case: "release", value: {} }, 30n);
    const { receipt } = (await stream.event("ended")).value;
    expect(receipt?.filesystems[0]?.intervals.length).toBe(2);
    expect((await stream.status).code).toBe(status.OK);
    raw.close();
  });

  test("freeze when frozen, and thaw when thawed, do nothing", async () => {
    const raw = daemon().connectRaw();
    await using writer = await Writer.start("buffered", path);
    const stream = openRaw(raw, [path]);
    await stream.event("frozen");
    await writer.waitUntilBlocked();
    const done = writer.records.length;
    stream.send({ case: "freeze", value: {} }, 2n);
    expect((await stream.event("frozen", 1)).seq).toBe(2n);
    expect(await writer.isBlocked()).toBe(true);
    // Nobody got in between.
    expect(writer.records.length).toBe(done);
    for (const seq of [3n, 4n]) stream.send({ case: "thaw", value: {} }, seq);
    expect((await stream.event("thawed", 1)).seq).toBe(4n);
    await writer.waitForProgress();
    stream.call.end();
    const { receipt } = (await stream.event("ended")).value;
    expect(receipt?.filesystems[0]?.intervals.length).toBe(1);
    expect((await stream.status).code).toBe(status.OK);
    raw.close();
  });

  test("many at once are answered in their order", async () => {
    const raw = daemon().connectRaw();
    const stream = openRaw(raw, [path]);
    const commands = ["status", "renew", "thaw", "status", "freeze", "renew", "status"] as const;
    await stream.event("frozen");
    for (const [index, name] of commands.entries()) {
      stream.send({ case: name, value: {} }, BigInt(100 + index));
    }
    await stream.event("status", 2);
    const answers = stream.messages.filter(({ seq }) => seq >= 100n && seq < 200n);
    const told = answers.filter(({ event }) => event.case !== "progress");
    expect(told.map(({ seq, event }) => `${seq} ${event.case}`)).toEqual([
      "100 status",
      "101 renewed",
      "102 thawed",
      "103 status",
      "104 frozen",
      "105 renewed",
      "106 status",
    ]);
    const states = told.flatMap(({ event }) =>
      event.case === "status" ? [[event.value.state, event.value.heldByThis]] : [],
    );
    expect(states).toEqual([
      [FreezeState.FROZEN, true],
      [FreezeState.THAWED, false],
      [FreezeState.FROZEN, true],
    ]);
    await expectFrozen(path);
    stream.call.end();
    expect((await stream.status).code).toBe(status.OK);
    await expectThawed(path);
    raw.close();
  });

  test("one that is refused says so by its number, and leaves the hold as it is", async () => {
    const raw = daemon().connectRaw();
    const stream = openRaw(raw, [path], { freezeOnOpen: false });
    await stream.event("opened");
    stream.send({ case: "renew", value: {} }, 2n);
    expect((await stream.event("failed")).seq).toBe(2n);
    expect((await foreignFreeze(path)).code).toBe(0);
    stream.send({ case: "freeze", value: {} }, 3n);
    expect((await stream.event("failed", 1)).seq).toBe(3n);
    await expectFrozen(path);
    expect((await foreignThaw(path)).code).toBe(0);
    stream.send({ case: "freeze", value: {} }, 4n);
    expect((await stream.event("frozen")).seq).toBe(4n);
    await expectFrozen(path);
    stream.send({ case: "renew", value: { ttl: { seconds: -1n, nanos: 0 } } }, 5n);
    expect((await stream.event("failed", 2)).seq).toBe(5n);
    await expectFrozen(path);
    stream.send({ case: "release", value: {} }, 6n);
    expect((await stream.status).code).toBe(status.OK);
    await expectThawed(path);
    raw.close();
  });

  test("status tells this hold's part and the kernel's state apart", async () => {
    using client = daemon().connect();
    const idle = await client.hold(path, { freezeOnOpen: false });
    expect(await idle.status()).toMatchObject({ state: "THAWED", heldByThis: false });
    const hold = await client.hold(path);
    const [mine, other] = [await hold.status(), await idle.status()];
    expect(mine).toMatchObject({ state: "FROZEN", heldByThis: true });
    expect(other).toMatchObject({ state: "FROZEN", heldByThis: false });
    expect(other.filesystems).toMatchObject([
      {
        certainty: "CERTAIN",
        frozenBy: [{ freezer: "THIS_SERVICE", holds: [{ holdId: hold.id }] }],
      },
    ]);
    await hold.release();
    expect((await foreignFreeze(path)).code).toBe(0);
    expect((await idle.status()).filesystems).toMatchObject([
      { state: "FROZEN", frozenBy: [{ freezer: "ANOTHER_TOOL" }] },
    ]);
    expect((await foreignThaw(path)).code).toBe(0);
    await idle.release().catch(() => {});
    await expectThawed(path);
  });
});
