/** What is answered about a hold that cannot be served as asked. */
import type { EndCause, Holder, Owner } from "./model.js";
import { isAdministrator, isOwner } from "./permission.js";
import type { Refusal } from "./refusal.js";

export function holdNotFound(holdId: string): Refusal {
  return {
    reason: "HOLD_NOT_FOUND",
    message: "no such hold is known; ended holds are remembered for a limited time",
    metadata: { hold_id: holdId },
  };
}

/** Whether somebody may end or renew a hold; undefined if so. */
export function forbidden(
  caller: Owner,
  hold: Holder,
  action: "thaw" | "renew",
): Refusal | undefined {
  if (isOwner(caller, hold.owner) || isAdministrator(caller)) return undefined;
  return {
    reason: "NOT_PERMITTED",
    message: "this hold belongs to somebody else; only its owner and an administrator may do that",
    metadata: { action, hold_id: hold.id, purpose: hold.purpose },
  };
}

/** One reason for all of it: who guesses learns neither whose token nor whose hold it would have been. */
export function resumeRefused(holdId: string): Refusal {
  return {
    reason: "RESUME_REFUSED",
    message:
      "the token is not this hold's latest one, or the hold is not yours, or it has no stream to take over",
    metadata: { hold_id: holdId },
  };
}

export function takenOver(holdId: string): Refusal {
  return {
    reason: "HOLD_TAKEN_OVER",
    message: "another stream has taken this hold over; it goes on there",
    metadata: { hold_id: holdId },
  };
}

export function requestIdReused(): Refusal {
  return {
    reason: "INVALID_REQUEST",
    message: "this request_id was used for a request with another body; use a new one",
    metadata: { field: "request_id", violation: "reused with another body" },
  };
}

/** What is answered about a hold that has ended, or is ending. */
export function endedRefusal(holdId: string, cause: EndCause): Refusal {
  const broken = cause === "FOREIGN_THAW" || cause === "DEVICE_FAILED";
  return {
    reason: broken ? "FREEZE_BROKEN" : "HOLD_ENDED",
    message: broken
      ? "the freeze was broken and the hold has ended; its receipt says how"
      : "the hold has ended; its receipt says how",
    metadata: { hold_id: holdId, end_cause: cause },
  };
}

export function brokenRefusal(path: string, cause: EndCause, errno?: string): Refusal {
  const message =
    cause === "DEVICE_FAILED"
      ? "the device failed while the file system was frozen; take the snapshot again"
      : "somebody else thawed the file system during the hold; take the snapshot again";
  return {
    reason: "FREEZE_BROKEN",
    message,
    metadata: { path, end_cause: cause, ...(errno === undefined ? {} : { errno }) },
  };
}

/** Released in time, but the evidence says that the image changed. */
export function imageChanged(holdId: string, cause: EndCause): Refusal {
  return {
    reason: "FREEZE_BROKEN",
    message: "the image changed while it was frozen; take the snapshot again",
    metadata: { hold_id: holdId, end_cause: cause },
  };
}

export function freezeCancelled(cause: EndCause | undefined): Refusal {
  return {
    reason: "FREEZE_CANCELLED",
    message: "the freeze was cancelled before all file systems were frozen",
    metadata: cause === undefined ? {} : { end_cause: cause },
  };
}

export function notFrozen(holdId: string): Refusal {
  return {
    reason: "NOT_FROZEN",
    message: "the hold is not frozen, so no deadline runs that could be renewed",
    metadata: { hold_id: holdId },
  };
}

export function thawNotConfirmed(): Refusal {
  return {
    reason: "IO_ERROR",
    message: "the thaw was issued and is not confirmed yet; the service goes on with it",
    metadata: {},
  };
}
