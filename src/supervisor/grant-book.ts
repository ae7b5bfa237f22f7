/** The supervisor's grants: each has a descriptor of its own and a journal entry from before its FIFREEZE until it is over. */
import type { Grant, GrantAnswer, Landing } from "../channel/supervisor-protocol.js";
import type { Kernel, OpenFilesystem } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { Journal, JournalledGrant } from "./journal.js";
import type { ProcessIdentity } from "./process-life.js";
import { type RescueDependencies, rescue } from "./rescue.js";

interface OpenGrant {
  readonly name: string;
  readonly handle: OpenFilesystem;
  entry: JournalledGrant;
  deadlineUs: number;
}

export interface GrantBookDependencies {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly log: Log;
  readonly bootId: string;
  readonly sleep: RescueDependencies["sleep"];
}

export class GrantBook {
  readonly #grants = new Map<number, OpenGrant>();
  readonly #guardian: ProcessIdentity;
  readonly #deps: GrantBookDependencies;
  #closed = false;

  constructor(guardian: ProcessIdentity, deps: GrantBookDependencies) {
    this.#guardian = guardian;
    this.#deps = deps;
  }

  get size(): number {
    return this.#grants.size;
  }

  /** Opens the directory, writes the intent down, says yes. */
  async grant(grant: Grant): Promise<GrantAnswer> {
    const { kernel, journal, bootId } = this.#deps;
    const { epoch } = grant;
    if (this.#closed) return { epoch, refusal: "the guardian is being replaced" };
    const opened = await kernel.open(grant.identity, { watch: false });
    if (!opened.ok) return { epoch, refusal: opened.refusal.message };
    const name = `${this.#guardian.pid}-${epoch}`;
    const entry: JournalledGrant = { bootId, guardian: this.#guardian, grant };
    try {
      if (this.#closed) throw new Error("the guardian is being replaced");
      journal.writeGrant(name, entry);
    } catch (error) {
      opened.value.close();
      return { epoch, refusal: String(error) };
    }
    const { deadlineUs } = grant;
    this.#grants.set(epoch, { name, handle: opened.value, entry, deadlineUs });
    return { epoch };
  }

  landed(landing: Landing): void {
    const grant = this.#grants.get(landing.epoch);
    if (grant === undefined) return;
    grant.entry = { ...grant.entry, landing };
    this.#deps.journal.writeGrant(grant.name, grant.entry);
  }

  deadline(epoch: number, deadlineUs: number): void {
    const grant = this.#grants.get(epoch);
    if (grant !== undefined) grant.deadlineUs = deadlineUs;
  }

  ended(epoch: number): void {
    const grant = this.#grants.get(epoch);
    if (grant === undefined) return;
    this.#grants.delete(epoch);
    this.#deps.journal.removeGrant(grant.name);
    grant.handle.close();
  }

  /** Whether a deadline passed by more than `graceMs` without the guardian having thawed. */
  overdue(graceMs: number): boolean {
    const nowUs = this.#deps.kernel.now().bootUs;
    for (const grant of this.#grants.values()) {
      const landed = grant.entry.landing !== undefined;
      if (landed && nowUs > grant.deadlineUs + graceMs * 1000) return true;
    }
    return false;
  }

  /** The guardian is dead or was killed: thaws everything it was granted. Resolves with the paths that this thawed. */
  async rescueAll(): Promise<readonly string[]> {
    this.#closed = true;
    const thawed: string[] = [];
    await Promise.all(
      [...this.#grants].map(async ([epoch, grant]) => {
        const path = grant.handle.identity.mountPoint;
        const how = await rescue(grant.entry, grant.handle, this.#deps);
        this.#deps.log.warn("freeze of a dead guardian is over", { path, how: how.kind });
        if (how.kind === "thawed") thawed.push(path);
        this.ended(epoch);
      }),
    );
    return thawed;
  }
}
