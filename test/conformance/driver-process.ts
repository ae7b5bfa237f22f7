/** A driver: a program of some language that speaks the protocol of README.md, "The driver". */
import { rigSession } from "../support/rig-session.js";
import { type Exit, startProcess, type TrackedProcess } from "../support/tracked-process.js";
import { at, differences, shown } from "./match.js";
import { messageProblems } from "./messages.js";

type Record_ = Readonly<Record<string, unknown>>;

export interface DriverEvent extends Record_ {
  readonly event: string;
}

/** An answer to a command. */
export type Answer =
  | { readonly kind: "ok"; readonly ok: Record_ }
  | { readonly kind: "error"; readonly error: Record_ };

interface Ready {
  readonly language: string;
  readonly forms: readonly string[];
}

export class DriverProcess {
  readonly ready: Ready;
  readonly #process: TrackedProcess;
  /** What was said in both directions, for whoever must find out what went wrong. */
  readonly #transcript: string[] = [];
  readonly #answers = new Map<number, Answer>();
  readonly #events: DriverEvent[] = [];
  /** Events that a step has waited for. */
  readonly #taken = new Set<DriverEvent>();
  readonly #problems: string[] = [];
  #read: number;
  #lastId = 0;

  private constructor(child: TrackedProcess, ready: Ready, read: number) {
    this.#process = child;
    this.ready = ready;
    this.#read = read;
  }

  /** Resolves when it takes commands. */
  static async start(commandLine: readonly string[]): Promise<DriverProcess> {
    const [command = "", ...args] = commandLine;
    const child = await startProcess(command, args, { cwd: (await rigSession()).directory });
    const line = await child.waitForLine(/./, 20_000);
    const ready = parse(line);
    const { language, forms = [] } = ready ?? {};
    if (ready?.event !== "ready" || typeof language !== "string" || !Array.isArray(forms)) {
      await child.killAndWait();
      throw new Error(`the first line is not \`ready\`: ${line}\n${child.stderr}`);
    }
    return new DriverProcess(child, { language, forms: forms.map(String) }, 1);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get exit(): Exit | undefined {
    return this.#process.exit;
  }

  /** Sends a command; its answer is had by `answer`. */
  send(command: string, fields: Record_): number {
    this.#lastId += 1;
    const line = JSON.stringify({ id: this.#lastId, do: command, ...fields });
    this.#transcript.push(`-> ${line}`);
    this.#process.send(line);
    return this.#lastId;
  }

  async answer(id: number, what: string, limitMs: number): Promise<Answer> {
    return await this.#wait(`answer to ${what}`, limitMs, () => this.#answers.get(id));
  }

  /** The first event that fits and was not waited for before; others are passed over. */
  async event(name: string, expected: Record_, limitMs: number): Promise<DriverEvent> {
    const found = await this.#wait(`event ${name} with ${shown(expected)}`, limitMs, () =>
      this.#find(name, expected),
    );
    this.#taken.add(found);
    return found;
  }

  /** An event that fits, of those that came so far and were not waited for. */
  seen(name: string, expected: Record_): DriverEvent | undefined {
    this.#take();
    return this.#find(name, expected);
  }

  signal(signal: NodeJS.Signals): void {
    this.#transcript.push(`   ${signal}`);
    this.#process.kill(signal);
  }

  waitForExit(limitMs: number): Promise<Exit> {
    return this.#process.waitForExit(limitMs);
  }

  /** Closes its stdin; it has to end by itself, with status 0. */
  async finish(limitMs = 10_000): Promise<void> {
    if (this.#process.exit === undefined) {
      this.#process.endInput();
      const { code, signal } = await this.#process.waitForExit(limitMs);
      if (code !== 0) throw new Error(`it ended with ${code ?? signal} at the end of its input`);
    }
    this.#take();
    const [problem] = this.#problems;
    if (problem !== undefined) throw new Error(problem);
  }

  async kill(): Promise<void> {
    await this.#process.killAndWait();
  }

  /** The last of what it said. */
  report(lines = 40): string {
    this.#take();
    const said = this.#transcript.slice(-lines).map((line) => line.slice(0, 1_500));
    const stderr = this.#process.stderr.slice(-3_000);
    return [...said, ...(stderr === "" ? [] : [`stderr: ${stderr}`])].join("\n");
  }

  #find(name: string, expected: Record_): DriverEvent | undefined {
    return this.#events.find(
      (event) =>
        event.event === name &&
        !this.#taken.has(event) &&
        differences(expected, event).length === 0,
    );
  }

  async #wait<T>(what: string, limitMs: number, look: () => T | undefined): Promise<T> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      this.#take();
      const found = look();
      if (found !== undefined) return found;
      if (this.#process.exit !== undefined) {
        const { code, signal } = this.#process.exit;
        throw new Error(`no ${what}: the driver ended (${code ?? signal})`);
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no ${what} within ${limitMs} ms`);
      // Resolves with the next line, whatever it says.
      await this.#process.waitForLine(/^/, left, this.#read).catch(() => {});
    }
  }

  #take(): void {
    const { lines } = this.#process;
    for (; this.#read < lines.length; this.#read += 1) {
      const line = lines[this.#read] ?? "";
      this.#transcript.push(`<- ${line}`);
      const message = parse(line);
      if (message === undefined) this.#problems.push(`not a JSON object: ${line}`);
      else if (typeof message.event === "string") this.#events.push(message as DriverEvent);
      else this.#takeAnswer(message, line);
    }
  }

  #takeAnswer(message: Record_, line: string): void {
    const { id, ok, error } = message;
    const isObject = (value: unknown): value is Record_ =>
      typeof value === "object" && value !== null;
    if (typeof id !== "number" || this.#answers.has(id) || isObject(ok) === isObject(error)) {
      this.#problems.push(`neither event nor answer: ${line}`);
      return;
    }
    if (isObject(ok)) this.#answers.set(id, { kind: "ok", ok });
    else if (isObject(error)) this.#answers.set(id, { kind: "error", error });
    for (const part of ["ok", "error"]) {
      const told = at(message, part);
      if (isObject(told)) this.#problems.push(...messageProblems(told));
    }
  }
}

function parse(line: string): Record_ | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record_) : undefined;
  } catch {
    return undefined;
  }
}
