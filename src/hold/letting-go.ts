/** How a hold lets go of what it holds, and how it ends. The last one to let go thaws. */
import type { Draft } from "./draft.js";
import { wantFrozen } from "./freezing.js";
import { endedRefusal, freezeCancelled, thawNotConfirmed } from "./hold-refusals.js";
import type { Holder, IntervalReceipt } from "./model.js";
import type { Refusal } from "./refusal.js";
import type { After, Closing, Hold } from "./state.js";
import { closeInterval, type IntervalEnd } from "./verdict.js";
import { endedView, holderOf, receiptOf } from "./view.js";

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
  const { after, thawedTo = [], receiptTo = [] } = how;
  const { phase } = hold;
  if (phase.kind === "LETTING_GO") {
    cancelFreeze(d, phase.freezeTo, after);
    d.setPhase(hold, {
      ...phase,
      after: phase.after.kind === "ENDED" ? phase.after : after,
      thawedTo: [...phase.thawedTo, ...thawedTo],
      freezeTo: [],
      receiptTo: [...phase.receiptTo, ...receiptTo],
    });
    maybeGone(d, hold.id);
    return;
  }
  if (phase.kind === "FREEZING") cancelFreeze(d, phase.replyTo, after);
  let current = d.setPhase(hold, {
    kind: "LETTING_GO",
    after,
    answerByUs: d.now.bootUs + d.limits.thawAnswerMs * 1000,
    thawedTo,
    freezeTo: [],
    receiptTo,
    unconfirmed: false,
  });
  const cause = after.kind === "ENDED" ? after.cause : "THAW_COMMAND";
  for (const [key, { member }] of hold.filesystems) {
    if (member.kind === "WAITING") {
      current = d.setMember(current, key, { kind: "IDLE" });
    } else if (member.kind === "HELD") {
      current = letGoOfOne(d, current, key, phase.kind === "FROZEN", cause);
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

function cancelFreeze(d: Draft, replyTo: readonly string[], after: After): void {
  const refusal = freezeCancelled(after.kind === "ENDED" ? after.cause : undefined);
  for (const to of replyTo) d.refuse(to, refusal);
}

function letGoOfOne(
  d: Draft,
  hold: Hold,
  key: string,
  wasFrozen: boolean,
  cause: Closing["cause"],
): Hold {
  const member = hold.filesystems.get(key)?.member;
  const epoch = d.epochs.get(key);
  if (member?.kind !== "HELD" || epoch?.kind !== "FROZEN" || epoch.id !== member.epoch) {
    throw new Error(`hold ${hold.id} holds ${key}, which is not frozen`);
  }
  const { lastIntact, doubts } = epoch;
  const closing: Closing | undefined = wasFrozen
    ? { from: member.from, endLook: d.looks.get(key), lastIntact, doubts, cause }
    : undefined;
  if (isHeldByOthers(d, hold.id, key)) {
    const interval = closing && intervalOf(d, hold, key, closing, { kind: "shared" });
    return d.setMember(hold, key, { kind: "IDLE" }, interval);
  }
  d.epochs.set(key, { kind: "THAWING", id: epoch.id, below: epoch.below });
  d.effects.push({ kind: "thaw", key, epoch: epoch.id });
  return d.setMember(hold, key, { kind: "LEAVING", epoch: epoch.id, closing });
}

export function intervalOf(
  d: Draft,
  hold: Hold,
  key: string,
  closing: Closing,
  end: IntervalEnd,
): IntervalReceipt {
  const type = hold.filesystems.get(key)?.identity.type ?? "";
  return closeInterval({ type, ...closing, end, now: d.now });
}

function isHeldByOthers(d: Draft, holdId: string, key: string): boolean {
  for (const other of d.holds.values()) {
    if (other.id !== holdId && other.filesystems.get(key)?.member.kind === "HELD") return true;
  }
  return false;
}

/** The answer can wait no longer for the thaw; the thaw itself goes on. */
export function answerUnconfirmed(d: Draft, hold: Hold): void {
  if (hold.phase.kind !== "LETTING_GO") return;
  let current = d.setPhase(hold, { ...hold.phase, unconfirmed: true });
  for (const [key, { member }] of hold.filesystems) {
    if (member.kind !== "LEAVING") continue;
    const interval =
      member.closing && intervalOf(d, current, key, member.closing, { kind: "unconfirmed" });
    current = d.setMember(current, key, { kind: "IDLE" }, interval);
  }
  maybeGone(d, current.id);
}

/** Finishes a hold that has nothing left to let go of. */
export function maybeGone(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold?.phase.kind !== "LETTING_GO") return;
  for (const { member } of hold.filesystems.values()) if (member.kind === "LEAVING") return;
  const { after, thawedTo, freezeTo, unconfirmed } = hold.phase;
  if (after.kind === "ENDED") {
    endHold(d, hold);
    return;
  }
  const open = d.setPhase(hold, { kind: "OPEN" });
  for (const to of thawedTo) {
    if (unconfirmed) d.refuse(to, thawNotConfirmed());
    else d.reply(to, { kind: "thawed", stillFrozenBy: stillFrozenBy(d, hold) });
  }
  if (freezeTo.length === 0) return;
  const refusal = wantFrozen(d, open, { opening: false, replyTo: freezeTo });
  if (refusal !== undefined) for (const to of freezeTo) d.refuse(to, refusal);
}

/** Other holds that keep any of this hold's file systems frozen. */
export function stillFrozenBy(d: Draft, hold: Hold): readonly Holder[] {
  const keys = [...hold.filesystems.keys()];
  return [...d.holds.values()]
    .filter((other) => other.id !== hold.id)
    .filter((other) => keys.some((key) => other.filesystems.get(key)?.member.kind === "HELD"))
    .map(holderOf);
}

function endHold(d: Draft, hold: Hold): void {
  if (hold.phase.kind !== "LETTING_GO" || hold.phase.after.kind !== "ENDED") return;
  const { after, thawedTo, freezeTo, receiptTo } = hold.phase;
  const receipt = receiptOf(hold, after.cause, d.now, d.host);
  d.holds.delete(hold.id);
  for (const to of [...thawedTo, ...freezeTo]) d.refuse(to, endedRefusal(hold.id, after.cause));
  for (const to of receiptTo) d.reply(to, { kind: "receipt", receipt });
  // Archived before it is told, so that whoever is told can look it up.
  d.effects.push({
    kind: "archive",
    hold: endedView(hold, receipt),
    owner: hold.owner,
    // A Freeze that was never answered is a failed attempt: its retry starts anew.
    requestId: hold.answered ? hold.requestId : "",
    requestDigest: hold.requestDigest,
  });
  d.tell(hold.id, { kind: "ended", receipt });
}
