/** How a hold lets go of what it holds, and how it ends. The last one to let go thaws. */
import type { Look } from "../kernel/port.js";
import type { Draft } from "./draft.js";
import type { ThawOutcome } from "./effects.js";
import type { EndCause, Finding } from "./model.js";
import type { Refusal } from "./refusal.js";
import type { After, Closing, Epoch, Hold } from "./state.js";
import { closeInterval, type IntervalEnd } from "./verdict.js";
import { endedView, filesystemView, receiptOf } from "./view.js";

export interface LettingGo {
  readonly after: After;
  readonly thawedTo?: readonly string[];
  readonly receiptTo?: readonly string[];
}

/**
 * Lets go of every file system of the hold. A hold that is letting go already keeps its cause ("the first word wins"), except that an end
 * overrides a mere `thaw{}`.
 */
export function letGo(d: Draft, hold: Hold, how: LettingGo): void {
  const { after } = how;
  if (hold.phase.kind === "LETTING_GO") {
    const first = hold.phase.after;
    d.setPhase(hold, {
      ...hold.phase,
      after: first.kind === "ENDED" ? first : after,
      thawedTo: [...hold.phase.thawedTo, ...(how.thawedTo ?? [])],
      receiptTo: [...hold.phase.receiptTo, ...(how.receiptTo ?? [])],
    });
    maybeGone(d, hold.id);
    return;
  }
  if (hold.phase.kind === "FREEZING") cancelReplies(d, hold.phase.replyTo, after);
  const wasFrozen = hold.phase.kind === "FROZEN";
  let current = d.setPhase(hold, {
    kind: "LETTING_GO",
    after,
    answerByUs: d.now.bootUs + d.limits.thawAnswerMs * 1000,
    thawedTo: how.thawedTo ?? [],
    receiptTo: how.receiptTo ?? [],
    unconfirmed: false,
  });
  const cause = after.kind === "ENDED" ? after.cause : "THAW_COMMAND";
  for (const [key, { member }] of hold.filesystems) {
    if (member.kind === "WAITING") {
      current = d.setMember(current, key, { kind: "IDLE" });
    } else if (member.kind === "HELD") {
      current = letGoOfOne(d, current, key, wasFrozen, cause);
    }
  }
  maybeGone(d, current.id);
}

/** Not all came to be frozen: the others are thawed at once, what is in flight the moment it lands. */
export function failFreezing(d: Draft, hold: Hold, refusal: Refusal): void {
  if (hold.phase.kind !== "FREEZING") return;
  const { opening, replyTo } = hold.phase;
  for (const to of replyTo) d.refuse(to, refusal);
  const answered: Hold = { ...hold, phase: { ...hold.phase, replyTo: [] } };
  if (opening) {
    letGo(d, { ...answered, refusal }, { after: { kind: "ENDED", cause: "FREEZE_FAILED" } });
  } else {
    letGo(d, answered, { after: { kind: "OPEN" } });
  }
}

function cancelReplies(d: Draft, replyTo: readonly string[], after: After): void {
  for (const to of replyTo) {
    d.refuse(to, {
      reason: "FREEZE_CANCELLED",
      message: "the freeze was cancelled before all file systems were frozen",
      metadata: after.kind === "ENDED" ? { end_cause: after.cause } : {},
    });
  }
}

function letGoOfOne(
  d: Draft,
  hold: Hold,
  key: string,
  wasFrozen: boolean,
  cause: Closing["cause"],
): Hold {
  const fs = hold.filesystems.get(key);
  const epoch = d.epochs.get(key);
  if (fs?.member.kind !== "HELD" || epoch?.kind !== "FROZEN") return hold;
  const closing: Closing | undefined = wasFrozen
    ? {
        from: fs.member.from,
        endLook: d.looks.get(key),
        lastIntact: epoch.lastIntact,
        countersWereOff: epoch.countersWereOff,
        cause,
      }
    : undefined;
  if (isHeldByOthers(d, hold.id, key)) {
    const interval = closing && close(d, hold, key, closing, { kind: "shared" }, []);
    return d.setMember(hold, key, { kind: "IDLE" }, interval);
  }
  d.epochs.set(key, { kind: "THAWING", id: epoch.id, below: epoch.below });
  d.effects.push({ kind: "thaw", key, epoch: epoch.id });
  return d.setMember(hold, key, { kind: "LEAVING", epoch: epoch.id, closing });
}

