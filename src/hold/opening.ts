/** How a hold begins, and how a retry finds the one that it made before. */
import type { Draft } from "./draft.js";
import type { Input } from "./effects.js";
import { wantFrozen } from "./freezing.js";
import { endedRefusal, requestIdReused } from "./hold-refusals.js";
import { clampMs, type Limits } from "./limits.js";
import type { EffectiveTimes, OpenRequest, RequestedTimes } from "./model.js";
import { isOwner } from "./permission.js";
import type { Refusal } from "./refusal.js";
import type { Hold, HoldFilesystem } from "./state.js";
import { holdView } from "./view.js";

type Open = Input & { readonly kind: "open" };

/** Of the stream that opened a hold. */
export const firstGeneration = 1;

export function open(d: Draft, input: Open): void {
  if (joinEarlier(d, input)) return;
  const { request, replyTo } = input;
  const refusal = d.closed ?? cannotOpen(d, input);
  if (refusal !== undefined) {
    d.refuse(replyTo, refusal);
    return;
  }
  const hold = d.put(newHold(d, input));
  // The acceptance goes out before any event of the hold; its view is filled in below, when it is known whether a freeze began.
  const accepted = d.effects.length;
  // A lease has no stream that could tell it to freeze later, nor end it while it is not frozen.
  const impossible =
    request.freezeOnOpen || request.kind === "lease"
      ? wantFrozen(d, hold, { opening: true, replyTo: [] })
      : undefined;
  if (impossible !== undefined) {
    d.holds.delete(hold.id);
    d.refuse(replyTo, impossible);
    return;
  }
  const view = holdView(d.current(hold.id) ?? hold, d.epochs);
  const value = { kind: "hold", hold: view, joined: false } as const;
  d.effects.splice(accepted, 0, { kind: "reply", replyTo, result: { ok: true, value } });
}

function newHold(d: Draft, { holdId, request, filesystems, tokenDigest }: Open): Hold {
  const { callDeadlineMs } = request;
  const tie = { generation: firstGeneration, tokenDigest, lingerUntilUs: undefined };
  return {
    id: holdId,
    kind: request.kind,
    owner: request.owner,
    purpose: request.purpose,
    requested: request.times,
    effective: effectiveTimes(request.times, d.limits),
    openedAt: d.now,
    stream: request.kind === "stream" ? tie : undefined,
    callDeadlineUs: callDeadlineMs === undefined ? undefined : d.now.bootUs + callDeadlineMs * 1000,
    requestId: request.requestId,
    requestDigest: request.requestDigest,
    waiters: 1,
    answered: false,
    phase: { kind: "OPEN" },
    filesystems: new Map(
      filesystems.map((fs): [string, HoldFilesystem] => [
        fs.identity.key,
        { ...fs, member: { kind: "IDLE" }, intervals: [] },
      ]),
    ),
    refusal: undefined,
  };
}

function effectiveTimes(times: RequestedTimes, limits: Limits): EffectiveTimes {
  const { freezeTimeoutDefaultMs, freezeTimeoutMaxMs } = limits;
  return {
    ttlMs: clampMs(times.ttlMs, limits.ttlDefaultMs, limits.ttlMaxMs),
    freezeTimeoutMs: clampMs(times.freezeTimeoutMs, freezeTimeoutDefaultMs, freezeTimeoutMaxMs),
    lingerMs: clampMs(times.lingerMs, 0, limits.lingerMaxMs),
  };
}

function cannotOpen(d: Draft, input: Open): Refusal | undefined {
  if (d.holds.size >= d.limits.holdsMax) {
    return {
      reason: "TOO_MANY_HOLDS",
      message: "too many holds are open; end one, or let the operator raise the limit",
      metadata: { limit: String(d.limits.holdsMax) },
    };
  }
  if (input.filesystems.length === 0) {
    return {
      reason: "INVALID_REQUEST",
      message: "a hold needs at least one file system",
      metadata: { field: "targets", violation: "empty" },
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

/** A retry with the same request_id gives the same hold, never a second one; a failed attempt is not remembered. */
function joinEarlier(d: Draft, { request, replyTo }: Open): boolean {
  if (request.requestId === "") return false;
  const found = findRequest(d, request);
  if (found === undefined) return false;
  if (found.requestDigest !== request.requestDigest) {
    d.refuse(replyTo, requestIdReused());
  } else if (found.ended !== undefined) {
    d.refuse(replyTo, found.ended);
  } else {
    const joined = d.put({ ...found.hold, waiters: found.hold.waiters + 1 });
    d.reply(replyTo, { kind: "hold", hold: holdView(joined, d.epochs), joined: true });
  }
  return true;
}

type FoundRequest =
  | { readonly requestDigest: string; readonly hold: Hold; readonly ended?: undefined }
  | { readonly requestDigest: string; readonly ended: Refusal };

function findRequest(d: Draft, { owner, requestId }: OpenRequest): FoundRequest | undefined {
  let ending: FoundRequest | undefined;
  for (const hold of d.holds.values()) {
    if (hold.requestId !== requestId || !isOwner(owner, hold.owner)) continue;
    const { requestDigest, phase } = hold;
    if (phase.kind !== "LETTING_GO" || phase.after.kind !== "ENDED") return { requestDigest, hold };
    if (hold.answered) ending = { requestDigest, ended: endedRefusal(hold.id, phase.after.cause) };
  }
  if (ending !== undefined) return ending;
  const gone = d.justEnded((e) => e.requestId === requestId && isOwner(owner, e.owner));
  const receipt = gone?.hold.receipt;
  if (gone === undefined || receipt === undefined) return undefined;
  return {
    requestDigest: gone.requestDigest,
    ended: endedRefusal(receipt.holdId, receipt.endCause),
  };
}
