/** The writer as the demo sees it: by the lines that it reports, and by what the kernel says of its process. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Program } from "./program.js";
import type { Workbench } from "./workbench.js";

const writerProgram = fileURLToPath(new URL("writer-program.js", import.meta.url));

/** One record, with the times of the writer's own clock (CLOCK_MONOTONIC, milliseconds). */
export interface Write {
  readonly sequence: number;
  readonly startedMs: number;
  /** write(2) returned. */
  readonly writtenMs: number;
  /** fsync(2) returned. */
  readonly syncedMs: number;
}

/** The kernel's word on the writer's process. */
export interface BlockedAt {
  /** The last record whose fsync has returned. */
  readonly lastSynced: number;
  /** The kernel's function in which it sleeps; empty where the kernel does not tell. */
  readonly kernelFunction: string;
}

export class Writer {
  readonly #program: Program;
  readonly #writes: Write[] = [];

  private constructor(program: Program) {
    this.#program = program;
    program.onLine((line) => {
      const [sequence = Number.NaN, startedMs = 0, writtenMs = 0, syncedMs = 0] = line
        .split(" ")
        .map(Number);
      this.#writes.push({ sequence, startedMs, writtenMs, syncedMs });
    });
  }

  static async start(bench: Workbench, file: string): Promise<Writer> {
    return new Writer(await bench.start("the writer", process.execPath, [writerProgram, file]));
  }

  get pid(): number {
    return this.#program.pid;
  }

  get writes(): readonly Write[] {
    return this.#writes;
  }

  /** Waits until so many more records are on disk. */
  async waitForMore(count: number): Promise<void> {
    await this.waitFor(this.#writes.length + count);
  }

  /** Waits for this record's fsync. */
  async waitFor(sequence: number): Promise<Write> {
    const limit = performance.now() + 10_000;
    for (;;) {
      const found = this.#writes[sequence - 1];
      if (found !== undefined) return found;
      if (this.#program.hasEnded) throw new Error(`the writer ended\n${this.#program.errors}`);
      if (performance.now() > limit) throw new Error("the writer does not go on");
      await sleep(5);
    }
  }

  /**
   * Waits until the kernel has the writer in an uninterruptible sleep ("D") from which it does not come back by itself: a disk
   * makes it sleep so too, but for a moment only. `stat` and `wchan` can be read while something is frozen; `cmdline` and others hang.
   */
  async waitUntilBlocked(): Promise<BlockedAt> {
    const limit = performance.now() + 10_000;
    let since = { lastSynced: -1, atMs: 0 };
    for (;;) {
      const lastSynced = this.#writes.length;
      if (this.#state() !== "D" || lastSynced !== since.lastSynced) {
        since = { lastSynced, atMs: performance.now() };
      } else if (performance.now() - since.atMs > 50) {
        return { lastSynced, kernelFunction: this.#kernelFunction() };
      }
      if (performance.now() > limit) throw new Error("the writer is not blocked");
      await sleep(5);
    }
  }

  #state(): string {
    const text = readFileSync(`/proc/${this.pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2, text.lastIndexOf(")") + 3);
  }

  #kernelFunction(): string {
    try {
      const name = readFileSync(`/proc/${this.pid}/wchan`, "latin1");
      return name === "0" ? "" : name;
    } catch {
      // A kernel without it (CONFIG_KALLSYMS).
      return "";
    }
  }

  async stop(): Promise<void> {
    this.#program.kill("SIGKILL");
    await this.#program.ended;
  }
}

const bars = " ▁▂▃▄▅▆▇█";

/** One character for each slice of time: how many records the writer got onto the disk in it. */
export function chart(
  writes: readonly Write[],
  fromMs: number,
  sliceMs: number,
  slices: number,
): string {
  const counts = Array.from({ length: slices }, () => 0);
  for (const { syncedMs } of writes) {
    const slice = Math.floor((syncedMs - fromMs) / sliceMs);
    const before = counts[slice];
    if (before !== undefined) counts[slice] = before + 1;
  }
  const most = Math.max(1, ...counts);
  return counts.map((count) => bars[Math.ceil((count / most) * (bars.length - 1))] ?? " ").join("");
}
