import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { GuardianBench, Opener, target, version } from "../guardian/testing/bench.js";
import { ada, openRequest } from "../hold/testing/samples.js";
import type { FromGuardian } from "./api-protocol.js";
import { connectGuardian, type GuardianConnection } from "./guardian-client.js";
import type { GuardianHealth } from "./messages.js";
import { quiet, rawPeer, until } from "./testing/sockets.js";

/** A guardian of which the test writes every line. */
function scripted(): {
  readonly api: GuardianConnection;
  readonly raw: Socket;
  readonly asked: string[];
  readonly say: (...messages: FromGuardian[]) => void;
} {
  const { fd, raw } = rawPeer();
  const api = connectGuardian(fd, { version, nowMs: () => performance.now(), onEnd() {} });
  const asked: string[] = [];
  raw.on("data", (chunk: Buffer) => asked.push(...chunk.toString().split("\n").filter(Boolean)));
  raw.on("error", () => {});
  // In one write, so that all of it comes in one chunk.
  const say = (...messages: FromGuardian[]): void => {
    raw.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  };
  return { api, raw, asked, say };
}

test("before its hello the guardian cannot freeze; then its health is told", async () => {
  await using bench = await GuardianBench.start({ start: false });
  const { guardian, hello } = bench.api;
  const told: GuardianHealth[] = [];
  guardian.onHealth((health) => told.push(health));
  expect(guardian.health()).toMatchObject({ canFreeze: false, kernel: "linux" });
  await bench.guardian.start();
  expect(await hello).toBe(version);
  expect(told).toEqual([guardian.health()]);
  expect(guardian.health()).toMatchObject({ canFreeze: true, kernel: "simulated" });
});

test("a hold from open to receipt: its events in order, and the last is `ended`", async () => {
  await using bench = await GuardianBench.start();
  const { opener, hold } = await bench.frozen(["/a", "/b"]);
  expect(bench.fs("/a").phase).toBe("frozen");
  bench.api.guardian.streamEnded(hold.holdId, 1, "released");
  expect(await opener.receipt()).toMatchObject({ verdict: "INTACT", endCause: "RELEASED" });
  expect(opener.milestones).toEqual(["frozen", "ended"]);
  expect(bench.traces).toEqual([]);
});

test("a retry while it is being frozen joins, and both hear `frozen` once", async () => {
  await using bench = await GuardianBench.start();
  bench.fs("/a").holdFreezes();
  const [first, second] = [new Opener(), new Opener()];
  const lease = { kind: "lease", requestId: "r1" } as const;
  const made = await bench.open(first, ["/a"], lease);
  const joined = await bench.open(second, ["/a"], lease);
  expect(joined.holdId).toBe(made.holdId);
  bench.fs("/a").releaseFreezes();
  await until(() => second.kinds.includes("frozen"));
  await quiet();
  expect(first.milestones).toEqual(["frozen"]);
  expect(second.milestones).toEqual(["frozen"]);
});

test("a retry of what is frozen already hears `frozen` once, with the present hold", async () => {
  await using bench = await GuardianBench.start();
  const lease = { kind: "lease", requestId: "r1" } as const;
  const { hold } = await bench.frozen(["/a", "/b"], lease);
  bench.api.guardian.answered(hold.holdId);
  const retry = new Opener();
  await bench.open(retry, ["/a", "/b"], lease);
  await quiet();
  expect(retry.kinds).toEqual(["frozen"]);
  expect(retry.events[0]).toMatchObject({ hold: { holdId: hold.holdId, state: "FROZEN" } });
  expect(bench.fs("/a").counts.freezes).toBe(1);
});

