/** Where words go: results on stdout, the rest on stderr, either for people or as JSON lines. */
import { writeSync } from "node:fs";
import { FreezeError } from "@fsfreezed/client";
import { adviceFor } from "./advice.js";

/** One line of a stream in JSON; what it is about lies under a key of its own. */
export interface JsonMessage {
  readonly message_type: string;
  readonly [key: string]: unknown;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
}

const styles = { bold: [1, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
export type Style = keyof typeof styles;

/** False where nobody reads it any more: no reason to crash, least of all while something is frozen. */
function write(fd: 1 | 2, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A terminal or pipe that somebody else made non-blocking, and that is full.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      else return false;
    }
  }
  return true;
}

export class Output {
  readonly json: boolean;
  readonly #color: boolean;
  readonly #muted = new Set<1 | 2>();
  readonly #held: { readonly fd: 1 | 2; readonly text: string }[] = [];
  #progressShown = false;
  #readerGone = false;

  constructor({ json, env }: OutputOptions) {
    this.json = json;
    this.#color =
      process.stderr.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  }

  /** Nobody reads stdout any more, e.g. `head` has seen enough. */
  get readerGone(): boolean {
    return this.#readerGone;
  }

  /** Keeps what is written to a descriptor in memory, until `unmute`: its file lies on what is being frozen. */
  mute(fd: 1 | 2): void {
    this.#muted.add(fd);
  }

  unmute(): void {
    this.#muted.clear();
    for (const { fd, text } of this.#held.splice(0)) write(fd, text);
  }

  /** A result: text for people, or one JSON value on one line. */
  result(text: string, json: unknown): void {
    this.#line(1, this.json ? JSON.stringify(json) : text);
  }

  /** One message of a stream of results. */
  message(text: string, json: JsonMessage): void {
    this.result(text, json);
  }

  /** Something worth knowing, on stderr. In JSON mode only with a message of its own. */
  note(text: string, json?: JsonMessage): void {
    if (!this.json) this.#line(2, text);
    else if (json !== undefined) this.#line(2, JSON.stringify(json));
  }

  /** A line that the next one overwrites; only where somebody watches. */
  progress(text: string): void {
    if (this.json || process.stderr.isTTY !== true || this.#muted.has(2)) return;
    write(2, `\r\x1b[K${text}`);
    this.#progressShown = true;
  }

  /** What went wrong and what to do about it. */
  error(error: unknown, exitCode: number): void {
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof FreezeError ? adviceFor(error) : undefined;
    if (this.json) {
      const details =
        error instanceof FreezeError
          ? { reason: error.reason, code: error.code, metadata: error.metadata }
          : {};
      const json = { message_type: "error", ...details, message, hint, exit_code: exitCode };
      this.#line(2, JSON.stringify(json));
      return;
    }
    const reason = error instanceof FreezeError ? ` [${error.reason}]` : "";
    this.#line(2, `${this.style("red", "fsfreezectl:")} ${message}${reason}`);
    if (hint !== undefined) this.#line(2, `  ${hint}`);
  }

  style(style: Style, text: string): string {
    if (!this.#color) return text;
    const [on, off] = styles[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }

  #line(fd: 1 | 2, text: string): void {
    const line = `${text}\n`;
    if (this.#muted.has(fd)) {
      this.#held.push({ fd, text: line });
      return;
    }
    if (this.#progressShown) {
      write(2, "\r\x1b[K");
      this.#progressShown = false;
    }
    if (!write(fd, line) && fd === 1) this.#readerGone = true;
  }
}
