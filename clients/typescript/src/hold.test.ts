import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeService, refusal } from "../../../test/support/fake-service.js";
import { EndCause, Verdict } from "./gen/fsfreeze/v1/receipt_pb.js";
import { connect, type FreezeClient, FreezeError } from "./index.js";

let service: FakeService;
let client: FreezeClient;
beforeEach(async () => {
  service = await FakeService.start();
  client = connect(service.address, { timeout: 2_000 });
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

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

describe("a scope", () => {
  it("is frozen inside, and released after it", async () => {
    let id = "";
    {
      await using hold = await client.hold("/srv", { ttl: 5_000, purpose: "test" });
      id = hold.id;
      expect(hold.info.state).toBe("FROZEN");
      expect(hold.expireTime).toBeInstanceOf(Date);
      expect(hold.broken.aborted).toBe(false);
      hold.throwIfBroken();
    }
    expect(service.last.id).toBe(id);
    expect(service.last.endCause).toBe(EndCause.RELEASED);
    expect(service.opens[0]).toMatchObject({ freezeOnOpen: true, purpose: "test" });
  });

  it("lets an exception of its body through as it is", async () => {
    const scope = async () => {
      await using _hold = await client.hold("/srv");
      throw new RangeError("of the body");
    };
    await expect(scope()).rejects.toThrow(RangeError);
    expect(service.last.endCause).toBe(EndCause.RELEASED);
  });

  it("throws at its end when the hold did not hold", async () => {
    service.behaviour.verdict = Verdict.NOT_INTACT;
    const scope = async () => {
      await using _hold = await client.hold("/srv");
    };
    expect(await errorOf(scope())).toMatchObject({
      reason: "FREEZE_BROKEN",
      receipt: { verdict: "NOT_INTACT" },
    });
  });

  it("keeps the body's exception where the hold did not hold either", async () => {
    service.behaviour.verdict = Verdict.NOT_INTACT;
    const ofBody = new RangeError("of the body");
    const scope = async () => {
      await using _hold = await client.hold("/srv");
      throw ofBody;
    };
    await expect(scope()).rejects.toMatchObject({
      name: "SuppressedError",
      suppressed: ofBody,
      error: { reason: "FREEZE_BROKEN" },
    });
  });

  it("does not release twice", async () => {
    {
      await using hold = await client.hold("/srv");
      await hold.release();
      expect((await hold.release()).verdict).toBe("INTACT");
    }
    expect(service.last.commands.filter((command) => command === "release")).toHaveLength(1);
  });
});

describe("withHold", () => {
  it("gives what its body returned, and the receipt", async () => {
    const { value, receipt } = await client.withHold("/srv", {}, (hold) => hold.id);
    expect(receipt.holdId).toBe(value);
  });

  it("throws what its body threw, also where the hold broke", async () => {
    const ofBody = new RangeError("of the body");
    const running = client.withHold("/srv", {}, async (hold) => {
      service.last.break();
      await fired(hold.broken);
      throw ofBody;
    });
    await expect(running).rejects.toBe(ofBody);
  });
});

describe("release", () => {
  it("raises UNPROVEN unless it is accepted", async () => {
    service.behaviour.verdict = Verdict.UNPROVEN;
    const hold = await client.hold("/srv");
    const error = await errorOf(hold.release());
    expect(error).toMatchObject({ reason: "UNPROVEN", receipt: { verdict: "UNPROVEN" } });
    expect(error.message).toContain("/srv: SECTORS_WRITTEN MISSING (loop42)");
    expect((await hold.release({ acceptUnproven: true })).verdict).toBe("UNPROVEN");

    const accepting = await client.hold("/srv", { acceptUnproven: true });
    expect((await accepting.release()).verdict).toBe("UNPROVEN");
  });

  it("says NOT_FROZEN for a hold that was never frozen", async () => {
    const hold = await client.hold("/srv", { freezeOnOpen: false });
    expect(hold.info.state).toBe("OPEN");
    expect(await errorOf(hold.release())).toMatchObject({
      reason: "NOT_FROZEN",
      receipt: { verdict: "NEVER_FROZEN" },
    });
  });

  it("gives up on a service that does not answer, and is gone for it", async () => {
    service.behaviour.ignoreRelease = true;
    const hold = await client.hold("/srv");
    expect((await errorOf(hold.release({ timeout: 50 }))).reason).toBe("TIMED_OUT");
    await vi.waitFor(() => expect(service.last.endCause).toBe(EndCause.CLIENT_GONE));
  });

  it("does not take an end by another hand for its own", async () => {
    const hold = await client.hold("/srv");
    service.last.end(EndCause.RELEASED, Verdict.INTACT);
    await fired(hold.broken);
    expect(await errorOf(hold.release())).toMatchObject({
      reason: "HOLD_ENDED",
      receipt: { verdict: "INTACT" },
    });
  });
});

describe("a hold that breaks", () => {
  it("fires at once, names what happened, and its release carries the receipt", async () => {
    const hold = await client.hold("/srv");
    service.last.break();
    await fired(hold.broken);
    expect(hold.broken.reason).toMatchObject({
      reason: "FREEZE_BROKEN",
      metadata: { cause: "FOREIGN_THAW", path: "/srv" },
    });
    expect(() => hold.throwIfBroken()).toThrow(FreezeError);
    const error = await errorOf(hold.release());
    expect(error).toMatchObject({ reason: "FREEZE_BROKEN", receipt: { endCause: "FOREIGN_THAW" } });
    expect(hold.receipt?.verdict).toBe("NOT_INTACT");
    expect((await errorOf(hold.renew())).reason).toBe("FREEZE_BROKEN");
  });

  it("fires when its deadline passes", async () => {
    const hold = await client.hold("/srv", { ttl: 60, autoRenew: false });
    await fired(hold.broken);
    expect(await errorOf(hold.release())).toMatchObject({
      reason: "HOLD_EXPIRED",
      receipt: { endCause: "EXPIRED" },
    });
  });

  it("fires when the service dies", async () => {
    const hold = await client.hold("/srv");
    service.cut();
    await fired(hold.broken);
    expect(hold.broken.reason).toMatchObject({ reason: "UNREACHABLE" });
    expect((await errorOf(hold.release())).reason).toBe("UNREACHABLE");
  });

  it("does not fire after a release or a cancel", async () => {
    const released = await client.hold("/srv");
    await released.release();
    const cancelled = await client.hold("/srv");
    cancelled.cancel();
    await vi.waitFor(() => expect(service.last.endCause).toBe(EndCause.CLIENT_GONE));
    expect((await errorOf(cancelled.release())).reason).toBe("CANCELLED");
    expect([released.broken.aborted, cancelled.broken.aborted]).toEqual([false, false]);
  });
});

describe("opening", () => {
  it("is refused with the reason", async () => {
    service.behaviour.refuse = refusal(status.FAILED_PRECONDITION, "NOT_A_MOUNT_POINT", "no");
    expect((await errorOf(client.hold("/srv/sub"))).reason).toBe("NOT_A_MOUNT_POINT");
  });

  it("can be given up, which thaws", async () => {
    service.behaviour.freezeAfter = "never";
    const giveUp = new AbortController();
    const opening = client.hold("/srv", { signal: giveUp.signal });
    const refused = errorOf(opening);
    await vi.waitFor(() => expect(service.holds).toHaveLength(1));
    giveUp.abort();
    expect((await refused).reason).toBe("CANCELLED");
    await vi.waitFor(() => expect(service.last.endCause).toBe(EndCause.RELEASED));
  });

  it("fails with the receipt when freezing fails", async () => {
    service.behaviour.freezeAfter = "never";
    const refused = errorOf(client.hold("/srv"));
    await vi.waitFor(() => expect(service.holds).toHaveLength(1));
    service.last.end(EndCause.RELEASED, Verdict.NEVER_FROZEN);
    expect(await refused).toMatchObject({
      reason: "NOT_FROZEN",
      receipt: { verdict: "NEVER_FROZEN" },
    });
  });

  it("tells of its progress", async () => {
    const phases: string[] = [];
    const hold = await client.hold("/srv", { onProgress: ({ phase }) => phases.push(phase) });
    expect(phases).toEqual(["FREEZING"]);
    await hold.release();
  });

  it("says UNREACHABLE where nobody listens", async () => {
    const lost = connect(`${service.address}.none`);
    expect((await errorOf(lost.hold("/srv"))).reason).toBe("UNREACHABLE");
    lost.close();
  });
});

describe("commands", () => {
  it("freezes, thaws and freezes again", async () => {
    const hold = await client.hold("/srv", { freezeOnOpen: false });
    expect((await hold.freeze()).state).toBe("FROZEN");
    expect(await hold.thaw()).toEqual([]);
    expect(hold.expireTime).toBeUndefined();
    await hold.freeze();
    expect((await hold.status()).heldByThis).toBe(true);
    await hold.release();
    expect(service.last.commands).toEqual(["freeze", "thaw", "freeze", "status", "release"]);
  });

  it("tells the new deadline, or why there is none", async () => {
    const hold = await client.hold("/srv", { ttl: 1_000, autoRenew: false });
    const before = hold.expireTime?.getTime() ?? 0;
    expect((await hold.renew(30_000))?.getTime()).toBeGreaterThan(before + 20_000);
    expect(service.last.renewals).toEqual([30_000]);
    service.behaviour.refuseRenew = "FROZEN_TOO_LONG";
    expect((await errorOf(hold.renew())).reason).toBe("FROZEN_TOO_LONG");
    expect(hold.broken.aborted).toBe(false);
    await hold.release();
  });
});

describe("automatic renewal", () => {
  it("keeps it past its ttl, and ends at maxHold", async () => {
    const begun = Date.now();
    const hold = await client.hold("/srv", { ttl: 300, maxHold: 1_000 });
    await fired(hold.broken);
    const lasted = Date.now() - begun;
    expect(hold.broken.reason).toMatchObject({ reason: "HOLD_EXPIRED" });
    expect(service.last.renewals.length).toBeGreaterThanOrEqual(2);
    expect(lasted).toBeGreaterThan(600);
    expect(Math.max(...service.last.renewals)).toBeLessThanOrEqual(300);
  });

  it("tells when a renewal is refused", async () => {
    service.behaviour.refuseRenew = "FROZEN_TOO_LONG";
    const refused: string[] = [];
    const hold = await client.hold("/srv", {
      ttl: 300,
      onRenewFailed: ({ reason }) => refused.push(reason),
    });
    await vi.waitFor(() => expect(refused).toContain("FROZEN_TOO_LONG"));
    await hold.release();
  });

  it("can be left to the caller", async () => {
    const hold = await client.hold("/srv", { ttl: 150, autoRenew: false });
    await fired(hold.broken);
    expect(service.last.renewals).toEqual([]);
  });
});
