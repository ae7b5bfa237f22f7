/** Each line of the contract's Receipt rules: INTACT needs all of it, and nothing else may be called INTACT. */
import { describe, expect, it, test } from "vitest";
import type { Look } from "../kernel/port.js";
import type { EndCause, Finding, IntervalReceipt, Verdict } from "./model.js";
import type { Baseline } from "./state.js";
import {
  baseline,
  device,
  exact,
  instant,
  look,
  noGeneration,
  stateReading,
  unknown,
  xfsLogHead,
} from "./testing/samples.js";
import {
  brokenBy,
  closeInterval,
  type Doubt,
  doubtsOf,
  doubtsOfFreeze,
  type IntervalFacts,
  judgeLook,
  verdictOf,
  worst,
} from "./verdict.js";
import { holdVerdict } from "./view.js";

const frozenUs = 1_000_000;
const endUs = 5_000_000;

/** After our FITHAW: the generation stands still, ext4 has written two sectors. */
function thawedLook(changed: Partial<Omit<Look, "at">> = {}): Look {
  return look(endUs + 500, {
    state: stateReading("THAWED"),
    devices: [device(104)],
    ...changed,
  });
}

function facts(
  changed: Partial<IntervalFacts> & { readonly baseline?: Baseline } = {},
): IntervalFacts {
  const first = changed.baseline ?? baseline(frozenUs);
  const { baseline: _, ...rest } = changed;
  return {
    type: "ext4",
    from: { baseline: first, look: first.after, since: first.after.at },
    endLook: look(endUs),
    lastIntact: instant(4_000_000),
    doubts: doubtsOfFreeze(first),
    cause: "RELEASED",
    end: { kind: "thawed", errno: undefined, after: thawedLook() },
    now: instant(endUs + 600),
    ...rest,
  };
}

function close(changed: Parameters<typeof facts>[0] = {}): IntervalReceipt {
  return closeInterval(facts(changed));
}

function found(interval: IntervalReceipt): readonly Finding[] {
  return [...interval.findings].sort();
}

const fourProofs: readonly Finding[] = [
  "ALWAYS_SEEN_FROZEN",
  "GENERATION_UNCHANGED",
  "NO_SECTORS_CHANGED",
  "THAWED_BY_US",
];

describe("an undisturbed freeze", () => {
  it("is INTACT, and says what proves it and until when", () => {
    const interval = close();
    expect(interval.verdict).toBe("INTACT");
    expect(found(interval)).toEqual(fourProofs);
    expect(interval).toMatchObject({
      frozenAt: instant(frozenUs),
      intactUntil: instant(endUs),
      endedAt: instant(endUs + 500),
      sectorsWritten: 0,
      sectorsDiscarded: 0,
      thawedByUs: true,
      sharedAtEnd: false,
    });
  });

  it("is INTACT where other holds go on", () => {
    const interval = close({ end: { kind: "shared" } });
    expect(interval.verdict).toBe("INTACT");
    expect(interval).toMatchObject({ thawedByUs: false, sharedAtEnd: true });
    expect(interval.endedAt).toEqual(instant(endUs + 600));
  });

  it("is INTACT by thaw{} as by the release", () => {
    expect(close({ cause: "THAW_COMMAND" }).verdict).toBe("INTACT");
  });

  it.each([
    ["btrfs, whose idle freeze writes nothing", "btrfs", baseline(frozenUs, quiet(false))],
    ["a read-only ext4, which writes nothing", "ext4", baseline(frozenUs, quiet(true))],
  ])("is INTACT on %s", (_name, type, first) => {
    const { readOnly } = first.after;
    const endLook = look(endUs, { readOnly });
    expect(close({ type, baseline: first, endLook }).verdict).toBe("INTACT");
  });

  it("is INTACT by the fall-back of xfs where the generation cannot be read", () => {
    const first = withGeneration(noGeneration, xfsLogHead("1:2"));
    const endLook = look(endUs, { generation: xfsLogHead("1:2") });
    // The log's head moves again at our own thaw: that says nothing.
    const end = {
      kind: "thawed",
      errno: undefined,
      after: thawedLook({ generation: xfsLogHead("1:4") }),
    } as const;
    const interval = close({ type: "xfs", baseline: first, endLook, end });
    expect(interval.verdict).toBe("INTACT");
    expect(found(interval)).toContain("FALLBACK_UNCHANGED");
  });
});

