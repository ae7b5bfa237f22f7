/**
 * The contract's enums as unions of strings. The literals come from the generated code, so they are always those of the
 * contract; a value that a newer service sends is "UNKNOWN_17", and never an error.
 */
import type { ErrorReason as PbErrorReason } from "./gen/fsfreeze/v1/errors_pb.js";
import type {
  EvidenceKind as PbEvidenceKind,
  EvidenceResult as PbEvidenceResult,
} from "./gen/fsfreeze/v1/evidence_pb.js";
import type {
  Certainty as PbCertainty,
  DeviceRole as PbDeviceRole,
  Freezer as PbFreezer,
  FreezeState as PbFreezeState,
  StateEvidence as PbStateEvidence,
} from "./gen/fsfreeze/v1/filesystem_pb.js";
import type {
  HoldFilesystemState as PbHoldFilesystemState,
  HoldState as PbHoldState,
} from "./gen/fsfreeze/v1/hold_pb.js";
import type { FreezePhase as PbFreezePhase } from "./gen/fsfreeze/v1/hold_stream_pb.js";
import type {
  HoldKind as PbHoldKind,
  PresyncMode as PbPresyncMode,
} from "./gen/fsfreeze/v1/options_pb.js";
import type {
  EndCause as PbEndCause,
  IntervalEnd as PbIntervalEnd,
  Verdict as PbVerdict,
} from "./gen/fsfreeze/v1/receipt_pb.js";

/** A value that this version of the client does not know, with its number in the contract. */
export type Unknown = `UNKNOWN_${number}`;

type Known<E> = Exclude<keyof E & string, "UNSPECIFIED">;
type Open<E> = Known<E> | Unknown;

/** Why a service refused: see ErrorReason in proto/fsfreeze/v1/errors.proto. */
export type ErrorReason = Known<typeof PbErrorReason>;
/** Whether a file system is frozen, in the kernel. */
export type FreezeState = Open<typeof PbFreezeState>;
/** How far a FreezeState can be trusted. */
export type Certainty = Open<typeof PbCertainty>;
/** Which way answered for a FreezeState. */
export type StateEvidence = Open<typeof PbStateEvidence>;
/** Who keeps a file system frozen. */
export type Freezer = Open<typeof PbFreezer>;
/** What a block device is to the file system that writes to it. */
export type DeviceRole = Open<typeof PbDeviceRole>;
/** STREAM: tied to a stream (`hold`). LEASE: tied to its deadline only (`freeze`). */
export type HoldKind = Open<typeof PbHoldKind>;
/** Where a hold is in its life. */
export type HoldState = Open<typeof PbHoldState>;
/** Where one file system of a hold is, for this hold. */
export type HoldFilesystemState = Open<typeof PbHoldFilesystemState>;
/** What is being done to a file system on its way to frozen, or to thawed. */
export type FreezePhase = Open<typeof PbFreezePhase>;
/** Why a hold ended. */
export type EndCause = Open<typeof PbEndCause>;
/** Whether what was copied while the hold was frozen is one consistent image. */
export type Verdict = Open<typeof PbVerdict>;
/** How an interval ended for its file system. */
export type IntervalEnd = Open<typeof PbIntervalEnd>;
/** One kind of proof that a file system stayed frozen and its image unchanged. */
export type EvidenceKind = Open<typeof PbEvidenceKind>;
/** What a proof showed. */
export type EvidenceResult = Open<typeof PbEvidenceResult>;
/** Whether dirty data are written back before the freeze. */
export type PresyncMode = Known<typeof PbPresyncMode>;

/** The name of a value; undefined for UNSPECIFIED (0), which means "not said". */
export function optionalName<E extends Readonly<Record<string, number>>>(
  values: E,
  value: number,
): Open<E> | undefined {
  if (value === 0) return undefined;
  for (const [name, number] of Object.entries(values)) {
    // Object.entries forgets that its keys are keyof E.
    if (number === value) return name as Known<E>;
  }
  return `UNKNOWN_${value}`;
}

/** The name of a value that the contract promises to set; "UNKNOWN_0" where it is not. */
export function nameOf<E extends Readonly<Record<string, number>>>(
  values: E,
  value: number,
): Open<E> {
  return optionalName(values, value) ?? "UNKNOWN_0";
}
