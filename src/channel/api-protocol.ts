/**
 * The lines between api and guardian. A call has an id and is answered once; events and health come
 * unasked.
 */
import type { OpenRequest, Owner, ResumeRequest } from "../hold/model.js";
import type { Result } from "../hold/refusal.js";
import type { TargetSpec } from "../kernel/port.js";
import type {
  GuardianHealth,
  HoldCommand,
  HoldReference,
  OpenedHold,
  StreamEnd,
  StreamEvent,
} from "./messages.js";

export type GuardianCall =
  | { readonly method: "open"; readonly request: OpenRequest }
  | { readonly method: "resume"; readonly request: ResumeRequest }
  | {
      readonly method: "command";
      readonly holdId: string;
      readonly generation: number;
      readonly command: HoldCommand;
    }
  | { readonly method: "thaw"; readonly caller: Owner; readonly which: HoldReference }
  | {
      readonly method: "renew";
      readonly caller: Owner;
      readonly holdId: string;
      readonly ttlMs?: number;
    }
  | { readonly method: "isFrozen"; readonly target: TargetSpec }
  | { readonly method: "getHold"; readonly holdId: string }
  | { readonly method: "listHolds"; readonly size: number; readonly after: string };

/** The answer to `open`. `joined`: an earlier call with the same request_id made this hold. */
export interface Opened extends OpenedHold {
  readonly joined: boolean;
}

export type GuardianNotice =
  | {
      readonly notice: "streamEnded";
      readonly holdId: string;
      readonly generation: number;
      readonly how: StreamEnd;
    }
  | { readonly notice: "abandon"; readonly holdId: string }
  | { readonly notice: "answered"; readonly holdId: string };

export type ToGuardian =
  | { readonly hello: { readonly version: string } }
  | { readonly id: number; readonly call: GuardianCall }
  | GuardianNotice;

export type FromGuardian =
  | { readonly hello: { readonly version: string; readonly health: GuardianHealth } }
  | { readonly health: GuardianHealth }
  | { readonly id: number; readonly result: Result<unknown> }
  | { readonly holdId: string; readonly event: StreamEvent };
