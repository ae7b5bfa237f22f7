/**
 * libuv's threads, shared out. A FIFREEZE may sit in its thread for ever; if freezes could take all
 * of them, no thaw would ever run (measured: four stuck freezes stop the default pool). So calls
 * queue here, before libuv's own queue, and each kind has a bound that leaves threads to the
 * others. Thaws may have all: what delays a thaw is only other thaws.
 */

/**
 * libuv reads UV_THREADPOOL_SIZE once, when the pool starts; 4 is its default and 1024 its maximum.
 */
export function poolSize(environment: Readonly<Record<string, string | undefined>>): number {
  const asked = Number.parseInt(environment.UV_THREADPOOL_SIZE ?? "", 10);
  return Number.isNaN(asked) ? 4 : Math.min(Math.max(asked, 1), 1024);
}

export class Lane {
  readonly #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `call` when fewer than the limit are running, in the order of arrival. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((start) => this.#waiting.push(start));
    else this.#running += 1;
    try {
      return await call();
    } finally {
      // The place goes straight to the next in line, so that nobody who arrives meanwhile takes it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

export interface Lanes {
  /** FIFREEZE and syncfs: may block for ever. */
  readonly freeze: Lane;
  /** Lookups of paths: may wait for a disk. */
  readonly lookup: Lane;
  /**
   * FITHAW. More of them than threads wait here, because koffi bounds the calls that wait in libuv.
   */
  readonly thaw: Lane;
}

/** Half of the threads for freezes, a quarter for lookups, the rest always free for thaws. */
export function threadLanes(threads: number): Lanes {
  return {
    freeze: new Lane(Math.max(1, Math.floor(threads / 2))),
    lookup: new Lane(Math.max(1, Math.floor(threads / 4))),
    thaw: new Lane(threads),
  };
}
