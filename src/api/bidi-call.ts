/**
 * One bidirectional call of grpc-js, with what must be known about it kept in one place: how its end is to be read, that it
 * is ended with a status and never destroyed, and that a client that does not read may not make us grow.
 */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import type { StreamEnd } from "../channel/messages.js";
import { type Failure, grpcStatus } from "./errors.js";

export interface BidiListener<I extends DescMessage> {
  message(message: MessageShape<I>): void;
  /** Bytes that are not a message of this type. */
  malformed(): void;
  /** Once: how the client ended its side. Not called after `finish`. */
  ended(how: StreamEnd): void;
  /** The client has read so much that `congested` is false again. */
  drained(): void;
}

/** A client that says no more is waited for so long, in case it is cancelling: measured 0 to 26 ms, Node 20.20 on a busy machine. */
const halfCloseMs = 100;
/** While so many bytes wait for a client that reads slowly, what can be missed is not sent. */
const dropBytes = 16 * 1024;
/** While so many wait, answers that can wait should. */
const congestedBytes = 256 * 1024;
/** A client that leaves more than this unread, and goes on asking, is taken for gone. */
const overflowBytes = 1024 * 1024;
/** The same for answers that it is owed: a queue full of large ones has room. */
const owedBytes = 8 * 1024 * 1024;
/** What a queued message costs beside its bytes. */
const overheadBytes = 256;

export class BidiCall<I extends DescMessage, O extends DescMessage> {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #input: I;
  readonly #output: O;
  #finished = false;
  #decided = false;
  #gone = false;
  #waitingBytes = 0;
  #drained: () => void = () => {};

  constructor(call: ServerDuplexStream<Buffer, Buffer>, input: I, output: O) {
    this.#call = call;
    this.#input = input;
    this.#output = output;
  }

  /** Begins to read. Response headers go out at once: tonic's call returns to its caller only with them. */
  listen(listener: BidiListener<I>): void {
    const call = this.#call;
    this.#drained = () => listener.drained();
    call.sendMetadata(new Metadata());
    call.on("data", (bytes: Buffer) => {
      if (this.#finished || this.#gone) return;
      const message = this.#decode(bytes);
      if (message === undefined) listener.malformed();
      else listener.message(message);
    });
    const decide = (how: StreamEnd) => {
      if (how === "gone") this.#gone = true;
      if (this.#decided || this.#finished) return;
      this.#decided = true;
      listener.ended(how);
    };
    // A half-close, a cancelled call and the death of a client all begin with `end`, and `cancelled` is false in that moment. A
    // dead one's `cancelled` and `close` come in the same turn. Node's http2 cancels with two writes, END_STREAM and a turn of its
    // event loop later RST_STREAM (lib/internal/http2/core.js, closeStream): between them it looks like a half-close.
    call.on("end", () => {
      setTimeout(() => decide(call.cancelled ? "gone" : "released"), halfCloseMs);
    });
    call.on("cancelled", () => decide("gone"));
    call.on("close", () => decide("gone"));
    call.on("error", () => decide("gone"));
  }

  /**
   * False when the client leaves so much unread that the message was not taken: it should be treated as gone. `droppable` ones
   * are left out long before that, `owed` ones (answers to what was accepted) only long after, the `last` one never.
   */
  send(message: MessageInitShape<O>, kind: "owed" | "unasked" | "droppable" | "last"): boolean {
    if (this.#finished || this.#gone) return true;
    if (kind === "droppable" && this.#waitingBytes > dropBytes) return true;
    if (kind === "unasked" && this.#waitingBytes > overflowBytes) return false;
    if (kind === "owed" && this.#waitingBytes > owedBytes) return false;
    const bytes = encode(this.#output, message);
    const cost = bytes.length + overheadBytes;
    this.#waitingBytes += cost;
    this.#call.write(bytes, () => {
      const wasCongested = this.congested;
      this.#waitingBytes -= cost;
      if (wasCongested && !this.congested) this.#drained();
    });
    return true;
  }

  /** The client has much to read before it gets to anything new. */
  get congested(): boolean {
    return this.#waitingBytes > congestedBytes;
  }

  /** Ends the call; what was sent before goes out first. The first call counts. */
  finish(failure?: Failure): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#gone) return;
    // destroy(error) would send no status, and the client would wait for ever.
    if (failure === undefined) this.#call.end();
    else this.#call.emit("error", grpcStatus(failure));
  }

  #decode(bytes: Buffer): MessageShape<I> | undefined {
    try {
      return fromBinary(this.#input, bytes);
    } catch {
      return undefined;
    }
  }
}

/** grpc-js calls Buffer#copy on what it sends, so a bare Uint8Array will not do. */
export function encode<D extends DescMessage>(desc: D, message: MessageInitShape<D>): Buffer {
  const bytes = toBinary(desc, create(desc, message));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
