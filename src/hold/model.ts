/**
 * The nouns of the domain: what a hold, an interval and a receipt are. Plain readonly data that can be sent as JSON
 * between our processes; durations are in the unit that their name says, instants are kernel/port.ts's.
 */
import type { DeviceNumber, Instant, StateReading, TargetSpec } from "../kernel/port.js";
import type { Refusal } from "./refusal.js";

/** Who called. Only a Unix socket's peer has a uid; others are never administrators. */
export type Owner =
  | { readonly kind: "unix"; readonly uid: number; readonly gid: number; readonly pid: number }
  | TlsOwner
  /** Plain TCP, on a loopback address. */
  | { readonly kind: "tcp"; readonly address: string };

/** By its client certificate, verified. */
export interface TlsOwner {
  readonly kind: "tls";
  /** RFC 4514; may be empty. */
  readonly subject: string;
  /** Each with its type: "DNS:backup.example". */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprintSha256: string;
  readonly address: string;
}

/** `stream`: HoldFreeze, tied to its stream. `lease`: Freeze, tied only to its deadline. */
export type HoldKind = "stream" | "lease";

export type EndCause =
  | "RELEASED"
  | "CLIENT_GONE"
  | "EXPIRED"
  | "FREEZE_FAILED"
  | "FOREIGN_THAW"
  | "DEVICE_FAILED"
  | "ADMINISTRATOR"
  | "SHUTDOWN"
  | "DAEMON_RESTART";

export type Verdict = "INTACT" | "NOT_INTACT" | "UNPROVEN" | "NEVER_FROZEN";

/** What a verdict rests on, or what is missing or speaks against it. Names go into the receipt. */
export type Finding =
  /** Proof: the exact freeze generation stood still from our FIFREEZE to this end. */
  | "GENERATION_UNCHANGED"
  /** Proof: a fall-back that moves at each refreeze (xfs log head) or change (btrfs generation) stood still. */
  | "FALLBACK_UNCHANGED"
  /** Proof: the kernel said FROZEN at each look. */
  | "ALWAYS_SEEN_FROZEN"
  /** Proof: no device that the file system writes to counted a written or discarded sector. */
  | "NO_SECTORS_CHANGED"
  /** Proof: our own FITHAW returned 0 (or others still hold it, and it is frozen). */
  | "THAWED_BY_US"
  /** Against: seen thawed, or FITHAW said that it was not frozen. */
  | "SEEN_THAWED"
  /** Against: the generation moved, somebody thawed and froze again. */
  | "GENERATION_MOVED"
  | "FALLBACK_MOVED"
  | "SECTORS_WRITTEN"
  | "SECTORS_DISCARDED"
  /** Against: the hold did not last until its owner released it. */
  | "DEADLINE_PASSED"
  | "DEVICE_FAILED"
  /** Missing pieces: each alone makes a hold at best UNPROVEN. */
  | "STATE_UNKNOWN"
  | "GENERATION_UNKNOWN"
  | "COUNTERS_OFF"
  | "COUNTERS_NOT_PROVEN_ALIVE"
  | "DEVICES_UNKNOWN"
  | "THAW_NOT_CONFIRMED"
  | "NOT_ENDED_BY_OWNER";

/** One freeze of one file system within one hold, from `frozen` to its end. */
export interface IntervalReceipt {
  readonly frozenAt: Instant;
  /** When this hold's interval ended: our FITHAW returned, or, where other holds go on, this hold let go. */
  readonly endedAt: Instant;
  /** How long FIFREEZE took, in microseconds. */
  readonly freezeUs: number;
  /** The last instant that the evidence covers. */
  readonly intactUntil: Instant;
  readonly sectorsWritten?: number;
  readonly sectorsDiscarded?: number;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Whether our own FITHAW thawed it at this interval's end. */
  readonly thawedByUs: boolean;
  /** Other holds kept it frozen after this interval. */
  readonly sharedAtEnd: boolean;
}

export interface FilesystemView {
  readonly key: string;
  readonly mountPoint: string;
  readonly directory: string;
  readonly type: string;
  readonly source: string;
  readonly device: DeviceNumber;
  readonly uuid?: string;
  readonly readOnly: boolean;
}

export interface FilesystemReceipt {
  readonly filesystem: FilesystemView;
  readonly intervals: readonly IntervalReceipt[];
}

/** Times as asked for; 0 or absent means the default. Milliseconds. */
export interface RequestedTimes {
  readonly ttlMs?: number;
  readonly freezeTimeoutMs?: number;
  readonly lingerMs?: number;
}

/** Times as granted. Milliseconds. */
export interface EffectiveTimes {
  readonly ttlMs: number;
  readonly freezeTimeoutMs: number;
  /** For how long a stream's hold outlives its stream; 0: not at all. */
  readonly lingerMs: number;
}