function close(
  d: Draft,
  hold: Hold,
  key: string,
  closing: Closing,
  end: IntervalEnd,
  extra: readonly Finding[],
) {
  const type = hold.filesystems.get(key)?.identity.type ?? "";
  return closeInterval({ type, ...closing, end, extra, now: d.now });
}

function isHeldByOthers(d: Draft, holdId: string, key: string): boolean {
  for (const other of d.holds.values()) {
    if (other.id !== holdId && other.filesystems.get(key)?.member.kind === "HELD") return true;
  }
  return false;
}

/** Our thaw came out, for good. */
export function onThawed(d: Draft, key: string, epochId: number, outcome: ThawOutcome): void {
  const epoch = d.epochs.get(key);
  if (epoch?.kind !== "THAWING" || epoch.id !== epochId) return;
  d.epochs.delete(key);
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    const member = hold?.filesystems.get(key)?.member;
    if (hold === undefined || member?.kind !== "LEAVING" || member.epoch !== epochId) continue;
    const end: IntervalEnd = outcome.lost
      ? { kind: "lost" }
      : { kind: "thawed", errno: outcome.errno, after: outcome.after };
    // What the last look before FITHAW saw replaces the look of the step that let go: it is the later one.
    const closing = member.closing && {
      ...member.closing,
      endLook: outcome.lost ? (outcome.after ?? member.closing.endLook) : member.closing.endLook,
    };
    const interval = closing && close(d, hold, key, closing, end, []);
    const next = d.setMember(hold, key, { kind: "IDLE" }, interval);
    if (closing !== undefined && (outcome.lost || outcome.errno !== undefined)) {
      noteBroken(
        d,
        next,
        key,
        outcome.lost || outcome.errno === "EINVAL" ? "FOREIGN_THAW" : "DEVICE_FAILED",
        outcome.errno,
      );
    }
    maybeGone(d, id);
  }
}

/** Found broken only at the release: the end's cause changes, unless it was a worse one already. */
function noteBroken(
  d: Draft,
  hold: Hold,
  key: string,
  cause: EndCause,
  errno: string | undefined,
): void {
  const identity = hold.filesystems.get(key)?.identity;
  if (hold.phase.kind !== "LETTING_GO" || identity === undefined) return;
  d.tell(hold.id, { kind: "broken", filesystem: filesystemView(identity), cause });
  const { after } = hold.phase;
  if (after.kind === "ENDED" && after.cause === "EXPIRED") return;
  d.put({
    ...hold,
    phase: { ...hold.phase, after: { kind: "ENDED", cause } },
    refusal: brokenRefusal(identity.mountPoint, cause, errno),
  });
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

/** A look said that the freeze is no longer ours, or changed hands: every hold on it is broken. */
export function breakEpoch(
  d: Draft,
  key: string,
  epoch: Epoch & { kind: "FROZEN" },
  broken: { readonly finding: Finding; readonly certain: boolean; readonly look: Look },
): void {
  if (broken.certain) {
    d.epochs.delete(key);
    d.effects.push({ kind: "forget", key, epoch: epoch.id });
  } else {
    // A fall-back may be mistaken. If it is right, FITHAW gives EINVAL and does no harm.
    d.epochs.set(key, { kind: "THAWING", id: epoch.id, below: epoch.below });
    d.effects.push({ kind: "thaw", key, epoch: epoch.id });
  }
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    const fs = hold?.filesystems.get(key);
    if (hold === undefined || fs?.member.kind !== "HELD" || fs.member.epoch !== epoch.id) continue;
    breakHold(d, hold, key, fs.member.from, epoch, broken);
  }
}

