import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { filesystem, instant, receiptOf } from "../../test/support/api/fake-guardian.js";
import { EvidenceKind, EvidenceResult } from "../gen/fsfreeze/v1/evidence_pb.js";
import { HoldSchema } from "../gen/fsfreeze/v1/hold_pb.js";
import { IntervalEnd, ReceiptSchema, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import type { Finding, HoldView, IntervalReceipt, Receipt } from "../hold/model.js";
import { encodeEvidence } from "./encode-evidence.js";
import { encodeFrozenBy } from "./encode-filesystem.js";
import { encodeHold } from "./encode-hold.js";
import { encodeReceipt } from "./encode-receipt.js";
import { durationOfMs, durationOfUs, spanOf, wallTime } from "./encode-time.js";
import { positiveMs, Validation } from "./validate.js";

describe("times", () => {
  test("microseconds lose nothing", () => {
    expect(wallTime({ wallUs: 1_700_000_000_123_456, bootUs: 0 })).toEqual({
      seconds: 1_700_000_000n,
      nanos: 123_456_000,
    });
    expect(durationOfUs(1)).toEqual({ seconds: 0n, nanos: 1000 });
    expect(durationOfMs(61_500)).toEqual({ seconds: 61n, nanos: 500_000_000 });
  });

  test("durations come back as they went", () => {
    for (const ms of [1, 999, 1000, 600_000]) {
      const v = new Validation();
      const { seconds, nanos } = { seconds: 0n, nanos: 0, ...durationOfMs(ms) };
      const duration = { $typeName: "google.protobuf.Duration", seconds, nanos } as const;
      expect(positiveMs(v, "ttl", duration)).toBe(ms);
    }
  });

  test("the skew is the span of all, and none where one is missing", () => {
    expect(spanOf([instant(5), instant(1), instant(3)])?.us).toBe(4000);
    expect(spanOf([instant(5), undefined])).toBeUndefined();
    expect(spanOf([])).toBeUndefined();
  });
});

const interval: IntervalReceipt = {
  frozenAt: instant(5),
  endedAt: instant(900),
  freezeUs: 4321,
  intactUntil: instant(899),
  sectorsWritten: 0,
  sectorsDiscarded: 0,
  verdict: "INTACT",
  findings: [],
  thawedByUs: true,
  sharedAtEnd: false,
};

function receipt(change: Partial<Receipt> = {}): Receipt {
  const hold = {
    id: "h1",
    request: {
      kind: "lease",
      owner: { kind: "unix", uid: 0, gid: 0, pid: 42 },
      targets: [],
      times: { ttlMs: 60_000 },
      freezeOnOpen: true,
      purpose: "nightly",
      requestId: "",
      requestDigest: "",
    },
    listeners: [],
    generation: 1,
    state: "ENDED",
    intervals: 1,
    waiting: [],
    receipt: undefined,
  } as const;
  return { ...receiptOf({ ...hold, listeners: [], waiting: [] }, "RELEASED", "INTACT"), ...change };
}

describe("a receipt", () => {
  test("survives the wire and its JSON", () => {
    const message = create(ReceiptSchema, encodeReceipt(receipt(), "linux"));
    expect(fromBinary(ReceiptSchema, toBinary(ReceiptSchema, message))).toEqual(message);
    expect(toJson(ReceiptSchema, message)).toMatchObject({
      holdId: "h1",
      verdict: "VERDICT_INTACT",
      endCause: "END_CAUSE_RELEASED",
      kind: "HOLD_KIND_LEASE",
      owner: { unixPeer: { pid: 42 }, address: "unix:" },
      requested: { ttl: "60s" },
      filesystems: [
        {
          filesystem: { mountPoint: "/srv/data", source: "/dev/loop3", device: { major: 7 } },
          verdict: "VERDICT_INTACT",
          intervals: [
            { freezeDuration: "0.004321s", sectorsWritten: "0", end: "INTERVAL_END_THAWED" },
          ],
        },
      ],
    });
  });

  test("a file system's verdict is the worst of its intervals, NEVER_FROZEN without one", () => {
    const verdictOf = (...verdicts: IntervalReceipt["verdict"][]) => {
      const intervals = verdicts.map((verdict) => ({ ...interval, verdict }));
      return encodeReceipt(receipt({ filesystems: [{ filesystem, intervals }] }), "linux")
        .filesystems?.[0]?.verdict;
    };
    expect(verdictOf("INTACT", "UNPROVEN")).toBe(Verdict.UNPROVEN);
    expect(verdictOf("NOT_INTACT", "INTACT")).toBe(Verdict.NOT_INTACT);
    expect(verdictOf()).toBe(Verdict.NEVER_FROZEN);
  });

  test("how an interval ended", () => {
    const endOf = (change: Partial<IntervalReceipt>) =>
      encodeReceipt(
        receipt({ filesystems: [{ filesystem, intervals: [{ ...interval, ...change }] }] }),
        "linux",
      ).filesystems?.[0]?.intervals?.[0]?.end;
    expect(endOf({})).toBe(IntervalEnd.THAWED);
    const not = { thawedByUs: false };
    expect(endOf({ ...not, sharedAtEnd: true })).toBe(IntervalEnd.LEFT_FROZEN);
    expect(endOf({ ...not, findings: ["SEEN_THAWED"] })).toBe(IntervalEnd.FOREIGN_THAW);
    expect(endOf({ ...not, findings: ["GENERATION_MOVED"] })).toBe(IntervalEnd.FOREIGN_THAW);
    expect(endOf({ ...not, findings: ["DEVICE_FAILED"] })).toBe(IntervalEnd.DEVICE_FAILED);
    expect(endOf(not)).toBe(IntervalEnd.UNKNOWN);
  });

  test("counters that went backwards, and times before the epoch, can be sent", () => {
    const odd = {
      ...interval,
      sectorsWritten: -8,
      frozenAt: { wallUs: -5, bootUs: -1 },
      freezeUs: 1.5,
    };
    const filesystems = [{ filesystem, intervals: [odd] }];
    const message = create(ReceiptSchema, encodeReceipt(receipt({ filesystems }), "linux"));
    expect(() => toBinary(ReceiptSchema, message)).not.toThrow();
  });
});

describe("evidence", () => {
  const itemsOf = (...findings: Finding[]) =>
    Object.fromEntries(
      (encodeEvidence(findings).items ?? []).map(({ kind, result }) => [
        Object.entries(EvidenceKind).find(([, n]) => n === kind)?.[0],
        Object.entries(EvidenceResult).find(([, n]) => n === result)?.[0],
      ]),
    );

  test("an intact interval has nothing but HELD", () => {
    expect(
      itemsOf("GENERATION_UNCHANGED", "ALWAYS_SEEN_FROZEN", "NO_SECTORS_CHANGED", "THAWED_BY_US"),
    ).toEqual({
      FREEZE_GENERATION: "HELD",
      FROZEN_STATE: "HELD",
      SECTORS_WRITTEN: "HELD",
      SECTORS_DISCARDED: "HELD",
      COUNTERS_ALIVE: "HELD",
      THAW_RESULT: "HELD",
      OWNER_RELEASE: "HELD",
    });
  });

  test("where a fall-back stood in, the exact generation was not needed", () => {
    expect(itemsOf("FALLBACK_UNCHANGED")).toMatchObject({
      GENERATION_FALLBACK: "HELD",
      FREEZE_GENERATION: "NOT_NEEDED",
    });
  });

  test("of one kind the worst counts, in any order", () => {
    expect(itemsOf("THAWED_BY_US", "ALWAYS_SEEN_FROZEN", "SEEN_THAWED").FROZEN_STATE).toBe(
      "CONTRADICTED",
    );
    expect(itemsOf("SEEN_THAWED", "STATE_UNKNOWN").FROZEN_STATE).toBe("CONTRADICTED");
    expect(itemsOf("DEADLINE_PASSED").OWNER_RELEASE).toBe("CONTRADICTED");
    expect(itemsOf("NOT_ENDED_BY_OWNER").OWNER_RELEASE).toBe("MISSING");
    expect(itemsOf("COUNTERS_OFF").COUNTERS_ALIVE).toBe("MISSING");
  });
});

describe("a hold", () => {
  const view: HoldView = {
    holdId: "h1",
    kind: "stream",
    state: "FROZEN",
    owner: { kind: "tcp", address: "127.0.0.1" },
    purpose: "",
    requested: {},
    effective: { ttlMs: 10_000, freezeTimeoutMs: 30_000, lingerMs: 0 },
    openedAt: instant(0),
    expiresAt: instant(10_005),
    filesystems: [
      { ...filesystem, state: "FROZEN", frozenAt: instant(2), freezeUs: 100 },
      { ...filesystem, key: "7:4", state: "FROZEN", frozenAt: instant(5), freezeUs: 3000 },
    ],
  };

  test("frozen: since when, and how far apart", () => {
    const hold = create(HoldSchema, encodeHold(view, "linux"));
    expect(hold).toMatchObject({ skew: { nanos: 3_000_000 }, frozenTime: { nanos: 5_000_000 } });
    // The guardian's own measure goes before.
    expect(encodeHold(view, "linux", 7).skew).toMatchObject({ nanos: 7000 });
  });

  test("not frozen: neither, even where some of it is", () => {
    const freezing = create(HoldSchema, encodeHold({ ...view, state: "FREEZING" }, "linux"));
    expect(freezing.skew).toBeUndefined();
    expect(freezing.frozenTime).toBeUndefined();
  });
});

test("who froze it: nobody is an empty list", () => {
  expect(encodeFrozenBy({ kind: "nobody" })).toEqual([]);
  expect(encodeFrozenBy({ kind: "unknown" })).toHaveLength(1);
});
