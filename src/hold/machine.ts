/**
 * The hold machine: `step(state, input, now, looks) -> { state, effects }`. Pure and total. Every step first compares fresh looks at
 * what is frozen with what was true at our FIFREEZE, so no answer is ever given about a freeze that was broken before it, and then
 * enforces the deadlines.
 */
import type { Instant, Look } from "../kernel/port.js";
import { Draft, type Host } from "./draft.js";
import type { Effect, Input } from "./effects.js";
import { expiryUs, frozenUntil, onFroze, restartWaiting, wantFrozen } from "./freezing.js";
import {
  answerUnconfirmed,
  breakEpoch,
  failFreezing,
  letGo,
  onThawed,
  stillFrozenBy,
} from "./letting-go.js";
import { clampMs, type Limits } from "./limits.js";
import type { EndCause, HoldKind, Owner } from "./model.js";
import type { Refusal } from "./refusal.js";
import type { Hold, HoldFilesystem, State } from "./state.js";
import { judgeLook } from "./verdict.js";
import { holdView, instantAt } from "./view.js";

export interface Surroundings {
  readonly limits: Limits;
  readonly host: Host;
}

export function step(
  state: State,
  input: Input,
  now: Instant,
  looks: ReadonlyMap<string, Look>,
  around: Surroundings,
): { readonly state: State; readonly effects: readonly Effect[] } {
  const d = new Draft(state, now, looks, around.limits, around.host);
  compareLooks(d);
  enforceDeadlines(d);
  accept(d, input);
  return d.finish();
}

/** Whether an owner may end and renew a hold as its owner. */
export function isOwner(caller: Owner, owner: Owner): boolean {
  return caller.kind === "unix" && owner.kind === "unix"
    ? caller.uid === owner.uid
    : caller.kind === owner.kind;
}

export function isAdministrator(caller: Owner): boolean {
  return caller.kind === "unix" && caller.uid === 0;
}

function compareLooks(d: Draft): void {
  for (const [key, epoch] of [...d.epochs]) {
    const look = d.looks.get(key);
    if (epoch.kind !== "FROZEN" || look === undefined) continue;
    const judged = judgeLook(epoch.baseline, look);
    if (judged.kind === "lost") {
      breakEpoch(d, key, epoch, { ...judged, look });
      continue;
    }
    d.epochs.set(key, {
      ...epoch,
      lastIntact: judged.kind === "agrees" ? look.at : epoch.lastIntact,
      countersWereOff: epoch.countersWereOff || look.devices.some((device) => !device.counting),
    });
  }
}

function enforceDeadlines(d: Draft): void {
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    if (hold === undefined) continue;
    const { phase } = hold;
    const nowUs = d.now.bootUs;
    if (phase.kind === "LETTING_GO") {
      if (nowUs >= phase.answerByUs) answerUnconfirmed(d, hold);
    } else if (phase.kind === "FROZEN" && nowUs >= phase.expiresUs) {
      expire(d, hold);
    } else if (hold.callDeadlineUs !== undefined && nowUs >= hold.callDeadlineUs) {
      expire(d, hold);
    } else if (phase.kind === "FREEZING" && nowUs >= phase.byUs) {
      failFreezing(d, hold, freezeTimeout(hold));
    } else if (phase.kind === "FROZEN" && !phase.warned && nowUs >= phase.warnAtUs) {
      d.setPhase(hold, { ...phase, warned: true });
      d.tell(id, { kind: "expiring", expiresAt: instantAt(phase.expiresUs, d.now) });
    }
  }
}

function expire(d: Draft, hold: Hold): void {
  const refusal: Refusal = {
    reason: "HOLD_EXPIRED",
    message: "the hold's deadline passed before it was released; renew it, or ask for a longer ttl",
    metadata: { hold_id: hold.id },
  };
  letGo(d, { ...hold, refusal }, { after: { kind: "ENDED", cause: "EXPIRED" } });
}

function freezeTimeout(hold: Hold): Refusal {
  const late = [...hold.filesystems.values()].filter((fs) => fs.member.kind === "WAITING");
  return {
    reason: "FREEZE_TIMEOUT",
    message:
      "not every file system was frozen within freeze_timeout; all are thawed, the late ones when they land",
    metadata: {
      path: late.map((fs) => fs.identity.mountPoint).join(" "),
      freeze_timeout_ms: String(hold.effective.freezeTimeoutMs),
    },
  };
}

function accept(d: Draft, input: Input): void {
  switch (input.kind) {
    case "open":
      open(d, input);
      break;
    case "command":
      command(d, input);
      break;
    case "stream-ended":
      end(d, input.holdId, input.how === "released" ? "RELEASED" : "CLIENT_GONE");
      break;
    case "abandoned":
      abandoned(d, input.holdId);
      break;
    case "answered": {
      const hold = d.current(input.holdId);
      if (hold) d.put({ ...hold, waiters: Math.max(0, hold.waiters - 1), answered: true });
      break;
    }
    case "thaw":
      thaw(d, input);
      break;
    case "renew":
      renewAsCaller(d, input);
      break;
    case "froze":
      onFroze(d, input.key, input.epoch, input.outcome);
      break;
    case "thawed":
      onThawed(d, input.key, input.epoch, input.outcome);
      restartWaiting(d, input.key);
      break;
    case "tick":
      break;
    case "end-all":
      if (input.close) d.closed = input.refusal;
      for (const { id } of [...d.holds.values()]) {
        const hold = d.current(id);
        if (hold) end(d, id, input.cause, input.refusal);
      }
      break;
    default:
      input satisfies never;
  }
}

