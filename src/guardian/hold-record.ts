/**
 * What the supervisor keeps of a living hold, so that it can write its receipt if this process
 * dies.
 */
import type { HoldRecord, RecordedIntervals } from "../channel/supervisor-protocol.js";
import type { EndCause } from "../hold/model.js";
import type { Epoch, HeldFrom, Hold, HoldFilesystem } from "../hold/state.js";
import { holdView } from "../hold/view.js";

export function holdRecord(hold: Hold, epochs: ReadonlyMap<string, Epoch>): HoldRecord {
  const broken = brokenBy(hold);
  return {
    hold: holdView(hold, epochs),
    requestId: hold.answered ? hold.requestId : "",
    requestDigest: hold.requestDigest,
    intervals: Object.fromEntries(
      [...hold.filesystems].map(([key, fs]) => [key, intervalsOf(hold, fs)]),
    ),
    ...(broken && {
      broken: { cause: broken, ...(hold.refusal === undefined ? {} : { refusal: hold.refusal }) },
    }),
  };
}

/**
 * Changes when, and only when, something changes that a receipt would tell: a progress does not,
 * and a renewal only by another ttl.
 */
export function recordMarker(hold: Hold): string {
  let intervals = 0;
  for (const fs of hold.filesystems.values()) intervals += fs.intervals.length;
  const { ttlMs } = hold.effective;
  return `${hold.phase.kind} ${hold.answered} ${ttlMs} ${intervals} ${brokenBy(hold) ?? ""}`;
}

function intervalsOf(hold: Hold, { member, intervals }: HoldFilesystem): RecordedIntervals {
  const from = openFrom(hold, member);
  return {
    ended: intervals,
    ...(from && { open: { frozenAt: from.since, freezeUs: from.baseline.freezeUs } }),
  };
}

/** An interval counts from the moment on when all of the hold were frozen. */
function openFrom(hold: Hold, member: HoldFilesystem["member"]): HeldFrom | undefined {
  if (member.kind === "HELD") return hold.phase.kind === "FROZEN" ? member.from : undefined;
  return member.kind === "LEAVING" ? member.closing?.from : undefined;
}

function brokenBy({ phase }: Hold): EndCause | undefined {
  if (phase.kind !== "LETTING_GO" || phase.after.kind !== "ENDED") return undefined;
  switch (phase.after.cause) {
    case "EXPIRED":
    case "FOREIGN_THAW":
    case "DEVICE_FAILED":
      return phase.after.cause;
    case "RELEASED":
    case "CLIENT_GONE":
    case "FREEZE_FAILED":
    case "ADMINISTRATOR":
    case "SHUTDOWN":
    case "DAEMON_RESTART":
      return undefined;
    default:
      return phase.after.cause satisfies never;
  }
}
