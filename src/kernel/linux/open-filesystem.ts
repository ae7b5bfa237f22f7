/** One file system, open from before its freeze until after its thaw. */
import { clockBoottimeUs, clockRealtimeUs } from "../../os/process.js";
import { closeFd } from "../../os/sockets.js";
import type {
  CallResult,
  DeviceCounters,
  FilesystemIdentity,
  GenerationReading,
  Instant,
  Look,
  OpenFilesystem,
  StateReading,
} from "../port.js";
import { fifreeze, fithaw, type Outcome, syncfs } from "./syscalls.js";
import type { Lanes } from "./thread-lanes.js";

export function now(): Instant {
  return { wallUs: clockRealtimeUs(), bootUs: clockBoottimeUs() };
}

/** What can be seen of a file system at a moment; each part is read without blocking. */
export interface Sight {
  readonly state: StateReading;
  readonly generation: GenerationReading;
  readonly readOnly: boolean;
  readonly superblock?: string;
}

export interface Observer {
  /**
   * State before generation: a generation that stands still proves a state only when it was read
   * after it.
   */
  see(): Sight;
  /** The devices' counters; empty where they are not known. */
  counters(): readonly DeviceCounters[];
  /** After a freeze: devices cannot change any more until the thaw. */
  refreshDevices(): void;
  /**
   * A freeze of ours succeeded and the generation read `before` it: one that did not move does not
   * count here.
   */
  checkGeneration(before: GenerationReading): void;
  close(): void;
}

export class LinuxFilesystem implements OpenFilesystem {
  readonly identity: FilesystemIdentity;
  readonly #fd: number;
  readonly #observer: Observer;
  readonly #lanes: Lanes;
  #running = 0;
  #closed = false;

  constructor(fd: number, identity: FilesystemIdentity, observer: Observer, lanes: Lanes) {
    this.#fd = fd;
    this.identity = identity;
    this.#observer = observer;
    this.#lanes = lanes;
  }

  /**
   * What is looked at after the call is part of it: a handle closed meanwhile closes after that.
   */
  freeze(): Promise<CallResult> {
    return this.#call(async () => {
      const before = this.#observer.see();
      const result = await this.#lanes.freeze.run(() => this.#timed(fifreeze));
      if (result.errno === undefined) {
        this.#observer.refreshDevices();
        if (!before.readOnly) this.#observer.checkGeneration(before.generation);
      }
      return result;
    });
  }

  thaw(): Promise<CallResult> {
    return this.#call(() => this.#lanes.thaw.run(() => this.#timed(fithaw)));
  }

  syncfs(): Promise<CallResult> {
    return this.#call(() => this.#lanes.freeze.run(() => this.#timed(syncfs)));
  }

  look(): Look {
    this.#mustBeOpen();
    // The clock first: what is seen then holds at least until this instant.
    const at = now();
    const { state, generation, readOnly, superblock } = this.#observer.see();
    const devices = this.#observer.counters();
    return {
      at,
      state,
      generation,
      devices,
      readOnly,
      ...(superblock === undefined ? {} : { superblock }),
    };
  }

  /**
   * The descriptor's number must not be used again while a call with it waits for a thread: that
   * call would freeze another file system. So it closes when the last call has returned.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running === 0) this.#release();
  }

  #release(): void {
    // The observer first: while the descriptor is open the superblock's address is not used again.
    this.#observer.close();
    closeFd(this.#fd);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error(`${this.identity.mountPoint} was closed`);
  }

  async #call(run: () => Promise<CallResult>): Promise<CallResult> {
    this.#mustBeOpen();
    this.#running += 1;
    try {
      return await run();
    } finally {
      this.#running -= 1;
      if (this.#closed && this.#running === 0) this.#release();
    }
  }

  async #timed(call: (fd: number) => Promise<Outcome>): Promise<CallResult> {
    const startedAt = now();
    const answer = await call(this.#fd);
    const returnedAt = now();
    return "errno" in answer
      ? { errno: answer.errno, startedAt, returnedAt }
      : { startedAt, returnedAt };
  }
}