function open(d: Draft, input: Input & { kind: "open" }): void {
  const { request, replyTo } = input;
  const earlier = findRequest(d, request.owner, request.requestId);
  if (earlier !== undefined) {
    joinRequest(d, earlier, request.requestDigest, replyTo);
    return;
  }
  const refusal = d.closed ?? cannotOpen(d, input);
  if (refusal !== undefined) {
    d.refuse(replyTo, refusal);
    return;
  }
  const { limits } = d;
  const hold: Hold = {
    id: input.holdId,
    kind: request.kind,
    owner: request.owner,
    purpose: request.purpose,
    requested: request.times,
    effective: {
      ttlMs: clampMs(request.times.ttlMs, limits.ttlDefaultMs, limits.ttlMaxMs),
      freezeTimeoutMs: clampMs(
        request.times.freezeTimeoutMs,
        limits.freezeTimeoutDefaultMs,
        limits.freezeTimeoutMaxMs,
      ),
    },
    openedAt: d.now,
    callDeadlineUs:
      request.callDeadlineMs === undefined
        ? undefined
        : d.now.bootUs + request.callDeadlineMs * 1000,
    requestId: request.requestId,
    requestDigest: request.requestDigest,
    waiters: 1,
    answered: false,
    phase: { kind: "OPEN" },
    filesystems: new Map(
      input.filesystems.map((fs): [string, HoldFilesystem] => [
        fs.identity.key,
        { ...fs, member: { kind: "IDLE" }, intervals: [] },
      ]),
    ),
    refusal: undefined,
  };
  d.put(hold);
  // The acceptance goes out before any event of the hold; its view is filled in below, when it is known whether a freeze began.
  const accepted = d.effects.length;
  const impossible = request.freezeOnOpen
    ? wantFrozen(d, hold, { opening: true, replyTo: [] })
    : undefined;
  if (impossible !== undefined) {
    d.holds.delete(hold.id);
    d.refuse(replyTo, impossible);
    return;
  }
  const view = holdView(d.current(hold.id) ?? hold, d.epochs);
  d.effects.splice(accepted, 0, {
    kind: "reply",
    replyTo,
    result: { ok: true, value: { kind: "hold", hold: view, joined: false } },
  });
}

function cannotOpen(d: Draft, input: Input & { kind: "open" }): Refusal | undefined {
  if (d.holds.size >= d.limits.holdsMax) {
    return {
      reason: "TOO_MANY_HOLDS",
      message: "too many holds are open; end one, or let the operator raise the limit",
      metadata: { limit: String(d.limits.holdsMax) },
    };
  }
  const keys = new Set(input.filesystems.map((fs) => fs.identity.key));
  for (const fs of input.filesystems) {
    const lower = fs.below.find((key) => keys.has(key));
    if (lower === undefined) continue;
    return {
      reason: "UNSUPPORTED",
      message:
        "one of the targets is stored on another one, and freezing both in one hold is not served yet",
      metadata: { option: "layers", path: fs.identity.mountPoint, lower_device: lower },
    };
  }
  return undefined;
}

function findRequest(d: Draft, owner: Owner, requestId: string): Hold | undefined {
  if (requestId === "") return undefined;
  return [...d.holds.values()].find(
    (hold) => hold.requestId === requestId && isOwner(owner, hold.owner),
  );
}

function joinRequest(d: Draft, hold: Hold, digest: string, replyTo: string): void {
  if (digest !== hold.requestDigest) {
    d.refuse(replyTo, requestIdReused());
    return;
  }
  const joined = d.put({ ...hold, waiters: hold.waiters + 1 });
  d.reply(replyTo, { kind: "hold", hold: holdView(joined, d.epochs), joined: true });
}

export function requestIdReused(): Refusal {
  return {
    reason: "INVALID_REQUEST",
    message: "this request_id was used for a request with another body; use a new one",
    metadata: { field: "request_id", violation: "reused with another body" },
  };
}

