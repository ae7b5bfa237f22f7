/**
 * Every message between our processes by a name. The types compare this list with the protocols: a
 * message that is in one and not in the other does not compile.
 */
import type { HoldEvent } from "../hold/model.js";
import type { FromGuardian, GuardianCall, GuardianNotice, ToGuardian } from "./api-protocol.js";
import type { StreamEvent } from "./messages.js";
import type {
  ApiToSupervisor,
  GuardianToSupervisor,
  SupervisorToApi,
  SupervisorToGuardian,
  SupervisorToSentinel,
} from "./supervisor-protocol.js";

export type Process = "api" | "guardian" | "supervisor" | "sentinel";
/** This process, and the other one. */
export type Ends = readonly [own: Process, peer: Process];

type KeysOf<T> = T extends T ? keyof T : never;
type Kinds<K extends string> = Readonly<Record<K | "heartbeat", true>>;

/**
 * A call is named by its method, a notice by itself, an answer is a result, an event has its kind.
 */
type ToGuardianKind =
  | Exclude<KeysOf<ToGuardian>, "id" | "call" | KeysOf<GuardianNotice>>
  | GuardianCall["method"]
  | GuardianNotice["notice"];
type FromGuardianKind =
  | Exclude<KeysOf<FromGuardian>, "id" | "holdId" | "event">
  // Not "lost": the api tells that to its streams by itself.
  | HoldEvent["kind"];

export const messageKinds = {
  "api>guardian": {
    heartbeat: true,
    hello: true,
    open: true,
    resume: true,
    command: true,
    thaw: true,
    renew: true,
    isFrozen: true,
    getHold: true,
    listHolds: true,
    streamEnded: true,
    abandon: true,
    answered: true,
  } satisfies Kinds<ToGuardianKind>,
  "guardian>api": {
    heartbeat: true,
    hello: true,
    health: true,
    result: true,
    progress: true,
    frozen: true,
    expiring: true,
    broken: true,
    ended: true,
  } satisfies Kinds<FromGuardianKind>,
  "guardian>supervisor": {
    heartbeat: true,
    hello: true,
    grant: true,
    landed: true,
    deadline: true,
    ended: true,
    drained: true,
    hold: true,
    confirm: true,
  } satisfies Kinds<KeysOf<GuardianToSupervisor>>,
  "supervisor>guardian": {
    heartbeat: true,
    granted: true,
    confirmed: true,
    archive: true,
    drain: true,
    shutdown: true,
  } satisfies Kinds<KeysOf<SupervisorToGuardian>>,
  "api>supervisor": { heartbeat: true, ready: true } satisfies Kinds<KeysOf<ApiToSupervisor>>,
  "supervisor>api": {
    heartbeat: true,
    tls: true,
    shutdown: true,
  } satisfies Kinds<KeysOf<SupervisorToApi>>,
  // It has nothing to say but that it lives.
  "sentinel>supervisor": { heartbeat: true } satisfies Kinds<never>,
  "supervisor>sentinel": {
    heartbeat: true,
    api: true,
  } satisfies Kinds<KeysOf<SupervisorToSentinel>>,
} as const;

type Link = keyof typeof messageKinds;
type EffectOf<L extends Link> = L extends Link
  ? `${L}.${keyof (typeof messageKinds)[L] & string}.${"send" | "receive"}`
  : never;
export type MessageEffect = EffectOf<Link>;

export const messageEffects: readonly MessageEffect[] = Object.entries(messageKinds).flatMap(
  ([link, kinds]) =>
    Object.keys(kinds).flatMap((kind) =>
      (["send", "receive"] as const).map((way) => `${link}.${kind}.${way}` as MessageEffect),
    ),
);

/** Throws for a message that no protocol has. */
export function messageEffect(
  [own, peer]: Ends,
  way: "send" | "receive",
  message: object,
): MessageEffect {
  const link = way === "send" ? `${own}>${peer}` : `${peer}>${own}`;
  const name = `${link}.${kindOf(message)}.${way}`;
  const effect = messageEffects.find((known) => known === name);
  if (effect === undefined) throw new Error(`no message is called ${name}`);
  return effect;
}

function kindOf(message: object): string {
  if ("call" in message) return (message.call as GuardianCall).method;
  if ("notice" in message) return (message as GuardianNotice).notice;
  if ("event" in message) return (message.event as StreamEvent).kind;
  if ("result" in message) return "result";
  return Object.keys(message)[0] ?? "";
}
