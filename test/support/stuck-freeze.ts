import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { rigSession } from "./rig-session.js";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("stuck_freeze.py", import.meta.url));

/** While it lives, every FIFREEZE of the mount blocks in flight, unkillable. `release` lets it land. */
export class StuckFreeze {
  readonly #process: TrackedProcess;

  private constructor(child: TrackedProcess) {
    this.#process = child;
  }

  /** Needs the requirement "userfaultfd". */
  static async hold(mountPoint: string): Promise<StuckFreeze> {
    (await rigSession()).assertOurs(mountPoint);
    const child = await startProcess("python3", [program, mountPoint]);
    await child.waitForLine(/^writing$/);
    // The write holds the superblock from the moment on in which it waits for its buffer.
    for (let tries = 0; !child.waitsIn.includes("userfault"); tries += 1) {
      if (tries > 500 || child.exit !== undefined) {
        throw new Error(`the write does not wait for its buffer (${child.waitsIn})`);
      }
      await sleep(10);
    }
    return new StuckFreeze(child);
  }

  async release(): Promise<void> {
    await this.#process.killAndWait();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
