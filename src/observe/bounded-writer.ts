/**
 * Writes text to a descriptor without ever waiting for it. console.log into a file on a frozen file system blocks the main
 * thread, and a full pipe either blocks it too or grows memory without end. Here at most one fs.write is under way, on
 * libuv's pool; what does not fit into the buffer meanwhile is dropped and counted, and the count is written as a line of
 * its own as soon as there is room.
 */
import { write } from "node:fs";

/** The part of node:fs that is used, so that a test can stand in for a descriptor that hangs. */
export type WriteCall = (
  fd: number,
  data: Buffer,
  offset: number,
  length: number,
  position: null,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

export interface BoundedWriterOptions {
  readonly fd: number;
  /** Bytes that may wait. Beyond, whole lines are dropped. */
  readonly capacity: number;
  /** The line that tells of `count` dropped ones, with its newline. */
  readonly droppedLine: (count: number) => string;
  readonly write?: WriteCall;
}

/** A pipe that somebody made non-blocking answers EAGAIN while it is full: look again after so many milliseconds. */
const retryMs = 50;

export class BoundedWriter {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #droppedLine: (count: number) => string;
  readonly #write: WriteCall;
  #lines: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #droppedEver = 0;
  #busy = false;
  /** EPIPE, EBADF: nobody will ever read it again. */
  #broken = false;
  #idle: (() => void)[] = [];

  constructor(options: BoundedWriterOptions) {
    this.#fd = options.fd;
    this.#capacity = options.capacity;
    this.#droppedLine = options.droppedLine;
    this.#write = options.write ?? write;
  }

  /** Lines dropped since the start. */
  get dropped(): number {
    return this.#droppedEver;
  }

  /** Takes one line, newline included. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#broken || this.#bytes + bytes.length > this.#capacity) {
      this.#dropped++;
      this.#droppedEver++;
      return;
    }
    this.#append(bytes);
    this.#next();
  }

  /** Resolves when everything is written, or nothing more can be; at the latest after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #append(bytes: Buffer): void {
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
  }

  #next(): void {
    if (this.#busy) return;
    if (this.#dropped > 0 && !this.#broken) {
      this.#append(Buffer.from(this.#droppedLine(this.#dropped)));
      this.#dropped = 0;
    }
    if (this.#lines.length === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#busy = true;
    this.#send(Buffer.concat(this.#lines.splice(0)));
  }

  #send(data: Buffer): void {
    this.#write(this.#fd, data, 0, data.length, null, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#send(data), retryMs).unref();
        return;
      }
      if (error !== null) {
        this.#broken = true;
        this.#lines = [];
        this.#bytes = 0;
      } else {
        this.#bytes -= written;
        if (written < data.length) {
          this.#send(data.subarray(written));
          return;
        }
      }
      this.#busy = false;
      this.#next();
    });
  }
}
