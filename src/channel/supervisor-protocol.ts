/** The lines between the supervisor and its two children. */
import type { EndCause, HoldView, IntervalReceipt } from "../hold/model.js";
import type { Refusal } from "../hold/refusal.js";
import type { FilesystemIdentity, GenerationReading, Instant } from "../kernel/port.js";

/**
 * A freeze exists only as a grant: named to the supervisor, which opens the directory too and
 * writes the intent down, before FIFREEZE.
 */
export interface Grant {
  /** Unique within one guardian process. */
  readonly epoch: number;
  readonly identity: FilesystemIdentity;
  /**
   * CLOCK_BOOTTIME microseconds: the latest that any hold on it is thawed, as far as is known
   * before the first ioctl.
   */
  readonly deadlineUs: number;
  /** As read before our FIFREEZE: it moves by 2 with ours. */
  readonly generationBefore: GenerationReading;
  readonly superblock?: string;
  /** The pid that our FIFREEZE appears with in the generation reading. */
  readonly freezerPid?: number;
}

/** No deadline runs: a thaw that was issued may have to wait for a lower layer. */
export const noDeadlineUs = Number.MAX_SAFE_INTEGER;

/** Our FIFREEZE returned 0 with this generation. */
export interface Landing {
  readonly epoch: number;
  readonly generation: GenerationReading;
}

/**
 * A hold and what a retry of its Freeze is compared with: everything about it that outlives the
 * guardian.
 */
export interface HoldRecord {
  readonly hold: HoldView;
  /** "" until Freeze was answered: a retry of a failed attempt starts anew. */
  readonly requestId: string;
  readonly requestDigest: string;
  /**
   * Of a living hold: what its receipt would say of each file system, by key. An ended one has its
   * receipt.
   */
  readonly intervals?: Readonly<Record<string, RecordedIntervals>>;
  /** It is ending for this, which says more than that the guardian died meanwhile. */
  readonly broken?: { readonly cause: EndCause; readonly refusal?: Refusal };
}

export interface RecordedIntervals {
  readonly ended: readonly IntervalReceipt[];
  /** Frozen for this hold, and not yet thawed. */
  readonly open?: { readonly frozenAt: Instant; readonly freezeUs: number };
}

export type GuardianToSupervisor =
  | { readonly hello: { readonly version: string } }
  | { readonly grant: Grant }
  | { readonly landed: Landing }
  | { readonly deadline: { readonly epoch: number; readonly deadlineUs: number } }
  /** Thawed and verified, never frozen, or no longer ours. */
  | { readonly ended: { readonly epoch: number } }
  /** After `drain`: the last hold has ended. */
  | { readonly drained: true }
  | { readonly hold: HoldRecord }
  /** Asks for the same number as an answer: then what was said before is written down. */
  | { readonly confirm: number };

/** Yes, or why not: then nothing is frozen. */
export interface GrantAnswer {
  readonly epoch: number;
  readonly refusal?: Refusal;
}

export type SupervisorToGuardian =
  | { readonly granted: GrantAnswer }
  | { readonly confirmed: number }
  /**
   * A hold that ended before this guardian lived; one line each, because a line has a longest
   * length.
   */
  | { readonly archive: HoldRecord }
  /** Accept no new hold and no new freeze, and tell when the last hold has ended by itself. */
  | { readonly drain: true }
  /** End every hold, accept no new one; the answer is the process's end. */
  | { readonly shutdown: true };

export type ApiToSupervisor = { readonly ready: true };
/**
 * PEM texts of mutual TLS. On this channel alone: what is in the environment or among the arguments
 * can be read in /proc.
 */
export interface TlsMaterial {
  /** The service's certificate, with those between it and its root. */
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates clients must have. */
  readonly clientCa: string;
}

export type SupervisorToApi =
  /** The first thing that is said, and again when it was renewed. null: TCP is plain. */
  { readonly tls: TlsMaterial | null } | { readonly shutdown: true };

/** Whose end is waited for when we are dead: a stopped one would keep the addresses. */
export interface SupervisorToSentinel {
  readonly api: { readonly pid: number; readonly startTicks: string };
}
