/** How a hold comes to be frozen: starting, joining and adopting epochs, all or nothing. */
import type { Draft } from "./draft.js";
import type { FreezeOutcome } from "./effects.js";
import { failFreezing } from "./letting-go.js";
import type { Refusal } from "./refusal.js";
import type { Epoch, Hold } from "./state.js";
import { filesystemView, holdView } from "./view.js";

/** Starts freezing every file system of the hold, or says why not; then nothing has changed. */
export function wantFrozen(
  d: Draft,
  hold: Hold,
  how: { readonly opening: boolean; readonly replyTo: readonly string[] },
): Refusal | undefined {
  const refusal = d.closed ?? cannotFreeze(d, hold);
  if (refusal !== undefined) return refusal;
  const byUs = d.now.bootUs + hold.effective.freezeTimeoutMs * 1000;
  let current = d.setPhase(hold, { kind: "FREEZING", byUs, ...how });
  for (const [key, fs] of hold.filesystems) {
    const epoch = d.epochs.get(key);
    if (epoch?.kind === "FROZEN") {
      const look = d.looks.get(key) ?? epoch.baseline.after;
      const from = { baseline: epoch.baseline, look };
      current = d.setMember(current, key, { kind: "HELD", epoch: epoch.id, from });
    } else {
      current = d.setMember(current, key, { kind: "WAITING" });
      if (epoch === undefined) startEpoch(d, current, key);
      const phase = d.epochs.get(key)?.kind === "FREEZING" ? "FREEZING" : "WAITING";
      d.tell(hold.id, { kind: "progress", filesystem: filesystemView(fs.identity), phase });
    }
  }
  maybeFrozen(d, current.id);
  return undefined;
}

function cannotFreeze(d: Draft, hold: Hold): Refusal | undefined {
  let starting = 0;
  for (const [key, fs] of hold.filesystems) {
    const epoch = d.epochs.get(key);
    if (epoch?.kind === "FROZEN") {
      if (leftOfEpochMs(d, epoch) < d.limits.joinMinMs)
        return frozenTooLong(fs.identity.mountPoint);
      continue;
    }
    if (epoch?.kind === "FREEZING") continue;
    starting++;
    const layer = conflictingLayer(d, key, fs.below);
    if (layer !== undefined) return layer;
  }
  const inFlight = [...d.epochs.values()].filter((e) => e.kind === "FREEZING").length;
  if (starting > 0 && inFlight + starting > d.limits.freezesInFlightMax) {
    return {
      reason: "TOO_MANY_STUCK_FREEZES",
      message:
        "too many freezes are in flight and have not returned from the kernel; wait for them to land",
      metadata: { in_flight: String(inFlight), limit: String(d.limits.freezesInFlightMax) },
    };
  }
  return undefined;
}

/**
 * The order of a stack across holds is not served: a FIFREEZE or FITHAW of the upper one while the lower one is frozen would hang,
 * unkillable. So two layers of one stack are never in our hands at once.
 */
function conflictingLayer(d: Draft, key: string, below: readonly string[]): Refusal | undefined {
  for (const [other, epoch] of d.epochs) {
    if (below.includes(other)) {
      return {
        reason: "LOWER_LAYER_FROZEN",
        message:
          "a file system that stores this one is frozen, and freezing this one now would hang; end that freeze first",
        metadata: { lower_device: other },
      };
    }
    if (other !== key && epoch.below.includes(key)) {
      return {
        reason: "UNSUPPORTED",
        message:
          "a file system that is stored on this one is held frozen, and its thaw would hang; end that hold first",
        metadata: { option: "layers", upper_device: other },
      };
    }
  }
  return undefined;
}

function frozenTooLong(path: string): Refusal {
  return {
    reason: "FROZEN_TOO_LONG",
    message:
      "it has been frozen for so long that too little of the longest allowed freeze is left; try again after its thaw",
    metadata: { path },
  };
}

function leftOfEpochMs(d: Draft, epoch: Epoch & { kind: "FROZEN" }): number {
  return (epochEndUs(d, epoch) - d.now.bootUs) / 1000;
}

function epochEndUs(d: Draft, epoch: Epoch & { kind: "FROZEN" }): number {
  return epoch.baseline.after.at.bootUs + d.limits.epochMaxMs * 1000;
}

