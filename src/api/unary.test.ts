import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import type { DescriptorClient } from "../../test/support/api/descriptor-client.js";
import { filesystem } from "../../test/support/api/fake-guardian.js";
import { HoldClient, target } from "../../test/support/api/hold-client.js";
import {
  Certainty,
  Freezer,
  FreezeState,
  StateEvidence,
} from "../gen/fsfreeze/v1/filesystem_pb.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { HoldState } from "../gen/fsfreeze/v1/hold_pb.js";
import { HoldKind } from "../gen/fsfreeze/v1/options_pb.js";
import { EndCause, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import { ok, refuse } from "../hold/refusal.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(() => rig.stop());

const { method } = FreezeService;

describe("Freeze", () => {
  test("answers the hold when all are frozen, and says that it was answered", async () => {
    const answer = await client.unary(method.freeze, { targets: [target], purpose: "nightly" });
    expect(answer).toMatchObject({
      ok: true,
      value: {
        hold: {
          holdId: "hold-1",
          kind: HoldKind.LEASE,
          state: HoldState.FROZEN,
          purpose: "nightly",
          skew: { nanos: 12_000 },
        },
      },
    });
    expect(rig.guardian.heard).toEqual(["open lease 1", "answered hold-1"]);
  });

  test("waits for frozen", async () => {
    rig.guardian.autoFreeze = false;
    const answer = client.unary(method.freeze, { targets: [target] });
    await expect.poll(() => rig.guardian.holds.size).toBe(1);
    expect(rig.guardian.heard).toEqual(["open lease 1"]);
    rig.guardian.landFreeze("hold-1");
    expect((await answer).ok).toBe(true);
  });

  test("a retry with the same request_id gets the same hold; another body does not", async () => {
    const request = { targets: [target], requestId: "r1", ttl: { seconds: 60n } };
    await client.unary(method.freeze, request);
    const again = await client.unary(method.freeze, request);
    expect(again).toMatchObject({ ok: true, value: { hold: { holdId: "hold-1" } } });
    const other = await client.unary(method.freeze, { ...request, ttl: { seconds: 61n } });
    expect(other).toMatchObject({ ok: false, reason: "INVALID_REQUEST" });
    expect(rig.guardian.holds.size).toBe(1);
  });

  test("the digest is that of the request without its request_id", async () => {
    const digests: string[] = [];
    for (const requestId of ["a", "b"]) {
      await client.unary(method.freeze, { targets: [target], requestId });
      digests.push(rig.guardian.last.request.requestDigest);
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[0]).toBe(digests[1]);
  });

  test("cancelled before the answer: abandoned, also when it is accepted later", async () => {
    rig.guardian.autoFreeze = false;
    for (const early of [true, false]) {
      let accept = () => {};
      if (early) {
        rig.guardian.openGate = new Promise((resolve) => {
          accept = resolve;
        });
      }
      const heard = rig.guardian.heard.length;
      let cancel = () => {};
      const answer = client.unary(
        method.freeze,
        { targets: [target] },
        {
          onCall: (c) => {
            cancel = c;
          },
        },
      );
      await expect.poll(() => rig.guardian.heard.length).toBe(heard + 1);
      cancel();
      expect(await answer).toMatchObject({ code: status.CANCELLED });
      if (early) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        accept();
      }
      await expect.poll(() => rig.guardian.heard.at(-1)).toMatch(/^abandon hold-/);
    }
  });

  test("past its deadline before the answer: abandoned", async () => {
    rig.guardian.autoFreeze = false;
    const answer = client.unary(
      method.freeze,
      { targets: [target] },
      { deadline: Date.now() + 100 },
    );
    expect(await answer).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => rig.guardian.heard.at(-1)).toBe("abandon hold-1");
    // The deadline of this call does not bound the hold.
    expect(rig.guardian.last.request.callDeadlineMs).toBeUndefined();
  });

  test("a failed freeze answers its reason", async () => {
    rig.guardian.autoFreeze = false;
    const answer = client.unary(method.freeze, { targets: [target] });
    await expect.poll(() => rig.guardian.holds.size).toBe(1);
    const { refusal } = refuse("FREEZE_TIMEOUT", "too slow", { path: "/srv/data" });
    rig.guardian.end("hold-1", "FREEZE_FAILED", "NEVER_FROZEN", refusal);
    expect(await answer).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      reason: "FREEZE_TIMEOUT",
      metadata: { path: "/srv/data" },
    });
  });

  test("the guardian lost meanwhile: UNAVAILABLE", async () => {
    rig.guardian.autoFreeze = false;
    const answer = client.unary(method.freeze, { targets: [target] });
    await expect.poll(() => rig.guardian.holds.size).toBe(1);
    rig.guardian.lose();
    expect(await answer).toMatchObject({
      code: status.UNAVAILABLE,
      reason: "GUARDIAN_UNAVAILABLE",
      metadata: { hold_id: "hold-1" },
    });
  });
});

