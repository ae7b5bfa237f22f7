/** Opening, retries of Freeze, and the commands of a stream. */
import { describe, expect, it } from "vitest";
import { Bench } from "./testing/bench.js";
import { ada, bob, device, exact, remote } from "./testing/samples.js";

const lease = { kind: "lease", requestId: "r", owner: ada } as const;

describe("opening", () => {
  it("refuses what is too much, and leaves nothing behind", () => {
    const bench = new Bench({ holdsMax: 1, freezesInFlightMax: 2 });
    expect(bench.said(bench.open("h", []))).toBe("INVALID_REQUEST");
    expect(bench.said(bench.open("h", ["a", "b", "c"]))).toBe("TOO_MANY_STUCK_FREEZES");
    expect(bench.state.holds.size + bench.state.epochs.size).toBe(0);
    expect(bench.said(bench.open("h", ["a"]))).toBe("hold");
    expect(bench.said(bench.open("i", ["a"]))).toBe("TOO_MANY_HOLDS");
  });

  it("counts freezes that were given up and are still in flight, and lets them be joined", () => {
    const bench = new Bench({ freezesInFlightMax: 1 });
    bench.open("h", ["a"]);
    bench.release("h");
    expect(bench.said(bench.open("i", ["b"]))).toBe("TOO_MANY_STUCK_FREEZES");
    expect(bench.said(bench.open("i", ["a"]))).toBe("hold");
    bench.land("a");
    expect(bench.said(bench.open("j", ["b"]))).toBe("hold");
  });

  it("is refused where a freeze cannot begin, and names no hold", () => {
    const bench = new Bench({ epochMaxMs: 5_000 });
    bench.frozen("h", ["a"]);
    bench.tick(4_500);
    bench.open("i", ["a", "b"]);
    expect(bench.effects.map((e) => e.kind)).toEqual(["reply"]);
    expect(bench.phase("i")).toBe("gone");
  });

  it("tells the acceptance before anything else of the hold", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.open("i", ["a"]);
    expect(bench.effects.map((e) => (e.kind === "event" ? e.event.kind : e.kind))).toEqual([
      "reply",
      "progress",
      "frozen",
    ]);
  });

  it("tells the skew from the first to the last FIFREEZE", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"]);
    bench.land("a");
    bench.nowUs += 700;
    bench.land("b");
    const frozen = bench.events("h").find((event) => event.kind === "frozen");
    expect(frozen).toMatchObject({ skewUs: 700, hold: { state: "FROZEN" } });
  });

  it("freezes a lease whatever it asks for: nobody could end it while it is open", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { ...lease, freezeOnOpen: false });
    expect(bench.phase("h")).toBe("FREEZING");
  });
});

