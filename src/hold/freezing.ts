/** How a hold comes to be frozen: starting and joining epochs, all or nothing. */
import type { Draft } from "./draft.js";
import { clampMs } from "./limits.js";
import type { Refusal } from "./refusal.js";
import type { Epoch, Hold, HoldFilesystem, Phase } from "./state.js";
import { filesystemView, holdView } from "./view.js";

type Frozen = Epoch & { readonly kind: "FROZEN" };

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
      current = join(d, current, key, epoch);
      tell(d, hold, fs, "FROZEN");
      continue;
    }
    current = d.setMember(current, key, { kind: "WAITING" });
    if (epoch === undefined) startEpoch(d, current, key);
    tell(d, hold, fs, epoch?.kind === "THAWING" ? "WAITING" : "FREEZING");
  }
  maybeFrozen(d, current.id);
  return undefined;
}

function join(d: Draft, hold: Hold, key: string, epoch: Frozen): Hold {
  const { baseline } = epoch;
  const look = d.looks.get(key);
  const from = { baseline, look: look ?? baseline.after, since: look?.at ?? d.now };
  return d.setMember(hold, key, { kind: "HELD", epoch: epoch.id, from });
}

function tell(
  d: Draft,
  hold: Hold,
  fs: HoldFilesystem,
  phase: "WAITING" | "FREEZING" | "FROZEN",
): void {
  d.tell(hold.id, { kind: "progress", filesystem: filesystemView(fs.identity), phase });
}

function cannotFreeze(d: Draft, hold: Hold): Refusal | undefined {
  const starting: string[] = [];
  for (const [key, fs] of hold.filesystems) {
    const epoch = d.epochs.get(key);
    if (epoch === undefined || epoch.kind === "THAWING") {
      starting.push(key);
    } else if (epoch.kind === "FROZEN") {
      const leftMs = (epochEndUs(d, epoch) - d.now.bootUs) / 1000;
      if (leftMs < d.limits.joinMinMs) return frozenTooLong(fs.identity.mountPoint);
    }
  }
  return cannotStart(d, hold, starting);
}

/** Why no FIFREEZE of these may be issued now. */
export function cannotStart(d: Draft, hold: Hold, keys: readonly string[]): Refusal | undefined {
  if (keys.length === 0) return undefined;
  for (const key of keys) {
    const layer = conflictingLayer(d, key, hold.filesystems.get(key)?.below ?? []);
    if (layer !== undefined) return layer;
  }
  const inFlight = [...d.epochs.values()].filter((e) => e.kind === "FREEZING").length;
  if (inFlight + keys.length <= d.limits.freezesInFlightMax) return undefined;
  return {
    reason: "TOO_MANY_STUCK_FREEZES",
    message:
      "too many freezes are in flight and have not returned from the kernel; wait for them to land",
    metadata: { in_flight: String(inFlight), limit: String(d.limits.freezesInFlightMax) },
  };
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

export function frozenTooLong(path: string): Refusal {
  return {
    reason: "FROZEN_TOO_LONG",
    message:
      "it has been frozen for so long that too little of the longest allowed freeze is left; try again after its thaw",
    metadata: { path },
  };
}

/** The longest freeze counts from FIFREEZE's return, for whoever joins it. */
export function epochEndUs(d: Draft, epoch: Frozen): number {
  return epoch.baseline.after.at.bootUs + d.limits.epochMaxMs * 1000;
}

export function startEpoch(d: Draft, hold: Hold, key: string): void {
  const fs = hold.filesystems.get(key);
  if (fs === undefined || hold.phase.kind !== "FREEZING") return;
  const { byUs } = hold.phase;
  const id = d.takeEpochId();
  d.epochs.set(key, { kind: "FREEZING", id, below: fs.below, byUs });
  d.effects.push({ kind: "freeze", key, epoch: id, identity: fs.identity, byUs });
}

/** When the deadline of a frozen hold is, if it began to count now. */
export function expiryUs(d: Draft, hold: Hold): number {
  let expiresUs = d.now.bootUs + hold.effective.ttlMs * 1000;
  if (hold.callDeadlineUs !== undefined) expiresUs = Math.min(expiresUs, hold.callDeadlineUs);
  for (const key of hold.filesystems.keys()) {
    const epoch = d.epochs.get(key);
    if (epoch?.kind === "FROZEN") expiresUs = Math.min(expiresUs, epochEndUs(d, epoch));
  }
  return expiresUs;
}

/** From here on this ttl is in effect, where one is given: 0 and absent leave it. */
export function withTtl(d: Draft, hold: Hold, ttlMs: number | undefined): Hold {
  const { effective } = hold;
  const inEffect = clampMs(ttlMs, effective.ttlMs, d.limits.ttlMaxMs);
  return { ...hold, effective: { ...effective, ttlMs: inEffect } };
}

/** `expiring` is told at two thirds of the time that is left. */
export function frozenUntil(d: Draft, expiresUs: number, skewUs: number): Phase {
  const warnAtUs = d.now.bootUs + ((expiresUs - d.now.bootUs) * 2) / 3;
  return { kind: "FROZEN", expiresUs, warnAtUs, warned: false, skewUs };
}

/** Tells that all of the hold is frozen, once it is. */
export function maybeFrozen(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold === undefined || hold.phase.kind !== "FREEZING") return;
  const returned: number[] = [];
  for (const fs of hold.filesystems.values()) {
    if (fs.member.kind !== "HELD") return;
    returned.push(fs.member.from.baseline.after.at.bootUs);
  }
  const { opening, replyTo } = hold.phase;
  const skewUs = Math.max(...returned) - Math.min(...returned);
  const expiresUs = expiryUs(d, hold);
  const frozen = d.setPhase(hold, frozenUntil(d, expiresUs, skewUs));
  const view = holdView(frozen, d.epochs);
  if (opening) d.tell(hold.id, { kind: "frozen", hold: view, skewUs });
  for (const to of replyTo) d.reply(to, { kind: "frozen", hold: view, skewUs });
}
