/**
 * A channel between two of our processes: JSON lines over an inherited socket, with heartbeats both
 * ways. It ends once, for one of three reasons: the peer closed it, the peer fell silent, or it
 * stopped reading. A killed peer's socket can stay open for as long as one of its threads is stuck
 * in the kernel, so silence counts as death.
 */
import { Socket } from "node:net";
import { aroundMessage } from "../observe/fail-points.js";
import { duplicate } from "../os/descriptors.js";
import { type Ends, messageEffect } from "./message-effects.js";

export interface ChannelOptions {
  /** Whose channel it is: its messages are fail points of these two. */
  readonly between?: Ends;
  /** Milliseconds on a clock that counts in suspend, for judging silence. */
  readonly nowMs: () => number;
  readonly heartbeatMs?: number;
  /** Silence longer than this ends the channel. */
  readonly silenceMs?: number;
  /**
   * The same before the peer's first heartbeat: it may just be starting, which takes a busy machine
   * many seconds.
   */
  readonly startMs?: number;
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (why: ChannelEnd) => void;
}

export type ChannelEnd = "closed" | "silent" | "not-reading" | "garbled";

export const defaultHeartbeatMs = 250;
export const defaultSilenceMs = 2_000 * slowness(process.env.FSFREEZED_SLOWNESS);
export const defaultStartMs = 15 * defaultSilenceMs;

/**
 * More than any answer we give (1,000 holds a page of a few KiB each), less than what would hurt.
 */
const maxLineBytes = 16 * 1024 * 1024;
const maxUnsentBytes = 32 * 1024 * 1024;
const heartbeat = { heartbeat: 1 };

export class LineChannel {
  readonly #reader: Socket;
  /**
   * Of its own descriptor: a write to a peer that has left fails, and would take the socket with
   * all that the peer said before with it.
   */
  readonly #writer: Socket;
  readonly #options: ChannelOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #heartbeatMs: number;
  readonly #silenceMs: number;
  /** How long the peer may be silent now. */
  #patienceMs: number;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #heardAt: number;
  #tickedAt: number;
  #ended = false;

  /** `fd`: a connected stream socket, which is the channel's from here on. */
  constructor(fd: number, options: ChannelOptions) {
    this.#writer = new Socket({ fd: duplicate(fd), readable: false, writable: true });
    this.#reader = new Socket({ fd, readable: true, writable: false });
    this.#options = options;
    this.#heartbeatMs = options.heartbeatMs ?? defaultHeartbeatMs;
    this.#silenceMs = options.silenceMs ?? defaultSilenceMs;
    this.#patienceMs = options.startMs ?? defaultStartMs;
    this.#heardAt = options.nowMs();
    this.#tickedAt = this.#heardAt;
    this.#reader.on("data", (chunk: Buffer) => this.#receive(chunk));
    for (const event of ["error", "close", "end"]) {
      this.#reader.on(event, () => this.#end("closed"));
    }
    this.#writer.on("error", () => {
      // The peer has left: the reader tells, after its last words.
    });
    // Looked at after the sockets of this turn were read: what has come already is heard first.
    this.#timer = setInterval(() => setImmediate(() => this.#tick()), this.#heartbeatMs);
  }

  send(message: object): void {
    if (!this.#ended) this.#say(message);
  }

  /** Ends it from this side; `onEnd` is not called. */
  close(): void {
    this.#stop();
    this.#destroy();
  }

  /** Bytes heard so far: of a peer that is dead they grow until its last word was read. */
  get heardBytes(): number {
    return this.#reader.bytesRead;
  }

  /** Lets what was sent go out, for as long as the peer may be silent, then closes. */
  finish(): Promise<void> {
    this.#stop();
    if (this.#writer.destroyed) {
      this.#destroy();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const patience = setTimeout(() => this.#destroy(), this.#silenceMs);
      this.#writer.once("close", () => {
        clearTimeout(patience);
        this.#destroy();
        resolve();
      });
      this.#writer.end(() => this.#destroy());
    });
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#timer);
  }

  #destroy(): void {
    this.#reader.destroy();
    this.#writer.destroy();
  }

  #say(message: object): void {
    const line = `${JSON.stringify(message)}\n`;
    this.#around("send", message, () => this.#writer.write(line));
    if (this.#writer.writableLength > maxUnsentBytes) this.#end("not-reading");
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#heardAt = this.#options.nowMs();
    let rest = chunk;
    for (;;) {
      const newline = rest.indexOf(10);
      if (newline < 0) break;
      this.#parts.push(rest.subarray(0, newline));
      const line = Buffer.concat(this.#parts).toString("utf8");
      this.#parts = [];
      this.#partsBytes = 0;
      rest = rest.subarray(newline + 1);
      this.#handle(line);
      if (this.#ended) return;
    }
    if (rest.length === 0) return;
    this.#parts.push(rest);
    this.#partsBytes += rest.length;
    if (this.#partsBytes > maxLineBytes) this.#end("garbled");
  }

  #handle(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#end("garbled");
      return;
    }
    if (typeof message !== "object" || message === null) this.#end("garbled");
    else {
      this.#around("receive", message, () => {
        if (!("heartbeat" in message)) this.#options.onMessage(message);
        // It comes from a timer of the peer's event loop, which turns only after the peer has
        // loaded its program; a greeting may come before that.
        else this.#patienceMs = this.#silenceMs;
      });
    }
  }

  #around(way: "send" | "receive", message: object, run: () => void): void {
    const { between } = this.#options;
    if (between === undefined) run();
    else aroundMessage(() => messageEffect(between, way, message), run);
  }

  #tick(): void {
    if (this.#ended) return;
    const now = this.#options.nowMs();
    const gap = now - this.#tickedAt - this.#heartbeatMs;
    // We slept ourselves (stopped, busy, suspended): that time says nothing about the peer. What
    // was heard since is not moved into the future, where it would excuse as long a silence.
    if (gap > this.#heartbeatMs) this.#heardAt = Math.min(now, this.#heardAt + gap);
    this.#tickedAt = now;
    if (now - this.#heardAt > this.#patienceMs) this.#end("silent");
    else this.#say(heartbeat);
  }

  #end(why: ChannelEnd): void {
    if (this.#ended) return;
    this.#stop();
    this.#destroy();
    this.#options.onEnd(why);
  }
}

/**
 * How many times slower than usual the operator says that this machine is, from 1 to 100: one that
 * emulates its processor, or that has far too few. A healthy process that gets no time must not be
 * taken for a hung one there.
 */
export function slowness(text: string | undefined): number {
  const factor = Number(text ?? "1");
  return factor >= 1 ? Math.min(factor, 100) : 1;
}
