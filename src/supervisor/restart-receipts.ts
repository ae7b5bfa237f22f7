/** The receipts of holds whose guardian died before it could write them. */
import type { HoldRecord, RecordedIntervals } from "../channel/supervisor-protocol.js";
import type { FilesystemReceipt, IntervalReceipt, Receipt } from "../hold/model.js";
import type { Refusal } from "../hold/refusal.js";
import { holdVerdict } from "../hold/view.js";
import type { Instant } from "../kernel/port.js";

export interface RestartFacts {
  readonly now: Instant;
  readonly host: string;
  readonly bootId: string;
}

/**
 * What is left to say about a hold that was living when its guardian died: it was thawed, and
 * nobody watched it to its end.
 */
export function restartRecord(record: HoldRecord, facts: RestartFacts): HoldRecord {
  const { hold } = record;
  if (hold.receipt !== undefined) return record;
  const { expiresAt: _, ...view } = hold;
  return {
    requestId: record.requestId,
    requestDigest: record.requestDigest,
    hold: {
      ...view,
      state: "ENDED",
      filesystems: hold.filesystems.map((fs) => ({ ...fs, state: "THAWED" })),
      receipt: restartReceipt(record, facts),
    },
  };
}

function restartReceipt({ hold, intervals, broken }: HoldRecord, facts: RestartFacts): Receipt {
  const filesystems: FilesystemReceipt[] = hold.filesystems.map((fs) => {
    const { state: _, frozenAt: __, freezeUs: ___, ...filesystem } = fs;
    return { filesystem, intervals: intervalsOf(intervals?.[fs.key], facts) };
  });
  const all = filesystems.flatMap((fs) => fs.intervals);
  const endCause = broken?.cause ?? "DAEMON_RESTART";
  return {
    holdId: hold.holdId,
    host: facts.host,
    bootId: facts.bootId,
    kind: hold.kind,
    owner: hold.owner,
    purpose: hold.purpose,
    requested: hold.requested,
    effective: hold.effective,
    openedAt: hold.openedAt,
    endedAt: facts.now,
    endCause,
    // A hold is told that it is frozen after the record says so: one that was FREEZING never was.
    verdict: holdVerdict(all, endCause),
    frozenCount: all.length,
    thawedCount: all.filter((interval) => interval.thawedByUs).length,
    filesystems,
    refusal: broken?.refusal ?? refusalOf(hold.holdId),
  };
}

function intervalsOf(
  recorded: RecordedIntervals | undefined,
  facts: RestartFacts,
): readonly IntervalReceipt[] {
  if (recorded?.open === undefined) return recorded?.ended ?? [];
  const { frozenAt, freezeUs } = recorded.open;
  const cut: IntervalReceipt = {
    frozenAt,
    endedAt: facts.now,
    freezeUs,
    intactUntil: frozenAt,
    verdict: "UNPROVEN",
    findings: ["NOT_ENDED_BY_OWNER", "THAW_NOT_CONFIRMED"],
    thawedByUs: false,
    sharedAtEnd: false,
  };
  return [...recorded.ended, cut];
}

function refusalOf(holdId: string): Refusal {
  return {
    reason: "GUARDIAN_UNAVAILABLE",
    message: "a process of the service died, so this hold was thawed; open a new one",
    metadata: { hold_id: holdId },
  };
}
