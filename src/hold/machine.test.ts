/** How holds end: cause, verdict and refusal of each row of the contract's table, and what is thawed by whom. */
import { describe, expect, it } from "vitest";
import type { Look } from "../kernel/port.js";
import type { Owner, TlsOwner } from "./model.js";
import { Bench, thawedLook } from "./testing/bench.js";
import { bob, device, exact, root, stateReading } from "./testing/samples.js";

const moved = { generation: exact(14) };

function frozen(...keys: readonly string[]): Bench {
  const bench = new Bench();
  bench.frozen("h", keys);
  return bench;
}

describe("an owner's end", () => {
  it("freezes, tells, thaws and gives a receipt", () => {
    const bench = new Bench();
    const opened = bench.open("h", ["a"]);
    expect(bench.effects.map((e) => e.kind)).toEqual(["reply", "freeze", "event"]);
    expect(bench.said(opened)).toBe("hold");
    bench.land("a");
    expect(bench.told("h")).toEqual(["frozen"]);
    bench.release("h");
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.told("h")).toEqual(["frozen"]);
    bench.thawed("a");
    expect(bench.told("h")).toEqual(["frozen", "ended"]);
    expect(bench.end("h")).toBe("RELEASED INTACT");
    expect(bench.receipt("h")).toMatchObject({ frozenCount: 1, thawedCount: 1, host: "host" });
    expect(bench.archived("h")).toHaveLength(1);
    expect(bench.state.holds.size + bench.state.epochs.size).toBe(0);
  });

  it("by Thaw answers with the receipt, before the stream is told", () => {
    const bench = frozen("a");
    const thaw = bench.thaw("h");
    expect(bench.said(thaw)).toBe("pending");
    bench.thawed("a");
    expect(bench.said(thaw)).toBe("receipt");
    expect(bench.effects.map((e) => e.kind)).toEqual(["reply", "archive", "event"]);
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });

  it("answers every Thaw of it", () => {
    const bench = frozen("a");
    const thaws = [bench.thaw("h"), bench.thaw("h", root)];
    bench.thawed("a");
    expect(thaws.map((to) => bench.said(to))).toEqual(["receipt", "receipt"]);
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });

  it("before it is frozen is NEVER_FROZEN, at once, and thaws on landing", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.release("h");
    expect(bench.end("h")).toBe("RELEASED NEVER_FROZEN");
    bench.land("a");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.state.epochs.size).toBe(0);
  });

  it("without any freeze is NEVER_FROZEN", () => {
    const bench = new Bench();
    bench.open("h", ["a"], { freezeOnOpen: false });
    bench.release("h");
    expect(bench.end("h")).toBe("RELEASED NEVER_FROZEN");
    expect(bench.issued("thaw")).toEqual([]);
  });

  it("with sectors written is NOT_INTACT, and still thaws: a swap file moves them", () => {
    const bench = frozen("a");
    bench.see("a", { devices: [device(110)] });
    bench.release("h");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED NOT_INTACT FREEZE_BROKEN");
    expect(bench.told("h")).toEqual(["frozen", "ended"]);
  });

  it("with a piece of evidence missing is UNPROVEN", () => {
    const bench = frozen("a");
    bench.see("a", { devices: [device(102, { counting: false })] });
    bench.tick(10);
    bench.see("a", {});
    bench.release("h");
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED UNPROVEN");
  });
});

