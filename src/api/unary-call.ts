/** One unary call of grpc-js: answered exactly once, or cancelled. */
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { Owner } from "../hold/model.js";
import type { CallRegistry } from "./call-registry.js";
import { type Failure, grpcStatus, shuttingDown } from "./errors.js";

export class UnaryCall {
  readonly owner: Owner;
  readonly #callback: sendUnaryData<Buffer>;
  readonly #leave: () => void;
  readonly #listeners: (() => void)[] = [];
  #state: "running" | "cancelled" | "answered" = "running";

  constructor(
    call: ServerUnaryCall<Buffer, Buffer>,
    callback: sendUnaryData<Buffer>,
    owner: Owner,
    calls: CallRegistry,
  ) {
    this.owner = owner;
    this.#callback = callback;
    this.#leave = calls.enter({
      expire: () => {
        for (const listener of this.#listeners) listener();
        this.fail(shuttingDown);
      },
    });
    // grpc-js says `cancelled` after every call, also after one that was answered.
    call.on("cancelled", () => {
      if (this.#state !== "running") return;
      this.#state = "cancelled";
      this.#leave();
      for (const listener of this.#listeners) listener();
    });
  }

  /** True once nobody waits for the answer: the client cancelled, is gone, or its deadline passed. */
  get cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Once nobody will see the handler's answer any more. */
  onCancelled(listener: () => void): void {
    this.#listeners.push(listener);
  }

  respond(bytes: Buffer): void {
    if (this.#answer()) this.#callback(null, bytes);
  }

  fail(problem: Failure): void {
    if (this.#answer()) this.#callback(grpcStatus(problem));
  }

  #answer(): boolean {
    if (this.#state !== "running") return false;
    this.#state = "answered";
    this.#leave();
    return true;
  }
}
