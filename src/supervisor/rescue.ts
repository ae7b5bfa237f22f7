/**
 * Thaws what a dead guardian left frozen, through a descriptor of our own. Its FIFREEZE may still be in flight: then FITHAW answers EINVAL
 * and proves nothing, so this waits until the call has landed or the dead process is wholly gone.
 */
import type { GenerationReading, Kernel, Look, OpenFilesystem } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { JournalledGrant } from "./journal.js";
import { type Life, lifeOf } from "./process-life.js";

export type Rescue =
  | { readonly kind: "thawed" }
  /** Not frozen any more, and nothing in flight that could freeze it. */
  | { readonly kind: "was-thawed" }
  /** Frozen, and not by us: left alone. */
  | { readonly kind: "not-ours" };

const pollMs = 5;
const retryMs = 250;

export interface RescueDependencies {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  readonly life?: (guardian: JournalledGrant["guardian"]) => Life;
}

/** Resolves when this freeze of ours is over. Never gives up: a freeze that lasts is looked at again and again. */
export async function rescue(
  entry: JournalledGrant,
  handle: OpenFilesystem,
  deps: RescueDependencies,
): Promise<Rescue> {
  const life = deps.life ?? lifeOf;
  const path = handle.identity.mountPoint;
  for (;;) {
    // Life first: what a process that is gone by now could do, it has done before the look.
    const guardian = life(entry.guardian);
    const look = handle.look();
    const state = look.state.state;
    if (state === "FROZEN" || state === "UNKNOWN") {
      if (!isOurs(entry, look)) return { kind: "not-ours" };
      const { errno } = await handle.thaw();
      if (errno === undefined) return { kind: "thawed" };
      if (errno !== "EINVAL") {
        deps.log.error("thaw failed, trying again", { path, errno });
        await deps.sleep(retryMs);
      } else if (state === "FROZEN" || guardian === "gone" || hasLanded(entry, look)) {
        // EINVAL with nothing of ours in flight: no user's freeze is left. Never asked twice: it could steal device-mapper's.
        return { kind: "was-thawed" };
      }
    } else if (state === "THAWED" && (guardian === "gone" || hasLanded(entry, look))) {
      return { kind: "was-thawed" };
    }
    await deps.sleep(pollMs);
  }
}

/** Our FIFREEZE is known to have come and gone: the guardian said so, or the generation has moved by our own hand. */
function hasLanded(entry: JournalledGrant, look: Look): boolean {
  if (entry.landing !== undefined) return true;
  const { generationBefore, freezerPid } = entry.grant;
  return (
    generationBefore.kind === "exact" &&
    look.generation.kind === "exact" &&
    look.generation.value !== generationBefore.value &&
    look.generation.freezerPid === freezerPid
  );
}

/**
 * Whether a frozen file system is frozen by the journalled FIFREEZE. Where the generation cannot be read (no BPF), what the journal names is
 * taken for ours: better a foreign freeze thawed than one of ours left for ever.
 */
export function isOurs(entry: JournalledGrant, look: Look): boolean {
  const { superblock } = entry.grant;
  // An address is one mount's own: another address is another mount of the same device, which we never froze.
  if (superblock !== undefined && look.superblock !== undefined && superblock !== look.superblock) {
    return false;
  }
  const known = entry.landing?.generation;
  if (known?.kind === "exact" && look.generation.kind === "exact") {
    return known.value === look.generation.value;
  }
  return !movedByAnother(entry.grant.generationBefore, look.generation, entry.grant.freezerPid);
}

function movedByAnother(
  before: GenerationReading,
  now: GenerationReading,
  ownPid: number | undefined,
): boolean {
  if (before.kind !== "exact" || now.kind !== "exact" || ownPid === undefined) return false;
  return before.value !== now.value && now.freezerPid !== ownPid;
}
