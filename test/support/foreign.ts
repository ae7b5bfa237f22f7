/** Another program that interferes with a file system of the rig: fsfreeze(8), fstrim(8), dd(1), and a quick helper. */
import { fileURLToPath } from "node:url";
import { type CommandResult, must, run } from "./command.js";
import type { LoopFilesystem } from "./loop-filesystem.js";
import { rigSession } from "./rig-session.js";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("foreign.py", import.meta.url));

/** fsfreeze -f; for a test to judge, so it does not throw. */
export async function foreignFreeze(mountPoint: string): Promise<CommandResult> {
  (await rigSession()).assertOurs(mountPoint);
  return run("fsfreeze", ["-f", mountPoint]);
}

/** fsfreeze -u */
export async function foreignThaw(mountPoint: string): Promise<CommandResult> {
  (await rigSession()).assertOurs(mountPoint);
  return run("fsfreeze", ["-u", mountPoint]);
}

/** Discards the free space; returns the number of bytes that fstrim(8) reports. Works on a frozen file system. */
export async function foreignTrim(mountPoint: string): Promise<number> {
  (await rigSession()).assertOurs(mountPoint);
  const output = await must("fstrim", ["-v", mountPoint]);
  return Number(/\((\d+) bytes\)/.exec(output)?.[1] ?? 0);
}

/**
 * Writes to the block device below the file system, past its freeze. On ext4 and btrfs random bytes into the boot area, which
 * the file system does not use; on xfs, which has no such area, the same bytes again.
 */
export async function foreignRawWrite(filesystem: LoopFilesystem): Promise<void> {
  const { device } = filesystem;
  const from = filesystem.type === "xfs" ? device : "/dev/urandom";
  await must("dd", [`if=${from}`, `of=${device}`, "bs=512", "count=1", "conv=notrunc,fsync"]);
}

export interface ForeignAnswer {
  /** "" on success, else the name: "EBUSY". */
  readonly errno: string;
  readonly step: string;
  readonly us: number;
}

/** A process that waits, ready to freeze and thaw within microseconds, many times over. Needs python3. */
export class ForeignFreezer {
  readonly #process: TrackedProcess;

  private constructor(child: TrackedProcess) {
    this.#process = child;
  }

  static async start(): Promise<ForeignFreezer> {
    return new ForeignFreezer(await startProcess("python3", ["-u", program]));
  }

  get pid(): number {
    return this.#process.pid;
  }

  freeze(mountPoint: string): Promise<ForeignAnswer> {
    return this.#ask("freeze", mountPoint);
  }

  thaw(mountPoint: string): Promise<ForeignAnswer> {
    return this.#ask("thaw", mountPoint);
  }

  /** Thaw and freeze with nothing between. */
  refreeze(mountPoint: string): Promise<ForeignAnswer> {
    return this.#ask("refreeze", mountPoint);
  }

  /** Thaw, append to a file and sync it, freeze. */
  rewrite(mountPoint: string): Promise<ForeignAnswer> {
    return this.#ask("rewrite", mountPoint);
  }

  /** ext4 and xfs then answer as if their device were lost, until they are mounted anew. */
  shutDown(mountPoint: string): Promise<ForeignAnswer> {
    return this.#ask("shutdown", mountPoint);
  }

  async #ask(command: string, mountPoint: string): Promise<ForeignAnswer> {
    (await rigSession()).assertOurs(mountPoint);
    const from = this.#process.lines.length;
    this.#process.send(`${command} ${mountPoint}`);
    const answer: unknown = JSON.parse(await this.#process.waitForLine(/^\{/, 20_000, from));
    if (!isAnswer(answer)) throw new Error(`foreign.py answers ${JSON.stringify(answer)}`);
    return answer;
  }

  async stop(): Promise<void> {
    this.#process.endInput();
    await this.#process.waitForExit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function isAnswer(value: unknown): value is ForeignAnswer {
  return typeof value === "object" && value !== null && "errno" in value && "us" in value;
}
