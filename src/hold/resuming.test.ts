/** How a hold outlives its stream, and how another one takes it over. */
import { describe, expect, it } from "vitest";
import { Bench, shutdown } from "./testing/bench.js";
import { ada, bob, exact, remote, root } from "./testing/samples.js";
import { holdView } from "./view.js";

const linger = { times: { lingerMs: 5_000 } } as const;

/** A hold that is frozen until 10 s, asked to linger for 5 s. */
function frozen(limits: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  const bench = new Bench(limits);
  bench.frozen("h", ["a"], linger);
  return bench;
}

describe("linger", () => {
  it("is nothing unless asked for", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.gone("h");
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("keeps the hold frozen until it has passed, then it is thawed as CLIENT_GONE", () => {
    const bench = frozen();
    bench.gone("h");
    bench.tick(4_999);
    expect(bench.phase("h")).toBe("FROZEN");
    bench.tick(1);
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("h")).toBe("CLIENT_GONE UNPROVEN");
  });

  it("is clamped to the operator's limit", () => {
    const bench = frozen({ lingerMaxMs: 1_000 });
    expect(bench.hold("h")).toMatchObject({
      requested: { lingerMs: 5_000 },
      effective: { lingerMs: 1_000 },
    });
    bench.gone("h");
    bench.tick(1_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("never reaches past the deadline", () => {
    const bench = frozen();
    bench.tick(8_000);
    bench.gone("h");
    const { lingerExpiresAt, expiresAt } = holdView(bench.hold("h"), bench.state.epochs);
    expect(lingerExpiresAt).toEqual(expiresAt);
    bench.tick(2_000);
    bench.thawed("a");
    expect(bench.end("h")).toBe("EXPIRED NOT_INTACT HOLD_EXPIRED");
  });

  it("nor past the call's deadline", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { ...linger, callDeadlineMs: 2_000 });
    bench.gone("h");
    bench.tick(2_000);
    bench.thawed("a");
    expect(bench.end("h")).toMatch(/^EXPIRED/);
  });

  it("that passed first is the cause, though the step comes after the deadline, too", () => {
    const bench = frozen();
    bench.gone("h");
    bench.tick(60_000);
    bench.thawed("a");
    expect(bench.end("h")).toBe("CLIENT_GONE UNPROVEN");
  });

  it("is told, and who renews meanwhile does not make it longer", () => {
    const bench = frozen();
    expect(holdView(bench.hold("h"), bench.state.epochs).lingerExpiresAt).toBeUndefined();
    bench.gone("h");
    const until = bench.nowUs + 5_000_000;
    expect(bench.said(bench.renew("h", 60_000))).toBe("hold");
    const view = holdView(bench.hold("h"), bench.state.epochs);
    expect(view.lingerExpiresAt?.bootUs).toBe(until);
    bench.tick(5_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("covers a freeze in flight, which lands for whoever comes", () => {
    const bench = new Bench();
    bench.open("h", ["a"], linger);
    bench.gone("h");
    bench.land("a");
    expect(bench.phase("h")).toBe("FROZEN");
    bench.tick(5_000);
    expect(bench.issued("thaw")).toEqual(["a"]);
  });

  it("covers a hold that is open or letting go after a thaw{}", () => {
    const bench = frozen();
    bench.command("h", "thaw");
    bench.gone("h");
    bench.thawed("a");
    expect(bench.phase("h")).toBe("OPEN");
    bench.tick(5_000);
    expect(bench.end("h")).toBe("CLIENT_GONE UNPROVEN");

    const stuck = frozen({ thawAnswerMs: 60_000 });
    stuck.command("h", "thaw");
    stuck.gone("h");
    stuck.tick(5_000);
    stuck.thawed("a");
    expect(stuck.end("h")).toBe("CLIENT_GONE UNPROVEN");
  });

  it("does not undo a release, and is not for who broke the rules", () => {
    const bench = frozen();
    bench.release("h");
    bench.gone("h");
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
    const broken = frozen();
    broken.dismiss("h");
    broken.thawed("a");
    expect(broken.end("h")).toBe("CLIENT_GONE UNPROVEN");
  });

  it("ends with a foreign thaw, an administrator's Thaw and a shutdown like any hold", () => {
    const foreign = frozen();
    foreign.gone("h");
    foreign.see("a", { generation: exact(14) });
    foreign.tick(100);
    expect(foreign.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
    const thawed = frozen();
    thawed.gone("h");
    thawed.thaw("h", root);
    thawed.thawed("a");
    expect(thawed.end("h")).toBe("ADMINISTRATOR UNPROVEN");
    const ended = frozen();
    ended.gone("h");
    ended.endAll("SHUTDOWN", true);
    ended.thawed("a");
    expect(ended.end("h")).toMatch(/^SHUTDOWN/);
  });
});

describe("resume", () => {
  it("of a lingering hold: the same freeze, no gap, INTACT at the release", () => {
    const bench = frozen();
    bench.gone("h");
    bench.tick(4_000);
    const answer = bench.answer(bench.resume("h"));
    expect(answer).toMatchObject({
      ok: true,
      value: { kind: "resumed", generation: 2, hold: { holdId: "h", state: "FROZEN" } },
    });
    expect(bench.effects).toHaveLength(1);
    bench.tick(4_000);
    expect(bench.phase("h")).toBe("FROZEN");
    bench.release("h", 2);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
    expect(bench.receipt("h").frozenCount).toBe(1);
  });

  it("of a living hold: what the displaced stream says is not heard", () => {
    const bench = frozen();
    expect(bench.said(bench.resume("h"))).toBe("resumed");
    bench.gone("h");
    bench.release("h");
    expect(bench.phase("h")).toBe("FROZEN");
    for (const kind of ["thaw", "freeze", "renew"] as const) {
      expect(bench.said(bench.command("h", kind))).toBe("HOLD_TAKEN_OVER");
    }
    bench.tick(6_000);
    expect(bench.phase("h")).toBe("FROZEN");
    expect(bench.said(bench.command("h", "thaw", 2))).toBe("pending");
  });

  it("the first valid token wins, and it changes", () => {
    const bench = frozen();
    expect(bench.said(bench.resume("h"))).toBe("resumed");
    expect(bench.said(bench.resume("h"))).toBe("RESUME_REFUSED");
    expect(bench.said(bench.resume("h", { token: "h's 2nd", newToken: "third" }))).toBe("resumed");
    expect(bench.said(bench.resume("h", { token: "third" }))).toBe("resumed");
  });

  it("with a wrong token, by another owner, an administrator included, or of a lease: refused", () => {
    const bench = frozen();
    bench.frozen("l", ["a"], { kind: "lease" });
    for (const changed of [{ token: "x" }, { owner: bob }, { owner: root }, { owner: remote }]) {
      const before = bench.hold("h");
      expect(bench.said(bench.resume("h", changed))).toBe("RESUME_REFUSED");
      expect(bench.hold("h")).toBe(before);
    }
    expect(bench.said(bench.resume("l"))).toBe("RESUME_REFUSED");
    expect(bench.said(bench.resume("nobody"))).toBe("HOLD_NOT_FOUND");
  });

  it("of what is ending, ended within this step, or is broken is refused for that", () => {
    const ending = frozen();
    ending.release("h");
    expect(ending.said(ending.resume("h"))).toBe("HOLD_ENDED");
    const broken = frozen();
    broken.see("a", { generation: exact(14) });
    expect(broken.said(broken.resume("h"))).toBe("FREEZE_BROKEN");
    const late = frozen();
    late.nowUs += 10_000_000;
    expect(late.said(late.resume("h"))).toBe("HOLD_ENDED");
  });

  it("renews only if a ttl is given, and sets linger only if one is", () => {
    const bench = frozen();
    const before = bench.hold("h").phase;
    bench.tick(2_000);
    bench.resume("h", { newToken: "t2" });
    expect(bench.hold("h")).toMatchObject({ phase: before, effective: { lingerMs: 5_000 } });
    bench.resume("h", { token: "t2", ttlMs: 30_000, lingerMs: 9_000 });
    const hold = bench.hold("h");
    expect(hold.effective.lingerMs).toBe(9_000);
    expect(hold.phase).toMatchObject({ expiresUs: bench.nowUs + 30_000_000 });
  });

  it("is bounded by the longest freeze, and by the new call's deadline in place of the old one's", () => {
    const bench = new Bench({ epochMaxMs: 20_000 });
    bench.frozen("h", ["a"], { ...linger, callDeadlineMs: 9_000 });
    const from = bench.nowUs;
    bench.resume("h", { newToken: "t2", ttlMs: 60_000 });
    expect(bench.hold("h").phase).toMatchObject({ expiresUs: from + 20_000_000 });
    bench.resume("h", { token: "t2", callDeadlineMs: 3_000 });
    expect(bench.hold("h").phase).toMatchObject({ expiresUs: from + 3_000_000 });
    bench.tick(3_000);
    bench.thawed("a");
    expect(bench.end("h")).toMatch(/^EXPIRED/);
  });

  it("while a freeze{} is in flight: the new stream is told `frozen`, or the end", () => {
    for (const lands of [true, false]) {
      const bench = new Bench();
      bench.open("h", ["a"], { ...linger, freezeOnOpen: false });
      bench.command("h", "freeze");
      bench.gone("h");
      bench.resume("h");
      if (lands) bench.land("a");
      else bench.fail("a");
      expect(bench.told("h")).toEqual([lands ? "frozen" : "ended"]);
    }
  });

  it("while it lets go after a thaw{}: the freeze{} that waited for its turn is the old stream's", () => {
    const bench = frozen();
    bench.command("h", "thaw");
    const freeze = bench.command("h", "freeze");
    bench.resume("h");
    expect(bench.said(freeze)).toBe("HOLD_TAKEN_OVER");
    bench.thawed("a");
    expect(bench.phase("h")).toBe("OPEN");
  });

  it("tells `expiring` again, which the stream before may have been told", () => {
    const bench = frozen();
    bench.tick(7_000);
    bench.resume("h");
    bench.tick();
    expect(bench.told("h")).toEqual(["frozen", "expiring", "expiring"]);
  });
});

describe("closed for a drain", () => {
  const close = { kind: "close", refusal: shutdown } as const;

  it("nothing new begins, and what is held goes on to its own end", () => {
    const bench = frozen();
    bench.open("o", ["b"], { freezeOnOpen: false });
    bench.step(close);
    expect(bench.phase("h")).toBe("FROZEN");
    expect(bench.said(bench.open("i", ["a"]))).toBe("SHUTTING_DOWN");
    expect(bench.said(bench.command("o", "freeze"))).toBe("SHUTTING_DOWN");
    expect(bench.said(bench.renew("h", 20_000, ada))).toBe("hold");
    bench.gone("h");
    expect(bench.said(bench.resume("h"))).toBe("resumed");
    bench.release("h", 2);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });
});
