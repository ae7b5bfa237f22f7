import { expect, test } from "vitest";
import { quiet, until } from "../channel/testing/sockets.js";
import { ada, bob } from "../hold/testing/samples.js";
import type { TargetSpec } from "../kernel/port.js";
import { GuardianBench, Opener, target, version } from "./testing/bench.js";

test("calls that come while it still loads are answered afterwards", async () => {
  await using bench = await GuardianBench.start({ start: false });
  const opener = new Opener();
  const opened = bench.open(opener, ["/a"]);
  await quiet();
  await bench.guardian.start();
  await opened;
  await until(() => opener.kinds.includes("frozen"));
});

test("it is of its own files' version, not of the one that the supervisor told it", async () => {
  await using bench = await GuardianBench.start();
  expect(bench.said).toContainEqual({ hello: { version } });
  expect(await bench.api.hello).toBe(version);
});

test("an api of another version is not served", async () => {
  const bench = await GuardianBench.start({ apiVersion: "9.9.9", start: false });
  await bench.guardian.start();
  expect(await bench.exited()).toBe(0);
});

test("its api is gone: everything is thawed, then it ends", async () => {
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a", "/b"]);
  await bench.frozen(["/lower"], { kind: "lease" });
  bench.api.close();
  expect(await bench.exited()).toBe(0);
  expect(bench.traces).toEqual([]);
  expect(bench.granted).toEqual([]);
  expect(bench.records(hold.holdId).at(-1)?.hold.receipt).toMatchObject({
    endCause: "DAEMON_RESTART",
    verdict: "UNPROVEN",
    thawedCount: 2,
  });
});

test.each(["api", "supervisor"] as const)(
  "the first sign that its %s is dead counts, though the socket is open",
  async (who) => {
    await using bench = await GuardianBench.start();
    await bench.frozen(["/a", "/b"]);
    await until(() => bench.die[who] !== undefined);
    bench.die[who]?.();
    expect(await bench.exited()).toBe(0);
    expect(bench.traces).toEqual([]);
  },
);

test("those that it thaws at its end have the processor before it says so", async () => {
  await using bench = await GuardianBench.start();
  const { hold, opener } = await bench.frozen(["/a"]);
  bench.tell({ shutdown: true });
  await until(() => bench.fs("/a").phase === "thawed");
  const thawedAt = performance.now();
  expect(opener.kinds).not.toContain("ended");
  await until(() => bench.records(hold.holdId).at(-1)?.hold.receipt !== undefined);
  expect(performance.now() - thawedAt).toBeGreaterThan(10);
  expect((await opener.receipt()).endCause).toBe("SHUTDOWN");
});

test("the supervisor is dead by the first sign while a freeze waits for its word: it ends", async () => {
  await using bench = await GuardianBench.start();
  bench.onGrant = () => undefined;
  await bench.open(new Opener(), ["/a"]);
  await until(() => bench.granted.length === 1);
  bench.die.supervisor?.();
  expect(await bench.exited()).toBe(0);
  expect(bench.fs("/a").counts.freezes).toBe(0);
});

test("a hold is told that it is frozen when that is written down, not sooner", async () => {
  await using bench = await GuardianBench.start();
  await bench.frozen(["/a"]);
  bench.confirms = false;
  const opener = new Opener();
  const joined = await bench.open(opener, ["/a"]);
  const confirm = () => bench.said.findLast((message) => "confirm" in message)?.confirm;
  await until(() => bench.records(joined.holdId).at(-1)?.hold.state === "FROZEN");
  await quiet();
  expect(opener.milestones).toEqual([]);
  bench.tell({ confirmed: confirm() ?? 0 });
  await until(() => opener.milestones.includes("frozen"));
});

test("it is asked to shut down before that: it ends when the hold was told of both", async () => {
  await using bench = await GuardianBench.start();
  bench.confirms = false;
  const opener = new Opener();
  const hold = await bench.open(opener, ["/a"]);
  await until(() => bench.records(hold.holdId).at(-1)?.hold.state === "FROZEN");
  bench.tell({ shutdown: true });
  await until(() => bench.fs("/a").phase === "thawed");
  await quiet();
  expect(bench.exits).toEqual([]);
  bench.tell({ confirmed: 1 });
  expect((await opener.receipt()).endCause).toBe("SHUTDOWN");
  expect(opener.milestones).toEqual(["frozen", "ended"]);
  expect(await bench.exited()).toBe(0);
});

