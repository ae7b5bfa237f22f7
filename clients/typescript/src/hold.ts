/** A hold tied to its stream: what `client.hold` returns. */
import { holdInfoOf, holdStatusOf, limitsOf, planOf, progressOf } from "./decode.js";
import { filesystemOf, frozenByOf } from "./decode-common.js";
import { FreezeError } from "./errors.js";
import type { HoldBroken, HoldOpened } from "./gen/fsfreeze/v1/hold_stream_pb.js";
import { EndCause as PbEndCause } from "./gen/fsfreeze/v1/receipt_pb.js";
import {
  errorAfter,
  type HoldStream,
  type Outcome,
  type StreamEvent,
  timedOut,
} from "./hold-stream.js";
import type { FrozenBy, HoldInfo, HoldStatus, Limits, Plan, Progress, Receipt } from "./model.js";
import { nameOf } from "./names.js";
import { Renewal } from "./renewal.js";
import { dateOf, durationOf } from "./times.js";
import { type AcceptOptions, errorOfReceipt } from "./verdict.js";

/** Told while a hold lives. Keep them short: they run between the messages of the stream. */
export interface HoldListeners {
  /** How far freezing is, at most about 5 times a second for each file system. */
  readonly onProgress?: (progress: Progress) => void;
  /** The deadline is near. With automatic renewal: `maxHold` is about to end it. */
  readonly onExpiring?: (expireTime: Date | undefined) => void;
  /** An automatic renewal was refused; the hold goes on to its deadline. */
  readonly onRenewFailed?: (error: FreezeError) => void;
}

export interface HoldBehaviour extends AcceptOptions, HoldListeners {
  /** Renew by itself for as long as the process is alive and well. */
  readonly autoRenew: boolean;
  /** Milliseconds that automatic renewal may keep one freeze, from `frozen`. */
  readonly maxHold: number;
  /** Milliseconds that a command may take. */
  readonly timeout: number;
}

export interface ReleaseOptions extends AcceptOptions {
  /** Milliseconds to wait for the verdict. Default: 60,000. The service goes on thawing in any case. */
  readonly timeout?: number;
}

const defaultReleaseTimeout = 60_000;
/** freeze_timeout's default in the contract, where the service did not tell the one in effect. */
const defaultFreezeTimeout = 30_000;

export let deliver: (hold: Hold, event: StreamEvent) => void;
export let end: (hold: Hold, outcome: Outcome) => void;

/**
 * Keeps a set of file systems frozen until it is released, its process ends, its connection breaks, or its deadline passes.
 *
 * Made by `client.hold` and `client.resume`. Use it with `await using`, or call `release()` in a `finally`.
 */
export class Hold implements AsyncDisposable {
  /** The service's limits that the times were clamped to. */
  readonly limits: Limits;
  /** What was to be frozen, and in which order, where the service plans. */
  readonly plan: Plan | undefined;
  /** Secret: lets another stream of the same owner take the hold over. Empty where the service does not serve that. */
  readonly resumeToken: string;

  readonly #stream: HoldStream;
  readonly #behaviour: HoldBehaviour;
  readonly #breaking = new AbortController();
  readonly #renewal: Renewal;
  #info: HoldInfo;
  #expireTime: Date | undefined;
  #ending: "released" | "cancelled" | undefined;
  readonly #ended: Promise<Outcome>;
  #resolveEnded: (outcome: Outcome) => void = () => {};

  static {
    deliver = (hold, event) => hold.#deliver(event);
    end = (hold, outcome) => hold.#end(outcome);
  }

