/** A freeze that is no longer ours: who held it is told, and owns nothing there any more. */
import type { Look } from "../kernel/port.js";
import type { Draft } from "./draft.js";
import { brokenRefusal } from "./hold-refusals.js";
import { failFreezing, intervalOf, letGo } from "./letting-go.js";
import type { Epoch, Hold } from "./state.js";
import { doubtsOf, judgeLook } from "./verdict.js";
import { filesystemView } from "./view.js";

interface Broken {
  readonly epoch: Epoch & { readonly kind: "FROZEN" };
  readonly certain: boolean;
  readonly look: Look;
}

/**
 * Compares the looks with what was true at our FIFREEZE. Every look is judged before any hold is ended: ending one thaws what else it
 * held, and that may be lost as well.
 */
export function compareLooks(d: Draft): void {
  const broken = new Map<string, Broken>();
  for (const [key, epoch] of d.epochs) {
    const look = d.looks.get(key);
    if (epoch.kind !== "FROZEN" || look === undefined) continue;
    const judged = judgeLook(epoch.baseline, look);
    if (judged.kind === "lost") {
      broken.set(key, { epoch, certain: judged.certain, look });
      continue;
    }
    d.epochs.set(key, {
      ...epoch,
      lastIntact: judged.kind === "agrees" ? look.at : epoch.lastIntact,
      doubts: new Set([...epoch.doubts, ...doubtsOf(look)]),
    });
  }
  if (broken.size === 0) return;
  for (const [key, { epoch, certain }] of broken) loseEpoch(d, key, epoch, certain);
  for (const { id } of [...d.holds.values()]) {
    const hold = d.current(id);
    if (hold !== undefined) breakHold(d, hold, broken);
  }
}

/** A LIKELY state may be mistaken, so FITHAW is tried: if the state is right it gives EINVAL and does no harm. */
export function loseEpoch(
  d: Draft,
  key: string,
  { id, below }: { readonly id: number; readonly below: readonly string[] },
  certain: boolean,
): void {
  if (certain) {
    d.epochs.delete(key);
    d.effects.push({ kind: "forget", key, epoch: id });
  } else {
    d.epochs.set(key, { kind: "THAWING", id, below });
    d.effects.push({ kind: "thaw", key, epoch: id });
  }
}

function breakHold(d: Draft, hold: Hold, broken: ReadonlyMap<string, Broken>): void {
  const wasFrozen = hold.phase.kind === "FROZEN";
  let current = hold;
  let path: string | undefined;
  for (const [key, { identity, member }] of hold.filesystems) {
    const lost = broken.get(key);
    if (member.kind !== "HELD" || lost === undefined) continue;
    const { lastIntact, doubts } = lost.epoch;
    const cause = "FOREIGN_THAW";
    const closing = { from: member.from, endLook: lost.look, lastIntact, doubts, cause } as const;
    const interval = wasFrozen ? intervalOf(d, hold, key, closing, { kind: "lost" }) : undefined;
    current = d.setMember(current, key, { kind: "IDLE" }, interval);
    if (wasFrozen) d.tell(hold.id, { kind: "broken", filesystem: filesystemView(identity), cause });
    path ??= identity.mountPoint;
  }
  if (path === undefined) return;
  const refusal = brokenRefusal(path, "FOREIGN_THAW");
  if (!wasFrozen) failFreezing(d, current, refusal);
  else letGo(d, { ...current, refusal }, { after: { kind: "ENDED", cause: "FOREIGN_THAW" } });
}
