import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeService, refusal } from "../../../test/support/fake-service.js";
import { FreezeState } from "./gen/fsfreeze/v1/filesystem_pb.js";
import { HoldSchema } from "./gen/fsfreeze/v1/hold_pb.js";
import { Verdict } from "./gen/fsfreeze/v1/receipt_pb.js";
import { connect, type FreezeClient, FreezeError, type HoldInfo } from "./index.js";

let service: FakeService;
let client: FreezeClient;
beforeEach(async () => {
  service = await FakeService.start();
  client = connect(service.address, { timeout: 5_000 });
});
afterEach(() => {
  client.close();
  service.stop();
});

async function errorOf(promise: Promise<unknown>): Promise<FreezeError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof FreezeError) return error;
  throw new Error(`expected a FreezeError, got ${String(error)}`);
}

describe("freeze and thaw", () => {
  it("gives a hold with native values and ends it with its receipt", async () => {
    const hold = await client.freeze("/srv", { ttl: 1_500, purpose: "nightly" });
    expect(hold).toMatchObject({
      kind: "LEASE",
      state: "FROZEN",
      purpose: "nightly",
      owner: { kind: "unix", uid: 0 },
      effective: { ttl: 1_500 },
      filesystems: [{ filesystem: { mountPoint: "/srv", type: "ext4" }, state: "FROZEN" }],
    });
    expect(hold.expireTime).toBeInstanceOf(Date);

    const receipt = await client.thaw({ holdId: hold.holdId });
    expect(receipt).toMatchObject({ verdict: "INTACT", endCause: "RELEASED" });
    expect(receipt.filesystems[0]?.intervals[0]?.sectorsWritten).toBe(0);
  });

  it("sends targets of every kind, and a request id of its own", async () => {
    await client.freeze([
      "/a",
      { path: "/b/c", allowSubdirectory: true, expectUuid: "u" },
      { blockDevice: "/dev/sdz" },
      { deviceNumber: { major: 7, minor: 1 } },
      { filesystemUuid: "f" },
    ]);
    expect(service.requests[0]).toMatchObject({
      method: "freeze",
      request: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        targets: [
          { target: { case: "path", value: "/a" }, allowSubdirectory: false },
          {
            target: { case: "path", value: "/b/c" },
            allowSubdirectory: true,
            expectUuid: "u",
          },
          { target: { case: "blockDevice", value: "/dev/sdz" } },
          { target: { case: "deviceNumber", value: { major: 7, minor: 1 } } },
          { target: { case: "filesystemUuid", value: "f" } },
        ],
      },
    });
  });

  it("raises what is not intact with its receipt, and UNPROVEN unless it is accepted", async () => {
    service.behaviour.verdict = Verdict.NOT_INTACT;
    const broken = await client.freeze("/srv");
    const error = await errorOf(client.thaw({ holdId: broken.holdId }));
    expect(error).toMatchObject({ reason: "FREEZE_BROKEN", code: "ABORTED" });
    expect(error.receipt?.verdict).toBe("NOT_INTACT");

    service.behaviour.verdict = Verdict.UNPROVEN;
    const unproven = await client.freeze("/srv");
    expect(await errorOf(client.thaw({ holdId: unproven.holdId }))).toMatchObject({
      reason: "UNPROVEN",
      receipt: { verdict: "UNPROVEN" },
    });
    await client.freeze("/accepted");
    expect(await client.thaw({ target: "/accepted" }, { acceptUnproven: true })).toMatchObject({
      verdict: "UNPROVEN",
    });
  });

  it("tells a refusal by its reason and variable parts", async () => {
    service.behaviour.refuse = refusal(
      status.FAILED_PRECONDITION,
      "FROZEN_BY_ANOTHER",
      "frozen by somebody else",
      { metadata: { path: "/srv" } },
    );
    expect(await errorOf(client.freeze("/srv"))).toMatchObject({
      reason: "FROZEN_BY_ANOTHER",
      code: "FAILED_PRECONDITION",
      metadata: { path: "/srv" },
      message: "frozen by somebody else",
    });
  });
});

