import { readFileSync } from "node:fs";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = new URL("relay.py", import.meta.url);

/**
 * Lets a client call as another user. The whole relay runs as that user and forwards bytes, so that no file of this project
 * has to be readable for it; the socket itself must be.
 */
export class Relay {
  /** As clients write it. */
  readonly address: string;
  readonly #process: TrackedProcess;

  private constructor(address: string, child: TrackedProcess) {
    this.address = address;
    this.#process = child;
  }

  /** Needs the requirements "setpriv" and "python3". */
  static async start(socket: string, uid: number): Promise<Relay> {
    const child = await startProcess("setpriv", [
      ...[`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
      ...["python3", "-u", "-c", readFileSync(program, "utf8"), socket],
    ]);
    const [, port] = (await child.waitForLine(/^port \d+$/)).split(" ");
    return new Relay(`127.0.0.1:${port}`, child);
  }

  /** SIGKILL breaks the connections off, SIGSTOP swallows what is sent. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.killAndWait();
  }
}