test("its supervisor is gone before that: it is never told so, and ends as not proven", async () => {
  await using bench = await GuardianBench.start();
  bench.confirms = false;
  const opener = new Opener();
  const hold = await bench.open(opener, ["/a"]);
  await until(() => bench.records(hold.holdId).at(-1)?.hold.state === "FROZEN");
  bench.supervisor.close();
  expect((await opener.receipt()).verdict).toBe("UNPROVEN");
  expect(opener.milestones).toEqual(["ended"]);
  expect(await bench.exited()).toBe(0);
});

test("the supervisor is gone: everything is thawed and the streams are told, then it ends", async () => {
  await using bench = await GuardianBench.start();
  const { opener } = await bench.frozen(["/a"]);
  bench.supervisor.close();
  expect(await opener.receipt()).toMatchObject({ endCause: "DAEMON_RESTART", verdict: "UNPROVEN" });
  expect(await bench.exited()).toBe(0);
  expect(bench.traces).toEqual([]);
});

test("the supervisor is gone while a freeze waits for its word: nothing is frozen and it ends", async () => {
  await using bench = await GuardianBench.start();
  bench.onGrant = () => undefined;
  const opener = new Opener();
  await bench.open(opener, ["/a"]);
  await until(() => bench.granted.length === 1);
  bench.supervisor.close();
  expect((await opener.receipt()).verdict).toBe("NEVER_FROZEN");
  expect(await bench.exited()).toBe(0);
  expect(bench.fs("/a").counts.freezes).toBe(0);
  expect(bench.traces).toEqual([]);
});

test("the supervisor is gone just before a freeze asks for its word: the same", async () => {
  await using bench = await GuardianBench.start();
  // Waits in it, before it comes to ask.
  bench.fs("/a").suspend();
  const opener = new Opener();
  await bench.open(opener, ["/a"]);
  bench.supervisor.close();
  await until(() => opener.kinds.includes("ended"));
  bench.fs("/a").resume();
  expect(await bench.exited()).toBe(0);
  expect(bench.fs("/a").openHandles).toBe(0);
});

test("asked to shut down with a freeze in flight: it ends when that has landed and is thawed", async () => {
  await using bench = await GuardianBench.start();
  bench.fs("/a").holdFreezes();
  const opener = new Opener();
  await bench.open(opener, ["/a"]);
  const other = await bench.frozen(["/b"]);
  await until(() => bench.fs("/a").phase === "freezing");
  bench.tell({ shutdown: true });
  const ended = await other.opener.receipt();
  expect(ended).toMatchObject({ endCause: "SHUTDOWN", refusal: { reason: "SHUTTING_DOWN" } });
  expect(await opener.receipt()).toMatchObject({ endCause: "SHUTDOWN", verdict: "NEVER_FROZEN" });
  expect(bench.api.guardian.health()).toMatchObject({ canFreeze: false });
  expect(await bench.refusal(["/b"])).toMatchObject({ reason: "SHUTTING_DOWN" });
  expect(bench.exits).toEqual([]);
  bench.fs("/a").releaseFreezes();
  expect(await bench.exited()).toBe(0);
  expect(bench.fs("/a").counts).toEqual({ freezes: 1, thaws: 1 });
  expect(bench.traces).toEqual([]);
  expect(bench.granted).toEqual([]);
});

test("the first word about the end stays; it exits once", async () => {
  await using bench = await GuardianBench.start();
  const { opener } = await bench.frozen(["/a"]);
  bench.tell({ shutdown: true });
  bench.tell({ shutdown: true });
  bench.supervisor.close();
  expect((await opener.receipt()).endCause).toBe("SHUTDOWN");
  await bench.exited();
  await quiet();
  expect(bench.exits).toEqual([0]);
});

test("what the supervisor does not grant is not frozen, for its reason", async () => {
  await using bench = await GuardianBench.start();
  const refusal = { reason: "IO_ERROR", message: "no space", metadata: { path: "/a" } } as const;
  bench.onGrant = ({ epoch }) => ({ epoch, refusal });
  const opener = new Opener();
  await bench.open(opener, ["/a"]);
  expect((await opener.receipt()).refusal).toEqual(refusal);
  expect(bench.fs("/a").counts.freezes).toBe(0);
  expect(bench.traces).toEqual([]);
});

