/** A process that changes a file system without pause, in one of many ways, and tells when each change was done. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("writer.py", import.meta.url));

export const writerKinds = [
  "buffered",
  "direct",
  "aio",
  "io_uring",
  "mmap",
  "truncate",
  "rename",
  "xattr",
  "mkdir",
  "unlink",
] as const;
export type WriterKind = (typeof writerKinds)[number];

export interface WriterRecord {
  readonly sequence: number;
  /** CLOCK_BOOTTIME in microseconds, before and after the operation. */
  readonly startUs: number;
  readonly endUs: number;
  readonly wallUs: number;
}

export class Writer {
  readonly kind: WriterKind;
  readonly #process: TrackedProcess;

  private constructor(kind: WriterKind, child: TrackedProcess) {
    this.kind = kind;
    this.#process = child;
  }

  /** Started when its first operation is done. Needs python3 (and the requirement "io_uring" for that kind). */
  static async start(kind: WriterKind, directory: string, pauseMs = 1): Promise<Writer> {
    const child = await startProcess("python3", [program, kind, directory, String(pauseMs)]);
    await child.waitForLine(/^0 /);
    return new Writer(kind, child);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get records(): readonly WriterRecord[] {
    return this.#process.lines.map((line) => {
      const [sequence = Number.NaN, start = Number.NaN, end = Number.NaN, wall = Number.NaN] = line
        .split(" ")
        .map(Number);
      return { sequence, startUs: start / 1000, endUs: end / 1000, wallUs: wall / 1000 };
    });
  }

  /** Operations that began and ended within this time (CLOCK_BOOTTIME, microseconds): none, where it was frozen. */
  inside(fromUs: number, toUs: number): readonly WriterRecord[] {
    return this.records.filter((record) => record.startUs >= fromUs && record.endUs <= toUs);
  }

  /** Operations that were held up for all of this time. */
  across(fromUs: number, toUs: number): readonly WriterRecord[] {
    return this.records.filter((record) => record.startUs <= fromUs && record.endUs >= toUs);
  }

  /** True where it does nothing for a while in an uninterruptible wait (an io_uring writer waits interruptibly). */
  async isBlocked(forMs = 100): Promise<boolean> {
    const before = this.#process.lines.length;
    await sleep(forMs);
    const waits = this.kind === "io_uring" ? ["D", "S"] : ["D"];
    return this.#process.lines.length === before && waits.includes(this.#process.state ?? "");
  }

  async waitUntilBlocked(limitMs = 10_000): Promise<void> {
    const start = performance.now();
    while (!(await this.isBlocked())) {
      if (this.#process.exit !== undefined)
        throw new Error(`writer ended: ${this.#process.stderr}`);
      if (performance.now() - start > limitMs) {
        throw new Error(`the ${this.kind} writer is not blocked (${this.#process.state})`);
      }
    }
  }

  /** Waits for an operation that begins after now. */
  async waitForProgress(limitMs = 10_000): Promise<void> {
    const next = this.#process.lines.length + 1;
    const start = performance.now();
    while (this.#process.lines.length <= next) {
      if (this.#process.exit !== undefined)
        throw new Error(`writer ended: ${this.#process.stderr}`);
      if (performance.now() - start > limitMs) {
        throw new Error(`the ${this.kind} writer does not go on (${this.#process.state})`);
      }
      await sleep(5);
    }
  }

  /** Ends it; waits, because a blocked writer ends only with the thaw. */
  async stop(limitMs = 10_000): Promise<void> {
    await this.#process.killAndWait(limitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
