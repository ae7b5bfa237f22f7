/** A client of the public library in a process of its own, which a test may kill or stop at any moment. */
import { fileURLToPath } from "node:url";
import type { HoldOptions } from "@fsfreezed/client";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("client-program.mjs", import.meta.url));

export interface ClientAnswer {
  readonly event: string;
  readonly holdId?: string;
  readonly resumeToken?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
  /** The receipt's file form: proto3 JSON. */
  readonly receipt?: object;
}

export class ClientProcess {
  readonly #process: TrackedProcess;

  private constructor(child: TrackedProcess) {
    this.#process = child;
  }

  /** Resolves when it takes commands. */
  static async start(): Promise<ClientProcess> {
    const child = await startProcess(process.execPath, [program]);
    await child.waitForLine(/"ready"/, 20_000);
    return new ClientProcess(child);
  }

  hold(
    address: string,
    targets: readonly string[],
    options: Pick<HoldOptions, "ttl" | "autoRenew" | "linger" | "purpose" | "freezeTimeout"> = {},
    limitMs?: number,
  ): Promise<ClientAnswer> {
    return this.ask({ do: "hold", address, targets, options }, limitMs);
  }

  resume(address: string, holdId: string, resumeToken: string): Promise<ClientAnswer> {
    return this.ask({ do: "resume", address, holdId, resumeToken });
  }

  /** The answer to a command, or `{ event: "gone" }` where the process ends before it comes. */
  async ask(
    command: { readonly do: string } & Readonly<Record<string, unknown>>,
    limitMs = 30_000,
  ): Promise<ClientAnswer> {
    const from = this.#process.lines.length;
    this.#process.send(JSON.stringify(command));
    const answer = new RegExp(`"(done|failed):${command.do}"`);
    try {
      return parse(await this.#process.waitForLine(answer, limitMs, from));
    } catch (error) {
      if (this.#process.exit === undefined) throw error;
      return { event: "gone" };
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    await this.#process.killAndWait();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function parse(line: string): ClientAnswer {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("event" in value)) {
    throw new Error(`the client says ${line}`);
  }
  return value as ClientAnswer;
}
