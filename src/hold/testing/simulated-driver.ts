/**
 * Runs effects against simulated file systems, one small stage at a time and in any order that a test picks, so that anything can happen
 * between two stages. It refuses effects that make no sense.
 */
import type { Look } from "../../kernel/port.js";
import type { Effect, FreezeOutcome, Input, ThawOutcome } from "../effects.js";
import type { Reason } from "../refusal.js";
import type { Baseline } from "../state.js";
import { judgeLook } from "../verdict.js";
import { ownPid, type SimulatedFilesystem } from "./simulated-filesystem.js";

type Freezing = {
  readonly kind: "freeze";
  readonly key: string;
  readonly epoch: number;
  readonly byUs: number;
  stage: "queued" | "issued" | "landed";
  before?: Look;
  othersActsAtLanding: number;
};

type Thawing = {
  readonly kind: "thaw";
  readonly key: string;
  readonly epoch: number;
  stage: "queued" | "looked" | "called";
  othersActsAtLook: number;
  errno?: string | undefined;
};

type Job = Freezing | Thawing;

interface Opened {
  readonly epoch: number;
  readonly baseline: Baseline;
  /** Somebody froze between our FIFREEZE and our first look, and nothing tells whose freeze it is. */
  readonly ambiguous: boolean;
}

/** How the next stage goes where the kernel leaves a choice. */
export type Luck = "well" | "badly";

export interface DriverSurroundings {
  readonly filesystems: ReadonlyMap<string, SimulatedFilesystem>;
  readonly nowUs: () => number;
  readonly isWanted: (key: string, epoch: number) => boolean;
  /** In a container the pid that freezes is not known. */
  readonly pidKnown: boolean;
}

export class SimulatedDriver {
  readonly jobs: Job[] = [];
  readonly #opened = new Map<string, Opened>();
  readonly #around: DriverSurroundings;

  constructor(around: DriverSurroundings) {
    this.#around = around;
  }

