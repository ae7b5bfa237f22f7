/** One HoldFreeze stream: commands and their answers by number, events as they come, and one end. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ClientDuplexStream, status as codes } from "@grpc/grpc-js";
import { receiptOf } from "./decode-receipt.js";
import { cancelledError, errorOfStatus, FreezeError, type GrpcStatus } from "./errors.js";
import { ErrorReason as PbErrorReason } from "./gen/fsfreeze/v1/errors_pb.js";
import type {
  HoldFailed,
  HoldFreezeRequestSchema,
  HoldFreezeResponse,
} from "./gen/fsfreeze/v1/hold_stream_pb.js";
import type { Receipt } from "./model.js";
import { nameOf } from "./names.js";

export type HoldCall = ClientDuplexStream<
  MessageInitShape<typeof HoldFreezeRequestSchema>,
  HoldFreezeResponse
>;
export type Command = NonNullable<MessageInitShape<typeof HoldFreezeRequestSchema>["command"]>;
export type StreamEvent = HoldFreezeResponse["event"];
type EventCase = NonNullable<StreamEvent["case"]>;
type EventValues = {
  readonly [C in EventCase]: Extract<StreamEvent, { readonly case: C }>["value"];
};

/** How the stream ended. `error` is undefined for status OK; the receipt is there where `ended` came before it. */
export interface Outcome {
  readonly error: FreezeError | undefined;
  readonly receipt: Receipt | undefined;
}

export interface StreamListener {
  event(event: StreamEvent): void;
  /** Once, after the last event. */
  ended(outcome: Outcome): void;
}

interface Pending {
  readonly expects: EventCase;
  answer(event: StreamEvent): void;
  fail(error: FreezeError): void;
}

const codeOfFailed = "FAILED_PRECONDITION";

function errorOfFailed(failed: HoldFailed): FreezeError {
  return new FreezeError({
    reason: nameOf(PbErrorReason, failed.reason),
    code: codeOfFailed,
    message: failed.message,
    metadata: failed.metadata,
  });
}

export class HoldStream {
  readonly #call: HoldCall;
  readonly #listener: StreamListener;
  readonly #pending = new Map<bigint, Pending>();
  #lastSeq = 0n;
  #receipt: Receipt | undefined;
  #status: GrpcStatus | undefined;
  #allRead = false;
  #cancelled = false;
  #outcome: Outcome | undefined;

  constructor(call: HoldCall, listener: StreamListener) {
    this.#call = call;
    this.#listener = listener;
    call.on("data", (message: HoldFreezeResponse) => this.#take(message));
    // The status event tells the same; without a listener Node would throw it.
    call.on("error", () => {});
    // grpc-js emits the status at once, while messages before it may still lie in the stream's buffer.
    call.on("status", (status: GrpcStatus) => {
      this.#status = status;
      this.#endIfDone();
    });
    call.on("end", () => {
      this.#allRead = true;
      this.#endIfDone();
    });
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Sends a command whose answer nobody waits for. */
  send(command: Command): bigint {
    this.#lastSeq += 1n;
    if (this.#outcome === undefined) this.#call.write({ seq: this.#lastSeq, command });
    return this.#lastSeq;
  }

  /** Sends a command; resolves with its answer, rejects when it is refused, or the stream ends, or `timeout` ms pass. */
  request<C extends EventCase>(
    command: Command,
    expects: C,
    timeout: number,
  ): Promise<EventValues[C]> {
    if (this.#outcome !== undefined) return Promise.reject(errorAfter(this.#outcome));
    const seq = this.send(command);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(seq);
        reject(timedOut(`no answer to ${command.case ?? "a command"} within ${timeout} ms`));
      }, timeout);
      this.#pending.set(seq, {
        expects,
        answer(event) {
          clearTimeout(timer);
          // #take compared the case with `expects`.
          resolve(event.value as EventValues[C]);
        },
        fail(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Ends the stream without a verdict; the service thaws (CLIENT_GONE). */
  cancel(): void {
    this.#cancelled = true;
    this.#call.cancel();
  }

  #take(message: HoldFreezeResponse): void {
    const { seq, event } = message;
    if (event.case === "ended" && event.value.receipt !== undefined)
      this.#receipt = receiptOf(event.value.receipt);
    // The listener first, so that whoever waits for the answer sees a hold that knows of it.
    this.#listener.event(event);
    const pending = this.#pending.get(seq);
    if (pending === undefined) return;
    if (event.case === "failed") {
      this.#pending.delete(seq);
      pending.fail(errorOfFailed(event.value));
    } else if (event.case === pending.expects) {
      this.#pending.delete(seq);
      pending.answer(event);
    }
  }

  #errorOf(status: GrpcStatus): FreezeError | undefined {
    if (status.code === codes.OK) return undefined;
    return this.#cancelled ? cancelledError() : errorOfStatus(status);
  }

  #endIfDone(): void {
    const status = this.#status;
    if (status === undefined || !this.#allRead || this.#outcome !== undefined) return;
    const receipt = this.#receipt;
    const error = this.#errorOf(status)?.withReceipt(receipt);
    const outcome: Outcome = { error, receipt: receipt ?? error?.receipt };
    this.#outcome = outcome;
    this.#listener.ended(outcome);
    const left = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of left) pending.fail(errorAfter(outcome));
  }
}

/** What a command meets when the hold has ended. */
export function errorAfter({ error, receipt }: Outcome): FreezeError {
  return (
    error ??
    new FreezeError({
      reason: "HOLD_ENDED",
      code: codeOfFailed,
      message: "the hold has ended",
      receipt,
    })
  );
}

export function timedOut(message: string): FreezeError {
  return new FreezeError({ reason: "TIMED_OUT", code: "DEADLINE_EXCEEDED", message });
}