describe("an end that was not the owner's", () => {
  it.each([
    ["its stream was lost", (b: Bench) => b.gone("h"), "CLIENT_GONE UNPROVEN"],
    ["an administrator's Thaw", (b: Bench) => b.thaw("h", root), "ADMINISTRATOR UNPROVEN"],
    ["SIGTERM", (b: Bench) => b.endAll("SHUTDOWN", true), "SHUTDOWN UNPROVEN SHUTTING_DOWN"],
    [
      "a process died",
      (b: Bench) => b.endAll("DAEMON_RESTART", false),
      "DAEMON_RESTART UNPROVEN SHUTTING_DOWN",
    ],
    ["its deadline", (b: Bench) => b.tick(10_000), "EXPIRED NOT_INTACT HOLD_EXPIRED"],
  ])("%s", (_name, end, expected) => {
    const bench = frozen("a", "b");
    end(bench);
    expect(bench.issued("thaw")).toEqual(["a", "b"]);
    bench.thawed("a");
    expect(bench.told("h")).not.toContain("ended");
    bench.thawed("b");
    expect(bench.end("h")).toBe(expected);
  });

  it("is NEVER_FROZEN while freezing, whoever ended it", () => {
    const ends: readonly [string, (b: Bench) => void][] = [
      ["CLIENT_GONE NEVER_FROZEN", (b) => b.gone("h")],
      ["ADMINISTRATOR NEVER_FROZEN", (b) => b.thaw("h", root)],
      ["SHUTDOWN NEVER_FROZEN SHUTTING_DOWN", (b) => b.endAll("SHUTDOWN", true)],
    ];
    for (const [expected, end] of ends) {
      const bench = new Bench();
      bench.open("h", ["a", "b"]);
      bench.land("a");
      end(bench);
      expect(bench.issued("thaw")).toEqual(["a"]);
      bench.thawed("a");
      expect(bench.end("h")).toBe(expected);
    }
  });

  it("keeps the first word: what comes later changes nothing", () => {
    const bench = frozen("a");
    bench.release("h");
    bench.gone("h");
    bench.thaw("h", root);
    bench.endAll("SHUTDOWN", true);
    expect(bench.issued("thaw")).toEqual([]);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });

  it("ends what a mere thaw{} had begun", () => {
    const bench = frozen("a");
    const thaw = bench.command("h", "thaw");
    bench.gone("h");
    bench.thawed("a");
    expect(bench.end("h")).toBe("CLIENT_GONE UNPROVEN");
    expect(bench.said(thaw)).toBe("HOLD_ENDED");
  });

  it("refuses every later open and freeze after SIGTERM, not after a restart of the api", () => {
    const bench = new Bench();
    bench.open("idle", ["a"], { freezeOnOpen: false });
    bench.endAll("DAEMON_RESTART", false);
    expect(bench.said(bench.open("h", ["a"]))).toBe("hold");
    bench.endAll("SHUTDOWN", true);
    expect(bench.said(bench.open("i", ["a"]))).toBe("SHUTTING_DOWN");
    expect(bench.phase("i")).toBe("gone");
  });

  it("shares the thaw of one file system among all that SIGTERM ends", () => {
    const bench = frozen("a");
    bench.frozen("i", ["a"]);
    bench.endAll("SHUTDOWN", true);
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect([bench.phase("h"), bench.phase("i")]).toEqual(["gone", "gone"]);
  });
});

describe("a freeze that fails", () => {
  it.each(["IO_ERROR", "FROZEN_BY_ANOTHER", "DAEMON_NOT_PRIVILEGED", "NOT_FREEZABLE"] as const)(
    "with %s ends the hold and thaws the others at once",
    (reason) => {
      const bench = new Bench();
      bench.open("h", ["a", "b", "c"]);
      bench.land("a");
      bench.fail("b", reason);
      expect(bench.issued("thaw")).toEqual(["a"]);
      bench.thawed("a");
      expect(bench.end("h")).toBe(`FREEZE_FAILED NEVER_FROZEN ${reason}`);
      expect(bench.receipt("h").frozenCount).toBe(0);
      // The late one is thawed the moment it lands.
      bench.land("c");
      expect(bench.issued("thaw")).toEqual(["c"]);
    },
  );

  it("within a later freeze{} answers failed and leaves the hold open", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"], { freezeOnOpen: false });
    const freeze = bench.command("h", "freeze");
    bench.land("a");
    bench.fail("b");
    expect(bench.said(freeze)).toBe("IO_ERROR");
    bench.thawed("a");
    expect(bench.phase("h")).toBe("OPEN");
    const again = bench.command("h", "freeze");
    bench.land("a");
    bench.land("b");
    expect(bench.said(again)).toBe("frozen");
  });

  it("is no freeze of ours if it was thawed before anybody could look", () => {
    for (const state of ["THAWED", "FREEZING"] as const) {
      const bench = new Bench();
      bench.open("h", ["a", "b"]);
      bench.land("b");
      bench.land("a", { after: { ...look(bench), state: stateReading(state) } });
      expect(bench.issued("forget")).toEqual(["a"]);
      expect(bench.issued("thaw")).toEqual(["b"]);
      bench.thawed("b");
      expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_BROKEN");
    }
  });

  it("is thawed if only a LIKELY state says that it is not frozen", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.land("a", { after: { ...look(bench), state: stateReading("THAWED", "LIKELY") } });
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_BROKEN");
    bench.thawed("a", { errno: "EINVAL" });
    expect(bench.state.epochs.size).toBe(0);
  });

  it("that nobody waits for, and that is not ours, is left alone", () => {
    const bench = new Bench();
    bench.open("h", ["a"]);
    bench.release("h");
    bench.land("a", { after: { ...look(bench), state: stateReading("THAWED") } });
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.issued("forget")).toEqual(["a"]);
    expect(bench.state.epochs.size).toBe(0);
  });
});