test("every grant comes before its freeze, and none is left", async () => {
  await using bench = await GuardianBench.start();
  bench.onGrant = (grant) => {
    expect(bench.fs(grant.identity.mountPoint).phase).toBe("thawed");
    expect(grant.deadlineUs).toBeGreaterThan(bench.world.clock.now().bootUs + 39_000_000);
    return { epoch: grant.epoch };
  };
  const { opener, hold } = await bench.frozen(["/a", "/b"]);
  expect(bench.granted.length).toBe(2);
  bench.api.guardian.streamEnded(hold.holdId, 1, "released");
  await opener.receipt();
  await until(() => bench.granted.length === 0);
});

test("receipts from before it lived are found, listed and remembered for a retry", async () => {
  await using earlier = await GuardianBench.start();
  const lease = { kind: "lease", requestId: "r1", owner: ada } as const;
  const { hold } = await earlier.frozen(["/a"], lease);
  earlier.api.guardian.answered(hold.holdId);
  await earlier.api.guardian.thaw(ada, { kind: "id", holdId: hold.holdId });
  await until(() => earlier.records(hold.holdId).at(-1)?.hold.receipt !== undefined);
  const record = earlier.records(hold.holdId).at(-1);
  if (record === undefined) throw new Error("no record");

  await using bench = await GuardianBench.start();
  bench.tell({ archive: record });
  // It comes by another socket than what is asked.
  const found = () => bench.api.guardian.getHold(hold.holdId);
  await expect.poll(found).toMatchObject({ ok: true, value: { state: "ENDED" } });
  const listed = await bench.api.guardian.listHolds({ size: 10, after: "" });
  expect(listed).toMatchObject({ ok: true, value: { holds: [{ holdId: hold.holdId }] } });
  expect((await bench.refusal(["/a"], lease)).reason).toBe("HOLD_ENDED");
  // Another owner's request_id is another one.
  await bench.frozen(["/a"], { ...lease, owner: bob });
});

test("the supervisor knows a hold from its acceptance on, and no more often than its receipt would change", async () => {
  await using bench = await GuardianBench.start();
  const open = new Opener();
  const idle = await bench.open(open, ["/a"], { freezeOnOpen: false });
  await until(() => bench.records(idle.holdId).length > 0);
  expect(bench.records(idle.holdId).map((r) => r.hold.state)).toEqual(["OPEN"]);

  const { opener, hold } = await bench.frozen(["/a", "/b"]);
  for (let i = 0; i < 5; i++) {
    await bench.api.guardian.command(hold.holdId, 1, { kind: "renew" });
  }
  await bench.api.guardian.command(hold.holdId, 1, { kind: "thaw" });
  bench.api.guardian.streamEnded(hold.holdId, 1, "released");
  await opener.receipt();
  await until(() => bench.records(hold.holdId).at(-1)?.hold.receipt !== undefined);
  const states = bench.records(hold.holdId).map((r) => r.hold.state);
  // THAWING is told twice: when it begins, and with the first interval that has ended.
  expect(states).toEqual(["FREEZING", "FROZEN", "THAWING", "THAWING", "OPEN", "ENDED"]);
});

test("a request_id is kept only once its Freeze was answered", async () => {
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a"], { kind: "lease", requestId: "r1" });
  expect(bench.records(hold.holdId).at(-1)?.requestId).toBe("");
  bench.api.guardian.answered(hold.holdId);
  await until(() => bench.records(hold.holdId).at(-1)?.requestId === "r1");
});

test("a call that it cannot make sense of is answered, and it goes on", async () => {
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a"]);
  const path = 7 as unknown as string;
  const nonsense: TargetSpec = { by: { kind: "path", path }, allowSubdirectory: false };
  expect(await bench.api.guardian.isFrozen(nonsense)).toMatchObject({
    ok: false,
    refusal: { reason: "INTERNAL" },
  });
  expect(bench.fs("/a").phase).toBe("frozen");
  expect(await bench.api.guardian.isFrozen(target("/a"))).toMatchObject({
    ok: true,
    value: { frozenBy: { kind: "service", holds: [{ id: hold.holdId, purpose: hold.purpose }] } },
  });
});
