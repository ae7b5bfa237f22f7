/** The signals that end a hold, as events that can be waited for. */

const watched = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndingSignal = (typeof watched)[number];

export class Signals {
  readonly #received: EndingSignal[] = [];
  readonly #waiting: { readonly count: number; resolve(signal: EndingSignal): void }[] = [];
  readonly #listener = (signal: NodeJS.Signals) => this.#take(signal as EndingSignal);

  constructor() {
    for (const signal of watched) process.on(signal, this.#listener);
  }

  /** The first one, the second one ... at once where it came already. */
  nth(count: number): Promise<EndingSignal> {
    const already = this.#received[count - 1];
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  close(): void {
    for (const signal of watched) process.off(signal, this.#listener);
  }

  #take(signal: EndingSignal): void {
    this.#received.push(signal);
    for (const { count, resolve } of this.#waiting)
      if (count === this.#received.length) resolve(signal);
  }
}
