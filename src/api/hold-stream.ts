/**
 * One HoldFreeze stream and its hold. The guardian decides what becomes of the hold; here is decided in which order it is
 * told, what the client hears of it, and that however the stream ends, the guardian is told so exactly once.
 */
import type {
  CommandAnswer,
  Guardian,
  HoldCommand,
  OpenedHold,
  StreamEnd,
  StreamEvent,
} from "../channel/messages.js";
import type {
  HoldFreezeRequest,
  HoldFreezeRequestSchema,
  HoldFreezeResponseSchema,
  HoldOpen,
} from "../gen/fsfreeze/v1/hold_stream_pb.js";
import type { Limits } from "../hold/limits.js";
import type { Refusal, Result } from "../hold/refusal.js";
import type { Log } from "../observe/log.js";
import type { BidiCall, BidiListener } from "./bidi-call.js";
import type { CallRegistry, OpenCall } from "./call-registry.js";
import { CommandQueue, type Step, type Waiting } from "./command-queue.js";
import { decodeClientMessage } from "./decode-command.js";
import { decodeOpen, decodeResume, isResume } from "./decode-open.js";
import { DeferredEvents } from "./deferred-events.js";
import {
  answerMessage,
  eventMessage,
  failedMessage,
  frozenMessage,
  openedMessage,
  type StreamMessage,
} from "./encode-event.js";
import { streamEndStatus } from "./end-status.js";
import { type Failure, internalFailure, shuttingDown } from "./errors.js";
import type { StreamContext } from "./grpc-adapter.js";
import {
  cancelled,
  notAMessage,
  notOpened,
  notReading,
  openedTwice,
  overtaken,
  tooManyWaiting,
} from "./stream-refusals.js";

export interface HoldStreamDeps {
  readonly guardian: Guardian;
  readonly log: Log;
  readonly calls: CallRegistry;
  /** Told in `opened`, where known. */
  readonly limits?: Limits | undefined;
}

type Call = BidiCall<typeof HoldFreezeRequestSchema, typeof HoldFreezeResponseSchema>;

type Phase =
  /** For `open`. */
  | { readonly kind: "waiting" }
  /** The guardian has been asked. `giveUp`: end the hold as soon as there is one. */
  | { readonly kind: "opening"; readonly giveUp: boolean }
  | { readonly kind: "live"; readonly tie: Tie }
  /** The guardian knows that the stream ends; `ended` will come. */
  | { readonly kind: "ending"; readonly tie: Tie }
  | { readonly kind: "done" };

/** Which hold, and which of its streams this one is. */
interface Tie {
  readonly holdId: string;
  readonly generation: number;
}

/** A freeze that is not answered yet: the open's own, or a command's. */
interface Freezing {
  readonly seq: bigint;
  readonly by: "open" | "command";
  /** A thaw that cancels it is on its way. */
  thawing: boolean;
}

/** Commands that may wait for their turn. */
const queueCapacity = 64;

