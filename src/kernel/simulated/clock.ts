import { clockBoottimeUs, clockRealtimeUs } from "../../os/process.js";
import type { Instant } from "../port.js";

/** The time of a simulated world. */
export interface SimulatedClock {
  now(): Instant;
  /** Resolves when so much time has passed. */
  sleep(ms: number): Promise<void>;
}

/** The machine's own time: for a daemon on a simulated world. */
export const realClock: SimulatedClock = {
  now: () => ({ wallUs: clockRealtimeUs(), bootUs: clockBoottimeUs() }),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

interface Sleeper {
  readonly dueUs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to advance: tests of time without waiting. */
export class FakeClock implements SimulatedClock {
  #instant: Instant;
  #sleepers: Sleeper[] = [];

  constructor(start: Instant = { wallUs: 1_700_000_000_000_000, bootUs: 1_000_000_000 }) {
    this.#instant = start;
  }

  now(): Instant {
    return this.#instant;
  }

  sleep(ms: number): Promise<void> {
    const dueUs = this.#instant.bootUs + ms * 1000;
    return new Promise((wake) => {
      this.#sleepers.push({ dueUs, wake });
    });
  }

  /** Wakes the sleepers in the order of their time, each at its own moment, and lets what they start run. */
  async advance(ms: number): Promise<void> {
    const end = this.#instant.bootUs + ms * 1000;
    await settle();
    for (;;) {
      const next = this.#sleepers
        .filter((sleeper) => sleeper.dueUs <= end)
        .reduce<Sleeper | undefined>(
          (a, b) => (a === undefined || b.dueUs < a.dueUs ? b : a),
          undefined,
        );
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#moveTo(Math.max(next.dueUs, this.#instant.bootUs));
      next.wake();
      await settle();
    }
    this.#moveTo(end);
  }

  #moveTo(bootUs: number): void {
    const passed = bootUs - this.#instant.bootUs;
    this.#instant = { wallUs: this.#instant.wallUs + passed, bootUs };
  }
}

/** Runs everything that is ready: setImmediate comes after all promises that are settled, and after those they settle. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