  /** @internal */
  constructor(stream: HoldStream, opened: HoldOpened, behaviour: HoldBehaviour) {
    if (opened.hold === undefined) throw protocolError("`opened` without a hold");
    this.#stream = stream;
    this.#behaviour = behaviour;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#info = holdInfoOf(opened.hold);
    this.#expireTime = this.#info.expireTime;
    this.limits = limitsOf(opened.limits);
    this.plan = opened.plan === undefined ? undefined : planOf(opened.plan);
    this.resumeToken = opened.resumeToken;
    this.#renewal = new Renewal({
      maxHold: behaviour.maxHold,
      renew: (ttl) => this.renew(ttl),
      failed: (error) => {
        // With the stream gone there is `broken`, and nothing left to renew.
        if (stream.outcome === undefined) behaviour.onRenewFailed?.(error);
      },
    });
    // One that was taken over while frozen: its deadline may be nearer than its first renewal would be.
    if (this.#info.state === "FROZEN") this.#startRenewal(true);
  }

  /** Opaque; give it to programs that ask about the hold. */
  get id(): string {
    return this.#info.holdId;
  }

  /** The hold as the service last told all of it: when it was opened, and at each `frozen`. */
  get info(): HoldInfo {
    return this.#info;
  }

  /** The deadline by the service's wall clock, with all renewals. Undefined: none runs. */
  get expireTime(): Date | undefined {
    return this.#expireTime;
  }

  /** The receipt, once the hold has ended and the service could tell. */
  get receipt(): Receipt | undefined {
    return this.#stream.outcome?.receipt;
  }

  /**
   * Fires at once when the hold breaks, expires, is ended by somebody else, or its stream is lost: what is copied from then on
   * is worthless. `reason` is the FreezeError. It does not fire after `release()` or `cancel()`.
   */
  get broken(): AbortSignal {
    return this.#breaking.signal;
  }

  /** Throws the FreezeError that broke the hold; does nothing while it holds. */
  throwIfBroken(): void {
    this.#breaking.signal.throwIfAborted();
  }

  /**
   * Sets a new deadline, `ttl` milliseconds from now (default: the ttl in effect), and resolves with it. It may be sooner: the service
   * clamps it to its limits. Rejects with FREEZE_BROKEN, FROZEN_TOO_LONG, or NOT_FROZEN.
   */
  async renew(ttl?: number): Promise<Date | undefined> {
    const { expireTime } = await this.#stream.request(
      { case: "renew", value: ttl === undefined ? {} : { ttl: durationOf(ttl) } },
      "renewed",
      this.#behaviour.timeout,
    );
    return expireTime === undefined ? undefined : dateOf(expireTime);
  }

  /** What this hold holds, and what the kernel says. */
  async status(): Promise<HoldStatus> {
    const { timeout } = this.#behaviour;
    return holdStatusOf(
      await this.#stream.request({ case: "status", value: {} }, "status", timeout),
    );
  }

  /**
   * Freezes all file systems of the hold (again): a new interval in the receipt, with a new ttl. Resolves when all are frozen; at once
   * while they are.
   */
  async freeze(): Promise<HoldInfo> {
    const limit = this.#info.effective.freezeTimeout ?? defaultFreezeTimeout;
    const presync = this.#info.effective.presync?.timeout ?? 0;
    const { hold } = await this.#stream.request(
      { case: "freeze", value: {} },
      "frozen",
      limit + presync + this.#behaviour.timeout,
    );
    return hold === undefined ? this.#info : holdInfoOf(hold);
  }

  /** Drops this hold's part in the freeze but keeps the hold. Resolves with who else keeps any of it frozen. */
  async thaw(): Promise<readonly FrozenBy[]> {
    this.#renewal.stop();
    const { stillFrozenBy } = await this.#stream.request(
      { case: "thaw", value: {} },
      "thawed",
      Math.max(this.#behaviour.timeout, defaultReleaseTimeout),
    );
    return stillFrozenBy.map(frozenByOf);
  }

  /**
   * Thaws, and resolves with the receipt when the hold held: it was frozen without a gap, and nothing changed, until now.
   *
   * Rejects with FREEZE_BROKEN (NOT_INTACT), UNPROVEN (unless accepted), NOT_FROZEN (never frozen), HOLD_EXPIRED, HOLD_ENDED (somebody
   * else ended it), UNREACHABLE; the error carries the receipt where there is one. It is thawed in all of these cases. May be called
   * again: the outcome is the same.
   */
  async release(options: ReleaseOptions = {}): Promise<Receipt> {
    const asked = this.#ending !== undefined || this.#stream.outcome === undefined;
    if (this.#ending === undefined && this.#stream.outcome === undefined) {
      this.#ending = "released";
      this.#renewal.stop();
      this.#stream.send({ case: "release", value: {} });
    }
    const { error, receipt } = await this.#outcomeWithin(options.timeout ?? defaultReleaseTimeout);
    if (error !== undefined) throw error;
    if (receipt === undefined) throw protocolError("the stream ended without a receipt");
    const bad = errorOfReceipt(receipt, {
      acceptUnproven: options.acceptUnproven ?? this.#behaviour.acceptUnproven ?? false,
    });
    if (bad !== undefined) throw bad;
    // Ended well, but by another hand (Thaw): whatever this scope did after that is not covered.
    if (!asked) throw errorAfter({ error, receipt });
    return receipt;
  }

  /** Ends the hold at once without waiting for a verdict (CLIENT_GONE): the service thaws it. */
  cancel(): void {
    this.#ending ??= "cancelled";
    this.#renewal.stop();
    this.#stream.cancel();
  }

  /**
   * The end of `await using`: releases, unless `release` or `cancel` was called. Throws what `release` throws; where the body threw
   * too, the language wraps both in a SuppressedError whose `suppressed` is the body's.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending === undefined) await this.release();
    else await this.#ended;
  }

  #outcomeWithin(timeout: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // Nobody reads this stream any more; for the service the client is gone, and it thaws as soon as it can.
        this.#stream.cancel();
        reject(timedOut(`no verdict within ${timeout} ms; the service goes on thawing`));
      }, timeout);
      this.#ended.then((outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      }, reject);
    });
  }

  #startRenewal(now = false): void {
    const ttl = this.#info.effective.ttl;
    if (this.#behaviour.autoRenew && ttl !== undefined && this.#ending === undefined)
      this.#renewal.start(ttl, now);
  }

  #deliver(event: StreamEvent): void {
    switch (event.case) {
      case "progress":
        this.#behaviour.onProgress?.(progressOf(event.value));
        return;
      case "frozen":
        if (event.value.hold !== undefined) this.#info = holdInfoOf(event.value.hold);
        this.#expireTime = this.#info.expireTime;
        this.#startRenewal();
        return;
      case "renewed":
        if (event.value.expireTime !== undefined) this.#expireTime = dateOf(event.value.expireTime);
        return;
      case "thawed":
        this.#expireTime = undefined;
        return;
      case "expiring": {
        const { expireTime } = event.value;
        // With renewal under way this is no news.
        if (!this.#renewal.running)
          this.#behaviour.onExpiring?.(expireTime === undefined ? undefined : dateOf(expireTime));
        return;
      }
      case "broken":
        this.#break(brokenError(this.id, event.value));
        return;
      // Answers, which HoldStream gives to whoever asked; `ended`, which the stream's end follows; and what only a newer
      // service knows.
      case "opened":
      case "status":
      case "failed":
      case "ended":
      case undefined:
        return;
      default:
        event satisfies never;
    }
  }

  #end(outcome: Outcome): void {
    this.#renewal.stop();
    this.#expireTime = undefined;
    if (this.#ending === undefined) this.#break(errorAfter(outcome));
    this.#resolveEnded(outcome);
  }

  #break(error: FreezeError): void {
    this.#renewal.stop();
    if (!this.#breaking.signal.aborted) this.#breaking.abort(error);
  }
}

function brokenError(holdId: string, { filesystem, cause }: HoldBroken): FreezeError {
  const { mountPoint } = filesystemOf(filesystem);
  const causeName = nameOf(PbEndCause, cause);
  const what =
    causeName === "FOREIGN_THAW"
      ? "was thawed by somebody else"
      : causeName === "DEVICE_FAILED"
        ? "lost its device"
        : `broke (${causeName})`;
  return new FreezeError({
    reason: "FREEZE_BROKEN",
    code: "ABORTED",
    message: `${mountPoint} ${what} while it was held`,
    metadata: { hold_id: holdId, cause: causeName, path: mountPoint },
  });
}

function protocolError(message: string): FreezeError {
  return new FreezeError({ reason: "PROTOCOL", code: "INTERNAL", message });
}
