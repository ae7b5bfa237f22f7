/**
 * The hold machine: `step(state, input, now, looks) -> { state, effects }`. Pure and total. Every step first compares fresh looks at
 * what is frozen with what was true at our FIFREEZE, so no answer is ever given about a freeze that was broken before it, and then
 * enforces the deadlines.
 */
import type { Instant, Look } from "../kernel/port.js";
import { compareLooks } from "./breaking.js";
import { enforceDeadlines } from "./deadlines.js";
import { Draft, type Host } from "./draft.js";
import type { Effect, Input } from "./effects.js";
import { onFroze, onThawed } from "./landing.js";
import { letGo } from "./letting-go.js";
import type { Limits } from "./limits.js";
import type { EndCause } from "./model.js";
import { open } from "./opening.js";
import type { Refusal } from "./refusal.js";
import { command, renewAsCaller, thaw } from "./requests.js";
import { resume, streamEnded } from "./resuming.js";
import type { State } from "./state.js";

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

function accept(d: Draft, input: Input): void {
  switch (input.kind) {
    case "open":
      open(d, input);
      break;
    case "command":
      command(d, input);
      break;
    case "stream-ended":
      streamEnded(d, input);
      break;
    case "resume":
      resume(d, input);
      break;
    case "abandoned":
      abandoned(d, input.holdId);
      break;
    case "answered":
      answered(d, input.holdId);
      break;
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
      break;
    case "tick":
      break;
    case "close":
      d.closed ??= input.refusal;
      break;
    case "end-all":
      if (input.close) d.closed = input.refusal;
      for (const id of [...d.holds.keys()]) end(d, id, input.cause, input.refusal);
      break;
    default:
      input satisfies never;
  }
}

/** Freeze was answered: from here on the hold belongs to its deadline alone. */
function answered(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold === undefined) return;
  d.put({ ...hold, waiters: Math.max(0, hold.waiters - 1), answered: true });
}

/** A caller of Freeze went away unanswered: the hold ends unless somebody else waits for it or was answered. */
function abandoned(d: Draft, holdId: string): void {
  const hold = d.current(holdId);
  if (hold === undefined || hold.kind !== "lease") return;
  const waiters = Math.max(0, hold.waiters - 1);
  d.put({ ...hold, waiters });
  if (waiters === 0 && !hold.answered) end(d, holdId, "CLIENT_GONE");
}

function end(d: Draft, holdId: string, cause: EndCause, refusal?: Refusal): void {
  const hold = d.current(holdId);
  if (hold === undefined) return;
  const ending = hold.phase.kind === "LETTING_GO" && hold.phase.after.kind === "ENDED";
  const noted = refusal === undefined || ending ? hold : { ...hold, refusal };
  letGo(d, noted, { after: { kind: "ENDED", cause } });
}
