/**
 * The supervisor's grants: each has a descriptor of its own and a journal entry from before its
 * FIFREEZE until it is over.
 */
import {
  type Grant,
  type GrantAnswer,
  type Landing,
  noDeadlineUs,
} from "../channel/supervisor-protocol.js";
import { type Refusal, type Result, refuse } from "../hold/refusal.js";
import { type LowerLayers, openLowerLayers } from "../kernel/lower-layers.js";
import type { FilesystemIdentity, Kernel, OpenFilesystem } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { Claims } from "./claims.js";
import type { Journal, JournalledGrant } from "./journal.js";
import type { ProcessIdentity } from "./process-life.js";
import { type RescueDependencies, rescue } from "./rescue.js";

interface OpenGrant {
  readonly name: string;
  readonly handle: OpenFilesystem;
  readonly lower: LowerLayers;
  readonly unclaim: () => void;
  entry: JournalledGrant;
  deadlineUs: number;
  /** The guardian said that it is frozen. */
  landed: boolean;
  /** Looks in a row that found it frozen past its deadline. */
  overdueLooks: number;
}

export interface GrantBookDependencies {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly claims: Claims;
  readonly log: Log;
  readonly bootId: string;
  readonly sleep: RescueDependencies["sleep"];
  readonly life?: RescueDependencies["life"];
}

export class GrantBook {
  readonly #grants = new Map<number, OpenGrant>();
  readonly #guardian: ProcessIdentity;
  readonly #deps: GrantBookDependencies;
  /** From here on nothing is left to its deadline. */
  #hurriedUs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(guardian: ProcessIdentity, deps: GrantBookDependencies) {
    this.#guardian = guardian;
    this.#deps = deps;
  }

  get size(): number {
    return this.#grants.size;
  }

  /** Opens the directory, writes the intent down, says yes. Never rejects. */
  async grant(grant: Grant): Promise<GrantAnswer> {
    const { epoch } = grant;
    const { claims } = this.#deps;
    const { key } = grant.identity;
    if (claims.has(key)) return { epoch, refusal: notOver(grant.identity) };
    const unclaim = claims.claim(key);
    const opened = await this.#open(grant.identity);
    const refusal = opened.ok ? this.#write(grant, opened.value, unclaim) : opened.refusal;
    if (refusal === undefined) return { epoch };
    if (opened.ok) closeBoth(opened.value);
    unclaim();
    return { epoch, refusal };
  }

  async #open(
    identity: FilesystemIdentity,
  ): Promise<Result<{ readonly handle: OpenFilesystem; readonly lower: LowerLayers }>> {
    const { kernel, log } = this.#deps;
    try {
      const opened = await kernel.open(identity, { watch: false });
      if (!opened.ok) return opened;
      const lower = await openLowerLayers(kernel, identity, log);
      return { ok: true, value: { handle: opened.value, lower } };
    } catch (error) {
      return notWritten(identity, error);
    }
  }

  #write(
    grant: Grant,
    opened: { readonly handle: OpenFilesystem; readonly lower: LowerLayers },
    unclaim: () => void,
  ): Refusal | undefined {
    // It died or was given up while the directory was opened.
    if (this.#closed) return beingReplaced;
    const { pid, startTicks } = this.#guardian;
    // A pid alone is used again, above all in a container, and an entry that could not be recovered
    // yet must not be written over.
    const name = `${pid}-${startTicks}-${grant.epoch}`;
    const entry = { bootId: this.#deps.bootId, guardian: this.#guardian, grant };
    try {
      this.#deps.journal.writeGrant(name, entry);
    } catch (error) {
      return notWritten(grant.identity, error).refusal;
    }
    const { deadlineUs } = grant;
    this.#grants.set(grant.epoch, {
      ...opened,
      name,
      unclaim,
      entry,
      deadlineUs,
      landed: false,
      overdueLooks: 0,
    });
    return undefined;
  }

  landed(landing: Landing): void {
    const grant = this.#grants.get(landing.epoch);
    if (grant === undefined) return;
    grant.entry = { ...grant.entry, landing };
    grant.landed = true;
    // Without it recovery tells our freeze by the generation before and the freezer's pid.
    this.#try("landing", () => this.#deps.journal.writeGrant(grant.name, grant.entry));
  }

  deadline(epoch: number, deadlineUs: number): void {
    const grant = this.#grants.get(epoch);
    if (grant !== undefined) grant.deadlineUs = deadlineUs;
  }

  ended(epoch: number): void {
    const grant = this.#grants.get(epoch);
    if (grant === undefined) return;
    this.#grants.delete(epoch);
    // What is left there is looked at again by the next start.
    this.#try("end", () => this.#deps.journal.removeGrant(grant.name));
    this.#try("close", () => closeBoth(grant));
    grant.unclaim();
  }

  /** The guardian is to thaw everything now, whatever the deadlines. */
  hurry(): void {
    this.#hurriedUs = Math.min(this.#hurriedUs, this.#nowUs());
  }

  /**
   * For how many looks in a row, this one included, something was frozen past its deadline without
   * the guardian having even issued the thaw. Counted in looks, because while we slept ourselves
   * (stopped, suspended) no time was given to the guardian.
   */
  look(): number {
    const nowUs = this.#nowUs();
    let most = 0;
    for (const grant of this.#grants.values()) {
      const { deadlineUs, landed } = grant;
      const isDue = deadlineUs !== noDeadlineUs && Math.min(deadlineUs, this.#hurriedUs) < nowUs;
      grant.overdueLooks = landed && isDue ? grant.overdueLooks + 1 : 0;
      most = Math.max(most, grant.overdueLooks);
    }
    return most;
  }

  /**
   * The guardian is dead: thaws everything it was granted. Never rejects; resolves with the paths
   * that this thawed.
   */
  async rescueAll(): Promise<readonly string[]> {
    this.#closed = true;
    const thawed: string[] = [];
    await Promise.all(
      [...this.#grants].map(async ([epoch, grant]) => {
        const path = grant.handle.identity.mountPoint;
        const isOver = () => !this.#grants.has(epoch);
        const how = await rescue({ ...grant, entry: () => grant.entry, isOver }, this.#deps);
        this.#deps.log.warn("freeze of a dead guardian is over", { path, how: how.kind });
        if (how.kind === "thawed") thawed.push(path);
        this.ended(epoch);
      }),
    );
    return thawed;
  }

  #nowUs(): number {
    return this.#deps.kernel.now().bootUs;
  }

  #try(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#deps.log.error("grant cannot be kept in order", { what, error: String(error) });
    }
  }
}

function closeBoth({ handle, lower }: Pick<OpenGrant, "handle" | "lower">): void {
  handle.close();
  lower.close();
}

const beingReplaced: Refusal = {
  reason: "GUARDIAN_UNAVAILABLE",
  message: "the process that freezes is being replaced; try again",
  metadata: {},
};

function notOver({ mountPoint }: FilesystemIdentity): Refusal {
  return {
    reason: "GUARDIAN_UNAVAILABLE",
    message:
      "a freeze of this file system from before a restart of the service is not over yet; try again",
    metadata: { path: mountPoint },
  };
}

function notWritten({ mountPoint }: FilesystemIdentity, error: unknown) {
  return refuse(
    "IO_ERROR",
    "the service could not write the freeze down, so nothing was frozen; look at the state directory",
    { path: mountPoint, detail: String(error) },
  );
}
