/** The machine on a bench: a clock that only the test moves, and looks that agree until the test says otherwise. */
import type { HoldCommand } from "../../channel/messages.js";
import type { Look } from "../../kernel/port.js";
import type { Effect, Input, Reply, ResolvedFilesystem, ThawOutcome } from "../effects.js";
import { defaultLimits, type Limits } from "../limits.js";
import { step } from "../machine.js";
import type { HoldEvent, OpenRequest, Owner, Receipt } from "../model.js";
import type { Reason, Refusal, Result } from "../refusal.js";
import type { Baseline } from "../state.js";
import { emptyState, type Hold, type State } from "../state.js";
import {
  ada,
  baseline,
  device,
  identity,
  instant,
  look,
  openRequest,
  stateReading,
} from "./samples.js";

export type Sight = Partial<Omit<Look, "at">>;

type Resume = Input & { readonly kind: "resume" };

interface Tokens {
  readonly token: string;
  readonly newToken: string;
}

export class Bench {
  state: State = emptyState;
  nowUs = 1_000_000_000;
  /** Of the last step. */
  effects: readonly Effect[] = [];
  readonly limits: Limits;
  readonly #history: Effect[] = [];
  readonly #sights = new Map<string, Sight | "none">();
  #nextReply = 1;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
  }

  step(input: Input): readonly Effect[] {
    const looks = new Map<string, Look>();
    for (const [key, epoch] of this.state.epochs) {
      const sight = this.#sights.get(key) ?? {};
      if (epoch.kind === "FROZEN" && sight !== "none") {
        looks.set(key, { ...epoch.baseline.after, ...sight, at: instant(this.nowUs) });
      }
    }
    const around = { limits: this.limits, host: { name: "host", bootId: "boot" } };
    const next = step(this.state, input, instant(this.nowUs), looks, around);
    this.state = next.state;
    this.effects = next.effects;
    this.#history.push(...next.effects);
    return next.effects;
  }

  /** From here on looks at this file system differ from what was true at its freeze. */
  see(key: string, sight: Sight | "none"): void {
    this.#sights.set(key, sight);
  }

  /** Names the answer of an input. */
  #to(what: string): string {
    return `${what}#${this.#nextReply++}`;
  }

  open(
    holdId: string,
    on: readonly (string | ResolvedFilesystem)[],
    changed: Partial<OpenRequest> = {},
  ): string {
    const replyTo = this.#to(`open ${holdId}`);
    const filesystems = on.map((fs) =>
      typeof fs === "string" ? { identity: identity(fs), below: [] } : fs,
    );
    const request = openRequest(changed);
    const tokenDigest = `${holdId}'s 1st`;
    this.step({ kind: "open", replyTo, holdId, request, filesystems, tokenDigest });
    return replyTo;
  }

  /** Opens, and lands every freeze that it started. */
  frozen(holdId: string, on: readonly string[], changed: Partial<OpenRequest> = {}): string {
    const replyTo = this.open(holdId, on, changed);
    for (const key of on) if (this.state.epochs.get(key)?.kind === "FREEZING") this.land(key);
    return replyTo;
  }

  command(holdId: string, command: HoldCommand | HoldCommand["kind"], generation = 1): string {
    const replyTo = this.#to(typeof command === "string" ? command : command.kind);
    const full = typeof command === "string" ? { kind: command } : command;
    this.step({ kind: "command", replyTo, holdId, generation, command: full });
    return replyTo;
  }

  thaw(holdId: string, caller: Owner = ada): string {
    const replyTo = this.#to("Thaw");
    this.step({ kind: "thaw", replyTo, caller, holdId });
    return replyTo;
  }

  renew(holdId: string, ttlMs?: number, caller: Owner = ada): string {
    const replyTo = this.#to("RenewHold");
    this.step({ kind: "renew", replyTo, caller, holdId, ttlMs });
    return replyTo;
  }

  release(holdId: string, generation = 1): void {
    this.step({ kind: "stream-ended", holdId, generation, how: "released" });
  }

  gone(holdId: string, generation = 1): void {
    this.step({ kind: "stream-ended", holdId, generation, how: "gone" });
  }

  dismiss(holdId: string): void {
    this.step({ kind: "stream-ended", holdId, generation: 1, how: "dismissed" });
  }

  /** With the token that `open` gave, unless told otherwise; the new one is its `2nd`. */
  resume(holdId: string, changed: Partial<Resume["request"] & Tokens> = {}): string {
    const replyTo = this.#to("resume");
    const { token = `${holdId}'s 1st`, newToken = `${holdId}'s 2nd`, ...request } = changed;
    this.step({
      kind: "resume",
      replyTo,
      request: { owner: ada, holdId, ...request },
      tokenDigest: token,
      newTokenDigest: newToken,
    });
    return replyTo;
  }

  endAll(cause: "SHUTDOWN" | "DAEMON_RESTART", close: boolean): void {
    this.step({ kind: "end-all", cause, refusal: shutdown, close });
  }

  tick(ms = 0): void {
    this.nowUs += ms * 1000;
    this.step({ kind: "tick" });
  }

  land(key: string, changed: Partial<Baseline> = {}): void {
    const outcome = { kind: "frozen", baseline: baseline(this.nowUs, changed) } as const;
    this.step({ kind: "froze", key, epoch: this.epochId(key), outcome });
  }

  fail(key: string, reason: Reason = "IO_ERROR"): void {
    const outcome = { kind: "failed", refusal: refusalOf(reason) } as const;
    this.step({ kind: "froze", key, epoch: this.epochId(key), outcome });
  }

  /** Our FITHAW returned 0, unless told otherwise. */
  thawed(key: string, changed: Partial<ThawOutcome> = {}): void {
    const outcome = { errno: undefined, after: thawedLook(this.nowUs), lost: false, ...changed };
    this.step({ kind: "thawed", key, epoch: this.epochId(key), outcome });
  }

  epochId(key: string): number {
    const epoch = this.state.epochs.get(key);
    if (epoch === undefined) throw new Error(`${key} has no epoch`);
    return epoch.id;
  }

  hold(holdId: string): Hold {
    const hold = this.state.holds.get(holdId);
    if (hold === undefined) throw new Error(`no hold ${holdId}`);
    return hold;
  }

  phase(holdId: string): string {
    return this.state.holds.get(holdId)?.phase.kind ?? "gone";
  }

  /** How the machine stands to a file system: absent is "none". */
  epoch(key: string): string {
    return this.state.epochs.get(key)?.kind ?? "none";
  }

  /** Keys of the last step's effects of one kind. */
  issued(kind: "freeze" | "thaw" | "forget"): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === kind && "key" in e ? [e.key] : []));
  }

  answer(replyTo: string): Result<Reply> | undefined {
    const answers = this.#history.filter((e) => e.kind === "reply" && e.replyTo === replyTo);
    if (answers.length > 1) throw new Error(`${replyTo} was answered ${answers.length} times`);
    const [only] = answers;
    return only?.kind === "reply" ? only.result : undefined;
  }

  /** The kind of the answer, or the reason of its refusal, or "pending". */
  said(replyTo: string): string {
    const answer = this.answer(replyTo);
    if (answer === undefined) return "pending";
    return answer.ok ? answer.value.kind : answer.refusal.reason;
  }

  events(holdId: string): readonly HoldEvent[] {
    return this.#history.flatMap((e) =>
      e.kind === "event" && e.holdId === holdId ? [e.event] : [],
    );
  }

  /** What was told of a hold, without its progress. */
  told(holdId: string): readonly string[] {
    return this.events(holdId)
      .map((event) => event.kind)
      .filter((kind) => kind !== "progress");
  }

  archived(holdId: string): readonly (Effect & { kind: "archive" })[] {
    return this.#history.flatMap((e) =>
      e.kind === "archive" && e.hold.holdId === holdId ? [e] : [],
    );
  }

  receipt(holdId: string): Receipt {
    const ended = this.events(holdId).find((event) => event.kind === "ended");
    if (ended?.kind !== "ended") throw new Error(`${holdId} has not ended`);
    return ended.receipt;
  }

  /** Cause, verdict and the reason of the refusal in one line. */
  end(holdId: string): string {
    const { endCause, verdict, refusal } = this.receipt(holdId);
    return [endCause, verdict, ...(refusal === undefined ? [] : [refusal.reason])].join(" ");
  }
}

export function refusalOf(reason: Reason): Refusal {
  return { reason, message: "as the test wants it", metadata: {} };
}

export const shutdown: Refusal = refusalOf("SHUTTING_DOWN");

/** After our FITHAW of samples' baseline: the generation stands still, ext4 has written two sectors. */
export function thawedLook(atUs: number, changed: Sight = {}): Look {
  return look(atUs, { state: stateReading("THAWED"), devices: [device(104)], ...changed });
}