test("a replayed `frozen` comes before what happens next, though both come in one chunk", async () => {
  const { api, asked, say } = scripted();
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a"], { kind: "lease" });
  const retry = new Opener();
  const opened = api.guardian.open(openRequest({ kind: "lease" }), retry.listen);
  await until(() => asked.some((line) => line.includes('"open"')));
  const receipt = { holdId: hold.holdId } as never;
  const frozenHold = { ...hold, state: "FROZEN" } as const;
  say(
    { id: 1, result: { ok: true, value: { hold: frozenHold, joined: true } } },
    { holdId: hold.holdId, event: { kind: "ended", receipt } },
  );
  expect((await opened).ok).toBe(true);
  expect(retry.kinds).toEqual(["frozen"]);
  await quiet();
  expect(retry.kinds).toEqual(["frozen"]);
  api.close();
});

test("events that come in one chunk with the acceptance are not lost", async () => {
  const { api, asked, say } = scripted();
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a"]);
  const opener = new Opener();
  const opened = api.guardian.open(openRequest(), opener.listen);
  await until(() => asked.some((line) => line.includes('"open"')));
  say(
    { id: 1, result: { ok: true, value: { hold, joined: false } } },
    { holdId: hold.holdId, event: { kind: "frozen", hold, skewUs: 0 } },
    { holdId: hold.holdId, event: { kind: "expiring", expiresAt: { wallUs: 1, bootUs: 1 } } },
  );
  await opened;
  await until(() => opener.events.length === 2);
  expect(opener.kinds).toEqual(["frozen", "expiring"]);
  api.close();
});

test("a lease that was frozen keeps none of the calls that waited for it", async () => {
  await using bench = await GuardianBench.start();
  const lease = { kind: "lease", requestId: "r1" } as const;
  const { opener, hold } = await bench.frozen(["/a"], lease);
  const retry = new Opener();
  await bench.open(retry, ["/a"], lease);
  await bench.api.guardian.thaw(ada, { kind: "id", holdId: hold.holdId });
  bench.api.close();
  await quiet();
  expect(opener.milestones).toEqual(["frozen"]);
  expect(retry.milestones).toEqual(["frozen"]);
});

test("a hold that is taken over: the old listener hears so and nothing more, the new one the rest", async () => {
  await using bench = await GuardianBench.start();
  const { guardian } = bench.api;
  const old = new Opener();
  const request = openRequest({ targets: [target("/a")], times: { lingerMs: 5_000 } });
  const opened = await guardian.open(request, old.listen);
  if (!opened.ok || opened.value.ticket === undefined) throw new Error("not opened");
  const { hold, ticket } = opened.value;
  expect(ticket).toMatchObject({ generation: 1 });
  // 128 bits.
  expect(Buffer.from(ticket.resumeToken, "base64url")).toHaveLength(16);
  await until(() => old.kinds.includes("frozen"));
  const next = new Opener();
  const asked = { owner: ada, holdId: hold.holdId, token: ticket.resumeToken };
  const resumed = await guardian.resume(asked, next.listen);
  expect(resumed).toMatchObject({ ok: true, value: { ticket: { generation: 2 } } });
  expect(old.milestones).toEqual(["frozen", "taken-over"]);
  expect(next.milestones).toEqual(["frozen"]);
  const late = await guardian.command(hold.holdId, 1, { kind: "thaw" });
  expect(late).toMatchObject({ ok: false, refusal: { reason: "HOLD_TAKEN_OVER" } });
  guardian.streamEnded(hold.holdId, 1, "released");
  const again = await guardian.resume(asked, () => {});
  expect(again).toMatchObject({ ok: false, refusal: { reason: "RESUME_REFUSED" } });
  expect(bench.fs("/a").phase).toBe("frozen");
  guardian.streamEnded(hold.holdId, 2, "released");
  expect(await next.receipt()).toMatchObject({ verdict: "INTACT", frozenCount: 1 });
  expect(old.milestones).toEqual(["frozen", "taken-over"]);
  expect(bench.fs("/a").counts.freezes).toBe(1);
  const over = await guardian.resume({ ...asked }, () => {});
  expect(over).toMatchObject({ ok: false, refusal: { reason: "HOLD_ENDED" } });
  // Neither what is kept for a successor nor what is listed has the token.
  const kept = JSON.stringify([bench.said, await guardian.getHold(hold.holdId)]);
  const tokens = resumed.ok ? [ticket.resumeToken, resumed.value.ticket.resumeToken] : [];
  for (const token of tokens) expect(kept).not.toContain(token);
});

