/** The lines between the supervisor and its two children. */
import type { HoldView } from "../hold/model.js";
import type { FilesystemIdentity, GenerationReading } from "../kernel/port.js";

/** A freeze exists only as a grant: named to the supervisor, which opens the directory too and writes the intent down, before FIFREEZE. */
export interface Grant {
  /** Unique within one guardian process. */
  readonly epoch: number;
  readonly identity: FilesystemIdentity;
  /** CLOCK_BOOTTIME microseconds: freeze_timeout + ttl from now, or later as holds join and renew. */
  readonly deadlineUs: number;
  /** As read before our FIFREEZE: it moves by 2 with ours. */
  readonly generationBefore: GenerationReading;
  readonly superblock?: string;
  /** The pid that our FIFREEZE appears with in the generation reading. */
  readonly freezerPid?: number;
}

/** Our FIFREEZE returned 0 with this generation. */
export interface Landing {
  readonly epoch: number;
  readonly generation: GenerationReading;
}

/** A hold and what a retry of its Freeze is compared with: everything about it that outlives the guardian. */
export interface HoldRecord {
  readonly hold: HoldView;
  readonly requestId: string;
  readonly requestDigest: string;
}

export type GuardianToSupervisor =
  | { readonly hello: { readonly version: string } }
  | { readonly grant: Grant }
  | { readonly landed: Landing }
  | { readonly deadline: { readonly epoch: number; readonly deadlineUs: number } }
  /** Thawed and verified, never frozen, or no longer ours. */
  | { readonly ended: { readonly epoch: number } }
  | { readonly hold: HoldRecord };

/** Yes, or why the intent could not be written down. */
export interface GrantAnswer {
  readonly epoch: number;
  readonly refusal?: string;
}

export type SupervisorToGuardian =
  | { readonly granted: GrantAnswer }
  /** Receipts of holds that ended before this guardian lived. */
  | { readonly archive: readonly HoldRecord[] }
  /** End every hold, accept no new one; the answer is the process's end. */
  | { readonly shutdown: true };

export type ApiToSupervisor = { readonly ready: true };
export type SupervisorToApi = { readonly shutdown: true };
