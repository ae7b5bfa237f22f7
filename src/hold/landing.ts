/** What becomes of holds and epochs when a FIFREEZE or a FITHAW of ours has come out. */
import { loseEpoch } from "./breaking.js";
import type { Draft } from "./draft.js";
import type { FreezeOutcome, ThawOutcome } from "./effects.js";
import { cannotStart, maybeFrozen, startEpoch } from "./freezing.js";
import { brokenRefusal } from "./hold-refusals.js";
import { failFreezing, intervalOf, maybeGone } from "./letting-go.js";
import type { EndCause } from "./model.js";
import type { Refusal } from "./refusal.js";
import type { Baseline, Epoch, Hold } from "./state.js";
import { brokenBy, doubtsOfFreeze, type IntervalEnd, judgeLook } from "./verdict.js";
import { filesystemView } from "./view.js";

type Freezing = Epoch & { readonly kind: "FREEZING" };

/** Our FIFREEZE has returned. */
export function onFroze(d: Draft, key: string, epochId: number, outcome: FreezeOutcome): void {
  const epoch = d.epochs.get(key);
  if (epoch?.kind !== "FREEZING" || epoch.id !== epochId) return;
  if (outcome.kind === "frozen") landed(d, key, epoch, outcome.baseline);
  else failed(d, key, epoch, outcome.refusal);
}

function failed(d: Draft, key: string, epoch: Freezing, refusal: Refusal): void {
  d.epochs.delete(key);
  for (const hold of waitingFor(d, key)) {
    if (!isForStarterOnly(epoch, hold, refusal)) failFreezing(d, hold, refusal);
  }
  restartWaiting(d, key);
}

/** A failure that came of the patience of who started the freeze, and does not bind who joined it. */
function isForStarterOnly(epoch: Freezing, hold: Hold, refusal: Refusal): boolean {
  if (refusal.reason === "FREEZE_CANCELLED") return true;
  const gaveUp = refusal.reason === "DEVICE_SUSPENDED";
  return gaveUp && hold.phase.kind === "FREEZING" && hold.phase.byUs > epoch.byUs;
}

function landed(d: Draft, key: string, epoch: Freezing, baseline: Baseline): void {
  const { id, below } = epoch;
  const judged = judgeLook(baseline, d.looks.get(key) ?? baseline.after);
  const waiting = waitingFor(d, key);
  if (judged.kind === "lost") {
    loseEpoch(d, key, epoch, judged.certain);
    for (const hold of waiting) {
      const path = hold.filesystems.get(key)?.identity.mountPoint ?? key;
      failFreezing(d, hold, brokenRefusal(path, "FOREIGN_THAW"));
    }
    return;
  }
  if (waiting.length === 0) {
    // Everybody gave up meanwhile: thawed the moment it lands.
    d.epochs.set(key, { kind: "THAWING", id, below });
    d.effects.push({ kind: "thaw", key, epoch: id });
    return;
  }
  const since = baseline.after.at;
  const doubts = doubtsOfFreeze(baseline);
  d.epochs.set(key, { kind: "FROZEN", id, below, baseline, lastIntact: since, doubts });
  const from = { baseline, look: baseline.after, since };
  for (const hold of waiting) {
    d.setMember(hold, key, { kind: "HELD", epoch: id, from });
    tellProgress(d, hold, key, "FROZEN");
    maybeFrozen(d, hold.id);
  }
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
    closeLeaving(d, hold, key, outcome);
    maybeGone(d, id);
  }
  restartWaiting(d, key);
}

function closeLeaving(d: Draft, hold: Hold, key: string, outcome: ThawOutcome): void {
  const fs = hold.filesystems.get(key);
  if (fs?.member.kind !== "LEAVING") return;
  const { closing } = fs.member;
  if (closing === undefined) {
    d.setMember(hold, key, { kind: "IDLE" });
    return;
  }
  const { errno, after, lost } = outcome;
  const end: IntervalEnd = lost ? { kind: "lost" } : { kind: "thawed", errno, after };
  // What the last look before FITHAW saw replaces the look of the step that let go: it is the later one.
  const endLook = lost && after !== undefined ? after : closing.endLook;
  const interval = intervalOf(d, hold, key, { ...closing, endLook }, end);
  const next = d.setMember(hold, key, { kind: "IDLE" }, interval);
  const cause = brokenBy(interval);
  if (cause === undefined) return;
  d.tell(hold.id, { kind: "broken", filesystem: filesystemView(fs.identity), cause });
  noteBroken(d, next, cause, brokenRefusal(fs.identity.mountPoint, cause, errno));
}

/** Found broken only at the end: that becomes the end's cause, unless it had one already that says NOT_INTACT. */
function noteBroken(d: Draft, hold: Hold, cause: EndCause, refusal: Refusal): void {
  if (hold.phase.kind !== "LETTING_GO") return;
  const { after } = hold.phase;
  const already: readonly EndCause[] = ["EXPIRED", "FOREIGN_THAW", "DEVICE_FAILED"];
  if (after.kind === "ENDED" && already.includes(after.cause)) return;
  d.put({ ...hold, phase: { ...hold.phase, after: { kind: "ENDED", cause } }, refusal });
}

/** Whoever waits for a file system that has no epoch gets a new one. */
function restartWaiting(d: Draft, key: string): void {
  const waiting = waitingFor(d, key);
  const [first] = waiting.sort((a, b) => freezeByUs(b) - freezeByUs(a));
  if (first === undefined || d.epochs.has(key)) return;
  const refusal = cannotStart(d, first, [key]);
  if (refusal === undefined) startEpoch(d, first, key);
  for (const hold of waiting) {
    if (refusal === undefined) tellProgress(d, hold, key, "FREEZING");
    else failFreezing(d, hold, refusal);
  }
}

function freezeByUs({ phase }: Hold): number {
  return phase.kind === "FREEZING" ? phase.byUs : 0;
}

function waitingFor(d: Draft, key: string): Hold[] {
  return [...d.holds.values()].filter(
    (hold) => hold.filesystems.get(key)?.member.kind === "WAITING",
  );
}

function tellProgress(d: Draft, hold: Hold, key: string, phase: "FREEZING" | "FROZEN"): void {
  const identity = hold.filesystems.get(key)?.identity;
  if (identity === undefined) return;
  d.tell(hold.id, { kind: "progress", filesystem: filesystemView(identity), phase });
}
