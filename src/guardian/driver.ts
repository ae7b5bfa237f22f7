/** Keeps the hold machine's state, feeds it inputs with fresh looks, and is the one place that runs its effects. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../hold/draft.js";
import type { Effect, Input, Reply } from "../hold/effects.js";
import type { Limits } from "../hold/limits.js";
import { step } from "../hold/machine.js";
import type { HoldEvent } from "../hold/model.js";
import type { Result } from "../hold/refusal.js";
import { emptyState, type Hold, type State } from "../hold/state.js";
import { holdView } from "../hold/view.js";
import type { Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { Archive } from "./archive.js";
import { Freezer } from "./freezer.js";
import type { Grants } from "./grants.js";

export interface DriverDependencies {
  readonly kernel: Kernel;
  readonly grants: Grants;
  readonly archive: Archive;
  readonly limits: Limits;
  readonly host: Host;
  readonly log: Log;
  readonly onEvent: (holdId: string, event: HoldEvent) => void;
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
  readonly #inputs: Input[] = [];
  #state: State = emptyState;
  #nextReply = 1;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(deps: DriverDependencies) {
    this.#deps = deps;
    this.freezer = new Freezer({
      kernel: deps.kernel,
      grants: deps.grants,
      log: deps.log,
      sleep: (ms) => sleep(ms),
      isWanted: (key, epoch) => this.#isWanted(key, epoch),
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

  #step(input: Input): void {
    const { kernel, limits, host } = this.#deps;
    const looks = this.freezer.looks();
    const next = step(this.#state, input, kernel.now(), looks, { limits, host });
    this.#state = next.state;
    for (const effect of next.effects) this.#run(effect);
  }

  /** Resolves when no freeze of ours exists and none is in flight. */
  idle(): Promise<void> {
    if (this.#state.epochs.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
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
      case "reply": {
        const resolve = this.#replies.get(effect.replyTo);
        this.#replies.delete(effect.replyTo);
        resolve?.(effect.result);
        break;
      }
      case "event":
        this.#noteHold(effect.holdId);
        this.#deps.onEvent(effect.holdId, effect.event);
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

  /** The supervisor keeps the newest view of each living hold, so that it can write its receipt if this process dies. */
  #noteHold(holdId: string): void {
    const hold = this.#state.holds.get(holdId);
    if (hold === undefined) return;
    const { requestId, requestDigest } = hold;
    const view = holdView(hold, this.#state.epochs);
    this.#deps.grants.hold({ hold: view, requestId, requestDigest });
  }

  async #freeze(effect: Effect & { kind: "freeze" }): Promise<void> {
    const { key, epoch } = effect;
    let outcome: Awaited<ReturnType<Freezer["freeze"]>>;
    try {
      outcome = await this.freezer.freeze(effect);
    } catch (error) {
      // A bug before FIFREEZE was issued; the ioctl itself never throws.
      this.#deps.log.error("freeze could not be run", { key, error: String(error) });
      this.freezer.forget(key, epoch);
      const message = "an internal error; the log says more";
      outcome = { kind: "failed", refusal: { reason: "INTERNAL", message, metadata: {} } };
    }
    this.dispatch({ kind: "froze", key, epoch, outcome });
  }

  async #thaw({ key, epoch }: Effect & { kind: "thaw" }): Promise<void> {
    const outcome = await this.freezer.thaw(key, epoch);
    this.dispatch({ kind: "thawed", key, epoch, outcome });
  }

  #isWanted(key: string, epoch: number): boolean {
    const current = this.#state.epochs.get(key);
    if (current?.kind !== "FREEZING" || current.id !== epoch) return false;
    for (const hold of this.#state.holds.values()) {
      if (hold.filesystems.get(key)?.member.kind === "WAITING") return true;
    }
    return false;
  }

  /** Each epoch's own deadline, as the latest of the holds on it: the supervisor thaws by itself when it passes. */
  #tellDeadlines(): void {
    for (const [key, epoch] of this.#state.epochs) {
      // A thaw that was issued has no deadline: it may have to wait for a lower layer.
      let latest = epoch.kind === "THAWING" ? Number.MAX_SAFE_INTEGER : 0;
      for (const hold of this.#state.holds.values()) {
        if (hold.filesystems.has(key)) latest = Math.max(latest, deadlineOf(hold));
      }
      if (latest > 0 && this.#deadlines.get(epoch.id) !== latest) {
        this.#deadlines.set(epoch.id, latest);
        this.#deps.grants.deadline(epoch.id, latest);
      }
    }
    const alive = new Set([...this.#state.epochs.values()].map((epoch) => epoch.id));
    for (const id of this.#deadlines.keys()) if (!alive.has(id)) this.#deadlines.delete(id);
  }

  #schedule(): void {
    if (this.#state.epochs.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
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
  const own = hold.callDeadlineUs ?? Number.POSITIVE_INFINITY;
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
