/** Renews a hold by itself, at a third of its ttl, until `maxHold` is over. */
import { FreezeError } from "./errors.js";

export interface RenewalParts {
  /** Milliseconds from the start. */
  readonly maxHold: number;
  renew(ttl: number): Promise<unknown>;
  failed(error: FreezeError): void;
}

/** Two renewals may be lost before the deadline passes. */
const renewalsPerTtl = 3;
/** However short the ttl, this is not a flood. Longer than `longest` overflows Node's timers into "at once". */
const shortest = 50;
const longest = 2 ** 31 - 1;

export class Renewal {
  readonly #parts: RenewalParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * `ttl` in milliseconds, as in effect. Starts `maxHold` anew. `now`: what is left until the deadline is not known to be a whole ttl, so
   * the first renewal does not wait.
   */
  start(ttl: number, now = false): void {
    this.stop();
    // performance.now() is monotonic: a wall clock that is set must not end a hold.
    const end = performance.now() + this.#parts.maxHold;
    const period = Math.min(Math.max(ttl / renewalsPerTtl, shortest), longest);
    this.#timer = setInterval(() => this.#tick(ttl, end), period);
    // A hold that was forgotten must not keep its process alive by itself; an open stream does so only until the deadline.
    this.#timer.unref();
    if (now) this.#tick(ttl, end);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(ttl: number, end: number): void {
    const left = end - performance.now();
    // The last renewal ends the hold at maxHold; one that would bring the deadline nearer is no renewal.
    if (left <= ttl) this.stop();
    if (left <= ttl - ttl / renewalsPerTtl) return;
    this.#parts.renew(Math.min(ttl, left)).catch((error: unknown) => {
      if (error instanceof FreezeError) this.#parts.failed(error);
      else throw error;
    });
  }
}