describe("Thaw", () => {
  beforeEach(async () => {
    await client.unary(method.freeze, { targets: [target] });
  });
  const byId = { subject: { case: "holdId", value: "hold-1" } } as const;

  test("by id and by target: the receipt", async () => {
    expect(await client.unary(method.thaw, byId)).toMatchObject({
      ok: true,
      value: {
        receipt: { holdId: "hold-1", verdict: Verdict.INTACT, endCause: EndCause.RELEASED },
      },
    });
    await client.unary(method.freeze, { targets: [target] });
    const byTarget = { subject: { case: "target", value: target } } as const;
    expect(await client.unary(method.thaw, byTarget)).toMatchObject({
      value: { receipt: { holdId: "hold-2" } },
    });
  });

  test("UNPROVEN is OK", async () => {
    rig.guardian.releaseVerdict = "UNPROVEN";
    expect(await client.unary(method.thaw, byId)).toMatchObject({
      value: { receipt: { verdict: Verdict.UNPROVEN } },
    });
  });

  test("NOT_INTACT is ABORTED, with the receipt in the details", async () => {
    rig.guardian.releaseVerdict = "NOT_INTACT";
    expect(await client.unary(method.thaw, byId)).toMatchObject({
      code: status.ABORTED,
      reason: "FREEZE_BROKEN",
      receipt: { holdId: "hold-1", verdict: Verdict.NOT_INTACT },
    });
  });

  test("NEVER_FROZEN is FAILED_PRECONDITION, with the receipt", async () => {
    rig.guardian.releaseVerdict = "NEVER_FROZEN";
    expect(await client.unary(method.thaw, byId)).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: "NOT_FROZEN",
      receipt: { verdict: Verdict.NEVER_FROZEN },
    });
  });

  test("a second time: HOLD_ENDED, or FREEZE_BROKEN, with the receipt", async () => {
    await client.unary(method.thaw, byId);
    expect(await client.unary(method.thaw, byId)).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: "HOLD_ENDED",
      receipt: { holdId: "hold-1" },
    });
    await client.unary(method.freeze, { targets: [target] });
    rig.guardian.end("hold-2", "FOREIGN_THAW", "NOT_INTACT");
    const broken = { subject: { case: "holdId", value: "hold-2" } } as const;
    expect(await client.unary(method.thaw, broken)).toMatchObject({
      code: status.ABORTED,
      reason: "FREEZE_BROKEN",
      receipt: { holdId: "hold-2", endCause: EndCause.FOREIGN_THAW },
    });
  });

  test.each([
    ["nothing named", {}, "subject"],
    ["an empty id", { subject: { case: "holdId", value: "" } }, "hold_id"],
    ["a long id", { subject: { case: "holdId", value: "x".repeat(129) } }, "hold_id"],
    ["force with an id", { ...byId, force: true }, "force"],
    ["an empty target", { subject: { case: "target", value: {} } }, "target"],
  ] as const)("%s: INVALID_REQUEST", async (_name, request, field) => {
    expect(await client.unary(method.thaw, request)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_REQUEST",
      metadata: { field },
    });
  });

  test("force is not served yet", async () => {
    const request = { subject: { case: "target", value: target }, force: true } as const;
    expect(await client.unary(method.thaw, request)).toMatchObject({
      code: status.UNIMPLEMENTED,
      reason: "UNSUPPORTED",
      metadata: { option: "force" },
    });
    expect(rig.guardian.heard.filter((h) => h.startsWith("thaw"))).toEqual([]);
  });
});

