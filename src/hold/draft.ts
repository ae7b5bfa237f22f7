/** The working copy of one step: readable state, changes, effects. Nothing outlives the step but what `finish` returns. */
import type { Instant, Look } from "../kernel/port.js";
import type { Effect, Reply } from "./effects.js";
import type { Limits } from "./limits.js";
import type { HoldEvent, IntervalReceipt } from "./model.js";
import { ok, type Refusal } from "./refusal.js";
import type { Epoch, Hold, HoldFilesystem, Member, Phase, State } from "./state.js";

export type Archived = Effect & { readonly kind: "archive" };

export class Draft {
  readonly holds: Map<string, Hold>;
  readonly epochs: Map<string, Epoch>;
  readonly effects: Effect[] = [];
  readonly now: Instant;
  readonly looks: ReadonlyMap<string, Look>;
  readonly limits: Limits;
  readonly host: Host;
  closed: Refusal | undefined;
  #nextEpoch: number;

  constructor(
    state: State,
    now: Instant,
    looks: ReadonlyMap<string, Look>,
    limits: Limits,
    host: Host,
  ) {
    this.holds = new Map(state.holds);
    this.epochs = new Map(state.epochs);
    this.closed = state.closed;
    this.#nextEpoch = state.nextEpoch;
    this.now = now;
    this.looks = looks;
    this.limits = limits;
    this.host = host;
  }

  takeEpochId(): number {
    return this.#nextEpoch++;
  }

  setPhase(hold: Hold, phase: Phase): Hold {
    return this.put({ ...hold, phase });
  }

  setMember(hold: Hold, key: string, member: Member, interval?: IntervalReceipt | undefined): Hold {
    const fs = hold.filesystems.get(key);
    if (fs === undefined) throw new Error(`hold ${hold.id} has no file system ${key}`);
    const intervals = interval === undefined ? fs.intervals : [...fs.intervals, interval];
    const next: HoldFilesystem = { ...fs, member, intervals };
    return this.put({ ...hold, filesystems: new Map(hold.filesystems).set(key, next) });
  }

  put(hold: Hold): Hold {
    this.holds.set(hold.id, hold);
    return hold;
  }

  /** The hold as it is now; callers that iterate over a snapshot use it because an earlier turn may have changed or ended it. */
  current(id: string): Hold | undefined {
    return this.holds.get(id);
  }

  /** A hold that came to its end within this very step: by a look or a deadline that was found before the input was heard. */
  justEnded(match: (entry: Archived) => boolean): Archived | undefined {
    for (const effect of this.effects)
      if (effect.kind === "archive" && match(effect)) return effect;
    return undefined;
  }

  reply(replyTo: string, value: Reply): void {
    this.effects.push({ kind: "reply", replyTo, result: ok(value) });
  }

  refuse(replyTo: string, refusal: Refusal): void {
    this.effects.push({ kind: "reply", replyTo, result: { ok: false, refusal } });
  }

  tell(holdId: string, event: HoldEvent): void {
    this.effects.push({ kind: "event", holdId, event });
  }

  finish(): { readonly state: State; readonly effects: readonly Effect[] } {
    return {
      state: {
        holds: this.holds,
        epochs: this.epochs,
        nextEpoch: this.#nextEpoch,
        closed: this.closed,
      },
      effects: this.effects,
    };
  }
}

/** Who issues the receipts. */
export interface Host {
  readonly name: string;
  readonly bootId: string;
}