export interface Receipt {
  readonly holdId: string;
  readonly host: string;
  readonly bootId: string;
  readonly kind: HoldKind;
  readonly owner: Owner;
  readonly purpose: string;
  readonly requested: RequestedTimes;
  readonly effective: EffectiveTimes;
  readonly openedAt: Instant;
  readonly endedAt: Instant;
  readonly endCause: EndCause;
  readonly verdict: Verdict;
  /** File systems frozen for this hold, counted once for each interval. */
  readonly frozenCount: number;
  /** Of those, thawed by our own FITHAW at this hold's end of the interval. */
  readonly thawedCount: number;
  readonly filesystems: readonly FilesystemReceipt[];
  /** Why it failed or broke, where it did: the same reason that the status carries. */
  readonly refusal?: Refusal;
}

export type HoldState = "OPEN" | "FREEZING" | "FROZEN" | "THAWING" | "ENDED";

/** A hold as everybody may see it; never contains the resume token. */
export interface HoldView {
  readonly holdId: string;
  readonly kind: HoldKind;
  readonly state: HoldState;
  readonly owner: Owner;
  readonly purpose: string;
  readonly requested: RequestedTimes;
  readonly effective: EffectiveTimes;
  readonly openedAt: Instant;
  /** When the hold expires; absent while nothing is frozen and no deadline runs. */
  readonly expiresAt?: Instant;
  /** Until when it waits for another stream to take it over; absent while it has its stream. */
  readonly lingerExpiresAt?: Instant;
  readonly filesystems: readonly HoldFilesystemView[];
  /** Present when ENDED. */
  readonly receipt?: Receipt;
}

export interface HoldFilesystemView extends FilesystemView {
  readonly state: "OPEN" | "WAITING" | "FREEZING" | "FROZEN" | "THAWING" | "THAWED" | "BROKEN";
  readonly frozenAt?: Instant;
  readonly freezeUs?: number;
}

/** What the guardian tells about a hold, unasked. */
export type HoldEvent =
  | {
      readonly kind: "progress";
      readonly filesystem: FilesystemView;
      readonly phase: "WAITING" | "FREEZING" | "FROZEN" | "THAWING" | "THAWED";
    }
  /** All of the set are frozen. `skewUs`: from the first to the last FIFREEZE that returned. */
  | { readonly kind: "frozen"; readonly hold: HoldView; readonly skewUs: number }
  | { readonly kind: "expiring"; readonly expiresAt: Instant }
  | { readonly kind: "broken"; readonly filesystem: FilesystemView; readonly cause: EndCause }
  /** Always the last event of a hold. */
  | { readonly kind: "ended"; readonly receipt: Receipt };

/** The answer to `status{}` and to IsFrozen. */
export interface FilesystemStatus {
  readonly filesystem?: FilesystemView;
  readonly device: DeviceNumber;
  readonly type?: string;
  readonly reading: StateReading;
  readonly frozenBy: FrozenBy;
}

/** Names a hold to somebody who is not its owner. */
export interface Holder {
  readonly id: string;
  readonly owner: Owner;
  readonly purpose: string;
}

export type FrozenBy =
  | { readonly kind: "nobody" }
  | { readonly kind: "service"; readonly holds: readonly Holder[] }
  | { readonly kind: "another-tool" }
  | { readonly kind: "kernel"; readonly device: string }
  | { readonly kind: "unknown" };

export interface HoldStatus {
  /** Of the whole hold: FROZEN only if all its file systems are, by the kernel's word. */
  readonly state: StateReading["state"];
  readonly heldByThis: boolean;
  readonly filesystems: readonly FilesystemStatus[];
}

export interface OpenRequest {
  readonly kind: HoldKind;
  readonly owner: Owner;
  readonly targets: readonly TargetSpec[];
  readonly times: RequestedTimes;
  readonly freezeOnOpen: boolean;
  readonly purpose: string;
  /** Freeze only: a retry by the same owner with the same id gives the same hold. At most 128 bytes; "" is none. */
  readonly requestId: string;
  /** Digest of the request's body: the same `requestId` with another digest is INVALID_REQUEST. */
  readonly requestDigest: string;
  /** The gRPC call's own deadline, milliseconds from now, where it has one and it bounds the hold (HoldFreeze). */
  readonly callDeadlineMs?: number;
}

/** Takes a stream's hold over. The token is a secret: never logged, listed or written down. */
export interface ResumeRequest {
  readonly owner: Owner;
  readonly holdId: string;
  readonly token: string;
  /** Renews a frozen hold; absent: its deadline stays. */
  readonly ttlMs?: number;
  /** Absent: stays as it was. */
  readonly lingerMs?: number;
  /** The gRPC call's own deadline, in place of that of the stream before. */
  readonly callDeadlineMs?: number;
}
