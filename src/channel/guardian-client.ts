/**
 * The guardian, seen from the api over the channel. When the channel ends, every call and every
 * stream hears of it at once.
 */
import { takenOver } from "../hold/hold-refusals.js";
import type { HoldView, Receipt } from "../hold/model.js";
import type { Refusal, Result } from "../hold/refusal.js";
import type { FromGuardian, GuardianCall, Opened, ToGuardian } from "./api-protocol.js";
import { type ChannelEnd, LineChannel } from "./line-channel.js";
import type { Guardian, GuardianHealth, ResumedHold, StreamEvent } from "./messages.js";

export interface GuardianConnection {
  readonly guardian: Guardian;
  /** Resolves with the guardian's version when it said hello. */
  readonly hello: Promise<string>;
  close(): void;
}

const unavailable: Refusal = {
  reason: "GUARDIAN_UNAVAILABLE",
  message:
    "the process that freezes is not there; it thaws what was frozen and is restarted: try again",
  metadata: {},
};

export function connectGuardian(
  fd: number,
  options: {
    readonly version: string;
    readonly nowMs: () => number;
    readonly onEnd: (why: ChannelEnd) => void;
  },
): GuardianConnection {
  const waiting = new Map<number, (result: Result<unknown>) => void>();
  const listeners = new Map<string, Set<(event: StreamEvent) => void>>();
  const healthListeners: ((health: GuardianHealth) => void)[] = [];
  let health: GuardianHealth | undefined;
  let nextId = 1;
  let ended = false;
  let sayHello: (version: string) => void;
  const hello = new Promise<string>((resolve) => {
    sayHello = resolve;
  });

  function setHealth(next: GuardianHealth): void {
    health = next;
    for (const listener of healthListeners) listener(next);
  }

  function onMessage(raw: unknown): void {
    const message = raw as FromGuardian;
    if ("hello" in message) {
      setHealth(message.hello.health);
      sayHello(message.hello.version);
    } else if ("health" in message) {
      setHealth(message.health);
    } else if ("id" in message) {
      const resolve = waiting.get(message.id);
      waiting.delete(message.id);
      resolve?.(message.result);
    } else {
      const { holdId, event } = message;
      for (const listener of [...(listeners.get(holdId) ?? [])]) listener(event);
      // A Freeze is answered with `frozen`; a hold that many calls joined must not keep all of them
      // for as long as it lives.
      const told = event.kind === "frozen" && event.hold.kind === "lease";
      if (told || event.kind === "ended") listeners.delete(holdId);
    }
  }

  function onEnd(why: ChannelEnd): void {
    end();
    options.onEnd(why);
  }

  function end(): void {
    ended = true;
    if (health !== undefined) {
      setHealth({ ...health, canFreeze: false, detail: unavailable.message });
    }
    for (const resolve of waiting.values()) resolve({ ok: false, refusal: unavailable });
    waiting.clear();
    for (const [holdId, ofHold] of listeners) {
      const refusal = { ...unavailable, metadata: { hold_id: holdId } };
      for (const listener of ofHold) listener({ kind: "lost", refusal });
    }
    listeners.clear();
  }

  const channel = new LineChannel(fd, {
    between: ["api", "guardian"],
    nowMs: options.nowMs,
    onMessage,
    onEnd,
  });
  const say = (message: ToGuardian): void => channel.send(message);
  say({ hello: { version: options.version } });

  /** `onResult` runs in the turn of the answer, before any later event is handled. */
  function call<T>(
    request: GuardianCall,
    onResult?: (result: Result<T>) => void,
  ): Promise<Result<T>> {
    if (ended) return Promise.resolve({ ok: false, refusal: unavailable });
    return new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, (result) => {
        const typed = result as Result<T>;
        onResult?.(typed);
        resolve(typed);
      });
      say({ id, call: request });
    });
  }

  /** In the turn of the answer, so that nothing that comes after it reaches the stream before. */
  function hand(hold: HoldView, onEvent: (event: StreamEvent) => void): void {
    const before = listeners.get(hold.holdId) ?? [];
    listeners.set(hold.holdId, new Set([onEvent]));
    const refusal = takenOver(hold.holdId);
    for (const listener of before) listener({ kind: "taken-over", refusal });
    if (hold.state === "FROZEN") replayFrozen(hold, onEvent);
  }

  const guardian: Guardian = {
    open: async (request, onEvent) => {
      const opened = await call<Opened>({ method: "open", request }, (result) => {
        if (!result.ok) return;
        const { hold, joined } = result.value;
        if (joined && hold.state === "FROZEN") {
          // Its `frozen` was told to whoever came first, and is all that a Freeze waits for.
          replayFrozen(hold, onEvent);
          return;
        }
        const ofHold = listeners.get(hold.holdId) ?? new Set();
        listeners.set(hold.holdId, ofHold.add(onEvent));
      });
      return opened;
    },
    resume: (request, onEvent) =>
      call<ResumedHold>({ method: "resume", request }, (result) => {
        if (result.ok) hand(result.value.hold, onEvent);
      }),
    command: (holdId, generation, command) =>
      call({ method: "command", holdId, generation, command }),
    streamEnded: (holdId, generation, how) =>
      say({ notice: "streamEnded", holdId, generation, how }),
    abandon: (holdId) => say({ notice: "abandon", holdId }),
    answered: (holdId) => say({ notice: "answered", holdId }),
    thaw: (caller, which) => call<Receipt>({ method: "thaw", caller, which }),
    renew: (caller, holdId, ttlMs) =>
      call<HoldView>({
        method: "renew",
        caller,
        holdId,
        ...(ttlMs === undefined ? {} : { ttlMs }),
      }),
    isFrozen: (target) => call({ method: "isFrozen", target }),
    getHold: (holdId) => call({ method: "getHold", holdId }),
    listHolds: (page) => call({ method: "listHolds", ...page }),
    health: () =>
      health ?? {
        canFreeze: false,
        detail: "the guardian has not answered yet",
        kernel: "linux",
        capabilities: unknownCapabilities,
      },
    onHealth: (listener) => {
      healthListeners.push(listener);
    },
  };
  return {
    guardian,
    hello,
    close: () => {
      channel.close();
      end();
    },
  };
}

const notKnown = { available: false, detail: "the guardian has not answered yet" };
const unknownCapabilities: GuardianHealth["capabilities"] = {
  privileged: notKnown,
  btf: notKnown,
  exactState: notKnown,
  generation: notKnown,
  pinned: notKnown,
};

function replayFrozen(hold: HoldView, onEvent: (event: StreamEvent) => void): void {
  const times = hold.filesystems.flatMap((fs) =>
    fs.frozenAt === undefined ? [] : [fs.frozenAt.bootUs],
  );
  const skewUs = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
  onEvent({ kind: "frozen", hold, skewUs });
}
