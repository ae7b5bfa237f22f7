import { expect, test } from "vitest";
import { instant } from "../hold/testing/samples.js";
import { restartRecord } from "./restart-receipts.js";
import { endedRecord, interval, livingRecord } from "./testing/records.js";

const facts = { now: instant(9_000), host: "bench", bootId: "boot-1" };
const open = { frozenAt: instant(4_000), freezeUs: 12 };

function receiptOf(record: ReturnType<typeof livingRecord>) {
  const { receipt } = restartRecord(record, facts).hold;
  if (receipt === undefined) throw new Error("no receipt");
  return receipt;
}

test("a hold that was frozen: an interval that nobody watched to its end", () => {
  const record = livingRecord("h-1", {
    hold: { expiresAt: instant(20_000) },
    requestId: "r1",
    intervals: { "7:11": { ended: [], open } },
  });
  const { hold, requestId, requestDigest, ...rest } = restartRecord(record, facts);
  expect({ requestId, requestDigest, rest }).toEqual({
    requestId: "r1",
    requestDigest: "d1",
    rest: {},
  });
  expect(hold).toMatchObject({ state: "ENDED", filesystems: [{ key: "7:11", state: "THAWED" }] });
  expect(hold.expiresAt).toBeUndefined();
  expect(hold.receipt).toMatchObject({
    holdId: "h-1",
    host: "bench",
    bootId: "boot-1",
    endedAt: instant(9_000),
    endCause: "DAEMON_RESTART",
    verdict: "UNPROVEN",
    frozenCount: 1,
    thawedCount: 0,
    refusal: { reason: "GUARDIAN_UNAVAILABLE" },
    filesystems: [
      {
        filesystem: { key: "7:11", mountPoint: "/a" },
        intervals: [
          {
            frozenAt: instant(4_000),
            endedAt: instant(9_000),
            freezeUs: 12,
            intactUntil: instant(4_000),
            verdict: "UNPROVEN",
            findings: ["NOT_ENDED_BY_OWNER", "THAW_NOT_CONFIRMED"],
          },
        ],
      },
    ],
  });
  // What a file system is does not depend on the moment.
  expect(Object.keys(hold.receipt?.filesystems[0]?.filesystem ?? {})).not.toContain("state");
});

test("a hold that was not frozen yet was never frozen", () => {
  expect(receiptOf(livingRecord("h-1", { hold: { state: "FREEZING" } }))).toMatchObject({
    verdict: "NEVER_FROZEN",
    frozenCount: 0,
    filesystems: [{ intervals: [] }],
  });
});

test("a hold that was thawed and open keeps the interval that it had", () => {
  const record = livingRecord("h-1", {
    hold: { state: "OPEN" },
    intervals: { "7:11": { ended: [interval()] } },
  });
  expect(receiptOf(record)).toMatchObject({
    verdict: "UNPROVEN",
    frozenCount: 1,
    thawedCount: 1,
    filesystems: [{ intervals: [{ verdict: "INTACT" }] }],
  });
});

test("an interval that is known not to be intact makes the verdict", () => {
  const bad = interval({ verdict: "NOT_INTACT", findings: ["SECTORS_WRITTEN"] });
  const record = livingRecord("h-1", { intervals: { "7:11": { ended: [bad], open } } });
  expect(receiptOf(record)).toMatchObject({ verdict: "NOT_INTACT", frozenCount: 2 });
});

test("a hold that was ending for another reason keeps that", () => {
  const refusal = { reason: "HOLD_EXPIRED", message: "late", metadata: {} } as const;
  const record = livingRecord("h-1", {
    hold: { state: "THAWING" },
    intervals: { "7:11": { ended: [], open } },
    broken: { cause: "EXPIRED", refusal },
  });
  expect(receiptOf(record)).toMatchObject({ endCause: "EXPIRED", verdict: "NOT_INTACT", refusal });
});

test("a record from before there were intervals, and one that has ended", () => {
  const { intervals: _, ...old } = livingRecord("h-1");
  expect(receiptOf(old).verdict).toBe("NEVER_FROZEN");
  const ended = endedRecord("h-2");
  expect(restartRecord(ended, facts)).toBe(ended);
});
