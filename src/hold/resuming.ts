/** How a hold outlives its stream, and how another stream takes it over. */
import type { StreamEnd } from "../channel/messages.js";
import type { Draft } from "./draft.js";
import type { Input } from "./effects.js";
import { expiryUs, frozenUntil, withTtl } from "./freezing.js";
import { endedRefusal, resumeRefused, takenOver } from "./hold-refusals.js";
import { letGo } from "./letting-go.js";
import { clampMs } from "./limits.js";
import { isOwner } from "./permission.js";
import { missing } from "./requests.js";
import type { Hold, Phase, StreamTie } from "./state.js";
import { holdView } from "./view.js";

/** What a stream that was displaced says of its end is no news of the hold. */
export function streamEnded(d: Draft, input: Input & { kind: "stream-ended" }): void {
  const hold = d.current(input.holdId);
  if (hold?.stream === undefined || hold.stream.generation !== input.generation) return;
  if (input.how === "gone" && hold.effective.lingerMs > 0 && !isEnding(hold)) {
    const lingerUntilUs = d.now.bootUs + hold.effective.lingerMs * 1000;
    d.put({ ...hold, stream: { ...hold.stream, lingerUntilUs } });
    return;
  }
  letGo(d, hold, { after: { kind: "ENDED", cause: causeOf(input.how) } });
}

function causeOf(how: StreamEnd): "RELEASED" | "CLIENT_GONE" {
  return how === "released" ? "RELEASED" : "CLIENT_GONE";
}

function isEnding({ phase }: Hold): boolean {
  return phase.kind === "LETTING_GO" && phase.after.kind === "ENDED";
}

export function resume(d: Draft, input: Input & { kind: "resume" }): void {
  const { replyTo, request } = input;
  const hold = d.current(request.holdId);
  if (hold === undefined) {
    d.refuse(replyTo, missing(d, request.holdId));
    return;
  }
  const { stream, phase } = hold;
  // An administrator may end a hold of somebody else, but not go on with it in their name.
  const may = isOwner(request.owner, hold.owner);
  // How long comparing digests takes tells nothing of a token that would have this one.
  if (stream === undefined || !may || stream.tokenDigest !== input.tokenDigest) {
    d.refuse(replyTo, resumeRefused(hold.id));
    return;
  }
  if (phase.kind === "LETTING_GO" && phase.after.kind === "ENDED") {
    d.refuse(replyTo, endedRefusal(hold.id, phase.after.cause));
    return;
  }
  const next = d.put(takenBy(d, hold, stream, input));
  const { generation } = stream;
  const view = holdView(next, d.epochs);
  d.reply(replyTo, { kind: "resumed", hold: view, generation: generation + 1 });
}

function takenBy(d: Draft, hold: Hold, stream: StreamTie, input: Input & { kind: "resume" }): Hold {
  const { callDeadlineMs, lingerMs, ttlMs } = input.request;
  const { effective } = withTtl(d, hold, ttlMs);
  const taken: Hold = {
    ...hold,
    stream: {
      generation: stream.generation + 1,
      tokenDigest: input.newTokenDigest,
      lingerUntilUs: undefined,
    },
    effective: {
      ...effective,
      lingerMs: clampMs(lingerMs, hold.effective.lingerMs, d.limits.lingerMaxMs),
    },
    callDeadlineUs: callDeadlineMs === undefined ? undefined : d.now.bootUs + callDeadlineMs * 1000,
  };
  return { ...taken, phase: phaseFor(d, taken, ttlMs) };
}

/** What the new stream hears from here on must not depend on what the one before it was told. */
function phaseFor(d: Draft, hold: Hold, ttlMs: number | undefined): Phase {
  const { phase } = hold;
  switch (phase.kind) {
    case "OPEN":
      return phase;
    case "FREEZING":
      // Its end is told as an event: whoever sent `freeze{}` hears no answer any more.
      return { ...phase, opening: true };
    case "FROZEN": {
      if (ttlMs !== undefined && ttlMs > 0) {
        const expiresUs = expiryUs(d, hold);
        return frozenUntil(d, expiresUs, phase.skewUs);
      }
      // `expiring` may have been told to nobody.
      const expiresUs = Math.min(phase.expiresUs, hold.callDeadlineUs ?? phase.expiresUs);
      return { ...phase, expiresUs, warned: false };
    }
    case "LETTING_GO":
      for (const to of phase.freezeTo) d.refuse(to, takenOver(hold.id));
      return { ...phase, freezeTo: [] };
    default:
      return phase satisfies never;
  }
}