function command(d: Draft, input: Input & { kind: "command" }): void {
  const { replyTo } = input;
  const hold = d.current(input.holdId);
  if (hold === undefined) {
    d.refuse(replyTo, holdNotFound(input.holdId));
    return;
  }
  switch (input.command.kind) {
    case "freeze":
      freezeCommand(d, hold, replyTo);
      break;
    case "thaw":
      if (hold.phase.kind === "OPEN") {
        d.reply(replyTo, { kind: "thawed", stillFrozenBy: stillFrozenBy(d, hold) });
      } else {
        letGo(d, hold, { after: { kind: "OPEN" }, thawedTo: [replyTo] });
      }
      break;
    case "renew": {
      const renewed = renew(d, hold, input.command.ttlMs);
      if (renewed.ok) {
        d.reply(replyTo, { kind: "renewed", expiresAt: instantAt(renewed.expiresUs, d.now) });
      } else d.refuse(replyTo, renewed.refusal);
      break;
    }
    case "status":
      // Answered by the driver, which can ask the kernel about what is not frozen by us.
      d.refuse(replyTo, {
        reason: "INTERNAL",
        message: "status is not a transition",
        metadata: {},
      });
      break;
    default:
      input.command satisfies never;
  }
}

export function holdNotFound(holdId: string): Refusal {
  return {
    reason: "HOLD_NOT_FOUND",
    message: "no such hold is known; ended holds are remembered for a limited time",
    metadata: { hold_id: holdId },
  };
}

function freezeCommand(d: Draft, hold: Hold, replyTo: string): void {
  switch (hold.phase.kind) {
    case "OPEN": {
      const refusal = wantFrozen(d, hold, { opening: false, replyTo: [replyTo] });
      if (refusal !== undefined) d.refuse(replyTo, refusal);
      break;
    }
    case "FREEZING":
      d.setPhase(hold, { ...hold.phase, replyTo: [...hold.phase.replyTo, replyTo] });
      break;
    case "FROZEN":
      d.reply(replyTo, {
        kind: "frozen",
        hold: holdView(hold, d.epochs),
        skewUs: hold.phase.skewUs,
      });
      break;
    case "LETTING_GO":
      d.refuse(replyTo, {
        reason: "NOT_FROZEN",
        message: "a thaw of this hold is under way; freeze again after it",
        metadata: { hold_id: hold.id },
      });
      break;
    default:
      hold.phase satisfies never;
  }
}

type Renewed =
  | { readonly ok: true; readonly expiresUs: number; readonly hold: Hold }
  | { readonly ok: false; readonly refusal: Refusal };

function renew(d: Draft, hold: Hold, ttlMs: number | undefined): Renewed {
  if (hold.phase.kind !== "FROZEN") {
    const refusal: Refusal = {
      reason: "NOT_FROZEN",
      message: "the hold is not frozen, so no deadline runs that could be renewed",
      metadata: { hold_id: hold.id },
    };
    return { ok: false, refusal };
  }
  const ttl = clampMs(ttlMs, hold.effective.ttlMs, d.limits.ttlMaxMs);
  const expiresUs = expiryUs(d, hold, ttl);
  const next = d.setPhase(hold, frozenUntil(d, expiresUs, hold.phase.skewUs));
  return { ok: true, expiresUs, hold: next };
}

function renewAsCaller(d: Draft, input: Input & { kind: "renew" }): void {
  const hold = d.current(input.holdId);
  if (hold === undefined) {
    d.refuse(input.replyTo, holdNotFound(input.holdId));
  } else if (!isOwner(input.caller, hold.owner) && !isAdministrator(input.caller)) {
    d.refuse(input.replyTo, notPermitted(hold));
  } else {
    const renewed = renew(d, hold, input.ttlMs);
    if (renewed.ok) {
      d.reply(input.replyTo, { kind: "hold", hold: holdView(renewed.hold, d.epochs), joined: false });
    } else d.refuse(input.replyTo, renewed.refusal);
  }
}

function notPermitted(hold: Hold): Refusal {
  return {
    reason: "NOT_PERMITTED",
    message: "this hold belongs to somebody else; only its owner and an administrator may do that",
    metadata: { hold_id: hold.id, purpose: hold.purpose },
  };
}

function thaw(d: Draft, input: Input & { kind: "thaw" }): void {
  const hold = d.current(input.holdId);
  if (hold === undefined) {
    d.refuse(input.replyTo, holdNotFound(input.holdId));
    return;
  }
  const owner = isOwner(input.caller, hold.owner);
  if (!owner && !isAdministrator(input.caller)) {
    d.refuse(input.replyTo, notPermitted(hold));
    return;
  }
  const cause: EndCause = owner ? "RELEASED" : "ADMINISTRATOR";
  letGo(d, hold, { after: { kind: "ENDED", cause }, receiptTo: [input.replyTo] });
}

function abandoned(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold === undefined || hold.kind !== ("lease" satisfies HoldKind)) return;
  const waiters = Math.max(0, hold.waiters - 1);
  const next = d.put({ ...hold, waiters });
  if (waiters === 0 && !hold.answered) end(d, next.id, "CLIENT_GONE");
}

function end(d: Draft, holdId: string, cause: EndCause, refusal?: Refusal): void {
  const hold = d.current(holdId);
  if (hold === undefined) return;
  const ending = hold.phase.kind === "LETTING_GO" && hold.phase.after.kind === "ENDED";
  const noted = refusal === undefined || ending ? hold : { ...hold, refusal };
  letGo(d, noted, { after: { kind: "ENDED", cause } });
}
