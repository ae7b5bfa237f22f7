/**
 * Events of a hold, handled one turn of the event loop after they came. Answers resolve a promise, which takes a few
 * microtasks, and one that the guardian gave before an event must not be told after it, least of all after `ended`.
 */
import type { StreamEvent } from "../channel/messages.js";

export class DeferredEvents {
  readonly #handle: (event: StreamEvent) => void;
  readonly #turn: (run: () => void) => void;
  #events: StreamEvent[] = [];
  #scheduled = false;
  #held = true;

  /** `turn` runs what comes out of the event loop, where a fault must be caught. Nothing is handled before `release`. */
  constructor(handle: (event: StreamEvent) => void, turn: (run: () => void) => void) {
    this.#handle = handle;
    this.#turn = turn;
  }

  push(event: StreamEvent): void {
    this.#events.push(event);
    this.#schedule();
  }

  /** From here on events are handled: `opened` has been told. */
  release(): void {
    this.#held = false;
    this.#schedule();
  }

  /** Handles at once what came up to and with the first of this kind; nothing where there is none. */
  flushThrough(kind: StreamEvent["kind"]): void {
    const index = this.#events.findIndex((event) => event.kind === kind);
    this.#drain(index + 1);
  }

  clear(): void {
    this.#events = [];
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn(() => this.#drain(this.#events.length));
    });
  }

  #drain(count: number): void {
    for (const event of this.#events.splice(0, count)) this.#handle(event);
  }
}