describe("a retry of Freeze", () => {
  it("gives the same hold, told as joined", () => {
    const bench = new Bench();
    bench.open("h", ["a"], lease);
    const retry = bench.open("i", ["a"], lease);
    const answer = bench.answer(retry);
    expect(answer).toMatchObject({ ok: true, value: { joined: true, hold: { holdId: "h" } } });
    expect(bench.phase("i")).toBe("gone");
    bench.land("a");
    const later = bench.answer(bench.open("j", ["a"], lease));
    expect(later).toMatchObject({ ok: true, value: { hold: { holdId: "h", state: "FROZEN" } } });
    expect(bench.state.holds.size).toBe(1);
  });

  it("is another hold for another caller, or without an id", () => {
    const bench = new Bench();
    bench.open("h", ["a"], lease);
    bench.open("i", ["a"], { ...lease, owner: bob });
    bench.open("j", ["a"], { ...lease, requestId: "" });
    bench.open("k", ["a"], { ...lease, requestId: "" });
    bench.open("l", ["a"], { ...lease, owner: remote });
    expect([...bench.state.holds.keys()]).toEqual(["h", "i", "j", "k", "l"]);
  });

  it("with another body is refused", () => {
    const bench = new Bench();
    bench.open("h", ["a"], lease);
    const other = { ...lease, requestDigest: "d2" };
    expect(bench.said(bench.open("i", ["a"], other))).toBe("INVALID_REQUEST");
    bench.land("a");
    bench.step({ kind: "answered", holdId: "h" });
    bench.thaw("h");
    expect(bench.said(bench.open("i", ["a"], other))).toBe("INVALID_REQUEST");
  });

  it("of an answered hold that is ending or has just ended is HOLD_ENDED", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], lease);
    bench.step({ kind: "answered", holdId: "h" });
    bench.thaw("h");
    expect(bench.said(bench.open("i", ["a"], lease))).toBe("HOLD_ENDED");
    bench.thawed("a");
    expect(bench.archived("h")).toMatchObject([{ requestId: "r", requestDigest: "d1" }]);
    const broken = new Bench();
    broken.frozen("h", ["a"], lease);
    broken.step({ kind: "answered", holdId: "h" });
    broken.see("a", { generation: exact(14) });
    expect(broken.said(broken.open("i", ["a"], lease))).toBe("FREEZE_BROKEN");
    expect(broken.state.holds.size).toBe(0);
  });

  it("of a failed attempt starts anew, also while that one is still being thawed", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"], lease);
    bench.land("a");
    bench.fail("b");
    expect(bench.phase("h")).toBe("LETTING_GO");
    const retry = bench.answer(bench.open("i", ["a", "b"], lease));
    expect(retry).toMatchObject({ ok: true, value: { joined: false, hold: { holdId: "i" } } });
    bench.thawed("a");
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN IO_ERROR");
    expect(bench.archived("h")).toMatchObject([{ requestId: "" }]);
    bench.land("a");
    bench.land("b");
    expect(bench.told("i")).toEqual(["frozen"]);
  });

  it("of an attempt that was cancelled when frozen, and never answered, starts anew", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], lease);
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.answer(bench.open("i", ["a"], lease))).toMatchObject({ value: { joined: false } });
    bench.thawed("a");
    expect(bench.end("h")).toBe("CLIENT_GONE UNPROVEN");
    expect(bench.archived("h")).toMatchObject([{ requestId: "" }]);
  });
});

describe("a caller of Freeze that goes away", () => {
  it("unanswered ends the hold", () => {
    const bench = new Bench();
    bench.open("h", ["a"], lease);
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.end("h")).toBe("CLIENT_GONE NEVER_FROZEN");
  });

  it("leaves it to the retry that waits too", () => {
    const bench = new Bench();
    bench.open("h", ["a"], lease);
    bench.open("i", ["a"], lease);
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.phase("h")).toBe("FREEZING");
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.phase("h")).toBe("gone");
  });

  it("changes nothing once anybody was answered", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], lease);
    bench.open("i", ["a"], lease);
    bench.step({ kind: "answered", holdId: "h" });
    bench.step({ kind: "abandoned", holdId: "h" });
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.phase("h")).toBe("FROZEN");
    bench.tick(10_000);
    bench.thawed("a");
    expect(bench.end("h")).toBe("EXPIRED NOT_INTACT HOLD_EXPIRED");
  });

  it("is no matter of a stream's hold", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.step({ kind: "abandoned", holdId: "h" });
    expect(bench.phase("h")).toBe("FREEZING");
  });
});

