/**
 * The order of a stream's commands. They run one at a time, as they came; but what cancels a freeze (`thaw`, `release`, a
 * half-close) passes ahead of everything while a freeze is pending. A freeze that a later command cancels is never begun:
 * otherwise `freeze, thaw, freeze, thaw` would leave it frozen. Pure bookkeeping, no effects.
 */
import type { HoldCommand } from "../channel/messages.js";

export type Waiting =
  | { readonly kind: "command"; readonly seq: bigint; readonly command: HoldCommand }
  /** `release{}`, or a half-close, which has no seq. */
  | { readonly kind: "release"; readonly seq: bigint };

export type Step =
  /** Run this one. `cancelled`: freezes before it that will not be begun. `overtaken`: others that never will be run. */
  | {
      readonly kind: "run";
      readonly next: Waiting;
      readonly cancelled: readonly bigint[];
      readonly overtaken: readonly bigint[];
    }
  | { readonly kind: "nothing" };

const nothing: Step = { kind: "nothing" };

const isFreeze = (w: Waiting): boolean => w.kind === "command" && w.command.kind === "freeze";
const isThaw = (w: Waiting): boolean => w.kind === "command" && w.command.kind === "thaw";

export class CommandQueue {
  readonly #capacity: number;
  #waiting: Waiting[] = [];
  #released = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** False where there is no room. A release always has room, and nothing counts that comes after it. */
  push(waiting: Waiting, freezePending: boolean): boolean {
    if (this.#released) return true;
    if (waiting.kind === "release") this.#released = true;
    else if (this.#waiting.length >= this.#capacity && !(freezePending && isThaw(waiting)))
      return false;
    this.#waiting.push(waiting);
    return true;
  }

  /** Something waits that thaws: the client must not have to read first. */
  get urgent(): boolean {
    return this.#waiting.some((w) => isThaw(w) || w.kind === "release");
  }

  /** What may run while nothing else does. */
  nextIdle(): Step {
    const cancelled: bigint[] = [];
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) return nothing;
      const doomed = isFreeze(next) && this.#waiting.some((w) => isThaw(w) || w.kind === "release");
      if (!doomed) return { kind: "run", next, cancelled, overtaken: [] };
      cancelled.push(next.seq);
    }
  }

  /** What may run while a freeze is pending; `thawing`: a thaw has passed ahead already. */
  nextWhileFreezing(thawing: boolean): Step {
    const release = this.#waiting.findIndex((w) => w.kind === "release");
    const thaw = thawing ? -1 : this.#waiting.findIndex(isThaw);
    const index = release >= 0 ? release : thaw;
    const next = this.#waiting[index];
    if (next === undefined) return nothing;
    const before = this.#waiting.slice(0, index);
    const cancelled = before.filter(isFreeze).map((w) => w.seq);
    const others = before.filter((w) => !isFreeze(w));
    if (next.kind === "release") {
      this.#waiting = [];
      return { kind: "run", next, cancelled, overtaken: others.map((w) => w.seq) };
    }
    this.#waiting = [...others, ...this.#waiting.slice(index + 1)];
    return { kind: "run", next, cancelled, overtaken: [] };
  }
}
