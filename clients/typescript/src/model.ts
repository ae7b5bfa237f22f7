/**
 * What the client tells, as plain readonly values. Durations are milliseconds (numbers with fractions), instants by the wall
 * clock are Dates, instants since boot (CLOCK_BOOTTIME, which nobody can set) are milliseconds.
 *
 * A property that is absent was not said by the service. `JSON.stringify` of any value with a `toJSON` gives the contract's
 * own form (proto3 JSON), which every language's protobuf library reads: the form to keep beside a snapshot.
 */
import type { JsonValue } from "@bufbuild/protobuf";
import type {
  Certainty,
  DeviceRole,
  EndCause,
  ErrorReason,
  EvidenceKind,
  EvidenceResult,
  FreezePhase,
  Freezer,
  FreezeState,
  HoldFilesystemState,
  HoldKind,
  HoldState,
  IntervalEnd,
  PresyncMode,
  StateEvidence,
  Unknown,
  Verdict,
} from "./names.js";

/** Has a form in proto3 JSON. `toJSON` is not enumerable: copies by spreading or structuredClone lose it. */
export interface ProtoJson {
  toJSON(): JsonValue;
}

/** Number of a block device, or of a file system's superblock (`st_dev`). */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

export interface BlockDevice {
  readonly number: DeviceNumber;
  /** Kernel name, e.g. "loop0". */
  readonly name: string;
  readonly role: DeviceRole;
}

/** Which file system is meant. */
export interface Filesystem {
  /** Empty where it is not mounted (frozen, then unmounted). */
  readonly mountPoint: string;
  /** True where `mountPoint` is not UTF-8: other bytes and backslashes are written `\ooo`. */
  readonly mountPointEscaped: boolean;
  /** "ext4", "xfs", "btrfs" ... */
  readonly type: string;
  readonly uuid?: string;
  /** The third field of /proc/self/mountinfo. */
  readonly device: DeviceNumber;
  /** Every device that it writes to, the mounted one first. Empty where they are not known. */
  readonly devices: readonly BlockDevice[];
  readonly readOnly: boolean;
  /** What it was mounted from, e.g. "/dev/loop3". May be empty. */
  readonly source: string;
}

/** Who called, as the service knows it. */
export type Owner =
  | {
      readonly kind: "unix";
      /** Absent where the service could not map it. */
      readonly uid?: number;
      readonly gid?: number;
      /** 0 where it is not visible to the service. */
      readonly pid: number;
      readonly address: string;
    }
  | {
      readonly kind: "tls";
      readonly subject: string;
      readonly subjectAltNames: readonly string[];
      readonly fingerprintSha256: string;
      readonly address: string;
    }
  | { readonly kind: "address"; readonly address: string };

/** Names a hold to somebody who is not its owner. */
export interface HoldReference {
  readonly holdId: string;
  readonly owner?: Owner;
  readonly purpose: string;
}

export interface FrozenBy {
  readonly freezer: Freezer;
  /** Only with THIS_SERVICE. */
  readonly holds: readonly HoldReference[];
  /** The suspended device-mapper device, e.g. "dm-3". Only with KERNEL; may be empty. */
  readonly device: string;
}

