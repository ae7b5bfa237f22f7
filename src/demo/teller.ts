/** Prints the demo's time line. Whatever it prints carries the mark of the simulated kernel, where it runs on that. */

export interface TellerOptions {
  /** Put before every line. */
  readonly mark: string;
  readonly color: boolean;
  readonly write: (text: string) => void;
}

export type Tone = "plain" | "good" | "bad" | "bold";

const codes: Readonly<Record<Tone, string>> = {
  plain: "",
  good: "\u001b[32m",
  bad: "\u001b[31m",
  bold: "\u001b[1m",
};

export class Teller {
  readonly #options: TellerOptions;
  readonly #startMs = performance.now();
  #silent = false;
  #failures = 0;
  #checks = 0;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** One or more lines without a time. */
  say(text = "", tone: Tone = "plain"): void {
    if (this.#silent) return;
    const { mark, color, write } = this.#options;
    for (const line of text.split("\n")) {
      const painted = color && codes[tone] !== "" ? `${codes[tone]}${line}\u001b[0m` : line;
      write(`${`${mark}${painted}`.trimEnd()}\n`);
    }
  }

  heading(text: string): void {
    this.say();
    this.say(text, "bold");
  }

  /** Something that happens now. */
  at(text: string): void {
    this.say(`${this.seconds.toFixed(3).padStart(8)} s  ${text}`);
  }

  /** What belongs to the line before. */
  more(text: string): void {
    for (const line of text.split("\n")) this.say(`${" ".repeat(12)}${line}`);
  }

  check(holds: boolean, text: string): void {
    this.#checks += 1;
    if (!holds) this.#failures += 1;
    this.say(`  ${holds ? "ok    " : "FAILED"}  ${text}`, holds ? "plain" : "bad");
  }

  /** After an interruption nothing of what was under way is told any more. */
  silence(): void {
    this.#silent = true;
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  get failures(): number {
    return this.#failures;
  }

  get checks(): number {
    return this.#checks;
  }
}
