/**
 * The file that a receipt goes to. It is made before the freeze, so that a wrong path costs no freeze, and written after the thaw: a
 * write to a frozen file system would never return.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type FreezeClient, FreezeError, type Receipt } from "@fsfreezed/client";
import { isFrozenNow } from "./own-files.js";
import { openFileOf } from "./processes.js";

export type Written = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const unanswered: ReadonlySet<string> = new Set(["UNREACHABLE", "TIMED_OUT", "PROTOCOL"]);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export class ReceiptFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #device: string | undefined;
  #open = true;

  /** Throws a system error where it cannot be made. */
  constructor(path: string) {
    // What is there is replaced at the end: that is for files, not for directories, pipes and devices.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error(`${path} is not a file`);
    this.path = path;
    this.#temporary = `${path}.${process.pid}.partial`;
    this.#fd = openSync(this.#temporary, "wx", 0o644);
    this.#device = openFileOf("self", this.#fd)?.device;
  }

  /** After the release. Asks the service first whether the file's own file system is frozen, e.g. by another hold. */
  async write(receipt: Receipt, client: FreezeClient): Promise<Written> {
    const obstacle = await this.#obstacle(client);
    if (obstacle !== undefined) {
      this.#close();
      return { ok: false, problem: obstacle };
    }
    try {
      writeSync(this.#fd, `${JSON.stringify(receipt, undefined, 2)}\n`);
      fsyncSync(this.#fd);
      renameSync(this.#temporary, this.path);
      return { ok: true };
    } catch (error) {
      this.#remove();
      return { ok: false, problem: messageOf(error) };
    } finally {
      this.#close();
    }
  }

  /** There is no receipt to write. Leaves the unfinished file behind rather than wait for a thaw. */
  async discard(client: FreezeClient): Promise<void> {
    if (this.#open && (await this.#obstacle(client)) === undefined) this.#remove();
    this.#close();
  }

  /** Why nothing may be written now: better no file than a process that nobody can kill. */
  async #obstacle(client: FreezeClient): Promise<string | undefined> {
    const [major, minor] = (this.#device ?? "").split(":").map(Number);
    if (major === undefined || minor === undefined) return undefined;
    const target = { deviceNumber: { major, minor } };
    try {
      const frozen = isFrozenNow(await client.isFrozen(target, { timeout: 1_000 }));
      return frozen ? `the file system of ${this.path} is still frozen` : undefined;
    } catch (error) {
      // Refused: the service knows no such file system (tmpfs, NFS ...), so it froze none either.
      if (error instanceof FreezeError && !unanswered.has(error.reason)) return undefined;
      return `nobody can say whether the file system of ${this.path} is frozen: ${messageOf(error)}`;
    }
  }

  #remove(): void {
    try {
      unlinkSync(this.#temporary);
    } catch {
      // Nothing depends on it.
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }
}
