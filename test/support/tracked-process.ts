import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { rigSession } from "./rig-session.js";
import { readProcess } from "./sweep.mjs";

export interface TrackedOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A session and process group of its own, so that a signal for the test does not reach it. */
  readonly detached?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that the rig's guard kills, with all its descendants, if the test does not. */
export class TrackedProcess {
  readonly pid: number;
  /** Whole lines of stdout so far. */
  readonly lines: string[] = [];
  stderr = "";
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #exit: Exit | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.lines.push(line);
        this.#notify();
      });
    }
    child.stdin?.on("error", () => {
      // It ended; `exited` tells.
    });
    this.exited = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
        this.#notify();
      });
    });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  send(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line from `from` on that matches; throws where it ends or where the limit passes before. */
  async waitForLine(pattern: RegExp, limitMs = 10_000, from = 0): Promise<string> {
    let next = from;
    const look = (): string | undefined => {
      for (; next < this.lines.length; next += 1) {
        const line = this.lines[next];
        if (line !== undefined && pattern.test(line)) return line;
      }
      return undefined;
    };
    const deadline = performance.now() + limitMs;
    for (;;) {
      const line = look();
      if (line !== undefined) return line;
      if (this.#exit !== undefined) {
        throw new Error(`process ${this.pid} ended without ${pattern}: ${this.stderr}`);
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no ${pattern} within ${limitMs} ms: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#listeners.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.#listeners.add(done);
      });
    }
  }

  /** "R", "S", "D", "Z" ... of the main thread; undefined where the process is gone. */
  get state(): string | undefined {
    return readProcess(this.pid)?.state;
  }

  /** Where in the kernel it waits. Safe on a frozen file system, unlike cmdline, environ and maps. */
  get waitsIn(): string {
    try {
      return readFileSync(`/proc/${this.pid}/wchan`, "utf8");
    } catch {
      return "";
    }
  }

  /** Waits for its end; throws where it has not come within the limit (a thread in D state keeps it). */
  async waitForExit(limitMs = 10_000): Promise<Exit> {
    const end = await Promise.race([this.exited, sleep(limitMs, undefined, { ref: false })]);
    if (end === undefined) {
      throw new Error(`process ${this.pid} (${this.state}) did not end within ${limitMs} ms`);
    }
    return end;
  }

  async killAndWait(limitMs = 10_000): Promise<Exit> {
    if (this.#exit === undefined) this.kill("SIGKILL");
    return this.waitForExit(limitMs);
  }
}

/** Starts a program whose stdin, stdout and stderr are pipes, known to the rig's guard. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: TrackedOptions = {},
): Promise<TrackedProcess> {
  const session = await rigSession();
  const child = spawn(command, [...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (child.pid === undefined) {
    return new Promise((_, reject) => {
      child.once("error", reject);
    });
  }
  session.watch(child.pid);
  return new TrackedProcess(child, child.pid);
}
