/** What is asked of a hold that exists: commands of its stream, Thaw and RenewHold. */
import type { Draft } from "./draft.js";
import type { Input } from "./effects.js";
import { expiryUs, frozenUntil, wantFrozen, withTtl } from "./freezing.js";
import { endedRefusal, forbidden, holdNotFound, notFrozen, takenOver } from "./hold-refusals.js";
import { letGo, stillFrozenBy } from "./letting-go.js";
import { isOwner } from "./permission.js";
import type { Refusal } from "./refusal.js";
import type { Hold } from "./state.js";
import { holdView, instantAt } from "./view.js";

export function command(d: Draft, input: Input & { kind: "command" }): void {
  const { replyTo } = input;
  const hold = d.current(input.holdId);
  if (hold === undefined) {
    d.refuse(replyTo, missing(d, input.holdId));
    return;
  }
  if (hold.stream !== undefined && hold.stream.generation !== input.generation) {
    d.refuse(replyTo, takenOver(hold.id));
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

function freezeCommand(d: Draft, hold: Hold, replyTo: string): void {
  const { phase } = hold;
  switch (phase.kind) {
    case "OPEN": {
      const refusal = wantFrozen(d, hold, { opening: false, replyTo: [replyTo] });
      if (refusal !== undefined) d.refuse(replyTo, refusal);
      break;
    }
    case "FREEZING":
      d.setPhase(hold, { ...phase, replyTo: [...phase.replyTo, replyTo] });
      break;
    case "FROZEN":
      d.reply(replyTo, { kind: "frozen", hold: holdView(hold, d.epochs), skewUs: phase.skewUs });
      break;
    case "LETTING_GO":
      if (phase.after.kind === "ENDED") d.refuse(replyTo, endedRefusal(hold.id, phase.after.cause));
      else d.setPhase(hold, { ...phase, freezeTo: [...phase.freezeTo, replyTo] });
      break;
    default:
      phase satisfies never;
  }
}

type Renewed =
  | { readonly ok: true; readonly expiresUs: number; readonly hold: Hold }
  | { readonly ok: false; readonly refusal: Refusal };

export function renew(d: Draft, hold: Hold, ttlMs: number | undefined): Renewed {
  const { phase } = hold;
  if (phase.kind === "LETTING_GO" && phase.after.kind === "ENDED") {
    return { ok: false, refusal: endedRefusal(hold.id, phase.after.cause) };
  }
  if (phase.kind !== "FROZEN") return { ok: false, refusal: notFrozen(hold.id) };
  const renewed = withTtl(d, hold, ttlMs);
  const expiresUs = expiryUs(d, renewed);
  const next = d.setPhase(renewed, frozenUntil(d, expiresUs, phase.skewUs));
  return { ok: true, expiresUs, hold: next };
}

export function renewAsCaller(d: Draft, input: Input & { kind: "renew" }): void {
  const { replyTo } = input;
  const hold = d.current(input.holdId);
  const refusal = hold ? forbidden(input.caller, hold, "renew") : missing(d, input.holdId);
  if (hold === undefined || refusal !== undefined) {
    d.refuse(replyTo, refusal ?? holdNotFound(input.holdId));
    return;
  }
  const renewed = renew(d, hold, input.ttlMs);
  if (renewed.ok) {
    d.reply(replyTo, { kind: "hold", hold: holdView(renewed.hold, d.epochs), joined: false });
  } else d.refuse(replyTo, renewed.refusal);
}

export function thaw(d: Draft, input: Input & { kind: "thaw" }): void {
  const { caller, holdId, replyTo } = input;
  const hold = d.current(holdId);
  const ended = d.justEnded((entry) => entry.hold.holdId === holdId)?.hold.receipt;
  const named = hold ?? (ended && { ...ended, id: holdId });
  if (named === undefined) {
    d.refuse(replyTo, holdNotFound(holdId));
    return;
  }
  const refusal = forbidden(caller, named, "thaw");
  if (refusal !== undefined) {
    d.refuse(replyTo, refusal);
  } else if (hold === undefined) {
    if (ended !== undefined) d.reply(replyTo, { kind: "receipt", receipt: ended });
  } else {
    const cause = isOwner(caller, hold.owner) ? "RELEASED" : "ADMINISTRATOR";
    letGo(d, hold, { after: { kind: "ENDED", cause }, receiptTo: [replyTo] });
  }
}

/** The look or the deadline of this very step may have ended it. */
export function missing(d: Draft, holdId: string): Refusal {
  const receipt = d.justEnded((entry) => entry.hold.holdId === holdId)?.hold.receipt;
  return receipt === undefined ? holdNotFound(holdId) : endedRefusal(holdId, receipt.endCause);
}
