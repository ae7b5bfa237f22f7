/** What goes into the hold machine and what comes out of it: data only. One place (guardian/driver.ts) runs the effects. */
import type { CommandAnswer, HoldCommand, StreamEnd } from "../channel/messages.js";
import type { FilesystemIdentity, Look } from "../kernel/port.js";
import type { HoldEvent, HoldView, OpenRequest, Owner, Receipt, ResumeRequest } from "./model.js";
import type { Refusal, Result } from "./refusal.js";
import type { Baseline } from "./state.js";

/** A file system as resolved for a hold, with the keys of all file systems that store it. */
export interface ResolvedFilesystem {
  readonly identity: FilesystemIdentity;
  readonly below: readonly string[];
}

export type FreezeOutcome =
  | { readonly kind: "frozen"; readonly baseline: Baseline }
  /** Nothing of ours is frozen. */
  | { readonly kind: "failed"; readonly refusal: Refusal };

/** How our thaw came out, once nothing more will be tried. */
export interface ThawOutcome {
  readonly errno: string | undefined;
  /** A look after FITHAW, or, where it was lost, the look that said so; absent where the look failed. */
  readonly after: Look | undefined;
  /** The last look before FITHAW said for certain that the freeze is no longer ours, so none was issued. */
  readonly lost: boolean;
}

export type Input =
  | {
      readonly kind: "open";
      readonly replyTo: string;
      readonly holdId: string;
      readonly request: OpenRequest;
      readonly filesystems: readonly ResolvedFilesystem[];
      /** Of a stream's hold: what its resume token is compared with. A lease has no token. */
      readonly tokenDigest: string;
    }
  | {
      readonly kind: "resume";
      readonly replyTo: string;
      readonly request: Omit<ResumeRequest, "token">;
      readonly tokenDigest: string;
      /** Of the token that replaces it. */
      readonly newTokenDigest: string;
    }
  | {
      readonly kind: "command";
      readonly replyTo: string;
      readonly holdId: string;
      /** Which of the hold's streams sent it. */
      readonly generation: number;
      readonly command: HoldCommand;
    }
  | {
      readonly kind: "stream-ended";
      readonly holdId: string;
      readonly generation: number;
      readonly how: StreamEnd;
    }
  | { readonly kind: "abandoned"; readonly holdId: string }
  | { readonly kind: "answered"; readonly holdId: string }
  | {
      readonly kind: "thaw";
      readonly replyTo: string;
      readonly caller: Owner;
      readonly holdId: string;
    }
  | {
      readonly kind: "renew";
      readonly replyTo: string;
      readonly caller: Owner;
      readonly holdId: string;
      readonly ttlMs: number | undefined;
    }
  | {
      readonly kind: "froze";
      readonly key: string;
      readonly epoch: number;
      readonly outcome: FreezeOutcome;
    }
  | {
      readonly kind: "thawed";
      readonly key: string;
      readonly epoch: number;
      readonly outcome: ThawOutcome;
    }
  /** The clock went on, or the looks are news. */
  | { readonly kind: "tick" }
  /** Nothing new is accepted from here on; what is held goes on until it ends. */
  | { readonly kind: "close"; readonly refusal: Refusal }
  /** Ends every hold; nothing new is accepted after `closed`. */
  | {
      readonly kind: "end-all";
      readonly cause: "SHUTDOWN" | "DAEMON_RESTART";
      readonly refusal: Refusal;
      readonly close: boolean;
    };

export type Reply =
  | CommandAnswer
  | { readonly kind: "hold"; readonly hold: HoldView; readonly joined: boolean }
  | { readonly kind: "resumed"; readonly hold: HoldView; readonly generation: number }
  | { readonly kind: "receipt"; readonly receipt: Receipt };

export type Effect =
  | {
      readonly kind: "freeze";
      readonly key: string;
      readonly epoch: number;
      readonly identity: FilesystemIdentity;
      /** Waits for a suspended device below end here. */
      readonly byUs: number;
    }
  /** FITHAW of our own freeze, after a last look. */
  | { readonly kind: "thaw"; readonly key: string; readonly epoch: number }
  /** The claim has ended: close the descriptor, no FITHAW. */
  | { readonly kind: "forget"; readonly key: string; readonly epoch: number }
  | { readonly kind: "reply"; readonly replyTo: string; readonly result: Result<Reply> }
  | { readonly kind: "event"; readonly holdId: string; readonly event: HoldEvent }
  /** The hold is gone from the state; this is what is remembered of it. */
  | {
      readonly kind: "archive";
      readonly hold: HoldView;
      readonly owner: Owner;
      readonly requestId: string;
      readonly requestDigest: string;
    };
