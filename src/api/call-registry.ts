/**
 * The calls that are open now, so that a shutdown can end each of them with a status. In its first phase nothing new is
 * admitted, and calls that wait for the guardian may still get their true end; in the second each ends at once.
 */
export interface OpenCall {
  /** First phase: end by yourself soon, or wait for what is sure to come. */
  closing?(): void;
  /** Second phase: end now. */
  expire(): void;
}

export class CallRegistry {
  readonly #calls = new Set<OpenCall>();
  /** Calls that may be open at once: a stream without a hold costs some 12 KiB (grpc-js 1.14.7). */
  readonly capacity: number;
  #phase: "open" | "closing" | "expired" = "open";
  #emptied: (() => void) | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get full(): boolean {
    return this.#calls.size >= this.capacity;
  }

  get closing(): boolean {
    return this.#phase !== "open";
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The call is told of a shutdown until the returned function is called. */
  enter(call: OpenCall): () => void {
    this.#calls.add(call);
    return () => {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#emptied?.();
    };
  }

  /** Resolves when every call has ended; `graceMs` later those that are left are told to end at once. */
  async close(graceMs: number): Promise<void> {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    for (const call of [...this.#calls]) call.closing?.();
    await this.#empty(graceMs);
    this.#phase = "expired";
    for (const call of [...this.#calls]) call.expire();
  }

  #empty(timeoutMs: number): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