function breakHold(
  d: Draft,
  hold: Hold,
  key: string,
  from: Closing["from"],
  epoch: Epoch & { kind: "FROZEN" },
  broken: { readonly finding: Finding; readonly look: Look },
): void {
  const identity = hold.filesystems.get(key)?.identity;
  if (identity === undefined) return;
  const refusal = brokenRefusal(identity.mountPoint, "FOREIGN_THAW");
  if (hold.phase.kind === "FREEZING") {
    failFreezing(d, d.setMember(hold, key, { kind: "IDLE" }), refusal);
    return;
  }
  const interval =
    hold.phase.kind === "FROZEN"
      ? close(
          d,
          hold,
          key,
          {
            from,
            endLook: broken.look,
            lastIntact: epoch.lastIntact,
            countersWereOff: epoch.countersWereOff,
            cause: "FOREIGN_THAW",
          },
          { kind: "lost" },
          [broken.finding],
        )
      : undefined;
  const next = d.setMember(hold, key, { kind: "IDLE" }, interval);
  d.tell(hold.id, { kind: "broken", filesystem: filesystemView(identity), cause: "FOREIGN_THAW" });
  letGo(d, { ...next, refusal }, { after: { kind: "ENDED", cause: "FOREIGN_THAW" } });
}

/** The answer can wait no longer for the thaw; the thaw itself goes on. */
export function answerUnconfirmed(d: Draft, hold: Hold): void {
  if (hold.phase.kind !== "LETTING_GO") return;
  let current = d.setPhase(hold, { ...hold.phase, unconfirmed: true });
  for (const [key, { member }] of hold.filesystems) {
    if (member.kind !== "LEAVING") continue;
    const interval =
      member.closing && close(d, current, key, member.closing, { kind: "unconfirmed" }, []);
    current = d.setMember(current, key, { kind: "IDLE" }, interval);
  }
  maybeGone(d, current.id);
}

/** Finishes a hold that has nothing left to let go of. */
function maybeGone(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold?.phase.kind !== "LETTING_GO") return;
  for (const { member } of hold.filesystems.values()) if (member.kind === "LEAVING") return;
  const { after, thawedTo, receiptTo, unconfirmed } = hold.phase;
  if (after.kind === "ENDED") {
    endHold(d, hold, after.cause, thawedTo, receiptTo);
    return;
  }
  d.setPhase(hold, { kind: "OPEN" });
  for (const to of thawedTo) {
    if (unconfirmed) d.refuse(to, thawNotConfirmed());
    else d.reply(to, { kind: "thawed", stillFrozenBy: stillFrozenBy(d, hold) });
  }
}

function thawNotConfirmed(): Refusal {
  return {
    reason: "IO_ERROR",
    message: "the thaw was issued and is not confirmed yet; the service goes on with it",
    metadata: {},
  };
}

/** Other holds that keep any of this hold's file systems frozen. */
export function stillFrozenBy(d: Draft, hold: Hold): readonly string[] {
  const keys = [...hold.filesystems.keys()];
  return keys.length === 0
    ? []
    : [...d.holds.values()]
        .filter((h) => h.id !== hold.id)
        .filter((h) => keys.some((key) => h.filesystems.get(key)?.member.kind === "HELD"))
        .map((h) => h.id);
}

function endHold(
  d: Draft,
  hold: Hold,
  cause: EndCause,
  thawedTo: readonly string[],
  receiptTo: readonly string[],
): void {
  const receipt = receiptOf(withImageRefusal(hold, cause, d), cause, d.now, d.host);
  d.holds.delete(hold.id);
  for (const to of thawedTo) d.refuse(to, endedRefusal(hold.id, cause));
  for (const to of receiptTo) d.reply(to, { kind: "receipt", receipt });
  // Archived before it is told, so that whoever is told can look it up.
  d.effects.push({
    kind: "archive",
    hold: endedView(hold, receipt),
    owner: hold.owner,
    requestId: hold.requestId,
    requestDigest: hold.requestDigest,
  });
  d.tell(hold.id, { kind: "ended", receipt });
}

/** Released in time, but the evidence says that the image changed: the receipt carries the reason of its status. */
function withImageRefusal(hold: Hold, cause: EndCause, d: Draft): Hold {
  if (hold.refusal !== undefined) return hold;
  const { verdict } = receiptOf(hold, cause, d.now, d.host);
  if (verdict !== "NOT_INTACT") return hold;
  const refusal: Refusal = {
    reason: "FREEZE_BROKEN",
    message: "the image changed while it was frozen; take the snapshot again",
    metadata: { hold_id: hold.id, end_cause: cause },
  };
  return { ...hold, refusal };
}

/** What is answered about a hold that has ended. */
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