describe("asking", () => {
  it("tells whether something is frozen", async () => {
    service.behaviour.state = FreezeState.FROZEN;
    expect(await client.isFrozen("/srv")).toMatchObject({
      state: "FROZEN",
      certainty: "CERTAIN",
      evidence: "SUPERBLOCK",
      filesystem: { device: { major: 7, minor: 42 } },
    });
  });

  it("lists holds over all pages, newest first", async () => {
    const ids: string[] = [];
    for (const path of ["/1", "/2", "/3", "/4", "/5"]) ids.push((await client.freeze(path)).holdId);
    const listed: string[] = [];
    for await (const hold of client.listHolds()) listed.push(hold.holdId);
    expect(listed).toEqual(ids.reverse());
  });

  it("watches until the iteration is left", async () => {
    await client.freeze("/srv");
    const kinds: string[] = [];
    for await (const event of client.watch()) {
      kinds.push(event.kind);
      if (event.kind === "picture-complete") break;
    }
    expect(kinds).toEqual(["hold", "picture-complete"]);
  });

  it("stops watching when its signal fires", async () => {
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of client.watch({ signal: stop.signal }))
        if (event.kind === "picture-complete") stop.abort();
    })();
    expect((await errorOf(watching)).reason).toBe("CANCELLED");
  });

  it("says politely what is not served", async () => {
    expect(await errorOf(client.plan("/srv"))).toMatchObject({
      reason: "UNSUPPORTED",
      code: "UNIMPLEMENTED",
      metadata: { rpc: "PlanFreeze" },
    });
  });

  it("asks the health service", async () => {
    expect(await client.health()).toBe("SERVING");
    expect(await client.health("")).toBe("SERVING");
    expect((await errorOf(client.health("else"))).code).toBe("NOT_FOUND");
    expect(service.requests.map(({ request }) => request)).toEqual([
      "fsfreeze.v1.FreezeService",
      "",
      "else",
    ]);
  });
});

describe("a service that is newer, or not there", () => {
  it("lets values that it does not know live", async () => {
    const hold = create(HoldSchema, { holdId: "h" });
    // As decoding an enum of proto3 gives it; the type knows only today's values.
    Object.assign(hold, { state: 17 });
    service.overrides.set("getHold", () => ({ hold }));
    const info: HoldInfo = await client.getHold("h");
    expect(info.state).toBe("UNKNOWN_17");
    expect(info.kind).toBe("UNKNOWN_0");
    expect(JSON.parse(JSON.stringify(info))).toEqual({ holdId: "h", state: 17 });
  });

  it("keeps a reason that it does not know", async () => {
    service.behaviour.refuse = refusal(status.ABORTED, "MOON_IS_FULL", "no freezing tonight");
    expect(await errorOf(client.freeze("/srv"))).toMatchObject({
      reason: "MOON_IS_FULL",
      code: "ABORTED",
    });
  });

  it("says UNREACHABLE where nobody listens", async () => {
    const lost = connect(`${service.address}.none`);
    const error = await errorOf(lost.isFrozen("/srv"));
    expect(error).toMatchObject({ reason: "UNREACHABLE", code: "UNAVAILABLE" });
    lost.close();
  });

  it("refuses an address that is none", () => {
    expect(() => connect("nonsense")).toThrow(TypeError);
  });
});

it("writes a receipt as proto3 JSON", async () => {
  const { holdId } = await client.freeze("/srv");
  const receipt = await client.thaw({ holdId });
  const json: unknown = JSON.parse(JSON.stringify(receipt));
  expect(json).toMatchObject({ holdId, verdict: "VERDICT_INTACT", endCause: "END_CAUSE_RELEASED" });
});
