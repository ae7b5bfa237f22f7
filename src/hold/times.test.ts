/** Deadlines: when they begin, how they are clamped, and that none is kept early or forgotten. */
import { describe, expect, it } from "vitest";
import { clampMs } from "./limits.js";
import { Bench } from "./testing/bench.js";

function expiresInMs(bench: Bench, holdId: string): number | undefined {
  const { phase } = bench.hold(holdId);
  return phase.kind === "FROZEN" ? (phase.expiresUs - bench.nowUs) / 1000 : undefined;
}

describe("clamping", () => {
  it("takes 0 and nothing for the default, and the maximum for more", () => {
    expect(clampMs(undefined, 10, 60)).toBe(10);
    expect(clampMs(0, 10, 60)).toBe(10);
    expect(clampMs(20, 10, 60)).toBe(20);
    expect(clampMs(61, 10, 60)).toBe(60);
    expect(clampMs(undefined, 100, 60)).toBe(60);
  });

  it("shows the effective times, and keeps the requested ones", () => {
    const bench = new Bench({ ttlMaxMs: 20_000 });
    const opened = bench.open("h", ["a"], { times: { ttlMs: 99_000 } });
    const answer = bench.answer(opened);
    if (answer?.ok !== true || answer.value.kind !== "hold") throw new Error("not opened");
    expect(answer.value.hold).toMatchObject({
      requested: { ttlMs: 99_000 },
      effective: { ttlMs: 20_000, freezeTimeoutMs: 30_000 },
      state: "FREEZING",
    });
  });
});

describe("the ttl", () => {
  it("runs from `frozen`, not from open", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { times: { ttlMs: 5_000 } });
    bench.tick(20_000);
    bench.land("a");
    expect(expiresInMs(bench, "h")).toBe(5_000);
  });

  it("thaws at the first step at or after the deadline, never before", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { times: { ttlMs: 5_000 } });
    bench.nowUs += 4_999_999;
    bench.tick();
    expect(bench.phase("h")).toBe("FROZEN");
    bench.nowUs += 1;
    bench.tick();
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("is kept before whatever that step was asked for", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.nowUs += 10_000_000;
    bench.release("h");
    bench.thawed("a");
    expect(bench.end("h")).toBe("EXPIRED NOT_INTACT HOLD_EXPIRED");
    const renewed = new Bench();
    renewed.frozen("h", ["a"]);
    renewed.nowUs += 10_000_000;
    expect(renewed.said(renewed.renew("h"))).toBe("HOLD_ENDED");
  });

  it("is not passed any more by who released in time", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { times: { ttlMs: 2_000 } });
    bench.release("h");
    bench.tick(2_500);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });

  it("does not run while a stream's hold is not frozen, and each freeze{} starts it anew", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.tick(9_000);
    bench.command("h", "thaw");
    bench.thawed("a");
    bench.tick(3_600_000);
    expect(bench.phase("h")).toBe("OPEN");
    bench.command("h", "freeze");
    bench.land("a");
    expect(expiresInMs(bench, "h")).toBe(10_000);
  });

  it("warns once, at two thirds", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { times: { ttlMs: 9_000 } });
    bench.tick(5_999);
    expect(bench.told("h")).toEqual(["frozen"]);
    bench.tick(1);
    bench.tick(100);
    expect(bench.told("h")).toEqual(["frozen", "expiring"]);
    bench.command("h", { kind: "renew" });
    bench.tick(6_000);
    expect(bench.told("h")).toEqual(["frozen", "expiring", "expiring"]);
  });
});

describe("renewing", () => {
  it("counts from now, by the hold's own ttl unless told otherwise", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { times: { ttlMs: 8_000 } });
    bench.tick(5_000);
    expect(bench.said(bench.command("h", { kind: "renew" }))).toBe("renewed");
    expect(expiresInMs(bench, "h")).toBe(8_000);
    expect(bench.said(bench.renew("h", 30_000))).toBe("hold");
    expect(expiresInMs(bench, "h")).toBe(30_000);
    bench.command("h", { kind: "renew", ttlMs: 1_000 });
    expect(expiresInMs(bench, "h")).toBe(1_000);
  });

  it("leaves its ttl in effect: for what is asked without one later, and in the receipt", () => {
    const bench = new Bench({ ttlMaxMs: 60_000 });
    bench.frozen("h", ["a"], { times: { ttlMs: 8_000 } });
    bench.renew("h", 999_000);
    bench.tick(5_000);
    bench.command("h", { kind: "renew" });
    expect(expiresInMs(bench, "h")).toBe(60_000);
    expect(bench.hold("h")).toMatchObject({ effective: { ttlMs: 60_000 } });
    bench.endAll("SHUTDOWN", true);
    bench.thawed("a");
    expect(bench.receipt("h")).toMatchObject({
      requested: { ttlMs: 8_000 },
      effective: { ttlMs: 60_000 },
    });
  });

  it("answers with the time that it got", () => {
    const bench = new Bench({ ttlMaxMs: 60_000 });
    bench.frozen("h", ["a"]);
    const answer = bench.answer(bench.command("h", { kind: "renew", ttlMs: 999_000 }));
    if (answer?.ok !== true || answer.value.kind !== "renewed") throw new Error("not renewed");
    expect(answer.value.expiresAt.bootUs).toBe(bench.nowUs + 60_000_000);
  });

  it("is refused where no deadline runs", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    expect(bench.said(bench.renew("h"))).toBe("NOT_FROZEN");
    bench.land("a");
    bench.command("h", "thaw");
    expect(bench.said(bench.renew("h"))).toBe("NOT_FROZEN");
    bench.thawed("a");
    expect(bench.said(bench.command("h", "renew"))).toBe("NOT_FROZEN");
    bench.command("h", "freeze");
    bench.land("a");
    bench.release("h");
    expect(bench.said(bench.renew("h"))).toBe("HOLD_ENDED");
  });
});