/** A reason told inside a message rather than as the status of a call. */
export interface ErrorDetail {
  readonly reason: ErrorReason | Unknown;
  /** For people; never branch on it. */
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file system that "all freezable" left out. */
export interface PassedOver {
  readonly filesystem: Filesystem;
  /** Absent: an exclude pattern matched. */
  readonly refusal?: ErrorDetail;
}

/** Writing back before the freeze. */
export interface Presync {
  readonly mode?: PresyncMode;
  /** Milliseconds, for all passes together. Default: 60,000. */
  readonly timeout?: number;
}

/** The operator's programs around a freeze. */
export interface Hooks {
  /** Empty: all that the operator installed. */
  readonly names: readonly string[];
  /** Milliseconds for each. Default: 10,000. */
  readonly timeout?: number;
}

/** Options as asked for, or as in effect. Milliseconds. */
export interface HoldOptionsInfo {
  readonly ttl?: number;
  readonly freezeTimeout?: number;
  readonly presync?: Presync;
  readonly linger?: number;
  readonly hooks?: Hooks;
}

/** The operator's limits. Milliseconds. */
export interface Limits {
  readonly maxTtl?: number;
  readonly maxFreezeTimeout?: number;
  readonly maxPresyncTimeout?: number;
  readonly maxLinger?: number;
  /** Longest time that a file system stays frozen in one piece, all holds and renewals together. */
  readonly maxFrozen?: number;
}

/** One file system of a hold, as it is for this hold. The kernel's state may differ: ask `isFrozen` or `status`. */
export interface HoldFilesystem {
  readonly filesystem: Filesystem;
  readonly state: HoldFilesystemState;
  readonly frozenTime?: Date;
  /** Milliseconds since boot. */
  readonly frozenBoottime?: number;
  /** How long FIFREEZE took, milliseconds. Absent where the hold joined a complete freeze. */
  readonly freezeDuration?: number;
}

/** A hold as the service tells of it. */
export interface HoldInfo extends ProtoJson {
  readonly holdId: string;
  readonly kind: HoldKind;
  readonly state: HoldState;
  readonly owner: Owner;
  readonly purpose: string;
  readonly filesystems: readonly HoldFilesystem[];
  readonly effective: HoldOptionsInfo;
  readonly openTime?: Date;
  /** When all of it was frozen. Absent: it is not. */
  readonly frozenTime?: Date;
  /** Between the first and the last frozen, milliseconds. */
  readonly skew?: number;
  /** The deadline. Absent: none runs. */
  readonly expireTime?: Date;
  readonly lingerExpireTime?: Date;
  readonly passedOver: readonly PassedOver[];
  /** Present when, and only when, it has ended. */
  readonly receipt?: Receipt;
}

export interface EvidenceItem {
  readonly kind: EvidenceKind;
  readonly result: EvidenceResult;
  /** For people, may be empty. */
  readonly detail: string;
}

/** One time that a hold kept one file system frozen. */
export interface FreezeInterval {
  /** How long FIFREEZE took, milliseconds. */
  readonly freezeDuration?: number;
  readonly frozenTime?: Date;
  /** Milliseconds since boot, as the other boottimes. */
  readonly frozenBoottime?: number;
  readonly thawedTime?: Date;
  readonly thawedBoottime?: number;
  /** The last instant that the evidence covers: a copy complete by then is good even where the verdict is NOT_INTACT. */
  readonly intactUntil?: Date;
  readonly intactUntilBoottime?: number;
  /** Sectors of 512 bytes. Absent where they could not be counted. */
  readonly sectorsWritten?: number;
  readonly sectorsDiscarded?: number;
  readonly evidence: readonly EvidenceItem[];
  /** Absent: it has not ended. */
  readonly verdict?: Verdict;
  readonly end?: IntervalEnd;
}

export interface PresyncPass {
  /** Milliseconds. */
  readonly duration?: number;
  readonly dirtyBytesLeft?: number;
}

export interface FilesystemReceipt {
  readonly filesystem: Filesystem;
  readonly presyncPasses: readonly PresyncPass[];
  /** Empty: never frozen. */
  readonly intervals: readonly FreezeInterval[];
  readonly verdict: Verdict;
}

/** What a hold was and whether it held. `JSON.stringify(receipt)` is its file form. */
export interface Receipt extends ProtoJson {
  readonly holdId: string;
  readonly kind?: HoldKind;
  readonly hostName: string;
  readonly bootId: string;
  readonly owner: Owner;
  readonly purpose: string;
  readonly requested: HoldOptionsInfo;
  readonly effective: HoldOptionsInfo;
  readonly endCause: EndCause;
  readonly verdict: Verdict;
  /** How many file systems it had frozen at its end, and how many of them the service thawed. */
  readonly frozenCount: number;
  readonly thawedCount: number;
  readonly filesystems: readonly FilesystemReceipt[];
  readonly passedOver: readonly PassedOver[];
  readonly openTime?: Date;
  readonly endTime?: Date;
  /** What ended it, where that was an error. */
  readonly failure?: ErrorDetail;
  /** True: the service ran on its simulated kernel, and nothing was really frozen. */
  readonly simulated: boolean;
}

/** The kernel's truth about one file system, whoever froze it. */
export interface FrozenStatus extends ProtoJson {
  readonly filesystem: Filesystem;
  readonly state: FreezeState;
  /** Absent where the state is UNKNOWN. */
  readonly certainty?: Certainty;
  /** Empty when it is not frozen. */
  readonly frozenBy: readonly FrozenBy[];
  readonly evidence?: StateEvidence;
}

/** What a hold holds, and what the kernel says. */
export interface HoldStatus extends ProtoJson {
  /** The kernel's state for the whole hold. */
  readonly state: FreezeState;
  /** True where this hold keeps all its file systems frozen. */
  readonly heldByThis: boolean;
  readonly filesystems: readonly HoldFilesystemStatus[];
  readonly expireTime?: Date;
}

export interface HoldFilesystemStatus {
  readonly filesystem: Filesystem;
  readonly state: FreezeState;
  readonly certainty?: Certainty;
  readonly heldByThis: boolean;
  readonly frozenBy: readonly FrozenBy[];
  readonly evidence?: StateEvidence;
}

export interface FilesystemInfo extends ProtoJson {
  readonly filesystem: Filesystem;
  readonly mountPoints: readonly string[];
  /** Absent: the service can freeze it. */
  readonly refusal?: ErrorDetail;
  readonly state: FreezeState;
  readonly certainty?: Certainty;
  readonly frozenBy: readonly FrozenBy[];
  readonly evidence?: StateEvidence;
}

export interface PlannedFilesystem {
  readonly filesystem: Filesystem;
  /** Those of one step are frozen together; lower steps first. */
  readonly step: number;
  readonly dirtyBytes?: number;
  readonly deviceStack: readonly BlockDevice[];
  readonly state?: FreezeState;
  readonly certainty?: Certainty;
  readonly frozenBy: readonly FrozenBy[];
  readonly refusal?: ErrorDetail;
  readonly warnings: readonly string[];
}

export interface Plan extends ProtoJson {
  readonly filesystems: readonly PlannedFilesystem[];
  readonly passedOver: readonly PassedOver[];
  readonly warnings: readonly string[];
}

/** What a forced thaw did. */
export interface ForcedThaw extends ProtoJson {
  readonly filesystem: Filesystem;
  readonly frozenBy: readonly FrozenBy[];
  /** The kernel's state after it. */
  readonly state: FreezeState;
}

/** How far one file system is on its way to frozen. */
export interface Progress extends ProtoJson {
  readonly filesystem: Filesystem;
  readonly phase: FreezePhase;
  /** From 1; 0 outside SYNCING. */
  readonly syncPass: number;
  readonly dirtyBytesLeft?: number;
  /** Since this phase began, milliseconds. */
  readonly elapsed?: number;
  /** What it waits for, while WAITING. */
  readonly waitingFor?: ErrorDetail;
}

/** What a `watch` tells. */
export type WatchEvent =
  /** A hold as it is now: one of the first picture, a new one, or one that changed or ended. */
  | { readonly kind: "hold"; readonly hold: HoldInfo }
  /** The first picture is complete; what follows are changes. Once. */
  | { readonly kind: "picture-complete" };
