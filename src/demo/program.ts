/** A child process whose lines of stdout can be waited for. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** As much of stderr as is kept, to be shown where something failed. */
const keptErrorBytes = 16_384;

export class Program {
  readonly pid: number;
  readonly name: string;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #onLine = new Set<(line: string) => void>();
  #errors = "";
  #hasEnded = false;

  private constructor(name: string, child: ChildProcess, pid: number) {
    this.name = name;
    this.pid = pid;
    this.#child = child;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error(`${name} has no pipes`);
    createInterface({ input: stdout }).on("line", (line) => {
      for (const listener of this.#onLine) listener(line);
    });
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-keptErrorBytes);
    });
    child.stdin?.on("error", () => {
      // It has ended, which `ended` tells.
    });
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#hasEnded = true;
        resolve(code ?? signal ?? -1);
      });
    });
  }

  /**
   * In a session of its own: Ctrl-C reaches the whole foreground group of a terminal, and here the demo alone decides in
   * which order things end.
   */
  static start(name: string, command: string, args: readonly string[]): Promise<Program> {
    const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], detached: true });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => {
        if (child.pid !== undefined) resolve(new Program(name, child, child.pid));
      });
    });
  }

  get errors(): string {
    return this.#errors;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onLine(listener: (line: string) => void): void {
    this.#onLine.add(listener);
  }

  /** The next line that matches. Rejects where it ends before, or at the limit. */
  waitForLine(pattern: RegExp, limitMs: number): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#onLine.delete(look);
      };
      const fail = (problem: string) => {
        stop();
        reject(new Error(`${this.name} ${problem}\n${this.#errors}`.trimEnd()));
      };
      const look = (line: string) => {
        const match = pattern.exec(line);
        if (match === null) return;
        stop();
        resolve(match);
      };
      const timer = setTimeout(() => fail(`was silent for ${limitMs} ms`), limitMs);
      this.#onLine.add(look);
      void this.ended.then((how) => fail(`ended (${how})`));
    });
  }

  send(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