describe("freeze_timeout", () => {
  it("thaws the frozen ones at once and the late one on landing", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"], { times: { freezeTimeoutMs: 3_000 } });
    bench.land("a");
    bench.tick(2_999);
    expect(bench.phase("h")).toBe("FREEZING");
    bench.tick(1);
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
    expect(bench.receipt("h").refusal?.metadata).toMatchObject({ path: "/mnt/b" });
    bench.land("b");
    expect(bench.issued("thaw")).toEqual(["b"]);
  });

  it("holds also in the step in which the late one lands", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { times: { freezeTimeoutMs: 3_000 } });
    bench.nowUs += 3_000_000;
    bench.land("a");
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_TIMEOUT");
  });
});

describe("the call's own deadline", () => {
  it("shortens the hold, also against a renew", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { callDeadlineMs: 4_000 });
    bench.tick(1_000);
    bench.land("a");
    expect(expiresInMs(bench, "h")).toBe(3_000);
    bench.renew("h", 60_000);
    expect(expiresInMs(bench, "h")).toBe(3_000);
    bench.tick(3_000);
    bench.thawed("a");
    expect(bench.end("h")).toBe("EXPIRED NOT_INTACT HOLD_EXPIRED");
  });

  it("ends it while freezing, and while open", () => {
    const freezing = new Bench();
    freezing.open("h", ["a"], { callDeadlineMs: 4_000 });
    freezing.tick(4_000);
    expect(freezing.end("h")).toBe("EXPIRED NEVER_FROZEN HOLD_EXPIRED");
    const open = new Bench();
    open.open("h", ["a"], { callDeadlineMs: 4_000, freezeOnOpen: false });
    open.tick(4_000);
    expect(open.end("h")).toBe("EXPIRED NEVER_FROZEN HOLD_EXPIRED");
  });
});

describe("the longest freeze", () => {
  const limits = { epochMaxMs: 20_000, ttlMaxMs: 20_000, joinMinMs: 1_000 };

  it("counts from FIFREEZE's return, and bounds every renew", () => {
    const bench = new Bench(limits);
    bench.frozen("h", ["a"]);
    bench.tick(5_000);
    bench.renew("h", 20_000);
    expect(expiresInMs(bench, "h")).toBe(15_000);
    bench.tick(15_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("bounds who joins, and refuses who would get less than a second", () => {
    const bench = new Bench(limits);
    bench.frozen("h", ["a"], { times: { ttlMs: 20_000 } });
    bench.tick(15_000);
    bench.open("i", ["a"]);
    expect(expiresInMs(bench, "i")).toBe(5_000);
    bench.tick(4_000);
    expect(bench.said(bench.open("j", ["a"]))).toBe("hold");
    bench.nowUs += 1;
    expect(bench.said(bench.open("k", ["a"]))).toBe("FROZEN_TOO_LONG");
    bench.open("l", ["a"], { freezeOnOpen: false });
    expect(bench.said(bench.command("l", "freeze"))).toBe("FROZEN_TOO_LONG");
    expect(bench.phase("l")).toBe("OPEN");
    bench.tick(1_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("is not stretched by who joins and waits for the rest of its set", () => {
    const bench = new Bench(limits);
    bench.frozen("h", ["a"], { times: { ttlMs: 20_000 } });
    bench.tick(15_000);
    bench.open("i", ["a", "b"]);
    bench.release("h");
    expect(bench.issued("thaw")).toEqual([]);
    bench.tick(4_999);
    expect(bench.issued("thaw")).toEqual([]);
    bench.tick(1);
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("i")).toBe("FREEZE_FAILED NEVER_FROZEN FROZEN_TOO_LONG");
  });

  it("is the shortest of the set's", () => {
    const bench = new Bench(limits);
    bench.open("h", ["a", "b"], { times: { ttlMs: 20_000 } });
    bench.land("a");
    bench.tick(7_000);
    bench.land("b");
    expect(expiresInMs(bench, "h")).toBe(13_000);
  });
});
