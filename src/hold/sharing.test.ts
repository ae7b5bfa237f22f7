/** Epochs: several holds of one file system share one freeze, and the last end thaws it. */
import { describe, expect, it } from "vitest";
import { Bench } from "./testing/bench.js";
import { ada, device, exact, identity } from "./testing/samples.js";

describe("joining what is frozen", () => {
  it("is frozen at once, and only the last end thaws", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.nowUs += 500_000;
    const opened = bench.open("i", ["a"]);
    expect(bench.said(opened)).toBe("hold");
    expect(bench.issued("freeze")).toEqual([]);
    expect(bench.told("i")).toEqual(["frozen"]);
    bench.release("h");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.end("h")).toBe("RELEASED INTACT");
    expect(bench.receipt("h")).toMatchObject({ frozenCount: 1, thawedCount: 0 });
    bench.release("i");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("i")).toBe("RELEASED INTACT");
    expect(bench.receipt("i").thawedCount).toBe(1);
  });

  it("counts from the moment it joined, also where nobody could look then", () => {
    for (const blind of [false, true]) {
      const bench = new Bench();
      bench.frozen("h", ["a"]);
      if (blind) bench.see("a", "none");
      bench.nowUs += 500_000;
      bench.open("i", ["a"]);
      const joinedUs = bench.nowUs;
      bench.see("a", {});
      bench.release("i");
      const [interval] = bench.receipt("i").filesystems[0]?.intervals ?? [];
      expect(interval?.frozenAt.bootUs).toBe(joinedUs);
      expect(interval?.verdict).toBe("INTACT");
    }
  });

  it("does not answer for what was written before", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.see("a", { devices: [device(110)] });
    bench.open("i", ["a"]);
    bench.release("i");
    expect(bench.end("i")).toBe("RELEASED INTACT");
    bench.release("h");
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED NOT_INTACT FREEZE_BROKEN");
  });

  it("makes two holds of two opens by the same owner", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.frozen("i", ["a"], { purpose: "mirror" });
    const thaw = bench.command("h", "thaw");
    expect(bench.answer(thaw)).toEqual({
      ok: true,
      value: { kind: "thawed", stillFrozenBy: [{ id: "i", owner: ada, purpose: "mirror" }] },
    });
    expect(bench.phase("h")).toBe("OPEN");
    bench.gone("i");
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("is one hold's end for one file system, another's for the other", () => {
    const bench = new Bench();
    bench.frozen("h", ["a", "b"]);
    bench.frozen("i", ["b", "c"]);
    bench.release("h");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.receipt("h")).toMatchObject({ frozenCount: 2, thawedCount: 1 });
    bench.release("i");
    expect(bench.issued("thaw")).toEqual(["b", "c"]);
  });

  it("judges both ends of one step by the same look", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.frozen("i", ["a"]);
    bench.tick(10_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect([bench.end("h"), bench.end("i")]).toEqual([
      "EXPIRED NOT_INTACT HOLD_EXPIRED",
      "EXPIRED NOT_INTACT HOLD_EXPIRED",
    ]);
  });
});

describe("joining what is being frozen", () => {
  it("waits for the same FIFREEZE", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.open("i", ["a"]);
    expect(bench.issued("freeze")).toEqual([]);
    bench.land("a");
    expect([bench.told("h"), bench.told("i")]).toEqual([["frozen"], ["frozen"]]);
  });

  it("adopts it when its first holder gives up", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.open("i", ["a"]);
    bench.gone("h");
    expect(bench.end("h")).toBe("CLIENT_GONE NEVER_FROZEN");
    bench.land("a");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.told("i")).toEqual(["frozen"]);
  });

  it("adopts it also after everybody had given it up", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.gone("h");
    bench.open("i", ["a"]);
    expect(bench.issued("freeze")).toEqual([]);
    bench.land("a");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.told("i")).toEqual(["frozen"]);
  });

  it("has a freeze_timeout of its own", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { times: { freezeTimeoutMs: 5_000 } });
    bench.open("i", ["a"], { times: { freezeTimeoutMs: 2_000 } });
    bench.tick(2_000);
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
    expect(bench.phase("h")).toBe("FREEZING");
    bench.tick(3_000);
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
    bench.land("a");
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("fails with the same failure", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.open("i", ["a"]);
    bench.fail("a", "FROZEN_BY_ANOTHER");
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FROZEN_BY_ANOTHER");
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN FROZEN_BY_ANOTHER");
    expect(bench.state.epochs.size).toBe(0);
  });

  it("is not bound by how long the first one would wait for a suspended device", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { times: { freezeTimeoutMs: 1_000 } });
    bench.open("i", ["a"], { times: { freezeTimeoutMs: 5_000 } });
    const first = bench.epochId("a");
    bench.tick(1_000);
    bench.fail("a", "DEVICE_SUSPENDED");
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
    expect(bench.issued("freeze")).toEqual(["a"]);
    expect(bench.epochId("a")).toBeGreaterThan(first);
    const [effect] = bench.effects.filter((e) => e.kind === "freeze");
    expect(effect).toMatchObject({ byUs: bench.nowUs + 4_000_000 });
    bench.land("a");
    expect(bench.told("i")).toEqual(["frozen"]);
  });

  it("fails when the device is still suspended at its own time", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.open("i", ["a"]);
    bench.fail("a", "DEVICE_SUSPENDED");
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN DEVICE_SUSPENDED");
    expect(bench.issued("freeze")).toEqual([]);
  });

  it("begins again when the freeze was given up in the moment that it joined", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.gone("h");
    bench.open("i", ["a"]);
    bench.fail("a", "FREEZE_CANCELLED");
    expect(bench.issued("freeze")).toEqual(["a"]);
    bench.land("a");
    expect(bench.told("i")).toEqual(["frozen"]);
  });

  it("thaws an abandoned one on landing, exactly once", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.release("h");
    bench.tick(60_000);
    expect(bench.epoch("a")).toBe("FREEZING");
    bench.land("a");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.epoch("a")).toBe("none");
  });
});

