/** COMMAND as a process: its end, and the signals that it gets. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: NodeJS.Signals }
  | { readonly kind: "not-started"; readonly error: NodeJS.ErrnoException };

export class Child {
  readonly #process: ChildProcess;
  readonly ended: Promise<ChildEnd>;
  #end: ChildEnd | undefined;

  /** In our own session and process group: a terminal stays COMMAND's, too. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    const [file = "", ...args] = command;
    this.#process = spawn(file, args, { stdio: "inherit", env });
    this.ended = new Promise((resolve) => {
      const end = (how: ChildEnd) => {
        this.#end ??= how;
        resolve(this.#end);
      };
      this.#process.once("error", (error) => end({ kind: "not-started", error }));
      this.#process.once("exit", (code, signal) => {
        if (signal !== null) end({ kind: "killed", signal });
        else end({ kind: "exited", code: code ?? 0 });
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#end === undefined;
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (!this.running || pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in this moment, or it runs as another user (sudo) and is not ours to signal.
    }
  }

  /** True when it ended within `ms`. */
  async endsWithin(ms: number): Promise<boolean> {
    if (!this.running) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    const inTime = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    return inTime;
  }

  /** Nothing of it keeps this process alive any more. */
  abandon(): void {
    this.#process.unref();
  }

  /**
   * Whether a Ctrl-C at the terminal reaches COMMAND by itself: the kernel sends it to the whole foreground process group, and a
   * second SIGINT from us would be a second Ctrl-C, which many programs take as "at once, without cleaning up".
   */
  hearsTheTerminal(): boolean {
    const [ours, theirs] = [terminalOf(process.pid), terminalOf(this.pid ?? -1)];
    if (ours === undefined || theirs === undefined) return false;
    return ours.terminal !== 0 && ours.group === ours.foreground && ours.group === theirs.group;
  }
}

/** Fields 5, 7 and 8 of /proc/PID/stat: proc(5). */
function terminalOf(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      group: Number(fields[2]),
      terminal: Number(fields[4]),
      foreground: Number(fields[5]),
    };
  } catch {
    return undefined;
  }
}
