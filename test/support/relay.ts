import { fileURLToPath } from "node:url";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("relay.py", import.meta.url));

/** A cable that can be cut, and a way for a client to call as another user. */
export class Relay {
  /** As clients write it. */
  readonly address: string;
  readonly #process: TrackedProcess;

  private constructor(address: string, child: TrackedProcess) {
    this.address = address;
    this.#process = child;
  }

  /** Needs the requirement "python3", and root for another uid than one's own. */
  static async start(socket: string, uid = 0): Promise<Relay> {
    const child = await startProcess("python3", ["-u", program, socket, String(uid)]);
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