describe("RenewHold", () => {
  test("a new deadline; unset means the default", async () => {
    await client.unary(method.freeze, { targets: [target] });
    const renewed = await client.unary(method.renewHold, {
      holdId: "hold-1",
      ttl: { seconds: 30n, nanos: 1 },
    });
    expect(renewed).toMatchObject({ value: { hold: { holdId: "hold-1" } } });
    await client.unary(method.renewHold, { holdId: "hold-1" });
    // A nanosecond is not lost.
    expect(rig.guardian.heard.slice(-2)).toEqual(["renew hold-1 30001", "renew hold-1 undefined"]);
  });

  test("refusals", async () => {
    expect(await client.unary(method.renewHold, { holdId: "nope" })).toMatchObject({
      code: status.NOT_FOUND,
      reason: "HOLD_NOT_FOUND",
      metadata: { hold_id: "nope" },
    });
    const negative = { holdId: "hold-1", ttl: { nanos: -1 } };
    expect(await client.unary(method.renewHold, negative)).toMatchObject({
      reason: "INVALID_REQUEST",
      metadata: { field: "ttl", violation: "is negative" },
    });
  });
});

describe("IsFrozen", () => {
  test("the kernel's word, whoever froze it", async () => {
    rig.guardian.frozenStatus = ok({
      filesystem,
      device: filesystem.device,
      reading: { state: "FROZEN", certainty: "CERTAIN", source: "superblock" },
      frozenBy: { kind: "another-tool" },
    });
    expect(await client.unary(method.isFrozen, { target })).toMatchObject({
      value: {
        state: FreezeState.FROZEN,
        certainty: Certainty.CERTAIN,
        evidence: StateEvidence.SUPERBLOCK,
        frozenBy: [{ freezer: Freezer.ANOTHER_TOOL }],
        filesystem: { mountPoint: "/srv/data", uuid: filesystem.uuid },
      },
    });
  });

  test("a ghost has a device and no mount point", async () => {
    rig.guardian.frozenStatus = ok({
      device: { major: 7, minor: 9 },
      type: "ext4",
      reading: { state: "UNKNOWN", certainty: "CERTAIN", source: "none" },
      frozenBy: { kind: "kernel", device: "dm-3" },
    });
    const answer = await client.unary(method.isFrozen, {
      target: { target: { case: "blockDevice", value: "/dev/loop9" } },
    });
    expect(answer).toMatchObject({
      value: {
        state: FreezeState.UNKNOWN,
        certainty: Certainty.UNSPECIFIED,
        evidence: StateEvidence.NONE,
        frozenBy: [{ freezer: Freezer.KERNEL, device: "dm-3" }],
        filesystem: { mountPoint: "", type: "ext4", device: { major: 7, minor: 9 } },
      },
    });
    expect(rig.guardian.heard).toEqual(["isFrozen block-device"]);
  });

  test("without a target", async () => {
    expect(await client.unary(method.isFrozen, {})).toMatchObject({
      reason: "INVALID_REQUEST",
      metadata: { field: "target", violation: "is missing" },
    });
  });
});

describe("GetHold and ListHolds", () => {
  test("an ended hold comes with its receipt", async () => {
    await client.unary(method.freeze, { targets: [target] });
    rig.guardian.end("hold-1", "EXPIRED", "NOT_INTACT");
    expect(await client.unary(method.getHold, { holdId: "hold-1" })).toMatchObject({
      value: { hold: { state: HoldState.ENDED, receipt: { endCause: EndCause.EXPIRED } } },
    });
    expect(await client.unary(method.getHold, { holdId: "other" })).toMatchObject({
      code: status.NOT_FOUND,
      reason: "HOLD_NOT_FOUND",
    });
  });

  test("pages, newest first", async () => {
    for (let i = 0; i < 5; i++) await client.unary(method.freeze, { targets: [target] });
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await client.unary(method.listHolds, { pageSize: 2, pageToken });
      if (!page.ok) throw new Error(page.reason);
      seen.push(...page.value.holds.map((h) => h.holdId));
      pageToken = page.value.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual(["hold-5", "hold-4", "hold-3", "hold-2", "hold-1"]);
    expect(rig.guardian.heard.slice(-3)).toEqual([
      "listHolds 2 ",
      "listHolds 2 hold-4",
      "listHolds 2 hold-2",
    ]);
  });

  test("sizes: 100 by default, 1000 at most, none negative", async () => {
    await client.unary(method.listHolds, {});
    await client.unary(method.listHolds, { pageSize: 5000 });
    expect(rig.guardian.heard).toEqual(["listHolds 100 ", "listHolds 1000 "]);
    expect(await client.unary(method.listHolds, { pageSize: -1 })).toMatchObject({
      reason: "INVALID_REQUEST",
      metadata: { field: "page_size" },
    });
  });

  test("a page stays below what clients accept", async () => {
    // Purposes are short in truth; what counts here is the size of a hold.
    const request = { targets: [target], purpose: "p".repeat(256) };
    await client.unary(method.freeze, request);
    const template = rig.guardian.last;
    const purpose = "x".repeat(500_000);
    for (let i = 2; i <= 12; i++) {
      rig.guardian.holds.set(`hold-${i}`, {
        ...template,
        id: `hold-${i}`,
        request: { ...template.request, purpose },
      });
    }
    let pageToken = "";
    let count = 0;
    let pages = 0;
    do {
      const page = await client.unary(method.listHolds, { pageToken });
      if (!page.ok) throw new Error(page.details);
      count += page.value.holds.length;
      pages++;
      pageToken = page.value.nextPageToken;
    } while (pageToken !== "");
    expect(count).toBe(12);
    expect(pages).toBe(2);
  });

  test.each(["garbage", "aDE6", "!!!", "aDE6aG9sZC0x=", "x".repeat(5000)])(
    "a bad token: %s",
    async (pageToken) => {
      expect(await client.unary(method.listHolds, { pageToken })).toMatchObject({
        code: status.INVALID_ARGUMENT,
        reason: "INVALID_REQUEST",
        metadata: { field: "page_token" },
      });
      expect(rig.guardian.heard).toEqual([]);
    },
  );
});