function look(bench: Bench): Look {
  return thawedLook(bench.nowUs, { devices: [device(102)] });
}

describe("a freeze that is broken", () => {
  it("is told at once: broken, ended, with no FITHAW of what is not ours", () => {
    const bench = frozen("a");
    bench.see("a", { state: stateReading("THAWED") });
    bench.tick(100);
    expect(bench.told("h")).toEqual(["frozen", "broken", "ended"]);
    expect(bench.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.issued("forget")).toEqual(["a"]);
    expect(bench.receipt("h")).toMatchObject({ frozenCount: 1, thawedCount: 0 });
    expect(bench.archived("h")[0]?.hold.filesystems[0]?.state).toBe("BROKEN");
  });

  it("thaws the rest of the set, and ends when that is done", () => {
    const bench = frozen("a", "b");
    bench.see("a", moved);
    bench.tick(100);
    expect(bench.issued("forget")).toEqual(["a"]);
    expect(bench.issued("thaw")).toEqual(["b"]);
    expect(bench.told("h")).toEqual(["frozen", "broken"]);
    bench.thawed("b");
    expect(bench.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
  });

  it("never thaws a second one that is lost as well, whichever is looked at first", () => {
    const bench = frozen("a", "b");
    bench.see("a", moved);
    bench.see("b", moved);
    bench.tick(100);
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.issued("forget")).toEqual(["a", "b"]);
    expect(bench.told("h")).toEqual(["frozen", "broken", "broken", "ended"]);
    expect(bench.state.epochs.size).toBe(0);
  });

  it("keeps the thaw of the rest under way, whichever is looked at first", () => {
    const bench = frozen("a", "b");
    bench.see("b", moved);
    bench.tick(100);
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.epoch("a")).toBe("THAWING");
    bench.thawed("a");
    expect(bench.phase("h")).toBe("gone");
    expect(bench.state.epochs.size).toBe(0);
  });

  it("breaks every hold on it, and a later open starts anew", () => {
    const bench = frozen("a");
    bench.frozen("i", ["a", "b"]);
    bench.see("a", moved);
    bench.tick(100);
    expect(bench.told("h")).toEqual(["frozen", "broken", "ended"]);
    expect(bench.told("i")).toEqual(["frozen", "broken"]);
    bench.see("a", {});
    bench.open("j", ["a"]);
    expect(bench.issued("freeze")).toEqual(["a"]);
    bench.land("a");
    bench.thawed("b");
    expect(bench.phase("i")).toBe("gone");
    // The broken ones do not count: j is the only holder, and its end thaws.
    bench.release("j");
    expect(bench.issued("thaw")).toEqual(["a"]);
    bench.thawed("a");
    expect(bench.end("j")).toBe("RELEASED INTACT");
  });

  it("tries FITHAW where only a LIKELY state says so", () => {
    const bench = frozen("a");
    bench.see("a", { state: stateReading("THAWED", "LIKELY") });
    bench.tick(100);
    expect(bench.issued("thaw")).toEqual(["a"]);
    expect(bench.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
    bench.thawed("a", { errno: "EINVAL" });
    expect(bench.state.epochs.size).toBe(0);
  });

  it("while the rest is still being frozen makes the freeze fail", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"]);
    bench.land("a");
    bench.see("a", moved);
    bench.tick(100);
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.end("h")).toBe("FREEZE_FAILED NEVER_FROZEN FREEZE_BROKEN");
  });

  it("is found before any answer of that step", () => {
    const bench = frozen("a", "b");
    bench.see("a", moved);
    expect(bench.said(bench.renew("h"))).toBe("FREEZE_BROKEN");
    expect(bench.said(bench.command("h", { kind: "renew" }))).toBe("FREEZE_BROKEN");
    expect(bench.said(bench.command("h", "freeze"))).toBe("FREEZE_BROKEN");
    bench.thawed("b");
    expect(bench.told("h")).toEqual(["frozen", "broken", "ended"]);
  });

  it.each(["renew", "freeze", "thaw"] as const)(
    "refuses the %s of the very step that ended it",
    (kind) => {
      const bench = frozen("a");
      bench.see("a", moved);
      expect(bench.said(bench.command("h", kind))).toBe("FREEZE_BROKEN");
    },
  );

  it("gives Thaw the receipt in the very step that ended it, and only to who may see it", () => {
    const broken = frozen("a");
    broken.see("a", moved);
    expect(broken.said(broken.thaw("h"))).toBe("receipt");
    const others = frozen("a");
    others.see("a", moved);
    expect(others.said(others.thaw("h", bob))).toBe("NOT_PERMITTED");
    const renewed = frozen("a");
    renewed.see("a", moved);
    expect(renewed.said(renewed.renew("h"))).toBe("FREEZE_BROKEN");
  });

  it("is never FITHAWed when it is seen at the release", () => {
    const bench = frozen("a");
    bench.see("a", moved);
    bench.release("h");
    expect(bench.issued("thaw")).toEqual([]);
    expect(bench.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
  });
});