describe("joining what is being thawed", () => {
  it("waits for the verified thaw, then freezes anew", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.release("h");
    const first = bench.epochId("a");
    bench.open("i", ["a"]);
    bench.open("j", ["a"]);
    expect(bench.issued("freeze")).toEqual([]);
    bench.thawed("a");
    expect(bench.issued("freeze")).toEqual(["a"]);
    expect(bench.epochId("a")).not.toBe(first);
    bench.land("a");
    expect([bench.told("i"), bench.told("j")]).toEqual([["frozen"], ["frozen"]]);
    // The old epoch's outcome, told twice, says nothing about the new one.
    const outcome = { errno: undefined, after: undefined, lost: false };
    bench.step({ kind: "thawed", key: "a", epoch: first, outcome });
    expect(bench.epoch("a")).toBe("FROZEN");
  });

  it("starts nothing when who waited has gone", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.release("h");
    bench.open("i", ["a"]);
    bench.gone("i");
    bench.thawed("a");
    expect(bench.issued("freeze")).toEqual([]);
    expect(bench.state.epochs.size).toBe(0);
  });

  it("freezes for the most patient of who waits", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.release("h");
    bench.open("i", ["a"], { times: { freezeTimeoutMs: 1_000 } });
    bench.open("j", ["a"], { times: { freezeTimeoutMs: 9_000 } });
    bench.thawed("a");
    const [effect] = bench.effects.filter((e) => e.kind === "freeze");
    expect(effect).toMatchObject({ byUs: bench.nowUs + 9_000_000 });
  });

  it("times out while the thaw hangs", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.release("h");
    bench.open("i", ["a"], { times: { freezeTimeoutMs: 1_000 } });
    bench.tick(1_000);
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
  });

  it("never starts more freezes than may be in flight", () => {
    const bench = new Bench({ freezesInFlightMax: 1 });
    bench.frozen("h", ["a"]);
    bench.release("h");
    bench.open("i", ["a"]);
    bench.open("j", ["b"]);
    expect(bench.issued("freeze")).toEqual(["b"]);
    bench.thawed("a");
    expect(bench.issued("freeze")).toEqual([]);
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN TOO_MANY_STUCK_FREEZES");
  });
});

describe("what a broken hold owns", () => {
  it("is nothing: its end does not thaw the next freeze", () => {
    const bench = new Bench();
    bench.frozen("h", ["a", "b"]);
    bench.see("a", { generation: exact(14) });
    bench.tick(10);
    bench.see("a", {});
    bench.frozen("i", ["a"]);
    bench.thawed("b");
    expect(bench.phase("h")).toBe("gone");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.epoch("a")).toBe("FROZEN");
  });
});

describe("two layers of one stack", () => {
  const upper = { identity: identity("u"), below: ["l", "m"] };

  it("are refused in one hold", () => {
    const bench = new Bench();
    expect(bench.said(bench.open("h", ["l", upper]))).toBe("UNSUPPORTED");
    expect(bench.issued("freeze")).toEqual([]);
    expect(bench.state.holds.size).toBe(0);
  });

  it("are refused across holds, the upper one while the lower is in our hands", () => {
    const bench = new Bench();
    bench.open("h", ["l"]);
    expect(bench.said(bench.open("i", [upper]))).toBe("LOWER_LAYER_FROZEN");
    bench.land("l");
    expect(bench.said(bench.open("i", [upper]))).toBe("LOWER_LAYER_FROZEN");
    bench.release("h");
    expect(bench.said(bench.open("i", [upper]))).toBe("LOWER_LAYER_FROZEN");
    bench.thawed("l");
    expect(bench.said(bench.open("i", [upper]))).toBe("hold");
  });

  it("are refused across holds, the lower one while the upper is in our hands", () => {
    const bench = new Bench();
    bench.open("h", [upper]);
    expect(bench.said(bench.open("i", ["l"]))).toBe("UNSUPPORTED");
    bench.release("h");
    // Given up and still in flight.
    expect(bench.said(bench.open("i", ["m"]))).toBe("UNSUPPORTED");
    bench.land("u");
    bench.thawed("u");
    expect(bench.said(bench.open("i", ["m"]))).toBe("hold");
  });

  it("are refused to a freeze{} that came later, which leaves the hold open", () => {
    const bench = new Bench();
    bench.open("h", [upper], { freezeOnOpen: false });
    bench.frozen("i", ["m"]);
    expect(bench.said(bench.command("h", "freeze"))).toBe("LOWER_LAYER_FROZEN");
    expect(bench.phase("h")).toBe("OPEN");
  });

  it("may be joined", () => {
    const bench = new Bench();
    bench.open("h", [upper]);
    expect(bench.said(bench.open("i", [upper]))).toBe("hold");
    bench.land("u");
    expect(bench.told("i")).toEqual(["frozen"]);
  });
});
