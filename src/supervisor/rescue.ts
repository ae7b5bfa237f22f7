/**
 * Thaws what a dead guardian left frozen, through a descriptor of our own. Its FIFREEZE may still
 * be in flight: then FITHAW answers EINVAL and proves nothing, so this waits until the call has
 * landed or the dead process is wholly gone.
 */
import type { LowerLayers } from "../kernel/lower-layers.js";
import type { GenerationReading, Look, OpenFilesystem } from "../kernel/port.js";
import { aroundCall } from "../observe/fail-points.js";
import type { Log } from "../observe/log.js";
import type { JournalledGrant } from "./journal.js";
import { type Life, lifeOf } from "./process-life.js";

export type Rescue =
  | { readonly kind: "thawed" }
  /** Not frozen any more, and nothing in flight that could freeze it. */
  | { readonly kind: "was-thawed" }
  /** Frozen, and not by us: left alone. */
  | { readonly kind: "not-ours" }
  /** Frozen, perhaps by us, and only what is proven to be ours is to be thawed. */
  | { readonly kind: "unproven" };

const pollMs = 5;
const retryMs = 250;

export interface RescueTask {
  /** Asked at each look: what is known of it may still grow. */
  readonly entry: () => JournalledGrant;
  readonly handle: OpenFilesystem;
  readonly lower: LowerLayers;
  /** The guardian said after all that it is over. */
  readonly isOver?: () => boolean;
  /** Thaw nothing whose freeze may be another program's by now. */
  readonly onlyProven?: boolean | undefined;
}

export interface RescueDependencies {
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  readonly life?: ((guardian: JournalledGrant["guardian"]) => Life) | undefined;
}

/**
 * Resolves when this freeze of ours is over. Never rejects and never gives up: nobody else would
 * thaw it, so whatever fails is tried again.
 */
export async function rescue(task: RescueTask, deps: RescueDependencies): Promise<Rescue> {
  const attempt = new Attempt(task, deps);
  for (;;) {
    if (task.isOver?.() === true) return { kind: "was-thawed" };
    let outcome: Rescue | "again" | "later";
    try {
      outcome = await attempt.run();
    } catch (error) {
      attempt.tell("rescue failed, trying again", { error: String(error) });
      outcome = "later";
    }
    if (typeof outcome === "object") return outcome;
    await deps.sleep(outcome === "again" ? pollMs : retryMs);
  }
}

class Attempt {
  readonly #task: RescueTask;
  readonly #deps: RescueDependencies;
  readonly #life: (guardian: JournalledGrant["guardian"]) => Life;
  #told = "";
  /** The guardian's life when FITHAW said EINVAL; it has not been seen thawed since. */
  #askedAt: Life | undefined;

  constructor(task: RescueTask, deps: RescueDependencies) {
    this.#task = task;
    this.#deps = deps;
    this.#life = deps.life ?? lifeOf;
  }

  /** "again": nothing can be said yet. "later": the same, after a failure. */
  async run(): Promise<Rescue | "again" | "later"> {
    const { handle, lower, onlyProven } = this.#task;
    const entry = this.#task.entry();
    // Life first: what a process that is gone by now could do, it has done before the look.
    const guardian = this.#life(entry.guardian);
    const look = this.#look();
    const state = look?.state.state ?? "UNKNOWN";
    if (state === "FREEZING") return "again";
    const settled = guardian === "gone" || hasLanded(entry, look);
    if (state === "THAWED") this.#askedAt = undefined;
    if (state === "THAWED" || this.#askedAt === guardian) {
      return settled ? { kind: "was-thawed" } : "again";
    }
    const whose = look === undefined ? "unknown" : whoseFreeze(entry, look);
    if (whose === "another") return { kind: "not-ours" };
    if (whose === "unknown" && onlyProven) return settled ? { kind: "unproven" } : "again";
    const below = lower.frozen();
    if (below !== undefined) {
      this.tell("thaw waits for a frozen lower layer", { lower: below.mountPoint });
      return "again";
    }
    const { errno } = await aroundCall("supervisor.FITHAW", () => handle.thaw());
    if (errno === undefined) return { kind: "thawed" };
    if (errno !== "EINVAL") {
      this.tell("thaw failed, trying again", { errno });
      return "later";
    }
    // EINVAL: no user's freeze is left, and to ask again could steal device-mapper's. Only where
    // the dying guardian could have frozen it since is it asked once more, when that is gone.
    if (state === "FROZEN") this.#askedAt = guardian;
    return settled ? { kind: "was-thawed" } : "again";
  }

  /** Undefined where it fails: as if nothing could be known, which must not keep it frozen. */
  #look(): Look | undefined {
    try {
      return this.#task.handle.look();
    } catch (error) {
      this.tell("look failed", { error: String(error) });
      return undefined;
    }
  }

  /** Each thing once: this may go on for hours. */
  tell(message: string, fields: Readonly<Record<string, string>>): void {
    const line = `${message} ${JSON.stringify(fields)}`;
    if (line === this.#told) return;
    this.#told = line;
    this.#deps.log.error(message, { path: this.#task.handle.identity.mountPoint, ...fields });
  }
}

/**
 * Our FIFREEZE is known to have come and gone: the guardian said so, or the generation has moved by
 * our own hand.
 */
function hasLanded(entry: JournalledGrant, look: Look | undefined): boolean {
  if (entry.landing !== undefined) return true;
  const before = entry.grant.generationBefore;
  const now = look?.generation;
  return (
    before.kind === "exact" &&
    now?.kind === "exact" &&
    now.value !== before.value &&
    now.freezerPid === entry.grant.freezerPid
  );
}

type Whose = "ours" | "another" | "unknown";

/**
 * Whether a frozen file system is frozen by the journalled FIFREEZE. Where the generation cannot be
 * read (no BPF) it is not known, and unless the operator chose otherwise what the journal names is
 * taken for ours: better a foreign freeze thawed than one of ours left for ever.
 */
export function whoseFreeze(entry: JournalledGrant, look: Look): Whose {
  const { superblock, generationBefore, freezerPid } = entry.grant;
  // An address is one mount's own: another address is another mount of the same device, which we
  // never froze.
  if (superblock !== undefined && look.superblock !== undefined && superblock !== look.superblock) {
    return "another";
  }
  const now = look.generation;
  // A count that nobody's freeze moved was begun after the freeze that we see, so it tells nothing
  // of it.
  if (now.kind === "exact" && now.freezerPid === 0) return "unknown";
  const still = standsStill(entry.landing?.generation, now);
  if (still !== undefined) return still ? "ours" : "another";
  return movedBy(generationBefore, now, freezerPid);
}

/**
 * Undefined where they cannot be compared. A fall-back (xfs' log head, btrfs' generation) stands
 * still within one freeze, too.
 */
function standsStill(
  landed: GenerationReading | undefined,
  now: GenerationReading,
): boolean | undefined {
  if (landed?.kind === "exact" && now.kind === "exact") return landed.value === now.value;
  if (landed?.kind !== "fallback" || now.kind !== "fallback") return undefined;
  return landed.source === now.source ? landed.value === now.value : undefined;
}

function movedBy(
  before: GenerationReading,
  now: GenerationReading,
  ownPid: number | undefined,
): Whose {
  if (before.kind !== "exact" || now.kind !== "exact" || ownPid === undefined) return "unknown";
  // A read-only file system does not count.
  if (before.value === now.value) return "unknown";
  return now.freezerPid === ownPid ? "ours" : "another";
}
