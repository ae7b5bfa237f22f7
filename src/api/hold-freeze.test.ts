import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import type { DescriptorClient } from "../../test/support/api/descriptor-client.js";
import { filesystem, instant } from "../../test/support/api/fake-guardian.js";
import { HoldClient, type Request, target } from "../../test/support/api/hold-client.js";
import { ErrorReason } from "../gen/fsfreeze/v1/errors_pb.js";
import { FreezeState } from "../gen/fsfreeze/v1/filesystem_pb.js";
import { EndCause, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import type { EndCause as EndCauseName, Verdict as VerdictName } from "../hold/model.js";
import { refuse } from "../hold/refusal.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(() => rig.stop());

/** A promise and the function that resolves it. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

async function frozenHold(): Promise<HoldClient> {
  const hold = new HoldClient(client);
  hold.open(1n);
  await hold.event("frozen");
  return hold;
}

test("open, frozen, release: INTACT and OK", async () => {
  const hold = new HoldClient(client);
  hold.open(7n, { purpose: "nightly", ttl: { seconds: 60n } });
  const opened = await hold.event("opened");
  expect(opened).toMatchObject({
    seq: 7n,
    value: {
      hold: {
        holdId: "hold-1",
        purpose: "nightly",
        owner: {
          identity: { case: "unixPeer", value: { uid: process.getuid?.(), pid: process.pid } },
        },
        effective: { ttl: { seconds: 60n } },
      },
    },
  });
  const frozen = await hold.event("frozen");
  expect(frozen).toMatchObject({
    seq: 7n,
    value: {
      hold: { skew: { nanos: 12_000 }, filesystems: [{ freezeDuration: { nanos: 4_321_000 } }] },
    },
  });
  hold.send({ case: "release", value: {} }, 8n);
  const ended = await hold.event("ended");
  expect(ended.value.receipt).toMatchObject({
    verdict: Verdict.INTACT,
    endCause: EndCause.RELEASED,
    hostName: "node7",
    simulated: false,
  });
  expect((await hold.status).code).toBe(status.OK);
  expect(hold.events).toEqual(["opened", "frozen", "ended"]);
  expect(rig.guardian.heard).toEqual(["open stream 1", "streamEnded hold-1 released"]);
});

test("a half-close releases like release{}", async () => {
  const hold = await frozenHold();
  hold.call.end();
  expect((await hold.status).code).toBe(status.OK);
  expect(hold.events).toEqual(["opened", "frozen", "ended"]);
  expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 released");
});

test("a receipt of the simulated kernel says so", async () => {
  rig.guardian.setHealth({ kernel: "simulated" });
  const hold = await frozenHold();
  hold.call.end();
  expect((await hold.event("ended")).value.receipt?.simulated).toBe(true);
});

test("a peer on TCP is known by its address", async () => {
  const hold = new HoldClient(rig.client(`127.0.0.1:${rig.tcpPort}`));
  hold.open();
  const { value } = await hold.event("opened");
  expect(value.hold?.owner).toMatchObject({
    identity: { case: undefined },
    address: "tcp:127.0.0.1",
  });
  hold.call.end();
  expect((await hold.status).code).toBe(status.OK);
});

describe("commands", () => {
  test("run in order, one at a time, and answers echo seq", async () => {
    const hold = await frozenHold();
    const slow = gate();
    rig.guardian.commandGate = slow.promise;
    hold.send({ case: "status", value: {} }, 2n);
    hold.send({ case: "renew", value: { ttl: { seconds: 30n } } }, 3n);
    hold.send({ case: "thaw", value: {} }, 4n);
    hold.send({ case: "freeze", value: {} }, 5n);
    hold.send({ case: "status", value: {} }, 6n);
    await expect.poll(() => rig.guardian.heard.includes("command hold-1 status")).toBe(true);
    // Only the first has been passed on.
    expect(rig.guardian.heard.filter((h) => h.startsWith("command"))).toHaveLength(1);
    slow.open();
    await hold.event("status", 1);
    expect(hold.events.slice(2)).toEqual(["status", "renewed", "thawed", "frozen", "status"]);
    expect(hold.messages.slice(-5).map((m) => m.seq)).toEqual([2n, 3n, 4n, 5n, 6n]);
    expect((await hold.event("renewed")).value.expireTime?.seconds).toBe(1_700_000_030n);
    expect((await hold.event("thawed")).value.stillFrozenBy).toMatchObject([
      { holds: [{ holdId: "hold-other", purpose: "backup", owner: { identity: {} } }] },
    ]);
    expect((await hold.event("status")).value).toMatchObject({
      state: FreezeState.FROZEN,
      heldByThis: true,
      filesystems: [{ heldByThis: true, frozenBy: [{ holds: [{ holdId: "hold-1" }] }] }],
    });
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("a refused one answers failed and leaves the hold", async () => {
    const hold = await frozenHold();
    rig.guardian.refuseCommand = refuse("FROZEN_TOO_LONG", "no", { path: "/srv/data" }).refusal;
    hold.send({ case: "renew", value: {} }, 9n);
    expect(await hold.event("failed")).toMatchObject({
      seq: 9n,
      value: { reason: ErrorReason.FROZEN_TOO_LONG, metadata: { path: "/srv/data" } },
    });
    rig.guardian.refuseCommand = undefined;
    hold.send({ case: "status", value: {} }, 10n);
    await hold.event("status");
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("a negative ttl is refused, and the hold lives", async () => {
    const hold = await frozenHold();
    hold.send({ case: "renew", value: { ttl: { seconds: -1n } } }, 2n);
    expect((await hold.event("failed")).value).toMatchObject({
      reason: ErrorReason.INVALID_REQUEST,
      metadata: { field: "renew.ttl", violation: "is negative" },
    });
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("more than 64 waiting are refused, one by one, and the hold lives", async () => {
    const hold = await frozenHold();
    const slow = gate();
    rig.guardian.commandGate = slow.promise;
    for (let i = 0; i < 100; i++) hold.send({ case: "status", value: {} }, BigInt(i + 2));
    await hold.event("failed", 34);
    slow.open();
    await hold.event("status", 64);
    expect(hold.messages.filter((m) => m.event.case === "failed")).toHaveLength(35);
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("freeze_on_open=false opens without freezing; freeze{} is told once, by its answer", async () => {
    const hold = new HoldClient(client);
    hold.open(1n, { freezeOnOpen: false });
    await hold.event("opened");
    hold.send({ case: "freeze", value: {} }, 2n);
    await hold.event("frozen");
    // A guardian may tell it as an event, too.
    rig.guardian.emit("hold-1", {
      kind: "frozen",
      hold: rig.guardian.view(rig.guardian.last),
      skewUs: 0,
    });
    hold.send({ case: "status", value: {} }, 3n);
    await hold.event("status");
    expect(hold.events).toEqual(["opened", "frozen", "status"]);
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });
});

describe("while a freeze is pending", () => {
  beforeEach(() => {
    rig.guardian.autoFreeze = false;
  });

  test.each(["release", "half-close"] as const)("%s cancels it at once", async (how) => {
    const hold = new HoldClient(client);
    hold.open(5n);
    await hold.event("opened");
    hold.send({ case: "status", value: {} }, 6n);
    if (how === "release") hold.send({ case: "release", value: {} }, 7n);
    else hold.call.end();
    expect(await hold.event("failed", 0)).toMatchObject({
      seq: 6n,
      value: { reason: ErrorReason.HOLD_ENDED },
    });
    expect(await hold.event("failed", 1)).toMatchObject({
      seq: 5n,
      value: { reason: ErrorReason.FREEZE_CANCELLED },
    });
    expect((await hold.event("ended")).value.receipt?.verdict).toBe(Verdict.NEVER_FROZEN);
    expect(await hold.status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: "NOT_FROZEN",
      metadata: { hold_id: "hold-1" },
    });
    expect(rig.guardian.heard).not.toContain("command hold-1 status");
  });

  test("thaw{} passes ahead of the queue and keeps the hold; the open's freeze answers FREEZE_CANCELLED", async () => {
    const hold = new HoldClient(client);
    hold.open(1n);
    await hold.event("opened");
    hold.send({ case: "status", value: {} }, 2n);
    hold.send({ case: "thaw", value: {} }, 3n);
    await hold.event("status");
    expect(
      hold.messages.filter((m) => m.event.case !== "progress").map((m) => [m.event.case, m.seq]),
    ).toEqual([
      ["opened", 1n],
      ["failed", 1n],
      ["thawed", 3n],
      ["status", 2n],
    ]);
    hold.send({ case: "freeze", value: {} }, 4n);
    await expect.poll(() => rig.guardian.last.state).toBe("FREEZING");
    rig.guardian.landFreeze("hold-1");
    expect((await hold.event("frozen")).seq).toBe(4n);
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("thaw{} cancels a freeze{} too", async () => {
    const hold = new HoldClient(client);
    hold.open(1n, { freezeOnOpen: false });
    hold.send({ case: "freeze", value: {} }, 2n);
    await hold.event("opened");
    await expect.poll(() => rig.guardian.last.state).toBe("FREEZING");
    hold.send({ case: "thaw", value: {} }, 3n);
    expect(await hold.event("failed")).toMatchObject({
      seq: 2n,
      value: { reason: ErrorReason.FREEZE_CANCELLED },
    });
    expect((await hold.event("thawed")).seq).toBe(3n);
    hold.call.end();
    await hold.status;
  });

  test("everything sent at once: a freeze that a later thaw cancels is never begun", async () => {
    const slow = gate();
    rig.guardian.openGate = slow.promise;
    const hold = new HoldClient(client);
    hold.open(1n);
    hold.send({ case: "thaw", value: {} }, 2n);
    hold.send({ case: "freeze", value: {} }, 3n);
    hold.send({ case: "thaw", value: {} }, 4n);
    await expect.poll(() => rig.guardian.heard.length).toBe(1);
    slow.open();
    await hold.event("thawed", 1);
    expect(rig.guardian.heard).not.toContain("command hold-1 freeze");
    const failed = hold.messages.filter((m) => m.event.case === "failed").map((m) => m.seq);
    expect(failed).toEqual([1n, 3n]);
    hold.call.end();
    await hold.status;
  });

  test("frozen just before the thaw is told before it", async () => {
    const slow = gate();
    const hold = new HoldClient(client);
    hold.open(1n);
    await hold.event("opened");
    rig.guardian.commandGate = slow.promise;
    hold.send({ case: "thaw", value: {} }, 2n);
    await expect.poll(() => rig.guardian.heard.at(-1)).toBe("command hold-1 thaw");
    rig.guardian.landFreeze("hold-1");
    slow.open();
    await hold.event("thawed");
    expect(hold.events).toEqual(["opened", "frozen", "thawed"]);
    hold.call.end();
    await hold.status;
  });
});

describe("how it ends: cause, verdict and status agree", () => {
  const rows: readonly [EndCauseName, VerdictName, number, string | undefined][] = [
    ["RELEASED", "INTACT", status.OK, undefined],
    ["RELEASED", "UNPROVEN", status.OK, undefined],
    ["RELEASED", "NOT_INTACT", status.ABORTED, "FREEZE_BROKEN"],
    ["RELEASED", "NEVER_FROZEN", status.FAILED_PRECONDITION, "NOT_FROZEN"],
    ["EXPIRED", "NOT_INTACT", status.DEADLINE_EXCEEDED, "HOLD_EXPIRED"],
    ["FOREIGN_THAW", "NOT_INTACT", status.ABORTED, "FREEZE_BROKEN"],
    ["DEVICE_FAILED", "NOT_INTACT", status.ABORTED, "FREEZE_BROKEN"],
    ["ADMINISTRATOR", "UNPROVEN", status.ABORTED, "FREEZE_BROKEN"],
    ["SHUTDOWN", "UNPROVEN", status.UNAVAILABLE, "SHUTTING_DOWN"],
    ["DAEMON_RESTART", "UNPROVEN", status.UNAVAILABLE, "GUARDIAN_UNAVAILABLE"],
    ["CLIENT_GONE", "UNPROVEN", status.UNAVAILABLE, "CLIENT_GONE"],
  ];
  test.each(rows)("%s, %s", async (cause, verdict, code, reason) => {
    const hold = await frozenHold();
    rig.guardian.end("hold-1", cause, verdict);
    const { receipt } = (await hold.event("ended")).value;
    expect(receipt).toMatchObject({ endCause: EndCause[cause], verdict: Verdict[verdict] });
    const end = await hold.status;
    expect(end).toMatchObject({ code, reason });
    if (reason !== undefined) expect(end.metadata.hold_id).toBe("hold-1");
    expect(hold.events.at(-1)).toBe("ended");
  });

  test("FREEZE_FAILED: by its reason", async () => {
    rig.guardian.autoFreeze = false;
    const hold = new HoldClient(client);
    hold.open();
    await hold.event("opened");
    const { refusal } = refuse("FROZEN_BY_ANOTHER", "another tool froze it", { path: "/srv/data" });
    rig.guardian.end("hold-1", "FREEZE_FAILED", "NEVER_FROZEN", refusal);
    expect((await hold.event("ended")).value.receipt?.failure?.reason).toBe(
      ErrorReason.FROZEN_BY_ANOTHER,
    );
    expect(await hold.status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: "FROZEN_BY_ANOTHER",
      domain: "fsfreeze.v1",
      metadata: { path: "/srv/data" },
    });
  });

  test("broken comes before ended, and both before the status", async () => {
    const hold = await frozenHold();
    rig.guardian.emit("hold-1", { kind: "expiring", expiresAt: instant(7000) });
    rig.guardian.emit("hold-1", { kind: "broken", filesystem, cause: "FOREIGN_THAW" });
    rig.guardian.end("hold-1", "FOREIGN_THAW", "NOT_INTACT");
    expect(await hold.status).toMatchObject({
      code: status.ABORTED,
      metadata: { cause: "FOREIGN_THAW" },
    });
    expect(hold.events).toEqual(["opened", "frozen", "expiring", "broken", "ended"]);
    expect((await hold.event("broken")).value).toMatchObject({
      cause: EndCause.FOREIGN_THAW,
      filesystem: { mountPoint: "/srv/data" },
    });
  });

  test("an answer that the guardian gave before the end is told before it", async () => {
    rig.guardian.autoFreeze = false;
    const hold = new HoldClient(client);
    hold.open(1n, { freezeOnOpen: false });
    await hold.event("opened");
    hold.send({ case: "freeze", value: {} }, 2n);
    await expect.poll(() => rig.guardian.last.state).toBe("FREEZING");
    // Both in one turn, as two lines of one chunk.
    rig.guardian.landFreeze("hold-1");
    rig.guardian.end("hold-1", "FOREIGN_THAW", "NOT_INTACT");
    await hold.status;
    expect(hold.events).toEqual(["opened", "frozen", "ended"]);
  });

  test("refused by the guardian: its reason, and nothing was told", async () => {
    rig.guardian.refuseOpen = refuse("PROTECTED_FILESYSTEM", "not /", { path: "/" }).refusal;
    const hold = new HoldClient(client);
    hold.open();
    expect(await hold.status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: "PROTECTED_FILESYSTEM",
      metadata: { path: "/" },
    });
    expect(hold.events).toEqual([]);
  });

  test("the guardian is lost: UNAVAILABLE with the hold's id", async () => {
    const hold = await frozenHold();
    rig.guardian.lose();
    expect(await hold.status).toMatchObject({
      code: status.UNAVAILABLE,
      reason: "GUARDIAN_UNAVAILABLE",
      metadata: { hold_id: "hold-1" },
    });
  });

  test("a fault of ours: INTERNAL with an id, the text in the log alone, and the hold ends", async () => {
    const hold = await frozenHold();
    rig.guardian.broken = true;
    hold.send({ case: "status", value: {} }, 2n);
    const end = await hold.status;
    expect(end).toMatchObject({ code: status.INTERNAL, reason: "INTERNAL" });
    expect(end.metadata.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(`${end.details}${JSON.stringify(end.metadata)}`).not.toContain("secret");
    const line = rig.logged.find((l) => l.level === "error");
    expect(line).toMatchObject({ message: "internal fault", fields: { id: end.metadata.id } });
    expect(String(line?.fields.error)).toContain("secret");
    expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 gone");
  });
});

describe("out of order", () => {
  test.each([
    ["nothing set", undefined],
    ["a command", { case: "freeze", value: {} }],
    ["release", { case: "release", value: {} }],
  ] as const)("%s first", async (_name, command) => {
    const hold = new HoldClient(client);
    hold.send(command, 1n);
    expect(await hold.status).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_REQUEST",
    });
    expect(rig.guardian.heard).toEqual([]);
  });

  test("an empty stream", async () => {
    const hold = new HoldClient(client);
    hold.call.end();
    expect(await hold.status).toMatchObject({
      code: status.INVALID_ARGUMENT,
      metadata: { field: "open", violation: "must be the first message" },
    });
  });

  test.each([
    ["a second open", { case: "open", value: { targets: [{ ...target }] } }, "open"],
    ["nothing set", undefined, "command"],
  ] satisfies [string, Request["command"], string][])(
    "%s while frozen: thawed, and never INTACT",
    async (_name, command, field) => {
      const hold = await frozenHold();
      hold.send(command, 2n);
      expect(await hold.status).toMatchObject({
        code: status.INVALID_ARGUMENT,
        reason: "INVALID_REQUEST",
        metadata: { field },
      });
      expect(hold.events).toEqual(["opened", "frozen", "ended"]);
      expect((await hold.event("ended")).value.receipt?.verdict).toBe(Verdict.UNPROVEN);
      expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 dismissed");
    },
  );

  test("a second open while the first is being accepted", async () => {
    const slow = gate();
    rig.guardian.openGate = slow.promise;
    const hold = new HoldClient(client);
    hold.open();
    hold.open();
    await expect.poll(() => rig.guardian.heard.length).toBe(1);
    slow.open();
    expect(await hold.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(rig.guardian.heard).toEqual(["open stream 1", "streamEnded hold-1 dismissed"]);
  });

  test("what comes after release is ignored", async () => {
    rig.guardian.autoEnd = false;
    const hold = await frozenHold();
    hold.send({ case: "release", value: {} }, 2n);
    hold.send({ case: "open", value: {} }, 3n);
    hold.send(undefined, 4n);
    hold.call.end();
    await expect.poll(() => rig.guardian.last.state).toBe("THAWING");
    rig.guardian.end("hold-1", "RELEASED", "INTACT");
    expect((await hold.status).code).toBe(status.OK);
  });
});

describe("not served yet: refused before anything happens", () => {
  test.each([
    ["hooks", { hooks: { names: ["db"] } }],
    ["presync", { presync: { mode: 2 } }],
    ["presync", { presync: {} }],
    ["all_freezable", { targets: [], allFreezable: {} }],
  ])("%s", async (option, extra) => {
    const hold = new HoldClient(client);
    hold.open(1n, extra);
    expect(await hold.status).toMatchObject({
      code: status.UNIMPLEMENTED,
      reason: "UNSUPPORTED",
      metadata: { option },
    });
    expect(rig.guardian.heard).toEqual([]);
  });

  test("presync off is what happens anyway", async () => {
    const hold = new HoldClient(client);
    hold.open(1n, { presync: { mode: 1 } });
    await hold.event("frozen");
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });
});