export class HoldStream implements BidiListener<typeof HoldFreezeRequestSchema>, OpenCall {
  readonly #deps: HoldStreamDeps;
  readonly #call: Call;
  readonly #context: StreamContext;
  readonly #leave: () => void;
  readonly #queue = new CommandQueue(queueCapacity);
  readonly #events = new DeferredEvents(
    (event) => this.#tell(event),
    (run) => this.#guarded(run),
  );
  #phase: Phase = { kind: "waiting" };
  #freezing: Freezing | undefined;
  /** A command other than freeze is with the guardian. */
  #running = false;
  /** The status that the stream gets in place of the one that its hold's end would give. */
  #verdict: Failure | undefined;

  constructor(call: Call, context: StreamContext, deps: HoldStreamDeps) {
    this.#call = call;
    this.#context = context;
    this.#deps = deps;
    this.#leave = deps.calls.enter(this);
    call.listen(this);
  }

  // What the client does.

  message(request: HoldFreezeRequest): void {
    this.#guarded(() => this.#message(request));
  }

  malformed(): void {
    this.#guarded(() => this.#giveUp(notAMessage));
  }

  ended(how: StreamEnd): void {
    this.#guarded(() => {
      if (how === "gone") this.#leaveNow();
      else if (this.#phase.kind === "waiting") this.#finish({ refusal: notOpened });
      else this.#accept({ kind: "release", seq: 0n });
    });
  }

  drained(): void {
    this.#guarded(() => this.#pump());
  }

  #message(request: HoldFreezeRequest): void {
    const phase = this.#phase.kind;
    if (phase === "ending" || phase === "done") return;
    const message = decodeClientMessage(request);
    if (message.kind === "malformed") this.#giveUp(message.refusal);
    else if (phase === "waiting") {
      if (message.kind === "open") this.#open(message.seq, message.open);
      else this.#giveUp(notOpened);
    } else if (message.kind === "open") this.#giveUp(openedTwice);
    else if (message.kind === "refused") this.#failed(message.seq, message.refusal, "unasked");
    else this.#accept(message);
  }

  #accept(waiting: Waiting): void {
    if (this.#queue.push(waiting, this.#freezing !== undefined)) this.#pump();
    else this.#failed(waiting.seq, tooManyWaiting(queueCapacity), "unasked");
  }

  // What the guardian says.

  #open(seq: bigint, open: HoldOpen): void {
    const { owner, deadlineMs } = this.#context;
    const { guardian } = this.#deps;
    if (isResume(open)) {
      const request = decodeResume(open, owner, deadlineMs);
      this.#request(seq, request, (resume) => guardian.resume(resume, this.#listen));
    } else {
      const request = decodeOpen(open, owner, deadlineMs);
      if (request.ok && request.value.freezeOnOpen) this.#awaitFrozen(seq);
      this.#request(seq, request, (value) => guardian.open(value, this.#listen));
    }
  }

  readonly #listen = (event: StreamEvent): void => {
    if (this.#phase.kind !== "done") this.#events.push(event);
  };

  #request<T>(seq: bigint, request: Result<T>, ask: (value: T) => Promise<Result<OpenedHold>>) {
    if (!request.ok) {
      this.#finish({ refusal: request.refusal });
      return;
    }
    this.#phase = { kind: "opening", giveUp: false };
    this.#ask(ask(request.value), (opened) => this.#opened(seq, opened));
  }

  #awaitFrozen(seq: bigint): void {
    this.#freezing = { seq, by: "open", thawing: false };
  }

  #opened(seq: bigint, opened: Result<OpenedHold>): void {
    if (!opened.ok) {
      this.#finish(this.#verdict ?? { refusal: opened.refusal });
      return;
    }
    const phase = this.#phase;
    const { hold, ticket } = opened.value;
    if (ticket === undefined) throw new Error("the guardian gave a stream no ticket");
    const tie = { holdId: hold.holdId, generation: ticket.generation };
    if (phase.kind !== "opening") {
      // The client left, or the stream was ended, before it was told the token: nobody can come back.
      this.#notify(tie, "dismissed");
      return;
    }
    this.#phase = { kind: "live", tie };
    // A hold that was taken over may be frozen or be freezing; `frozen` is told to this stream, too.
    if (hold.state === "FROZEN" || hold.state === "FREEZING") this.#awaitFrozen(seq);
    const { limits } = this.#deps;
    this.#send(openedMessage(seq, hold, ticket.resumeToken, this.#kernel, limits));
    this.#events.release();
    if (phase.giveUp) this.#end(tie, "dismissed");
    else this.#pump();
  }

  #tell(event: StreamEvent): void {
    if (this.#phase.kind === "done") return;
    switch (event.kind) {
      case "frozen":
        this.#frozen(event);
        break;
      case "progress":
        this.#call.send(eventMessage(this.#freezing?.seq ?? 0n, event, this.#kernel), "droppable");
        break;
      case "expiring":
      case "broken":
        this.#send(eventMessage(0n, event, this.#kernel), "unasked");
        break;
      case "ended": {
        this.#call.send(eventMessage(0n, event, this.#kernel), "last");
        const end = streamEndStatus(event.receipt);
        this.#finish(this.#verdict ?? (end.kind === "ok" ? undefined : end.failure));
        break;
      }
      case "taken-over":
      // The hold is another stream's now, so the guardian is not told that this one ends.
      case "lost":
        this.#finish(this.#verdict ?? { refusal: event.refusal });
        break;
      default:
        event satisfies never;
    }
  }

  #frozen(event: StreamEvent & { readonly kind: "frozen" }): void {
    const freezing = this.#freezing;
    // The freeze of a command is told by its answer.
    if (freezing?.by !== "open") return;
    this.#freezing = undefined;
    this.#send(frozenMessage(freezing.seq, event, this.#kernel));
    this.#pump();
  }

  // Commands, in their order.

  #pump(): void {
    if (this.#freezing !== undefined) {
      this.#take(() => this.#queue.nextWhileFreezing(this.#freezing?.thawing ?? false));
    } else if (!this.#running && (this.#queue.urgent || !this.#call.congested)) {
      this.#take(() => this.#queue.nextIdle());
    }
  }

  #take(nextStep: () => Step): void {
    if (this.#phase.kind !== "live") return;
    const { tie } = this.#phase;
    const { holdId } = tie;
    const step = nextStep();
    if (step.kind === "nothing") return;
    for (const seq of step.cancelled) this.#failed(seq, cancelled(holdId));
    for (const seq of step.overtaken) this.#failed(seq, overtaken(holdId));
    // A client that does not read may have been given up meanwhile.
    if (this.#phase.kind !== "live") return;
    if (step.next.kind === "release") this.#release(tie);
    else if (step.next.command.kind === "freeze") this.#freeze(tie, step.next.seq);
    else this.#run(tie, step.next.seq, step.next.command);
  }

  #freeze({ holdId, generation }: Tie, seq: bigint): void {
    const freezing: Freezing = { seq, by: "command", thawing: false };
    this.#freezing = freezing;
    const answer = this.#deps.guardian.command(holdId, generation, { kind: "freeze" });
    this.#ask(answer, (result) => {
      // A release has answered it already.
      if (this.#freezing !== freezing) return;
      this.#freezing = undefined;
      this.#answer(holdId, seq, result);
    });
  }

  #run({ holdId, generation }: Tie, seq: bigint, command: HoldCommand): void {
    const freezing = this.#freezing;
    if (freezing !== undefined) freezing.thawing = true;
    this.#running = true;
    this.#ask(this.#deps.guardian.command(holdId, generation, command), (result) => {
      this.#running = false;
      if (freezing !== undefined) this.#afterThaw(holdId, freezing, result.ok);
      this.#answer(holdId, seq, result);
    });
  }

  /** `freezing`: the freeze that the thaw was to cancel. */
  #afterThaw(holdId: string, freezing: Freezing, thawed: boolean): void {
    // All were frozen just before the thaw came: that is told first.
    this.#events.flushThrough("frozen");
    if (this.#freezing !== freezing) return;
    freezing.thawing = false;
    // A command's freeze has an answer of its own; that of the open has none.
    if (!thawed || freezing.by !== "open") return;
    this.#freezing = undefined;
    this.#failed(freezing.seq, cancelled(holdId));
  }

  #answer(holdId: string, seq: bigint, result: Result<CommandAnswer>): void {
    if (this.#phase.kind === "done") return;
    if (result.ok) this.#send(answerMessage(seq, result.value, holdId, this.#kernel));
    else this.#failed(seq, result.refusal);
    this.#pump();
  }

  // The end.

  #release(tie: Tie): void {
    this.#events.flushThrough("frozen");
    if (this.#phase.kind !== "live") return;
    this.#end(tie, "released");
    const freezing = this.#freezing;
    if (freezing === undefined) return;
    this.#freezing = undefined;
    this.#failed(freezing.seq, cancelled(tie.holdId));
  }

  /** Tells the guardian, and then waits for `ended`. */
  #end(tie: Tie, how: StreamEnd): void {
    this.#phase = { kind: "ending", tie };
    this.#notify(tie, how);
  }

  /** Where even this fails, the hold's deadline is what is left, and there is nobody to blame it on but the log. */
  #notify({ holdId, generation }: Tie, how: StreamEnd): void {
    try {
      this.#deps.guardian.streamEnded(holdId, generation, how);
    } catch (error) {
      internalFailure(this.#deps.log, error, "streamEnded");
    }
  }

  /** The client cannot be talked to any more: its hold ends, and then the stream with this reason. */
  #giveUp(refusal: Refusal): void {
    const phase = this.#phase;
    if (phase.kind === "ending" || phase.kind === "done") return;
    this.#verdict ??= { refusal };
    if (phase.kind === "waiting") this.#finish(this.#verdict);
    else if (phase.kind === "live") this.#end(phase.tie, "dismissed");
    else this.#phase = { kind: "opening", giveUp: true };
  }

  /** Nobody is there to be told anything. The first word about the end counts, so this one never undoes a release. */
  #leaveNow(why?: Failure): void {
    const phase = this.#phase;
    this.#finish(why);
    if (phase.kind === "live" || phase.kind === "ending") this.#notify(phase.tie, "gone");
  }

  #finish(why: Failure | undefined): void {
    if (this.#phase.kind === "done") return;
    this.#phase = { kind: "done" };
    this.#events.clear();
    this.#leave();
    this.#call.finish(why);
  }

  closing(): void {
    // Where there is a hold, the guardian's `ended` says how it went.
    if (this.#phase.kind === "waiting") this.#finish(shuttingDown);
  }

  expire(): void {
    this.#leaveNow(shuttingDown);
  }

  // Small things.

  get #kernel() {
    return this.#deps.guardian.health().kernel;
  }

  #send(message: StreamMessage, kind: "owed" | "unasked" = "owed"): void {
    const phase = this.#phase;
    if (phase.kind === "done" || this.#call.send(message, kind)) return;
    this.#giveUp(notReading("tie" in phase ? phase.tie.holdId : ""));
  }

  #failed(seq: bigint, refusal: Refusal, kind: "owed" | "unasked" = "owed"): void {
    this.#send(failedMessage(seq, refusal), kind);
  }

  #ask<T>(question: Promise<T>, answered: (answer: T) => void): void {
    question.then(
      (answer) => this.#guarded(() => answered(answer)),
      (error: unknown) => this.#fault(error),
    );
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#leaveNow(internalFailure(this.#deps.log, error, "HoldFreeze"));
  }
}
