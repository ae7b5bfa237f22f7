/** `linger` and `resume_hold_id` as the stream speaks them; the hold itself is the guardian's. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import type { DescriptorClient } from "../../test/support/api/descriptor-client.js";
import { HoldClient } from "../../test/support/api/hold-client.js";
import { HoldState } from "../gen/fsfreeze/v1/hold_pb.js";
import { EndCause, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import { refuse } from "../hold/refusal.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(() => rig.stop());

async function frozenHold(): Promise<HoldClient> {
  const hold = new HoldClient(client);
  hold.open(1n, { linger: { seconds: 5n } });
  await hold.event("frozen");
  return hold;
}

function resumed(extra: object = {}): HoldClient {
  const hold = new HoldClient(client);
  const value = { resumeHoldId: "hold-1", resumeToken: "secret-hold-1-1", ...extra };
  hold.send({ case: "open", value }, 5n);
  return hold;
}

test("linger is passed on, and told as asked for and as in effect", async () => {
  const hold = await frozenHold();
  expect(rig.guardian.last.request.times).toEqual({ lingerMs: 5_000 });
  const { value } = await hold.event("opened");
  expect(value.hold?.effective?.linger).toMatchObject({ seconds: 5n });
  hold.call.end();
  const { receipt } = (await hold.event("ended")).value;
  expect(receipt?.requested?.linger).toMatchObject({ seconds: 5n });
});

test("the token is told in `opened` alone, and never logged", async () => {
  const hold = await frozenHold();
  expect((await hold.event("opened")).value.resumeToken).toBe("secret-hold-1-1");
  hold.call.end();
  await hold.status;
  const rest = hold.messages.filter((m) => m.event.case !== "opened");
  const text = JSON.stringify([rest, rig.logged], (_, v) => (typeof v === "bigint" ? `${v}` : v));
  expect(text).not.toContain("secret");
});

test("a frozen hold is taken over: the new stream hears `opened` and `frozen`, and rules it", async () => {
  const old = await frozenHold();
  const hold = resumed({ ttl: { seconds: 60n }, linger: { seconds: 9n } });
  expect(await hold.event("opened")).toMatchObject({
    seq: 5n,
    value: {
      resumeToken: "secret-hold-1-2",
      hold: { holdId: "hold-1", state: HoldState.FROZEN },
    },
  });
  expect(await hold.event("frozen")).toMatchObject({ seq: 5n });
  expect(rig.guardian.resumes).toMatchObject([
    {
      holdId: "hold-1",
      token: "secret-hold-1-1",
      ttlMs: 60_000,
      lingerMs: 9_000,
      owner: { kind: "unix", uid: process.getuid?.() },
    },
  ]);
  expect(await old.status).toMatchObject({
    code: status.ABORTED,
    reason: "HOLD_TAKEN_OVER",
    metadata: { hold_id: "hold-1" },
  });
  expect(old.events).toEqual(["opened", "frozen"]);
  hold.send({ case: "release", value: {} }, 6n);
  expect((await hold.event("ended")).value.receipt).toMatchObject({
    verdict: Verdict.INTACT,
    endCause: EndCause.RELEASED,
  });
  expect((await hold.status).code).toBe(status.OK);
  // The displaced stream said nothing of its end.
  expect(rig.guardian.heard).toEqual([
    "open stream 1",
    "resume hold-1",
    "streamEnded hold-1 released",
  ]);
});

test("a stream that is displaced while its release is on its way ends with HOLD_TAKEN_OVER", async () => {
  const old = await frozenHold();
  rig.guardian.autoEnd = false;
  old.send({ case: "release", value: {} }, 2n);
  await expect.poll(() => rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 released");
  // The guardian had heard the resume first.
  rig.guardian.last.state = "FROZEN";
  const hold = resumed();
  await hold.event("frozen");
  expect((await old.status).reason).toBe("HOLD_TAKEN_OVER");
  expect(old.events).toEqual(["opened", "frozen"]);
});

test("of a hold that is being frozen: `frozen` comes when it is", async () => {
  rig.guardian.autoFreeze = false;
  const old = new HoldClient(client);
  old.open(1n);
  await old.event("opened");
  const hold = resumed();
  await hold.event("opened");
  rig.guardian.landFreeze("hold-1");
  expect(await hold.event("frozen")).toMatchObject({ seq: 5n });
  expect(hold.events).toEqual(["opened", "frozen"]);
});

test("of an open hold: no `frozen`, and commands are its own", async () => {
  const old = new HoldClient(client);
  old.open(1n, { freezeOnOpen: false });
  await old.event("opened");
  const hold = resumed();
  expect((await hold.event("opened")).value.hold?.state).toBe(HoldState.OPEN);
  hold.send({ case: "freeze", value: {} }, 6n);
  expect(await hold.event("frozen")).toMatchObject({ seq: 6n });
  hold.call.cancel();
  await expect.poll(() => rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 gone");
});

test("who leaves before the new token was told ends the hold: nobody could come back", async () => {
  await frozenHold();
  let open = () => {};
  rig.guardian.openGate = new Promise((resolve) => {
    open = resolve;
  });
  const hold = resumed();
  await expect.poll(() => rig.guardian.heard.at(-1)).toBe("resume hold-1");
  hold.call.cancel();
  await hold.status;
  // The service hears of it a moment after the client.
  await new Promise((resolve) => setTimeout(resolve, 50));
  open();
  await expect.poll(() => rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 dismissed");
});

describe("is refused", () => {
  test.each(["RESUME_REFUSED", "HOLD_NOT_FOUND", "HOLD_ENDED", "FREEZE_BROKEN"] as const)(
    "by the guardian with %s, and the other stream stays",
    async (reason) => {
      const old = await frozenHold();
      rig.guardian.refuseResume = refuse(reason, "no", { hold_id: "hold-1" }).refusal;
      const hold = resumed();
      expect(await hold.status).toMatchObject({ reason, metadata: { hold_id: "hold-1" } });
      expect(hold.events).toEqual([]);
      old.call.end();
      expect((await old.status).code).toBe(status.OK);
    },
  );

  test.each([
    ["resume_token", { resumeToken: "" }],
    ["resume_hold_id", { resumeHoldId: "" }],
    ["resume_hold_id", { resumeHoldId: "x".repeat(129) }],
    ["resume_token", { resumeToken: "x".repeat(129) }],
    ["targets", { targets: [{ target: { case: "path", value: "/srv/data" } }] }],
    ["all_freezable", { allFreezable: {} }],
    ["freeze_timeout", { freezeTimeout: { seconds: 1n } }],
    ["presync", { presync: { mode: 1 } }],
    ["freeze_on_open", { freezeOnOpen: true }],
    ["hooks", { hooks: {} }],
    ["purpose", { purpose: "nightly" }],
    ["ttl", { ttl: { seconds: -1n } }],
    ["linger", { linger: { seconds: -1n } }],
  ])("for its %s", async (field, extra) => {
    expect(await resumed(extra).status).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_REQUEST",
      metadata: { field },
    });
    expect(rig.guardian.heard).toEqual([]);
  });
});
