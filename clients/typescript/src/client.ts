/** The client of fsfreezed. */
import { randomUUID } from "node:crypto";
import { parseAddress } from "./address.js";
import { type CallOptions, Channel, methodOf, type TlsOptions } from "./channel.js";
import { filesystemInfoOf, forcedThawOf, frozenStatusOf, holdInfoOf, planOf } from "./decode.js";
import { receiptOf } from "./decode-receipt.js";
import {
  type FreezeSettings,
  pbSettings,
  pbTarget,
  pbTargets,
  type Target,
  type Targets,
} from "./encode.js";
import { cancelledError, FreezeError } from "./errors.js";
import { FreezeService } from "./gen/fsfreeze/v1/freeze_service_pb.js";
import { freezeServiceName, type HealthStatus, healthCheck } from "./health.js";
import type { Hold, HoldBehaviour, HoldListeners } from "./hold.js";
import type {
  FilesystemInfo,
  ForcedThaw,
  FrozenStatus,
  HoldInfo,
  Plan,
  Receipt,
  WatchEvent,
} from "./model.js";
import { openHold } from "./open-hold.js";
import { durationOf } from "./times.js";
import { type AcceptOptions, errorOfReceipt } from "./verdict.js";

export interface ConnectOptions {
  /** Mutual TLS, for HOST:PORT. Without it TCP is plain text, which a service takes on a loopback address only. */
  readonly tls?: TlsOptions;
  /** Milliseconds that a call may take beyond what it itself waits for. Default: 10,000. */
  readonly timeout?: number;
  /**
   * Milliseconds between pings while a call is open, and until one without an answer breaks the connection. Default: 500 and 1,500. A
   * program whose event loop stands still for longer than the latter may take a living service for silent.
   */
  readonly keepaliveTime?: number;
  readonly keepaliveTimeout?: number;
}

export interface HoldOptions extends FreezeSettings, AcceptOptions, HoldListeners {
  /**
   * Renew by itself, a third of the ttl before it is due, as long as the event loop runs. Default: true. With false the hold ends
   * `ttl` after it was frozen, unless you `renew` it.
   */
  readonly autoRenew?: boolean;
  /** Milliseconds that automatic renewal may keep it frozen. Default: 60,000, or `ttl` where that is longer. */
  readonly maxHold?: number;
  /** False: only open; freeze later by `hold.freeze()`. Default: true. */
  readonly freezeOnOpen?: boolean;
  /** Milliseconds that the hold outlives a lost stream, for `resume`. Default: 0. */
  readonly linger?: number;
  /** Gives up opening. Once `hold` has resolved it has no effect. */
  readonly signal?: AbortSignal;
}

export interface ResumeOptions extends AcceptOptions, HoldListeners {
  /** A new deadline, milliseconds from now. Default: it stays as it is. */
  readonly ttl?: number;
  readonly linger?: number;
  readonly autoRenew?: boolean;
  readonly maxHold?: number;
  readonly signal?: AbortSignal;
}

export interface FreezeOptions extends FreezeSettings, CallOptions {
  /** Makes a retry safe: the same id gives the same hold, never a second one. At most 128 bytes. Default: a random UUID. */
  readonly requestId?: string;
}

export type ThawOptions = AcceptOptions & CallOptions;

const defaultTimeout = 10_000;
const defaultKeepaliveTime = 500;
const defaultKeepaliveTimeout = 1_500;
const defaultMaxHold = 60_000;
/** The contract's defaults: how long a call that freezes may wait by itself. */
const defaultFreezeTimeout = 30_000;
const defaultPresyncTimeout = 60_000;
/** A thaw waits for lower layers that are frozen. */
const thawTimeout = 60_000;
const pageSize = 100;

const freezeMethod = methodOf(FreezeService.method.freeze);
const thawMethod = methodOf(FreezeService.method.thaw);
const renewMethod = methodOf(FreezeService.method.renewHold);
const isFrozenMethod = methodOf(FreezeService.method.isFrozen);
const holdMethod = methodOf(FreezeService.method.holdFreeze);
const planMethod = methodOf(FreezeService.method.planFreeze);
const listFilesystemsMethod = methodOf(FreezeService.method.listFilesystems);
const getHoldMethod = methodOf(FreezeService.method.getHold);
const listHoldsMethod = methodOf(FreezeService.method.listHolds);
const watchMethod = methodOf(FreezeService.method.watchHolds);

/**
 * Connects to a service at `unix:PATH`, `unix:///PATH` or `HOST:PORT`. Nothing is sent before the first call; a connection that
 * breaks is made anew by the next call.
 *
 * Throws a TypeError for an address that is none.
 */
export function connect(address: string, options: ConnectOptions = {}): FreezeClient {
  return new FreezeClient(address, options);
}

/** How long freezing may take by what was asked for, milliseconds. */
function freezingTime({ freezeTimeout, presync }: FreezeSettings): number {
  const presyncTime = presync?.mode === "OFF" ? 0 : presync?.timeout || defaultPresyncTimeout;
  return (freezeTimeout || defaultFreezeTimeout) + presyncTime;
}

