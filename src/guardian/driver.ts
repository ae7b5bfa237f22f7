/**
 * Keeps the hold machine's state, feeds it inputs with fresh looks, and is the one place that runs
 * its effects.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { noDeadlineUs } from "../channel/supervisor-protocol.js";
import type { Host } from "../hold/draft.js";
import type { Effect, Input, Reply } from "../hold/effects.js";
import type { Limits } from "../hold/limits.js";
import { step } from "../hold/machine.js";
import type { HoldEvent } from "../hold/model.js";
import type { Refusal, Result } from "../hold/refusal.js";
import { emptyState, type Hold, type State } from "../hold/state.js";
import type { Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { Archive } from "./archive.js";
import { Freezer } from "./freezer.js";
import type { Grants } from "./grants.js";
import { holdRecord, recordMarker } from "./hold-record.js";

export interface DriverDependencies {
  readonly kernel: Kernel;
  readonly grants: Grants;
  readonly archive: Archive;
  readonly limits: Limits;
  readonly host: Host;
  readonly log: Log;
  readonly onEvent: (holdId: string, event: HoldEvent) => void;
  /**
   * The machine failed at something that nobody waits for: a deadline, a landing. What is frozen
   * must not depend on it any longer.
   */
  readonly onBug: (error: unknown) => void;
  /** Waited for between a thaw and all that follows from it; default: nothing. */
  readonly afterThaw?: () => Promise<void>;
  /** Of the freezer; default the real one. */
  readonly sleep?: (ms: number) => Promise<void>;
}

type Accepting = Extract<Input, { readonly replyTo: string }>;
/** `Omit` over each variant of a union. */
type WithoutReplyTo<T> = T extends unknown ? Omit<T, "replyTo"> : never;

/** A foreign thaw is seen within this time, a deadline is kept within it. */
const tickMs = 100;

export class Driver {
  readonly freezer: Freezer;
  readonly #deps: DriverDependencies;
  readonly #replies = new Map<string, (result: Result<Reply>) => void>();
  readonly #deadlines = new Map<number, number>();
  /** The holds as the supervisor knows them. */
  readonly #recorded = new Map<string, { readonly hold: Hold; readonly marker: string }>();
  /** Events that wait until the supervisor has written down that the hold is frozen. */
  readonly #unrecorded = new Map<string, HoldEvent[]>();
  readonly #inputs: Input[] = [];
  #state: State = emptyState;
  #nextReply = 1;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #empty: (() => void)[] = [];

  constructor(deps: DriverDependencies) {
    this.#deps = deps;
    this.freezer = new Freezer({
      kernel: deps.kernel,
      grants: deps.grants,
      log: deps.log,
      sleep: deps.sleep ?? ((ms) => sleep(ms)),
      isWanted: (key, epoch) => this.#isWanted(key, epoch),
      deadlineUs: (key) => this.#deadlineUs(key),
    });
  }

  get state(): State {
    return this.#state;
  }

  /** An input that is answered: resolves with the machine's answer, which may come much later. */
  ask(input: WithoutReplyTo<Accepting>): Promise<Result<Reply>> {
    return new Promise((resolve) => this.askThen(input, resolve));
  }

  /** The same with a callback, which runs in the turn of the answer, before any later effect. */
  askThen(input: WithoutReplyTo<Accepting>, onReply: (result: Result<Reply>) => void): void {
    const replyTo = `r${this.#nextReply++}`;
    this.#replies.set(replyTo, onReply);
    this.dispatch({ ...input, replyTo } as Accepting);
  }

