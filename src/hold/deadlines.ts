/** What a moment ends by itself. A thaw is issued at the first step at or after its deadline, never before it. */
import type { Draft } from "./draft.js";
import { epochEndUs, frozenTooLong } from "./freezing.js";
import { answerUnconfirmed, failFreezing, letGo } from "./letting-go.js";
import type { Refusal } from "./refusal.js";
import type { Hold } from "./state.js";
import { instantAt } from "./view.js";

export function enforceDeadlines(d: Draft): void {
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    if (hold !== undefined) enforce(d, hold);
  }
}

function enforce(d: Draft, hold: Hold): void {
  const { phase } = hold;
  const nowUs = d.now.bootUs;
  if (lingeredAway(d, hold)) {
    letGo(d, hold, { after: { kind: "ENDED", cause: "CLIENT_GONE" } });
  } else if (phase.kind === "LETTING_GO") {
    if (nowUs >= phase.answerByUs) answerUnconfirmed(d, hold);
  } else if (hold.callDeadlineUs !== undefined && nowUs >= hold.callDeadlineUs) {
    expire(d, hold);
  } else if (phase.kind === "FREEZING") {
    const refusal = nowUs >= phase.byUs ? freezeTimeout(hold) : outlivedEpoch(d, hold);
    if (refusal !== undefined) failFreezing(d, hold, refusal);
  } else if (phase.kind === "FROZEN" && nowUs >= phase.expiresUs) {
    expire(d, hold);
  } else if (phase.kind === "FROZEN" && !phase.warned && nowUs >= phase.warnAtUs) {
    d.setPhase(hold, { ...phase, warned: true });
    d.tell(hold.id, { kind: "expiring", expiresAt: instantAt(phase.expiresUs, d.now) });
  }
}

/**
 * Nobody has taken it over in time. Where a step comes so late that a deadline has passed as well, the one that came first is the
 * cause.
 */
function lingeredAway(d: Draft, { phase, stream, callDeadlineUs }: Hold): boolean {
  const untilUs = stream?.lingerUntilUs;
  if (untilUs === undefined || d.now.bootUs < untilUs) return false;
  if (phase.kind === "LETTING_GO" && phase.after.kind === "ENDED") return false;
  const expiresUs = phase.kind === "FROZEN" ? phase.expiresUs : Number.POSITIVE_INFINITY;
  return untilUs < Math.min(expiresUs, callDeadlineUs ?? Number.POSITIVE_INFINITY);
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

/** Waiting for the rest of a set must not stretch the longest freeze of what is frozen already. */
function outlivedEpoch(d: Draft, hold: Hold): Refusal | undefined {
  for (const [key, { identity, member }] of hold.filesystems) {
    const epoch = d.epochs.get(key);
    if (member.kind !== "HELD" || epoch?.kind !== "FROZEN") continue;
    if (d.now.bootUs >= epochEndUs(d, epoch)) return frozenTooLong(identity.mountPoint);
  }
  return undefined;
}