function quiet(readOnly: boolean): Partial<Baseline> {
  const generation = readOnly ? exact(12) : exact(10);
  return {
    before: look(frozenUs - 1_000, { state: stateReading("THAWED"), generation, readOnly }),
    after: look(frozenUs, { readOnly }),
  };
}

function withGeneration(before: Look["generation"], after: Look["generation"]): Baseline {
  const first = baseline(frozenUs);
  return {
    ...first,
    before: { ...first.before, generation: before },
    after: { ...first.after, generation: after },
  };
}

/** name, what is different, the verdict, a finding that must be there, and one that must not. */
type Row = readonly [
  name: string,
  changed: Parameters<typeof facts>[0],
  verdict: Verdict,
  finding: Finding,
  withdrawn?: Finding,
];

const endsWith = (changed: Partial<Omit<Look, "at">>) => ({ endLook: look(endUs, changed) });
const thawedWith = (errno: string | undefined, after: Look | undefined) => ({
  end: { kind: "thawed", errno, after } as const,
});
const doubt = (...doubts: Doubt[]) => ({ doubts: new Set(doubts) });

const rows: readonly Row[] = [
  // The state: never seen other than FROZEN.
  [
    "thawed at the end",
    endsWith({ state: stateReading("THAWED") }),
    "NOT_INTACT",
    "SEEN_THAWED",
    "ALWAYS_SEEN_FROZEN",
  ],
  [
    "being frozen by another at the end",
    endsWith({ state: stateReading("FREEZING") }),
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "LIKELY thawed at the end",
    endsWith({ state: stateReading("THAWED", "LIKELY") }),
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "state unknown at the end",
    endsWith({ state: unknown }),
    "UNPROVEN",
    "STATE_UNKNOWN",
    "ALWAYS_SEEN_FROZEN",
  ],
  [
    "state LIKELY frozen at the end",
    endsWith({ state: stateReading("FROZEN", "LIKELY") }),
    "UNPROVEN",
    "STATE_UNKNOWN",
  ],
  [
    "state unknown in some look between",
    doubt("STATE_UNKNOWN"),
    "UNPROVEN",
    "STATE_UNKNOWN",
    "ALWAYS_SEEN_FROZEN",
  ],
  ["no look at the end", { endLook: undefined }, "UNPROVEN", "STATE_UNKNOWN"],
  // The generation, from our FIFREEZE to our FITHAW.
  [
    "generation moved by the end",
    endsWith({ generation: exact(14) }),
    "NOT_INTACT",
    "GENERATION_MOVED",
    "GENERATION_UNCHANGED",
  ],
  [
    "generation moved between the last look and FITHAW",
    thawedWith(undefined, thawedLook({ generation: exact(14) })),
    "NOT_INTACT",
    "GENERATION_MOVED",
    "GENERATION_UNCHANGED",
  ],
  [
    "generation not readable at the end",
    endsWith({ generation: noGeneration }),
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  [
    "generation not readable after FITHAW",
    thawedWith(undefined, thawedLook({ generation: noGeneration })),
    "UNPROVEN",
    "GENERATION_UNKNOWN",
    "GENERATION_UNCHANGED",
  ],
  [
    "no look after FITHAW",
    thawedWith(undefined, undefined),
    "UNPROVEN",
    "THAW_NOT_CONFIRMED",
    "THAWED_BY_US",
  ],
  [
    "generation of another kind at the end",
    endsWith({ generation: xfsLogHead("1:2") }),
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  [
    "no generation at all",
    {
      baseline: withGeneration(noGeneration, noGeneration),
      ...endsWith({ generation: noGeneration }),
    },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  [
    "not watched before FIFREEZE",
    { baseline: withGeneration(noGeneration, exact(12)) },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
    "GENERATION_UNCHANGED",
  ],
  [
    "somebody else froze around our FIFREEZE",
    { baseline: withGeneration(exact(8), exact(12)) },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
    "GENERATION_UNCHANGED",
  ],
  [
    "a generation that our FIFREEZE did not move",
    { baseline: withGeneration(exact(12), exact(12)) },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  [
    "the fall-back moved",
    {
      baseline: withGeneration(noGeneration, xfsLogHead("1:2")),
      ...endsWith({ generation: xfsLogHead("1:4") }),
    },
    "NOT_INTACT",
    "FALLBACK_MOVED",
    "FALLBACK_UNCHANGED",
  ],
  [
    "another fall-back than before",
    {
      baseline: withGeneration(noGeneration, xfsLogHead("1:2")),
      ...endsWith({ generation: { kind: "fallback", source: "btrfs-generation", value: "1:2" } }),
    },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  [
    "read-only at the freeze, writable at the end",
    { baseline: baseline(frozenUs, quiet(true)) },
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  // The counters: written, discarded, of every device, proven alive.
  [
    "sectors written",
    endsWith({ devices: [device(103)] }),
    "NOT_INTACT",
    "SECTORS_WRITTEN",
    "NO_SECTORS_CHANGED",
  ],
  [
    "sectors discarded",
    endsWith({ devices: [device(102, { sectorsDiscarded: 8 })] }),
    "NOT_INTACT",
    "SECTORS_DISCARDED",
  ],
  [
    "iostats off at the end",
    endsWith({ devices: [device(102, { counting: false })] }),
    "UNPROVEN",
    "COUNTERS_OFF",
    "NO_SECTORS_CHANGED",
  ],
  [
    "iostats off in some look between",
    doubt("COUNTERS_OFF"),
    "UNPROVEN",
    "COUNTERS_OFF",
    "NO_SECTORS_CHANGED",
  ],
  [
    "counters that our freeze of ext4 did not move",
    { baseline: baseline(frozenUs, { before: look(frozenUs - 1_000, { generation: exact(10) }) }) },
    "UNPROVEN",
    "COUNTERS_NOT_PROVEN_ALIVE",
    "NO_SECTORS_CHANGED",
  ],
  [
    "counters that our freeze of xfs did not move",
    {
      type: "xfs",
      baseline: baseline(frozenUs, { before: look(frozenUs - 1_000, { generation: exact(10) }) }),
    },
    "UNPROVEN",
    "COUNTERS_NOT_PROVEN_ALIVE",
  ],
  [
    "a device that vanished",
    endsWith({ devices: [] }),
    "UNPROVEN",
    "DEVICES_UNKNOWN",
    "NO_SECTORS_CHANGED",
  ],
  [
    "a device that came",
    endsWith({ devices: [device(102), device(0, { device: "7:2" })] }),
    "UNPROVEN",
    "DEVICES_UNKNOWN",
  ],
  [
    "another device",
    endsWith({ devices: [device(102, { device: "7:2" })] }),
    "UNPROVEN",
    "DEVICES_UNKNOWN",
  ],
  [
    "a counter that went back",
    endsWith({ devices: [device(5)] }),
    "UNPROVEN",
    "DEVICES_UNKNOWN",
    "NO_SECTORS_CHANGED",
  ],
  // The end.
  [
    "FITHAW said that it was not frozen",
    thawedWith("EINVAL", thawedLook()),
    "NOT_INTACT",
    "SEEN_THAWED",
    "ALWAYS_SEEN_FROZEN",
  ],
  [
    "EINVAL, and another froze it meanwhile",
    thawedWith("EINVAL", look(endUs + 500, { generation: exact(14) })),
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "EINVAL, and it was frozen throughout (dm, 6.8 to 6.12.110)",
    thawedWith("EINVAL", look(endUs + 500)),
    "UNPROVEN",
    "THAW_NOT_CONFIRMED",
  ],
  [
    "EINVAL, frozen, and the state only LIKELY",
    thawedWith("EINVAL", look(endUs + 500, { state: stateReading("FROZEN", "LIKELY") })),
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "EINVAL, frozen, of a read-only superblock, whose generation stands still",
    {
      baseline: baseline(frozenUs, quiet(true)),
      ...endsWith({ readOnly: true }),
      ...thawedWith("EINVAL", look(endUs + 500, { readOnly: true })),
    },
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  ["FITHAW failed with the device", thawedWith("EIO", thawedLook()), "NOT_INTACT", "DEVICE_FAILED"],
  [
    "thaw not confirmed in time",
    { end: { kind: "unconfirmed" } },
    "UNPROVEN",
    "THAW_NOT_CONFIRMED",
  ],
  [
    "lost, and no look says how",
    { end: { kind: "lost" } },
    "NOT_INTACT",
    "SEEN_THAWED",
    "ALWAYS_SEEN_FROZEN",
  ],
  [
    "lost, no look, and sectors written as well",
    { ...endsWith({ devices: [device(110)] }), end: { kind: "lost" } },
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "shared, and thawed",
    { ...endsWith({ state: stateReading("THAWED") }), end: { kind: "shared" } },
    "NOT_INTACT",
    "SEEN_THAWED",
  ],
  [
    "shared, and no look",
    { endLook: undefined, end: { kind: "shared" } },
    "UNPROVEN",
    "GENERATION_UNKNOWN",
  ],
  // Who ended it.
  ["expired", { cause: "EXPIRED" }, "NOT_INTACT", "DEADLINE_PASSED"],
  ["the device failed", { cause: "DEVICE_FAILED" }, "NOT_INTACT", "DEVICE_FAILED"],
  ["client gone", { cause: "CLIENT_GONE" }, "UNPROVEN", "NOT_ENDED_BY_OWNER"],
  ["ended by an administrator", { cause: "ADMINISTRATOR" }, "UNPROVEN", "NOT_ENDED_BY_OWNER"],
  ["shutdown", { cause: "SHUTDOWN" }, "UNPROVEN", "NOT_ENDED_BY_OWNER"],
  ["daemon restart", { cause: "DAEMON_RESTART" }, "UNPROVEN", "NOT_ENDED_BY_OWNER"],
  [
    "the rest of a hold that was broken elsewhere",
    { cause: "FOREIGN_THAW" },
    "UNPROVEN",
    "NOT_ENDED_BY_OWNER",
  ],
];

for (const [name, changed, verdict, finding, withdrawn] of rows)
  test(name, () => {
    const interval = close(changed);
    expect(interval.verdict).toBe(verdict);
    expect(interval.findings).toContain(finding);
    if (withdrawn !== undefined) expect(interval.findings).not.toContain(withdrawn);
  });

test("somebody froze it right after our FITHAW: doubted, for another holder might hide more", () => {
  const after = look(endUs + 500, { generation: exact(14) });
  const interval = close({ end: { kind: "thawed", errno: undefined, after } });
  expect(interval.verdict).toBe("UNPROVEN");
  expect(brokenBy(interval)).toBeUndefined();
  const twice = look(endUs + 500, { generation: exact(16) });
  expect(close({ end: { kind: "thawed", errno: undefined, after: twice } }).verdict).toBe(
    "NOT_INTACT",
  );
});

describe("several devices", () => {
  const two = (a: number, b: number) => [device(a), device(b, { device: "7:2" })];
  const first = baseline(frozenUs, {
    before: look(frozenUs - 1_000, { generation: exact(10), devices: two(100, 50) }),
    after: look(frozenUs, { devices: two(102, 50) }),
  });

  it("adds up what was written to any of them", () => {
    const interval = close({ baseline: first, endLook: look(endUs, { devices: two(104, 53) }) });
    expect(interval).toMatchObject({ verdict: "NOT_INTACT", sectorsWritten: 5 });
  });

  it("never lets one device's fall hide the other's rise", () => {
    const interval = close({ baseline: first, endLook: look(endUs, { devices: two(104, 48) }) });
    expect(interval.verdict).toBe("NOT_INTACT");
    expect(interval.findings).toContain("SECTORS_WRITTEN");
  });

  it("needs every device to count", () => {
    const devices = [device(102), device(50, { device: "7:2", counting: false })];
    expect(close({ baseline: first, endLook: look(endUs, { devices }) }).verdict).toBe("UNPROVEN");
  });

  it("tells no number where the devices are not the same", () => {
    const interval = close({ baseline: first, endLook: look(endUs, { devices: [device(102)] }) });
    expect(interval.sectorsWritten).toBeUndefined();
  });
});

describe("a hold that joined a freeze", () => {
  const first = baseline(frozenUs);
  const joinedUs = 3_000_000;
  const dirty = look(joinedUs, { devices: [device(150)] });
  const from = { baseline: first, look: dirty, since: dirty.at };

  it("answers for the sectors since it joined only", () => {
    const endLook = look(endUs, { devices: [device(150)] });
    const interval = close({ from, endLook, lastIntact: instant(2_000_000) });
    expect(interval).toMatchObject({ verdict: "INTACT", frozenAt: instant(joinedUs) });
    expect(interval.intactUntil).toEqual(instant(endUs));
  });

  it("never claims an evidence from before it joined", () => {
    const endLook = look(endUs, { devices: [device(151)] });
    const interval = close({ from, endLook, lastIntact: instant(2_000_000) });
    expect(interval).toMatchObject({ verdict: "NOT_INTACT", intactUntil: instant(joinedUs) });
  });

  it("compares the generation with our FIFREEZE, not with the look that it joined at", () => {
    const moved = { ...from, look: look(joinedUs, { generation: exact(14) }) };
    const endLook = look(endUs, { generation: exact(14) });
    expect(close({ from: moved, endLook }).verdict).toBe("NOT_INTACT");
  });
});

describe("until when the evidence reaches", () => {
  it("is the last look that agreed where the last one did not", () => {
    const interval = close({ endLook: look(endUs, { state: stateReading("THAWED") }) });
    expect(interval.intactUntil).toEqual(instant(4_000_000));
  });

  it("is the last look before the end, although the end itself spoils the verdict", () => {
    expect(close({ cause: "EXPIRED" }).intactUntil).toEqual(instant(endUs));
    expect(close({ end: { kind: "unconfirmed" } }).intactUntil).toEqual(instant(endUs));
    expect(close({ end: { kind: "lost" } }).intactUntil).toEqual(instant(endUs));
  });

  it("is not a look that saw nothing", () => {
    const interval = close({
      endLook: look(endUs, { state: unknown, generation: noGeneration, devices: [] }),
    });
    expect(interval.intactUntil).toEqual(instant(4_000_000));
  });
});

describe("one look at a freeze of ours", () => {
  const first = baseline(frozenUs);
  const judge = (changed: Partial<Omit<Look, "at">>, from: Baseline = first) =>
    judgeLook(from, look(2_000_000, changed));

  it("agrees", () => {
    expect(judge({})).toEqual({ kind: "agrees" });
    expect(judge({ state: stateReading("FROZEN", "LIKELY") })).toEqual({ kind: "agrees" });
  });

  it.each([
    ["sectors written: a swap file moves them", { devices: [device(110)] }],
    ["sectors discarded", { devices: [device(102, { sectorsDiscarded: 1 })] }],
    ["an unknown state", { state: unknown }],
  ])("keeps the claim, without covering that moment, for %s", (_name, changed) => {
    expect(judge(changed)).toEqual({ kind: "doubtful" });
  });

  it.each([
    ["seen thawed", { state: stateReading("THAWED") }, "SEEN_THAWED"],
    ["seen while another freezes it", { state: stateReading("FREEZING") }, "SEEN_THAWED"],
    ["the generation moved", { generation: exact(14) }, "GENERATION_MOVED"],
    [
      "moved, the state LIKELY thawed",
      { generation: exact(14), state: stateReading("THAWED", "LIKELY") },
      "GENERATION_MOVED",
    ],
  ] as const)("ends the claim for certain: %s", (_name, changed, finding) => {
    expect(judge(changed)).toEqual({ kind: "lost", finding, certain: true });
  });

  it("ends the claim for certain when the fall-back moved, and when a read-only one became writable", () => {
    const byLog = withGeneration(noGeneration, xfsLogHead("1:2"));
    const moved = { kind: "lost", finding: "FALLBACK_MOVED", certain: true };
    expect(judge({ generation: xfsLogHead("1:4") }, byLog)).toEqual(moved);
    const remounted = { kind: "lost", finding: "SEEN_THAWED", certain: true };
    expect(judge({}, baseline(frozenUs, quiet(true)))).toEqual(remounted);
  });

  it("keeps the claim when a failing device made it read-only", () => {
    expect(judge({ readOnly: true })).toEqual({ kind: "agrees" });
  });

  it("ends the claim, not for certain, when the state is only LIKELY", () => {
    const state = stateReading("THAWED", "LIKELY");
    expect(judge({ state })).toEqual({ kind: "lost", finding: "SEEN_THAWED", certain: false });
  });

  it("leaves doubts that stick", () => {
    expect([...doubtsOf(look(1))]).toEqual([]);
    expect([...doubtsOf(look(1, { state: unknown }))]).toEqual(["STATE_UNKNOWN"]);
    const off = look(1, { devices: [device(1), device(1, { counting: false })] });
    expect([...doubtsOf(off)]).toEqual(["COUNTERS_OFF"]);
  });
});

describe("what broke it", () => {
  type Broke = readonly [string, Parameters<typeof facts>[0], EndCause | undefined];

  test.each<Broke>([
    ["nothing", {}, undefined],
    ["a foreign thaw", thawedWith("EINVAL", thawedLook()), "FOREIGN_THAW"],
    [
      "a foreign thaw and refreeze",
      thawedWith(undefined, thawedLook({ generation: exact(14) })),
      "FOREIGN_THAW",
    ],
    ["the device", thawedWith("EIO", thawedLook()), "DEVICE_FAILED"],
    ["writes alone break nothing", endsWith({ devices: [device(110)] }), undefined],
    ["the deadline breaks nothing", { cause: "EXPIRED" }, undefined],
  ])("%s", (_name, changed, cause) => {
    expect(brokenBy(close(changed))).toBe(cause);
  });
});

describe("the verdict of a hold", () => {
  const intact = close();
  const unproven = close({ endLook: undefined });
  const changed = close({ endLook: look(endUs, { devices: [device(110)] }) });
  const causes: Readonly<Record<EndCause, Verdict>> = {
    RELEASED: "INTACT",
    CLIENT_GONE: "UNPROVEN",
    EXPIRED: "NOT_INTACT",
    FREEZE_FAILED: "NEVER_FROZEN",
    FOREIGN_THAW: "NOT_INTACT",
    DEVICE_FAILED: "NOT_INTACT",
    ADMINISTRATOR: "UNPROVEN",
    SHUTDOWN: "UNPROVEN",
    DAEMON_RESTART: "UNPROVEN",
  };

  it("is the worst of its intervals", () => {
    expect(holdVerdict([intact, intact], "RELEASED")).toBe("INTACT");
    expect(holdVerdict([intact, unproven], "RELEASED")).toBe("UNPROVEN");
    expect(holdVerdict([unproven, changed, intact], "RELEASED")).toBe("NOT_INTACT");
    expect(holdVerdict([changed], "CLIENT_GONE")).toBe("NOT_INTACT");
    expect(holdVerdict([intact], "FREEZE_FAILED")).toBe("UNPROVEN");
  });

  it("is NEVER_FROZEN without any", () => {
    for (const cause of Object.keys(causes) as EndCause[]) {
      expect(holdVerdict([], cause)).toBe("NEVER_FROZEN");
    }
  });

  it("is lowered by its end", () => {
    for (const [cause, verdict] of Object.entries(causes) as [EndCause, Verdict][]) {
      if (cause !== "FREEZE_FAILED") expect(holdVerdict([intact], cause)).toBe(verdict);
    }
  });

  it("knows which of two is worse", () => {
    expect(worst("INTACT", "UNPROVEN")).toBe("UNPROVEN");
    expect(worst("NOT_INTACT", "UNPROVEN")).toBe("NOT_INTACT");
    expect(worst("NOT_INTACT", "NEVER_FROZEN")).toBe("NEVER_FROZEN");
  });

  it("is INTACT for no finding that is not a proof", () => {
    const proofs: readonly Finding[] = [...fourProofs, "FALLBACK_UNCHANGED"];
    expect(verdictOf(new Set(proofs))).toBe("INTACT");
    const others: readonly Finding[] = [
      "SEEN_THAWED",
      "GENERATION_MOVED",
      "FALLBACK_MOVED",
      "SECTORS_WRITTEN",
      "SECTORS_DISCARDED",
      "DEADLINE_PASSED",
      "DEVICE_FAILED",
      "STATE_UNKNOWN",
      "GENERATION_UNKNOWN",
      "COUNTERS_OFF",
      "COUNTERS_NOT_PROVEN_ALIVE",
      "DEVICES_UNKNOWN",
      "THAW_NOT_CONFIRMED",
      "NOT_ENDED_BY_OWNER",
    ];
    for (const finding of others) {
      expect(verdictOf(new Set([...proofs, finding])), finding).not.toBe("INTACT");
    }
  });
});