  /** Inputs that arise while effects run wait their turn, so that effects keep their order. */
  dispatch(input: Input): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    for (let next = this.#inputs[0]; next !== undefined; next = this.#inputs[0]) {
      this.#step(next);
      this.#inputs.shift();
    }
    this.#tellDeadlines();
    this.#schedule();
  }

  /**
   * Never throws: an input that the machine cannot take leaves its state as it was, and the queue
   * goes on.
   */
  #step(input: Input): void {
    const { kernel, limits, host } = this.#deps;
    let next: ReturnType<typeof step>;
    try {
      next = step(this.#state, input, kernel.now(), this.freezer.looks(), { limits, host });
    } catch (error) {
      this.#bug(`input ${input.kind} could not be taken`, error);
      if (!("replyTo" in input)) this.#deps.onBug(error);
      else this.#try("reply", () => this.#reply(input.replyTo, { ok: false, refusal: internal }));
      return;
    }
    this.#state = next.state;
    const run = (effect: Effect): void => this.#try(effect.kind, () => this.#run(effect));
    // First: writers wait for it, and all else takes longer than to begin it.
    for (const effect of next.effects) if (effect.kind === "thaw") run(effect);
    // Before anybody else hears of it.
    this.#try("record", () => this.#recordHolds());
    for (const effect of next.effects) if (effect.kind !== "thaw") run(effect);
  }

  /** One effect that fails must not keep the others from being run: a thaw may be among them. */
  #try(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#bug(`effect ${what} failed`, error);
    }
  }

  #bug(what: string, error: unknown): void {
    const text = error instanceof Error ? error.stack : String(error);
    this.#deps.log.error("internal error", { what, error: text });
  }

  #reply(replyTo: string, result: Result<Reply>): void {
    const resolve = this.#replies.get(replyTo);
    this.#replies.delete(replyTo);
    resolve?.(result);
  }

  /** Resolves when no freeze of ours exists, none is in flight, and every event was told. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when, besides, no hold is open. */
  empty(): Promise<void> {
    if (this.#isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#state.epochs.size + this.#unrecorded.size === 0;
  }

  get #isEmpty(): boolean {
    return this.#state.holds.size + this.#state.epochs.size === 0;
  }

  #run(effect: Effect): void {
    switch (effect.kind) {
      case "freeze":
        void this.#freeze(effect);
        break;
      case "thaw":
        void this.#thaw(effect);
        break;
      case "forget":
        this.freezer.forget(effect.key, effect.epoch);
        break;
      case "reply":
        this.#reply(effect.replyTo, effect.result);
        break;
      case "event":
        this.#tell(effect.holdId, effect.event);
        break;
      case "archive": {
        const { hold, requestId, requestDigest } = effect;
        this.#deps.archive.add({ hold, requestId, requestDigest });
        this.#deps.grants.hold({ hold, requestId, requestDigest });
        this.#deps.log.info("hold ended", {
          hold: hold.holdId,
          cause: hold.receipt?.endCause,
          verdict: hold.receipt?.verdict,
        });
        break;
      }
      default:
        effect satisfies never;
    }
  }

  /**
   * Whoever is told that it holds something frozen is to find a receipt, whoever dies: that is told
   * after it was written down, and what the hold is told later comes after it.
   */
  #tell(holdId: string, event: HoldEvent): void {
    const waiting = this.#unrecorded.get(holdId);
    if (waiting !== undefined) waiting.push(event);
    else if (event.kind !== "frozen") this.#deps.onEvent(holdId, event);
    else void this.#tellRecorded(holdId, event);
  }

  async #tellRecorded(holdId: string, frozen: HoldEvent): Promise<void> {
    const later: HoldEvent[] = [];
    this.#unrecorded.set(holdId, later);
    const recorded = await this.#deps.grants.recorded();
    this.#unrecorded.delete(holdId);
    // The supervisor is gone: all is being thawed, and the end of the hold is what it hears of.
    for (const event of recorded ? [frozen, ...later] : later) {
      this.#try("event", () => this.#deps.onEvent(holdId, event));
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #recordHolds(): void {
    const { holds, epochs } = this.#state;
    for (const [id, hold] of holds) {
      const known = this.#recorded.get(id);
      if (known?.hold === hold) continue;
      const marker = recordMarker(hold);
      this.#recorded.set(id, { hold, marker });
      if (known?.marker !== marker) this.#deps.grants.hold(holdRecord(hold, epochs));
    }
    if (this.#recorded.size === holds.size) return;
    for (const id of this.#recorded.keys()) if (!holds.has(id)) this.#recorded.delete(id);
  }

  async #freeze(effect: Effect & { kind: "freeze" }): Promise<void> {
    const { key, epoch } = effect;
    const outcome = await this.freezer.freeze(effect);
    this.dispatch({ kind: "froze", key, epoch, outcome });
  }

  async #thaw({ key, epoch }: Effect & { kind: "thaw" }): Promise<void> {
    try {
      const outcome = await this.freezer.thaw(key, epoch);
      await this.#deps.afterThaw?.();
      this.dispatch({ kind: "thawed", key, epoch, outcome });
    } catch (error) {
      this.#bug("a thaw of what is not open", error);
      this.#deps.onBug(error);
    }
  }

  #isWanted(key: string, epoch: number): boolean {
    const current = this.#state.epochs.get(key);
    if (current?.kind !== "FREEZING" || current.id !== epoch) return false;
    for (const hold of this.#state.holds.values()) {
      if (hold.filesystems.get(key)?.member.kind === "WAITING") return true;
    }
    return false;
  }

  /**
   * Each epoch's own deadline, once its freeze has landed: the supervisor thaws by itself when it
   * passes.
   */
  #tellDeadlines(): void {
    const { epochs } = this.#state;
    const landed = new Set<number>();
    for (const [key, { id, kind }] of epochs) {
      // Until then the grant's own counts, and the supervisor may not have heard of it yet.
      if (kind === "FREEZING") continue;
      landed.add(id);
      const deadlineUs = kind === "THAWING" ? noDeadlineUs : this.#deadlineUs(key);
      if (this.#deadlines.get(id) === deadlineUs) continue;
      this.#deadlines.set(id, deadlineUs);
      this.#deps.grants.deadline(id, deadlineUs);
    }
    for (const id of this.#deadlines.keys()) if (!landed.has(id)) this.#deadlines.delete(id);
  }

  /** The latest deadline of the holds on it. */
  #deadlineUs(key: string): number {
    let latest = 0;
    for (const hold of this.#state.holds.values()) {
      if (hold.filesystems.has(key)) latest = Math.max(latest, deadlineOf(hold));
    }
    return latest;
  }

  #schedule(): void {
    this.#tellIdle();
    if (this.#isEmpty) for (const resolve of this.#empty.splice(0)) resolve();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#state.holds.size === 0) return;
    const nowUs = this.#deps.kernel.now().bootUs;
    let waitMs = tickMs;
    for (const hold of this.#state.holds.values()) {
      waitMs = Math.min(waitMs, (nextMomentUs(hold) - nowUs) / 1000);
    }
    this.#timer = setTimeout(() => this.dispatch({ kind: "tick" }), Math.max(1, Math.ceil(waitMs)));
  }
}

const internal: Refusal = {
  reason: "INTERNAL",
  message: "an internal error; the log says more",
  metadata: {},
};

/** When the hold's file systems are thawed at the latest, as far as is known now. */
function deadlineOf(hold: Hold): number {
  switch (hold.phase.kind) {
    case "FROZEN":
      return hold.phase.expiresUs;
    case "FREEZING":
      return hold.phase.byUs + hold.effective.ttlMs * 1000;
    case "LETTING_GO":
      return hold.phase.answerByUs;
    case "OPEN":
      return 0;
    default:
      return hold.phase satisfies never;
  }
}

function nextMomentUs(hold: Hold): number {
  const lingerUs = hold.stream?.lingerUntilUs ?? Number.POSITIVE_INFINITY;
  const own = Math.min(hold.callDeadlineUs ?? Number.POSITIVE_INFINITY, lingerUs);
  switch (hold.phase.kind) {
    case "FROZEN":
      return Math.min(own, hold.phase.expiresUs);
    case "FREEZING":
      return Math.min(own, hold.phase.byUs);
    case "LETTING_GO":
      return hold.phase.answerByUs;
    case "OPEN":
      return own;
    default:
      return hold.phase satisfies never;
  }
}
