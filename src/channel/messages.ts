/**
 * What our processes say to each other. JSON lines; the versions of the package are compared at
 * hello, so these types need no compatibility of their own.
 */
import type {
  FilesystemStatus,
  HoldEvent,
  Holder,
  HoldStatus,
  HoldView,
  OpenRequest,
  Owner,
  Receipt,
  ResumeRequest,
} from "../hold/model.js";
import type { Refusal, Result } from "../hold/refusal.js";
import type { Capabilities, Instant, TargetSpec } from "../kernel/port.js";

/** One command of a HoldFreeze stream to its own hold. */
export type HoldCommand =
  | { readonly kind: "freeze" }
  | { readonly kind: "thaw" }
  | { readonly kind: "renew"; readonly ttlMs?: number }
  | { readonly kind: "status" };

export type CommandAnswer =
  | { readonly kind: "frozen"; readonly hold: HoldView; readonly skewUs: number }
  | { readonly kind: "thawed"; readonly stillFrozenBy: readonly Holder[] }
  | { readonly kind: "renewed"; readonly expiresAt: Instant }
  | { readonly kind: "status"; readonly status: HoldStatus };

/**
 * What reaches a hold's stream: its own events, that another stream has the hold now (the last that
 * this one hears of it), or that the guardian is gone (it thaws; the receipt is found later through
 * GetHold).
 */
export type StreamEvent =
  | HoldEvent
  | { readonly kind: "taken-over"; readonly refusal: Refusal }
  | { readonly kind: "lost"; readonly refusal: Refusal };

/**
 * How a hold's stream came to its end. `gone`: the client is lost, and the hold lingers if that was
 * asked for. `dismissed`: it is lost to us and cannot come back, or broke the rules of the stream:
 * the hold ends at once.
 */
export type StreamEnd = "released" | "gone" | "dismissed";

/** What ties a stream to its hold. */
export interface StreamTicket {
  /** Goes with everything that the stream says: what a displaced one says is not heard. */
  readonly generation: number;
  /** Secret, for the owner alone: lets one other stream take the hold over. */
  readonly resumeToken: string;
}

/** `ticket`: of a stream's hold. */
export interface OpenedHold {
  readonly hold: HoldView;
  readonly ticket?: StreamTicket;
}

export interface ResumedHold {
  readonly hold: HoldView;
  readonly ticket: StreamTicket;
}

/** Which hold a Thaw names. */
export type HoldReference =
  | { readonly kind: "id"; readonly holdId: string }
  | { readonly kind: "target"; readonly target: TargetSpec };

export interface GuardianHealth {
  /** Whether it can freeze, and why not. */
  readonly canFreeze: boolean;
  readonly detail: string;
  readonly kernel: "linux" | "simulated";
  readonly capabilities: Capabilities;
}

/**
 * The guardian as the api room sees it: a domain interface of plain values. Implemented over the
 * channel by channel/guardian-client.ts, and by a fake in the api's tests.
 */
export interface Guardian {
  /**
   * Opens a hold. Resolves as soon as it is accepted (nothing frozen yet) or refused. Every later
   * event of a stream's hold goes to `onEvent`, in order, `ended` last; those of a lease up to
   * `frozen`, which answers its Freeze, or `ended` where it never came so far. They may come before
   * the promise's continuation runs. A lease that a `requestId` made earlier is joined: a retry
   * sees `frozen` also when it happened before (an ended one is refused with HOLD_ENDED).
   */
  open(request: OpenRequest, onEvent: (event: StreamEvent) => void): Promise<Result<OpenedHold>>;
  /**
   * Takes a stream's hold over. Whoever listened to it hears `taken-over`, and nothing more; from
   * there on `onEvent` hears all. `frozen` is told to it also where it happened before.
   */
  resume(
    request: ResumeRequest,
    onEvent: (event: StreamEvent) => void,
  ): Promise<Result<ResumedHold>>;
  /**
   * A command of the hold's own stream. `freeze` resolves when all are frozen or it failed. Of a
   * stream that was displaced: HOLD_TAKEN_OVER.
   */
  command(holdId: string, generation: number, command: HoldCommand): Promise<Result<CommandAnswer>>;
  /**
   * The stream ended. `released` asks for the verdict; `gone` and `dismissed` thaw as CLIENT_GONE,
   * at once or after the hold's linger. Idempotent; the receipt comes as `ended`. Of a stream that
   * was displaced: nothing happens.
   */
  streamEnded(holdId: string, generation: number, how: StreamEnd): void;
  /**
   * The caller of Freeze went away before it was answered: the hold is given up unless another
   * waiter of its request_id remains.
   */
  abandon(holdId: string): void;
  /** Freeze was answered: from here on the hold belongs to its deadline alone. */
  answered(holdId: string): void;
  /**
   * Thaw: ends a hold. A broken or NOT_INTACT hold still resolves with its receipt; the api maps it
   * to a status.
   */
  thaw(caller: Owner, which: HoldReference): Promise<Result<Receipt>>;
  renew(caller: Owner, holdId: string, ttlMs: number | undefined): Promise<Result<HoldView>>;
  isFrozen(target: TargetSpec): Promise<Result<FilesystemStatus>>;
  getHold(holdId: string): Promise<Result<HoldView>>;
  /**
   * Live holds and ended ones, newest first; `after` is the last hold id of the page before ("" for
   * the first).
   */
  listHolds(page: {
    readonly size: number;
    readonly after: string;
  }): Promise<Result<{ readonly holds: readonly HoldView[]; readonly more: boolean }>>;
  health(): GuardianHealth;
  /** Called at each change of health(). */
  onHealth(listener: (health: GuardianHealth) => void): void;
}
