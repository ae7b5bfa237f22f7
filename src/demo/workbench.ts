/**
 * Everything that the demo makes lies in one directory, and a guard, a process of its own, undoes all of it when the demo is over:
 * also after Ctrl-C, and also when the demo itself is killed with SIGKILL.
 */
import { existsSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.js";

/** The tests' guard: plain JavaScript, it lives in the checkout beside `dist`. */
const guardProgram = fileURLToPath(new URL("../../test/support/guard.mjs", import.meta.url));

export class Workbench {
  readonly directory: string;
  readonly #guard: Program;
  readonly #programs: Program[] = [];
  #ending: Promise<boolean> | undefined;

  private constructor(directory: string, guard: Program) {
    this.directory = directory;
    this.#guard = guard;
  }

  static async create(): Promise<Workbench> {
    const directory = mkdtempSync(join(realpathSync(tmpdir()), "fsfreezed-demo-"));
    const guard = await Program.start("the guard", process.execPath, [
      guardProgram,
      directory,
      String(process.pid),
      startTime(),
    ]);
    await guard.waitForLine(/"ready":true/, 10_000);
    return new Workbench(directory, guard);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Thaws this mount after so many seconds, whatever becomes of the rest. */
  arm(mountPoint: string, seconds: number): void {
    this.#guard.send(JSON.stringify({ arm: mountPoint, seconds }));
  }

  /** Starts a program that ends with the demo at the latest. */
  async start(name: string, command: string, args: readonly string[]): Promise<Program> {
    if (this.#guard.hasEnded || this.#ending !== undefined) {
      throw new Error("the guard is gone: nothing is started without it");
    }
    const program = await Program.start(name, command, args);
    this.#guard.send(JSON.stringify({ watch: program.pid }));
    this.#programs.push(program);
    return program;
  }

  /** What the programs said on stderr. */
  get complaints(): readonly string[] {
    return this.#programs
      .filter(({ errors }) => errors !== "")
      .map(({ name, errors }) => `${name} said:\n${errors.trimEnd()}`);
  }

  /** Kills, thaws, unmounts, detaches and removes what is left. True where nothing remained. */
  undo(): Promise<boolean> {
    this.#ending ??= this.#undo();
    return this.#ending;
  }

  async #undo(): Promise<boolean> {
    this.#guard.send(JSON.stringify({ end: true }));
    await this.#guard.ended;
    return this.remains().length === 0;
  }

  /** What the kernel still knows of the directory. */
  remains(): readonly string[] {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(` ${this.directory}/`));
    return existsSync(this.directory) ? [this.directory, ...mounts] : mounts;
  }
}

/** Field 22 of /proc/self/stat: with it the guard knows this process from a later one of the same number. */
function startTime(): string {
  const text = readFileSync("/proc/self/stat", "utf8");
  const time = text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  if (time === undefined) throw new Error("/proc/self/stat has no start time");
  return time;
}
