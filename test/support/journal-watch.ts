/**
 * Looks all the time whether anything is frozen that no journal entry names. That it is frozen is said by a writer that waits
 * in the kernel for the thaw, so the look changes nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Writer } from "./writer.js";

const lookMs = 2;

export class JournalWatch {
  readonly #folder: string;
  readonly #writers: () => readonly Pick<Writer, "pid">[];
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #violations: string[] = [];

  /** `writers`: those whose file system nobody else freezes just now. */
  constructor(stateDir: string, writers: () => readonly Pick<Writer, "pid">[]) {
    this.#folder = join(stateDir, "journal", "grants");
    this.#writers = writers;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** Entries that name a freeze. */
  get entries(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(".json"));
    } catch {
      // The service tidied up at its end, or did not begin yet.
      return [];
    }
  }

  /** Looks that found something frozen: a watch that never saw anything proves nothing. */
  get looks(): number {
    return this.#looks;
  }

  get violations(): readonly string[] {
    return this.#violations;
  }

  #look(): void {
    for (const { pid } of this.#writers()) {
      const before = waitingSince(pid);
      if (before === undefined) continue;
      this.#looks += 1;
      if (this.entries.length > 0) continue;
      // It may have been thawed, and then forgotten, before the journal was read.
      if (waitingSince(pid) !== before) continue;
      this.#violations.push(`the file system of writer ${pid} is frozen and no entry names it`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/**
 * How often the process had slept before it began to wait for a thaw: the same number means the same wait. Undefined: it does
 * not wait for that. Every writer takes s_writers, a percpu_rw_semaphore (fs/super.c, sb_start_write; Linux 4.2 and later).
 */
export function waitingSince(pid: number): string | undefined {
  try {
    if (!readFileSync(`/proc/${pid}/wchan`, "utf8").includes("percpu_rwsem")) return undefined;
    return /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(
      readFileSync(`/proc/${pid}/status`, "utf8"),
    )?.[1];
  } catch {
    return undefined;
  }
}
