/**
 * The state of the hold machine. Who holds or waits for a file system is written once, in the holds' members; an epoch (one
 * FIFREEZE to its thaw) knows only the kernel's side.
 */
import type { FilesystemIdentity, Instant, Look } from "../kernel/port.js";
import type {
  EffectiveTimes,
  EndCause,
  HoldKind,
  IntervalReceipt,
  Owner,
  RequestedTimes,
} from "./model.js";
import type { Refusal } from "./refusal.js";
import type { Doubt } from "./verdict.js";

/** What was true when our FIFREEZE returned; every later look is compared with it. */
export interface Baseline {
  /** Taken just before FIFREEZE: shows that the counters move at all, and that no other freeze came between. */
  readonly before: Look;
  /** Taken just after FIFREEZE returned. */
  readonly after: Look;
  readonly freezeUs: number;
}

export type Epoch =
  /** FIFREEZE is on its way. With nobody waiting any more it is abandoned: thawed the moment it lands, unless adopted. */
  | {
      readonly kind: "FREEZING";
      readonly id: number;
      readonly below: readonly string[];
      /** How long it may wait for a suspended device: freeze_timeout's end of the hold that started it. */
      readonly byUs: number;
    }
  | {
      readonly kind: "FROZEN";
      readonly id: number;
      readonly below: readonly string[];
      readonly baseline: Baseline;
      /** The last look that agreed with the baseline in everything that can be read. */
      readonly lastIntact: Instant;
      /** Sticky: pieces of proof that were missing in any look of this epoch. */
      readonly doubts: ReadonlySet<Doubt>;
    }
  /** Our FITHAW is on its way, or waits for a lower layer. Who wants this file system now waits for the verified thaw. */
  | { readonly kind: "THAWING"; readonly id: number; readonly below: readonly string[] };

export type Member =
  | { readonly kind: "IDLE" }
  /** Wants it frozen; its epoch is FREEZING, or the one before is THAWING. */
  | { readonly kind: "WAITING" }
  | { readonly kind: "HELD"; readonly epoch: number; readonly from: HeldFrom }
  /** Let go, and was the last: the interval closes when our FITHAW has returned. */
  | { readonly kind: "LEAVING"; readonly epoch: number; readonly closing: Closing | undefined };

/** Where this hold's own interval begins: at FIFREEZE's return, or where it joined. */
export interface HeldFrom {
  readonly baseline: Baseline;
  readonly since: Instant;
  /** What the end is compared with: a fresh look for who joined, else the baseline's `after`. Never later than `since`. */
  readonly look: Look;
}

/** An interval that waits for nothing but the thaw. */
export interface Closing {
  readonly from: HeldFrom;
  readonly endLook: Look | undefined;
  readonly lastIntact: Instant;
  readonly doubts: ReadonlySet<Doubt>;
  /** Why it closes. */
  readonly cause: EndCause | "THAW_COMMAND";
}

/** What the hold becomes when it has let go of everything. */
export type After =
  | { readonly kind: "OPEN" }
  | { readonly kind: "ENDED"; readonly cause: EndCause };

export type Phase =
  | { readonly kind: "OPEN" }
  | {
      readonly kind: "FREEZING";
      /** freeze_timeout's end. */
      readonly byUs: number;
      /** The first freeze of `open`: if it fails, the hold ends. Later ones are commands, and leave the hold open. */
      readonly opening: boolean;
      readonly replyTo: readonly string[];
    }
  | {
      readonly kind: "FROZEN";
      readonly expiresUs: number;
      readonly warnAtUs: number;
      readonly warned: boolean;
      readonly skewUs: number;
    }
  | {
      readonly kind: "LETTING_GO";
      readonly after: After;
      readonly answerByUs: number;
      /** Who sent `thaw{}` and waits for `thawed`. */
      readonly thawedTo: readonly string[];
      /** Who sent `freeze{}` since, and waits for its turn. */
      readonly freezeTo: readonly string[];
      /** Who called Thaw and waits for the receipt. */
      readonly receiptTo: readonly string[];
      /** Some of it was not confirmed as thawed in time. */
      readonly unconfirmed: boolean;
    };

/** Who may end or command a stream's hold, and who may take it over. */
export interface StreamTie {
  /** Counts the streams that had the hold, from 1: what an earlier one still says is not heard. */
  readonly generation: number;
  /** SHA-256 in hex of the token that the present stream was given; the token itself is kept nowhere. */
  readonly tokenDigest: string;
  /** The stream is gone, and the hold waits for another one until then. */
  readonly lingerUntilUs: number | undefined;
}

export interface Hold {
  readonly id: string;
  readonly kind: HoldKind;
  readonly owner: Owner;
  readonly purpose: string;
  readonly requested: RequestedTimes;
  readonly effective: EffectiveTimes;
  readonly openedAt: Instant;
  /** Of a stream's hold. */
  readonly stream: StreamTie | undefined;
  readonly callDeadlineUs: number | undefined;
  readonly requestId: string;
  readonly requestDigest: string;
  /** Leases: callers of Freeze not yet answered; and whether any was. */
  readonly waiters: number;
  readonly answered: boolean;
  readonly phase: Phase;
  /** Key of the superblock -> what this hold names, in the order of the request. */
  readonly filesystems: ReadonlyMap<string, HoldFilesystem>;
  readonly refusal: Refusal | undefined;
}

export interface HoldFilesystem {
  readonly identity: FilesystemIdentity;
  readonly below: readonly string[];
  readonly member: Member;
  readonly intervals: readonly IntervalReceipt[];
}

export interface State {
  readonly holds: ReadonlyMap<string, Hold>;
  readonly epochs: ReadonlyMap<string, Epoch>;
  readonly nextEpoch: number;
  /** Set at shutdown: nothing new is accepted. */
  readonly closed: Refusal | undefined;
}

export const emptyState: State = {
  holds: new Map(),
  epochs: new Map(),
  nextEpoch: 1,
  closed: undefined,
};