function given<T>(value: T | undefined, from: string): T {
  if (value !== undefined) return value;
  throw new FreezeError({
    reason: "PROTOCOL",
    code: "INTERNAL",
    message: `the service answered ${from} without what it is about`,
  });
}

/** All methods reject with a FreezeError. Durations are milliseconds. */
export class FreezeClient implements Disposable {
  readonly #channel: Channel;
  readonly #timeout: number;

  /** @internal Use `connect`. */
  constructor(address: string, options: ConnectOptions) {
    const parsed = parseAddress(address);
    if (!parsed.ok) throw new TypeError(parsed.problem);
    this.#timeout = options.timeout ?? defaultTimeout;
    this.#channel = new Channel(parsed.address, {
      keepaliveTime: options.keepaliveTime ?? defaultKeepaliveTime,
      keepaliveTimeout: options.keepaliveTimeout ?? defaultKeepaliveTimeout,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    });
  }

  /** Lets open calls go on to their end; a hold lives on until it ends. */
  close(): void {
    this.#channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Freezes a set of file systems, all or none, for as long as the returned hold lives, and resolves when all are frozen.
   *
   * The hold ends, and they are thawed, when it is released, this process ends for any reason or stops answering for about
   * 2 s, or the deadline passes.
   */
  async hold(targets: Targets, options: HoldOptions = {}): Promise<Hold> {
    const behaviour = this.#behaviour(options);
    const ttl = options.ttl === undefined ? undefined : Math.min(options.ttl, behaviour.maxHold);
    const untilFrozen = options.freezeOnOpen !== false;
    return await this.#open({
      open: {
        ...pbTargets(targets),
        ...pbSettings({ ...options, ...(ttl === undefined ? {} : { ttl }) }),
        freezeOnOpen: untilFrozen,
        ...(options.linger === undefined ? {} : { linger: durationOf(options.linger) }),
      },
      behaviour,
      untilFrozen,
      timeout: freezingTime(options) + this.#timeout,
      signal: options.signal,
    });
  }

  /**
   * Runs `body` while a hold keeps the targets frozen, and resolves with what it returned and the receipt.
   *
   * Rejects with what `body` threw, as it is (the receipt is in `hold.receipt`); else with what `hold.release()` rejects with.
   * `hold.broken` is an AbortSignal for whatever `body` starts.
   */
  async withHold<T>(
    targets: Targets,
    options: HoldOptions,
    body: (hold: Hold) => Promise<T> | T,
  ): Promise<{ readonly value: T; readonly receipt: Receipt }> {
    const hold = await this.hold(targets, options);
    let value: T;
    try {
      value = await body(hold);
    } catch (error) {
      // The body failed: whether the freeze held is of no consequence any more, but that it is over is.
      await hold.release().catch(() => {});
      throw error;
    }
    return { value, receipt: await hold.release() };
  }

  /** Takes a living or lingering hold over, without a gap. The stream that had it ends with HOLD_TAKEN_OVER. */
  async resume(holdId: string, resumeToken: string, options: ResumeOptions = {}): Promise<Hold> {
    const { ttl, linger } = options;
    return await this.#open({
      open: {
        resumeHoldId: holdId,
        resumeToken,
        ...(ttl === undefined ? {} : { ttl: durationOf(ttl) }),
        ...(linger === undefined ? {} : { linger: durationOf(linger) }),
      },
      behaviour: this.#behaviour(options),
      untilFrozen: false,
      timeout: this.#timeout,
      signal: options.signal,
    });
  }

  /**
   * Freezes a set of file systems, all or none, until `thaw` or the deadline, whatever becomes of this process.
   *
   * After UNREACHABLE or TIMED_OUT it is not known whether it froze: call again with the same `requestId`.
   */
  async freeze(targets: Targets, options: FreezeOptions = {}): Promise<HoldInfo> {
    const timeout = options.timeout ?? freezingTime(options) + this.#timeout;
    const { hold } = await this.#channel.unary(
      freezeMethod,
      {
        requestId: options.requestId ?? randomUUID(),
        ...pbTargets(targets),
        ...pbSettings(options),
      },
      this.#call(options, timeout),
    );
    return holdInfoOf(given(hold, "Freeze"));
  }

  /**
   * Ends a hold, by its id or by what your own `freeze` froze, and resolves with the receipt when the hold held. Rejects with
   * FREEZE_BROKEN, UNPROVEN (unless accepted), HOLD_ENDED ... with the receipt in the error: it is thawed all the same.
   */
  async thaw(
    which: { readonly holdId: string } | { readonly target: Target },
    options: ThawOptions = {},
  ): Promise<Receipt> {
    const subject =
      "holdId" in which
        ? ({ case: "holdId", value: which.holdId } as const)
        : ({ case: "target", value: pbTarget(which.target) } as const);
    const response = await this.#channel.unary(
      thawMethod,
      { subject },
      this.#call(options, thawTimeout),
    );
    const receipt = receiptOf(given(response.receipt, "Thaw"));
    const bad = errorOfReceipt(receipt, options);
    if (bad !== undefined) throw bad;
    return receipt;
  }

  /** For administrators: thaws a file system that another tool froze, or that was unmounted while frozen. */
  async forceThaw(target: Target, options: CallOptions = {}): Promise<ForcedThaw> {
    const { forced } = await this.#channel.unary(
      thawMethod,
      { subject: { case: "target", value: pbTarget(target) }, force: true },
      this.#call(options, thawTimeout),
    );
    return forcedThawOf(given(forced, "Thaw"));
  }

  /** Sets a new deadline, `ttl` milliseconds from now; undefined: the ttl in effect. The answer tells the one granted. */
  async renew(holdId: string, ttl?: number, options: CallOptions = {}): Promise<HoldInfo> {
    const { hold } = await this.#channel.unary(
      renewMethod,
      { holdId, ...(ttl === undefined ? {} : { ttl: durationOf(ttl) }) },
      this.#call(options),
    );
    return holdInfoOf(given(hold, "RenewHold"));
  }

  /** The kernel's truth about one file system or block device, whoever froze it. Never blocks, changes nothing. */
  async isFrozen(target: Target, options: CallOptions = {}): Promise<FrozenStatus> {
    const request = { target: pbTarget(target) };
    return frozenStatusOf(await this.#channel.unary(isFrozenMethod, request, this.#call(options)));
  }

  /** What a hold would freeze, in which order, and what it would be refused for. Freezes nothing. */
  async plan(targets: Targets, options: CallOptions = {}): Promise<Plan> {
    const { plan } = await this.#channel.unary(planMethod, pbTargets(targets), this.#call(options));
    return planOf(given(plan, "PlanFreeze"));
  }

  /** Every local file system: can it be frozen, is it, by whom. Asks page by page. */
  async *listFilesystems(
    options: CallOptions = {},
  ): AsyncGenerator<FilesystemInfo, void, undefined> {
    let pageToken = "";
    do {
      const page = await this.#channel.unary(
        listFilesystemsMethod,
        { pageSize, pageToken },
        this.#call(options),
      );
      yield* page.filesystems.map(filesystemInfoOf);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  /** One hold, live or ended; an ended one with its receipt. */
  async getHold(holdId: string, options: CallOptions = {}): Promise<HoldInfo> {
    const { hold } = await this.#channel.unary(getHoldMethod, { holdId }, this.#call(options));
    return holdInfoOf(given(hold, "GetHold"));
  }

  /** Live holds and ended ones, newest first. Asks page by page. */
  async *listHolds(options: CallOptions = {}): AsyncGenerator<HoldInfo, void, undefined> {
    let pageToken = "";
    do {
      const page = await this.#channel.unary(
        listHoldsMethod,
        { pageSize, pageToken },
        this.#call(options),
      );
      yield* page.holds.map(holdInfoOf);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  /** First the whole picture, then each change, until the iteration is left or `signal` fires. */
  async *watch(
    options: { readonly includeEnded?: boolean; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const { includeEnded = false, signal } = options;
    const call = signal === undefined ? {} : { signal };
    for await (const { event } of this.#channel.serverStream(watchMethod, { includeEnded }, call)) {
      if (event.case === "hold") yield { kind: "hold", hold: holdInfoOf(event.value) };
      else if (event.case === "pictureComplete") yield { kind: "picture-complete" };
      // What only a newer service tells is passed over.
    }
  }

  /**
   * SERVING: the service can freeze. `service`: another name of the health service; "" asks whether it lives at all. A name that
   * it does not know rejects with the code NOT_FOUND.
   */
  async health(
    service: string = freezeServiceName,
    options: CallOptions = {},
  ): Promise<HealthStatus> {
    return await this.#channel.unary(healthCheck, service, this.#call(options));
  }

  #call({ timeout, signal }: CallOptions, byDefault = this.#timeout): CallOptions {
    return { timeout: timeout ?? byDefault, ...(signal === undefined ? {} : { signal }) };
  }

  #behaviour(options: HoldOptions & ResumeOptions): HoldBehaviour {
    const { onProgress, onExpiring, onRenewFailed } = options;
    return {
      autoRenew: options.autoRenew ?? true,
      maxHold: options.maxHold ?? Math.max(defaultMaxHold, options.ttl ?? 0),
      timeout: this.#timeout,
      acceptUnproven: options.acceptUnproven ?? false,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onExpiring === undefined ? {} : { onExpiring }),
      ...(onRenewFailed === undefined ? {} : { onRenewFailed }),
    };
  }

  async #open(parts: Parameters<typeof openHold>[1]): Promise<Hold> {
    if (parts.signal?.aborted) throw cancelledError(parts.signal.reason);
    return await openHold(this.#channel.duplex(holdMethod), parts);
  }
}