function startEpoch(d: Draft, hold: Hold, key: string): void {
  const fs = hold.filesystems.get(key);
  if (fs === undefined || hold.phase.kind !== "FREEZING") return;
  const id = d.takeEpochId();
  d.epochs.set(key, { kind: "FREEZING", id, below: fs.below });
  d.effects.push({ kind: "freeze", key, epoch: id, identity: fs.identity, byUs: hold.phase.byUs });
}

/** After a thaw: whoever waits for this file system gets a new epoch. */
export function restartWaiting(d: Draft, key: string): void {
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    const fs = hold?.filesystems.get(key);
    if (hold === undefined || fs?.member.kind !== "WAITING" || d.epochs.has(key)) continue;
    const conflict = conflictingLayer(d, key, fs.below);
    if (conflict === undefined) startEpoch(d, hold, key);
    else failFreezing(d, hold, conflict);
  }
}

/** When the deadline of a frozen hold is, if it began to count now. */
export function expiryUs(d: Draft, hold: Hold, ttlMs: number): number {
  let expiresUs = d.now.bootUs + ttlMs * 1000;
  if (hold.callDeadlineUs !== undefined) expiresUs = Math.min(expiresUs, hold.callDeadlineUs);
  for (const key of hold.filesystems.keys()) {
    const epoch = d.epochs.get(key);
    if (epoch?.kind === "FROZEN") expiresUs = Math.min(expiresUs, epochEndUs(d, epoch));
  }
  return expiresUs;
}

/** `expiring` is told at two thirds of the time that is left. */
export function frozenUntil(d: Draft, expiresUs: number, skewUs: number): Hold["phase"] {
  const warnAtUs = d.now.bootUs + ((expiresUs - d.now.bootUs) * 2) / 3;
  return { kind: "FROZEN", expiresUs, warnAtUs, warned: false, skewUs };
}

function maybeFrozen(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold === undefined || hold.phase.kind !== "FREEZING") return;
  const returned: number[] = [];
  for (const fs of hold.filesystems.values()) {
    if (fs.member.kind !== "HELD") return;
    returned.push(fs.member.from.baseline.after.at.bootUs);
  }
  const { opening, replyTo } = hold.phase;
  const skewUs = Math.max(...returned) - Math.min(...returned);
  const expiresUs = expiryUs(d, hold, hold.effective.ttlMs);
  const frozen = d.setPhase(hold, frozenUntil(d, expiresUs, skewUs));
  const view = holdView(frozen, d.epochs);
  if (opening) d.tell(hold.id, { kind: "frozen", hold: view, skewUs });
  for (const to of replyTo) d.reply(to, { kind: "frozen", hold: view, skewUs });
}

/** Our FIFREEZE has returned. */
export function onFroze(d: Draft, key: string, epochId: number, outcome: FreezeOutcome): void {
  const epoch = d.epochs.get(key);
  if (epoch?.kind !== "FREEZING" || epoch.id !== epochId) return;
  const waiting = [...d.holds.values()].filter(
    (h) => h.filesystems.get(key)?.member.kind === "WAITING",
  );
  if (outcome.kind === "failed") {
    d.epochs.delete(key);
    for (const hold of waiting) failFreezing(d, hold, outcome.refusal);
    return;
  }
  const { baseline } = outcome;
  if (waiting.length === 0) {
    // Everybody gave up meanwhile: thawed the moment it lands.
    d.epochs.set(key, { kind: "THAWING", id: epochId, below: epoch.below });
    d.effects.push({ kind: "thaw", key, epoch: epochId });
    return;
  }
  d.epochs.set(key, {
    kind: "FROZEN",
    id: epochId,
    below: epoch.below,
    baseline,
    lastIntact: baseline.after.at,
    countersWereOff: baseline.after.devices.some((device) => !device.counting),
  });
  const from = { baseline, look: baseline.after };
  for (const hold of waiting) {
    const held = d.setMember(hold, key, { kind: "HELD", epoch: epochId, from });
    const identity = held.filesystems.get(key)?.identity;
    if (identity !== undefined) {
      const filesystem = filesystemView(identity);
      d.tell(hold.id, { kind: "progress", filesystem, phase: "FROZEN" });
    }
    maybeFrozen(d, hold.id);
  }
}