  #filesystem(key: string): SimulatedFilesystem {
    const found = this.#around.filesystems.get(key);
    if (found === undefined) throw new Error(`no file system ${key}`);
    return found;
  }

  run(effect: Effect): void {
    switch (effect.kind) {
      case "freeze":
        if (this.#opened.has(effect.key) || this.jobs.some((job) => job.key === effect.key)) {
          throw new Error(`FIFREEZE of ${effect.key}, which has an epoch`);
        }
        this.jobs.push({ ...effect, kind: "freeze", stage: "queued", othersActsAtLanding: 0 });
        break;
      case "thaw": {
        this.#mustBeFrozen(effect);
        const { key, epoch } = effect;
        this.jobs.push({ kind: "thaw", key, epoch, stage: "queued", othersActsAtLook: 0 });
        break;
      }
      case "forget":
        this.#mustBeFrozen(effect);
        this.#opened.delete(effect.key);
        break;
      case "reply":
      case "event":
      case "archive":
        break;
      default:
        effect satisfies never;
    }
  }

  #mustBeFrozen({ kind, key, epoch }: Effect & { kind: "thaw" | "forget" }): void {
    if (this.#opened.get(key)?.epoch !== epoch || this.jobs.some((job) => job.key === key)) {
      throw new Error(`${kind} of ${key}'s epoch ${epoch}, which is not frozen by us`);
    }
  }

  looks(): Map<string, Look> {
    const looks = new Map<string, Look>();
    for (const key of this.#opened.keys()) looks.set(key, this.#filesystem(key).look());
    return looks;
  }

  baseline(key: string): Baseline | undefined {
    return this.#opened.get(key)?.baseline;
  }

  isAmbiguous(key: string): boolean {
    return this.#opened.get(key)?.ambiguous ?? false;
  }

  isThawing(key: string, epoch: number): boolean {
    return this.jobs.some((job) => job.kind === "thaw" && job.key === key && job.epoch === epoch);
  }

  /** In flight, or landed and not yet told. */
  isFreezing(key: string, epoch: number): boolean {
    return this.jobs.some((job) => job.kind === "freeze" && job.key === key && job.epoch === epoch);
  }

  /** One stage of one job; the input that it gives, if it is its last. */
  advance(job: Job, luck: Luck): Input | undefined {
    return job.kind === "freeze" ? this.#advanceFreeze(job, luck) : this.#advanceThaw(job, luck);
  }

  #advanceFreeze(job: Freezing, luck: Luck): Input | undefined {
    const filesystem = this.#filesystem(job.key);
    switch (job.stage) {
      case "queued":
        if (!this.#around.isWanted(job.key, job.epoch))
          return this.#failed(job, "FREEZE_CANCELLED");
        if (luck === "badly") {
          if (this.#around.nowUs() < job.byUs) return undefined;
          return this.#failed(job, "DEVICE_SUSPENDED");
        }
        job.before = filesystem.look();
        job.stage = "issued";
        return undefined;
      case "issued":
        if (luck === "badly") return this.#failed(job, "IO_ERROR");
        // Waits for the other's freeze to be complete.
        if (filesystem.state === "FREEZING") return undefined;
        if (filesystem.state === "FROZEN") return this.#failed(job, "FROZEN_BY_ANOTHER");
        filesystem.freeze({ by: "us", epoch: job.epoch });
        job.othersActsAtLanding = filesystem.othersActs;
        job.stage = "landed";
        return undefined;
      case "landed":
        return this.#landed(job, filesystem);
      default:
        return job.stage satisfies never;
    }
  }

  #landed(job: Freezing, filesystem: SimulatedFilesystem): Input {
    const after = filesystem.look();
    const before = job.before ?? after;
    if (this.#isForeign(before, after)) return this.#failed(job, "FREEZE_BROKEN");
    const baseline: Baseline = { before, after, freezeUs: 10 };
    const ambiguous = filesystem.othersActs !== job.othersActsAtLanding;
    this.#opened.set(job.key, { epoch: job.epoch, baseline, ambiguous });
    return this.#froze(job, { kind: "frozen", baseline });
  }

  /** As the guardian judges it. */
  #isForeign(before: Look, after: Look): boolean {
    if (after.state.state === "THAWED" && after.state.certainty === "CERTAIN") return true;
    if (!this.#around.pidKnown) return false;
    if (before.generation.kind !== "exact" || after.generation.kind !== "exact") return false;
    const freezes = (after.generation.value - before.generation.value) / 2;
    return freezes >= 2 && after.generation.freezerPid !== ownPid;
  }

  #failed(job: Freezing, reason: Reason): Input {
    const refusal = { reason, message: "simulated", metadata: {} };
    return this.#froze(job, { kind: "failed", refusal });
  }

  #froze(job: Freezing, outcome: FreezeOutcome): Input {
    this.#finish(job);
    return { kind: "froze", key: job.key, epoch: job.epoch, outcome };
  }

  #finish(job: Job): void {
    this.jobs.splice(this.jobs.indexOf(job), 1);
  }

  #advanceThaw(job: Thawing, luck: Luck): Input | undefined {
    const filesystem = this.#filesystem(job.key);
    const opened = this.#opened.get(job.key);
    if (opened === undefined) throw new Error(`${job.key} is not open`);
    switch (job.stage) {
      case "queued": {
        const last = filesystem.look();
        const judged = judgeLook(opened.baseline, last);
        if (judged.kind === "lost" && judged.certain) {
          return this.#thawed(job, { errno: undefined, after: last, lost: true });
        }
        job.othersActsAtLook = filesystem.othersActs;
        job.stage = "looked";
        return undefined;
      }
      case "looked":
        if (luck === "badly") {
          // EIO: tried again, from the look on.
          job.stage = "queued";
          return undefined;
        }
        this.#mustNotSteal(job, opened, filesystem);
        job.errno = filesystem.thaw("us") ? undefined : "EINVAL";
        job.stage = "called";
        return undefined;
      case "called": {
        const after = luck === "badly" ? undefined : filesystem.look();
        return this.#thawed(job, { errno: job.errno, after, lost: false });
      }
      default:
        return job.stage satisfies never;
    }
  }

  /** Only what happened after the last look, or what no look can tell, excuses the FITHAW of another's freeze. */
  #mustNotSteal(job: Thawing, opened: Opened, filesystem: SimulatedFilesystem): void {
    if (filesystem.owner?.by !== "another" || opened.ambiguous) return;
    if (filesystem.othersActs !== job.othersActsAtLook) return;
    if (filesystem.sight === "exact" || filesystem.sight === "log-head") {
      throw new Error(`FITHAW of another's freeze of ${job.key}`);
    }
  }

  #thawed(job: Thawing, outcome: ThawOutcome): Input {
    this.#finish(job);
    this.#opened.delete(job.key);
    return { kind: "thawed", key: job.key, epoch: job.epoch, outcome };
  }
}
