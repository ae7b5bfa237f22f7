/** One server-streaming call of grpc-js, written to by whoever has news, ended by the client or by a shutdown. */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { Metadata, type ServerWritableStream } from "@grpc/grpc-js";
import { encode } from "./bidi-call.js";
import type { CallRegistry } from "./call-registry.js";
import { type Failure, grpcStatus, shuttingDown } from "./errors.js";

export class ServerStreamCall<O extends DescMessage> {
  readonly #call: ServerWritableStream<Buffer, Buffer>;
  readonly #output: O;
  readonly #leave: () => void;
  readonly #listeners: (() => void)[] = [];
  #ended = false;

  constructor(call: ServerWritableStream<Buffer, Buffer>, output: O, calls: CallRegistry) {
    this.#call = call;
    this.#output = output;
    const end = () => this.finish(shuttingDown);
    this.#leave = calls.enter({ closing: end, expire: end });
    for (const event of ["cancelled", "close", "error"] as const) call.on(event, () => this.#end());
  }

  /** Response headers, before there is any news. */
  sendHeaders(): void {
    if (!this.#ended) this.#call.sendMetadata(new Metadata());
  }

  /** `sent` follows when it left for the network: not before that should more be sent. */
  send(message: MessageInitShape<O>, sent: () => void): void {
    if (!this.#ended) this.#call.write(encode(this.#output, message), () => sent());
  }

  finish(problem: Failure): void {
    if (this.#ended) return;
    this.#end();
    this.#call.emit("error", grpcStatus(problem));
  }

  /** Once, however it ends. */
  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    for (const listener of this.#listeners) listener();
  }
}