test("a takeover comes before what happens next, though both come in one chunk", async () => {
  const { api, asked, say } = scripted();
  await using bench = await GuardianBench.start();
  const { hold } = await bench.frozen(["/a"]);
  const [old, next] = [new Opener(), new Opener()];
  const ticket = { generation: 1, resumeToken: "t1" };
  void api.guardian.open(openRequest(), old.listen);
  await until(() => asked.some((line) => line.includes('"open"')));
  say({ id: 1, result: { ok: true, value: { hold, ticket, joined: false } } });
  const resumed = api.guardian.resume(
    { owner: ada, holdId: hold.holdId, token: "t1" },
    next.listen,
  );
  await until(() => asked.some((line) => line.includes('"resume"')));
  const receipt = { holdId: hold.holdId } as never;
  say(
    { id: 2, result: { ok: true, value: { hold: { ...hold, state: "FROZEN" }, ticket } } },
    { holdId: hold.holdId, event: { kind: "ended", receipt } },
  );
  expect((await resumed).ok).toBe(true);
  await until(() => next.kinds.includes("ended"));
  expect(old.kinds).toEqual(["taken-over"]);
  expect(next.kinds).toEqual(["frozen", "ended"]);
  api.close();
});

test("when the channel ends every call and every stream hears of it", async () => {
  await using bench = await GuardianBench.start();
  const { opener, hold } = await bench.frozen(["/a"]);
  bench.fs("/b").holdFreezes();
  const lease = new Opener();
  await bench.open(lease, ["/b"], { kind: "lease" });
  const health: boolean[] = [];
  bench.api.guardian.onHealth(({ canFreeze }) => health.push(canFreeze));

  const { api, raw, asked } = scripted();
  const pending = [
    api.guardian.isFrozen(target("/a")),
    api.guardian.getHold("h-1"),
    api.guardian.renew(ada, "h-1", undefined),
    api.guardian.command("h-1", 1, { kind: "freeze" }),
    api.guardian.open(openRequest(), () => {}),
  ];
  await until(() => asked.filter((line) => line.includes('"id"')).length === 5);
  raw.destroy();
  for (const answer of await Promise.all(pending)) {
    expect(answer).toMatchObject({ ok: false, refusal: { reason: "GUARDIAN_UNAVAILABLE" } });
  }
  expect(await api.guardian.listHolds({ size: 1, after: "" })).toMatchObject({ ok: false });
  api.guardian.streamEnded("h-1", 1, "gone");

  bench.api.close();
  await until(() => opener.kinds.includes("lost"));
  expect(opener.events.at(-1)).toMatchObject({ refusal: { metadata: { hold_id: hold.holdId } } });
  expect(lease.milestones).toEqual(["lost"]);
  expect(health).toEqual([false]);
  expect(bench.api.guardian.health().canFreeze).toBe(false);
  bench.fs("/b").releaseFreezes();
});

test("a second answer to one call, and an event of an unknown hold, are nobody's", async () => {
  const { api, asked, say } = scripted();
  const answer = api.guardian.getHold("h-1");
  await until(() => asked.some((line) => line.includes('"getHold"')));
  const result = { ok: true, value: "first" } as const;
  say(
    { id: 1, result },
    { id: 1, result: { ok: true, value: "second" } },
    { holdId: "h-9", event: { kind: "expiring", expiresAt: { wallUs: 1, bootUs: 1 } } },
  );
  expect(await answer).toEqual(result);
  api.close();
});