describe("commands", () => {
  it("freeze{} and thaw{} are idempotent", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    expect(bench.said(bench.command("h", "freeze"))).toBe("frozen");
    expect(bench.issued("freeze")).toEqual([]);
    bench.command("h", "thaw");
    bench.thawed("a");
    expect(bench.said(bench.command("h", "thaw"))).toBe("thawed");
    expect(bench.issued("thaw")).toEqual([]);
  });

  it("freeze{} while the open still freezes waits for it, beside the event", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    const freeze = bench.command("h", "freeze");
    bench.land("a");
    expect(bench.said(freeze)).toBe("frozen");
    expect(bench.told("h")).toEqual(["frozen"]);
  });

  it("makes an interval of each freeze{}, judged by itself, the hold by the worst", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { freezeOnOpen: false });
    for (const sight of [{}, { devices: [device(110)] }, {}]) {
      bench.command("h", "freeze");
      bench.land("a");
      bench.see("a", sight);
      bench.command("h", "thaw");
      bench.thawed("a");
    }
    bench.release("h");
    const [fs] = bench.receipt("h").filesystems;
    expect(fs?.intervals.map((i) => i.verdict)).toEqual(["INTACT", "NOT_INTACT", "INTACT"]);
    expect(bench.receipt("h")).toMatchObject({
      verdict: "NOT_INTACT",
      frozenCount: 3,
      thawedCount: 3,
    });
    expect(bench.told("h")).toEqual(["ended"]);
  });

  it("thaw{} while freezing cancels it, ahead of the queue, and leaves the hold open", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"], { freezeOnOpen: false });
    const freeze = bench.command("h", "freeze");
    bench.land("a");
    const thaw = bench.command("h", "thaw");
    expect(bench.said(freeze)).toBe("FREEZE_CANCELLED");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    // The one in flight keeps nobody waiting.
    expect(bench.said(thaw)).toBe("thawed");
    expect(bench.phase("h")).toBe("OPEN");
    bench.land("b");
    expect(bench.issued("thaw")).toEqual(["b"]);
  });

  it("thaw{} while the open freezes leaves the hold open, too", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    expect(bench.said(bench.command("h", "thaw"))).toBe("thawed");
    expect(bench.phase("h")).toBe("OPEN");
    const freeze = bench.command("h", "freeze");
    bench.land("a");
    expect(bench.said(freeze)).toBe("frozen");
    expect(bench.told("h")).toEqual([]);
  });

  it("freeze{} during a thaw of its own hold waits for its turn", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    const thaw = bench.command("h", "thaw");
    const freeze = bench.command("h", "freeze");
    expect(bench.said(freeze)).toBe("pending");
    bench.thawed("a");
    expect(bench.said(thaw)).toBe("thawed");
    expect(bench.issued("freeze")).toEqual(["a"]);
    bench.land("a");
    expect(bench.said(freeze)).toBe("frozen");
  });

  it("freeze{} after a failed one waits until the rest of that is thawed", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"], { freezeOnOpen: false });
    bench.command("h", "freeze");
    bench.land("a");
    bench.fail("b");
    const again = bench.command("h", "freeze");
    bench.thawed("a");
    expect(bench.issued("freeze")).toEqual(["a", "b"]);
    expect(bench.said(again)).toBe("pending");
  });

  it("freeze{} that waits for its turn is refused with what ends the hold, or cancels it", () => {
    const ended = new Bench();
    ended.frozen("h", ["a"]);
    ended.command("h", "thaw");
    const first = ended.command("h", "freeze");
    ended.gone("h");
    expect(ended.said(first)).toBe("FREEZE_CANCELLED");
    const broken = new Bench();
    broken.frozen("h", ["a"]);
    broken.command("h", "thaw");
    const second = broken.command("h", "freeze");
    broken.thawed("a", { errno: "EINVAL" });
    expect(broken.said(second)).toBe("FREEZE_BROKEN");
    const again = new Bench();
    again.frozen("h", ["a"]);
    again.command("h", "thaw");
    const third = again.command("h", "freeze");
    again.command("h", "thaw");
    expect(again.said(third)).toBe("FREEZE_CANCELLED");
    again.thawed("a");
    expect(again.phase("h")).toBe("OPEN");
  });

  it("freeze{} that waits for its turn is refused if it cannot begin then", () => {
    const bench = new Bench({ freezesInFlightMax: 1 });
    bench.frozen("h", ["a"]);
    bench.command("h", "thaw");
    const second = bench.command("h", "freeze");
    bench.open("i", ["b"]);
    bench.thawed("a");
    expect(bench.said(second)).toBe("TOO_MANY_STUCK_FREEZES");
    expect(bench.phase("h")).toBe("OPEN");
  });

  it("are refused while the hold ends", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    bench.release("h");
    expect(bench.said(bench.command("h", "freeze"))).toBe("HOLD_ENDED");
    expect(bench.said(bench.command("h", "renew"))).toBe("HOLD_ENDED");
    const thaw = bench.command("h", "thaw");
    bench.thawed("a");
    expect(bench.said(thaw)).toBe("HOLD_ENDED");
  });

  it("status{} is no transition", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"]);
    expect(bench.said(bench.command("h", "status"))).toBe("INTERNAL");
  });
});