describe("a break that only the thaw finds", () => {
  it.each([
    [
      "FITHAW says EINVAL",
      { errno: "EINVAL", after: undefined },
      "FOREIGN_THAW NOT_INTACT FREEZE_BROKEN",
    ],
    [
      "the last look before FITHAW",
      { lost: true, after: thawedLook(1, moved) },
      "FOREIGN_THAW NOT_INTACT FREEZE_BROKEN",
    ],
    [
      "the last look before FITHAW, gone",
      { lost: true, after: undefined },
      "FOREIGN_THAW NOT_INTACT FREEZE_BROKEN",
    ],
    [
      "a refreeze between that look and FITHAW",
      { after: thawedLook(1, moved) },
      "FOREIGN_THAW NOT_INTACT FREEZE_BROKEN",
    ],
    [
      "the device failed",
      { errno: "EIO", after: undefined },
      "DEVICE_FAILED NOT_INTACT FREEZE_BROKEN",
    ],
  ])("%s", (_name, outcome, expected) => {
    const bench = frozen("a");
    const thaw = bench.thaw("h");
    bench.thawed("a", outcome);
    expect(bench.end("h")).toBe(expected);
    expect(bench.told("h")).toEqual(["frozen", "broken", "ended"]);
    const [interval] = bench.receipt("h").filesystems[0]?.intervals ?? [];
    expect(interval?.verdict).toBe("NOT_INTACT");
    const sawIt = outcome.after !== undefined;
    expect(interval?.findings.includes("GENERATION_MOVED")).toBe(sawIt);
    expect(bench.said(thaw)).toBe("receipt");
  });

  it("is UNPROVEN, not broken, when nobody could look after FITHAW", () => {
    const bench = frozen("a");
    bench.release("h");
    bench.thawed("a", { after: undefined });
    expect(bench.end("h")).toBe("RELEASED UNPROVEN");
    expect(bench.told("h")).toEqual(["frozen", "ended"]);
  });

  it("ends a hold that only sent thaw{}", () => {
    const bench = frozen("a");
    const thaw = bench.command("h", "thaw");
    bench.thawed("a", { errno: "EINVAL" });
    expect(bench.said(thaw)).toBe("FREEZE_BROKEN");
    expect(bench.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
  });

  it("changes the cause of every end but an expiry, and the first break names it", () => {
    const expired = frozen("a");
    expired.tick(10_000);
    expired.thawed("a", { errno: "EINVAL" });
    expect(expired.end("h")).toBe("EXPIRED NOT_INTACT HOLD_EXPIRED");
    const gone = frozen("a", "b");
    gone.gone("h");
    gone.thawed("a", { errno: "EINVAL" });
    gone.thawed("b", { errno: "EIO" });
    expect(gone.end("h")).toBe("FOREIGN_THAW NOT_INTACT FREEZE_BROKEN");
    expect(gone.receipt("h").refusal?.metadata).toMatchObject({ path: "/mnt/a" });
  });

  it("is no break of a hold that was never frozen", () => {
    const bench = new Bench();
    bench.open("h", ["a", "b"]);
    bench.land("a");
    bench.gone("h");
    bench.thawed("a", { errno: "EINVAL" });
    expect(bench.end("h")).toBe("CLIENT_GONE NEVER_FROZEN");
    expect(bench.told("h")).toEqual(["ended"]);
  });
});

describe("a thaw that is not confirmed in time", () => {
  it("is answered after the answer's time, and still goes on", () => {
    const bench = frozen("a");
    const thaw = bench.thaw("h");
    bench.tick(bench.limits.thawAnswerMs - 1);
    expect(bench.said(thaw)).toBe("pending");
    bench.tick(1);
    expect(bench.said(thaw)).toBe("receipt");
    expect(bench.end("h")).toBe("RELEASED UNPROVEN");
    expect(bench.epoch("a")).toBe("THAWING");
    bench.thawed("a");
    expect(bench.told("h")).toEqual(["frozen", "ended"]);
    expect(bench.state.epochs.size).toBe(0);
  });

  it("of a thaw{} is refused, and a freeze{} after it waits for the thaw", () => {
    const bench = frozen("a");
    const thaw = bench.command("h", "thaw");
    bench.tick(bench.limits.thawAnswerMs);
    expect(bench.said(thaw)).toBe("IO_ERROR");
    expect(bench.phase("h")).toBe("OPEN");
    const freeze = bench.command("h", "freeze");
    expect(bench.issued("freeze")).toEqual([]);
    bench.thawed("a");
    expect(bench.issued("freeze")).toEqual(["a"]);
    bench.land("a");
    expect(bench.said(freeze)).toBe("frozen");
  });
});

describe("who may end and renew a hold", () => {
  const sameUser: Owner = { kind: "unix", uid: 1000, gid: 5, pid: 99 };

  it("is its owner's uid and root, nobody else", () => {
    const bench = frozen("a");
    expect(bench.said(bench.thaw("h", bob))).toBe("NOT_PERMITTED");
    expect(bench.said(bench.renew("h", 1000, bob))).toBe("NOT_PERMITTED");
    expect(bench.said(bench.thaw("h", { kind: "tcp", address: "127.0.0.1:1" }))).toBe(
      "NOT_PERMITTED",
    );
    expect(bench.phase("h")).toBe("FROZEN");
    expect(bench.said(bench.renew("h", 1000, sameUser))).toBe("hold");
    expect(bench.said(bench.renew("h", 1000, root))).toBe("hold");
  });

  it("is of a TLS client's hold the certificate, not its names, and root", () => {
    const tls = (fingerprintSha256: string): TlsOwner => ({
      kind: "tls",
      subject: "CN=backup",
      subjectAltNames: ["DNS:backup.example"],
      fingerprintSha256,
      address: "192.0.2.7",
    });
    const bench = new Bench();
    bench.frozen("h", ["a"], { owner: tls("aa") });
    const others: Owner[] = [tls("bb"), { kind: "tcp", address: "192.0.2.7" }, bob];
    for (const other of others) {
      expect(bench.said(bench.thaw("h", other))).toBe("NOT_PERMITTED");
      expect(bench.said(bench.renew("h", 1000, other))).toBe("NOT_PERMITTED");
    }
    expect(bench.said(bench.renew("h", 1000, { ...tls("aa"), address: "192.0.2.8" }))).toBe("hold");
    expect(bench.said(bench.renew("h", 1000, root))).toBe("hold");
  });

  it("makes root the owner of root's own holds", () => {
    const bench = new Bench();
    bench.frozen("h", ["a"], { owner: root });
    bench.thaw("h", root);
    bench.thawed("a");
    expect(bench.end("h")).toBe("RELEASED INTACT");
  });

  it("says of an unknown hold that it is not found", () => {
    const bench = new Bench();
    expect(bench.said(bench.thaw("nobody"))).toBe("HOLD_NOT_FOUND");
    expect(bench.said(bench.renew("nobody"))).toBe("HOLD_NOT_FOUND");
    expect(bench.said(bench.command("nobody", "freeze"))).toBe("HOLD_NOT_FOUND");
    bench.release("nobody");
    bench.step({ kind: "abandoned", holdId: "nobody" });
    bench.step({ kind: "answered", holdId: "nobody" });
    expect(bench.effects).toEqual([]);
  });
});