describe("what every RPC does", () => {
  test("PlanFreeze and ListFilesystems are not served yet", async () => {
    const answers = [
      await client.unary(method.planFreeze, {}),
      await client.unary(method.listFilesystems, {}),
    ];
    expect(answers).toMatchObject(
      ["PlanFreeze", "ListFilesystems"].map((rpc) => ({
        code: status.UNIMPLEMENTED,
        reason: "UNSUPPORTED",
        metadata: { rpc },
      })),
    );
    expect(rig.guardian.heard).toEqual([]);
  });

  test("WatchHolds is not served yet", async () => {
    const call = client.serverStream(method.watchHolds, {});
    const error = await new Promise((resolve) => call.on("error", resolve).resume());
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test("a handler that rejects: INTERNAL with an id, and the server lives", async () => {
    rig.guardian.broken = true;
    const requests = [
      client.unary(method.freeze, { targets: [target] }),
      client.unary(method.thaw, { subject: { case: "holdId", value: "h" } }),
      client.unary(method.renewHold, { holdId: "h" }),
      client.unary(method.isFrozen, { target }),
      client.unary(method.getHold, { holdId: "h" }),
      client.unary(method.listHolds, {}),
    ];
    for (const answer of await Promise.all(requests)) {
      expect(answer).toMatchObject({ code: status.INTERNAL, reason: "INTERNAL" });
      expect(JSON.stringify(answer)).not.toContain("secret");
    }
    expect(rig.logged.filter((l) => l.message === "internal fault")).toHaveLength(6);
    rig.guardian.broken = false;
    expect((await client.unary(method.freeze, { targets: [target] })).ok).toBe(true);
  });

  test("more calls at once than allowed are refused, and admitted again when others end", async () => {
    const small = await ApiRig.start({ maxCalls: 2 });
    const peer = small.client();
    const holds = [new HoldClient(peer), new HoldClient(peer)];
    for (const hold of holds) {
      hold.open();
      await hold.event("frozen");
    }
    expect(await peer.unary(method.listHolds, {})).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: "TOO_MANY_HOLDS",
      metadata: { limit: "2" },
    });
    holds[0]?.call.end();
    await holds[0]?.status;
    expect((await peer.unary(method.listHolds, {})).ok).toBe(true);
    await small.stop();
  });

  test("an answer that cannot be encoded is a fault of ours, too", async () => {
    await client.unary(method.freeze, { targets: [target] });
    const { last } = rig.guardian;
    // A uid beyond 32 bits, as no kernel has.
    const owner = { kind: "unix", uid: 2 ** 40, gid: 0, pid: 0 } as const;
    rig.guardian.holds.set("hold-1", { ...last, request: { ...last.request, owner } });
    const answer = await client.unary(method.getHold, { holdId: "hold-1" });
    expect(answer).toMatchObject({ code: status.INTERNAL, reason: "INTERNAL" });
    expect(rig.logged.at(-1)?.message).toBe("internal fault");
  });
});
