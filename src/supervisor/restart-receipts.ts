/** The receipts of holds whose guardian died before it could write them. */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { HoldView, IntervalReceipt, Receipt } from "../hold/model.js";
import type { Instant } from "../kernel/port.js";

export interface RestartFacts {
  readonly now: Instant;
  readonly host: string;
  readonly bootId: string;
}

/** What is left to say about a hold that was living when its guardian died: it was thawed, and nobody watched it to its end. */
export function restartRecord(record: HoldRecord, facts: RestartFacts): HoldRecord {
  const { hold } = record;
  if (hold.receipt !== undefined) return record;
  const receipt = restartReceipt(hold, facts);
  const { expiresAt: _, ...view } = hold;
  return {
    ...record,
    hold: {
      ...view,
      state: "ENDED",
      filesystems: hold.filesystems.map((fs) => ({ ...fs, state: "THAWED" })),
      receipt,
    },
  };
}

function restartReceipt(hold: HoldView, facts: RestartFacts): Receipt {
  const wasFrozen = hold.state === "FROZEN" || hold.state === "THAWING";
  const filesystems = hold.filesystems.map((fs) => {
    const { state: _, frozenAt, freezeUs, ...filesystem } = fs;
    const intervals: IntervalReceipt[] =
      wasFrozen && frozenAt !== undefined
        ? [
            {
              frozenAt,
              endedAt: facts.now,
              freezeUs: freezeUs ?? 0,
              intactUntil: frozenAt,
              verdict: "UNPROVEN",
              findings: ["NOT_ENDED_BY_OWNER", "THAW_NOT_CONFIRMED"],
              thawedByUs: false,
              sharedAtEnd: false,
            },
          ]
        : [];
    return { filesystem, intervals };
  });
  const frozenCount = filesystems.filter((fs) => fs.intervals.length > 0).length;
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
    endCause: "DAEMON_RESTART",
    verdict: frozenCount > 0 ? "UNPROVEN" : "NEVER_FROZEN",
    frozenCount,
    thawedCount: 0,
    filesystems,
    refusal: {
      reason: "GUARDIAN_UNAVAILABLE",
      message: "a process of the service died, so this hold was thawed; open a new one",
      metadata: { hold_id: hold.holdId },
    },
  };
}
