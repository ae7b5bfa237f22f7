/**
 * The one door to the kernel's freeze state. Two implementations: `linux` (koffi, BPF, sysfs) and `simulated` (for
 * machines without privilege and for tests of logic). Both pass test/kernel-contract.
 *
 * All values can be sent as JSON between our processes: instants are microseconds as numbers (exact for 285 years).
 */
import type { Result } from "../hold/refusal.js";

/** A moment on both clocks, in microseconds. Deadlines use `bootUs` (CLOCK_BOOTTIME: it counts in suspend). */
export interface Instant {
  readonly wallUs: number;
  readonly bootUs: number;
}

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** What the caller names. `path` etc. are as the caller wrote them; nothing was opened yet. */
export interface TargetSpec {
  readonly by:
    | { readonly kind: "path"; readonly path: string }
    | { readonly kind: "block-device"; readonly path: string }
    | { readonly kind: "device-number"; readonly device: DeviceNumber }
    | { readonly kind: "uuid"; readonly uuid: string };
  readonly allowSubdirectory: boolean;
  readonly expectUuid?: string;
  readonly expectDevice?: DeviceNumber;
}

/** One mounted file system (superblock), however many paths lead to it. */
export interface FilesystemIdentity {
  /** mountinfo's "major:minor": bind mounts, subvolumes and subdirectories of one superblock share it. */
  readonly key: string;
  readonly device: DeviceNumber;
  readonly type: string;
  /** The mount point that the target resolved to (of several, the one named). */
  readonly mountPoint: string;
  /** The directory that `open` opens: the mount point, or a subdirectory where that was allowed. */
  readonly directory: string;
  /** mountinfo's source, e.g. "/dev/loop3". */
  readonly source: string;
  readonly uuid?: string;
  readonly readOnly: boolean;
}

export type StateName = "THAWED" | "FREEZING" | "FROZEN" | "UNKNOWN";

/** Which way answered: see kernel-facts "Is it frozen?". */
export type StateSource =
  | "superblock"
  | "ext4-needs-recovery"
  | "xfs-reserve"
  | "simulated"
  | "none";

export interface StateReading {
  readonly state: StateName;
  readonly certainty: "CERTAIN" | "LIKELY";
  readonly source: StateSource;
  /** s_writers.freeze_ucount and freeze_kcount where the kernel has them (6.8 and newer). */
  readonly userCount?: number;
  readonly kernelCount?: number;
}

/**
 * A number that moves with every freeze of a writable superblock. Equal readings with FROZEN at both ends mean that it was
 * never thawed in between; only `exact` proves it, `fallback` moves at a refreeze (xfs) or at a change of content
 * (btrfs).
 */
export type GenerationReading =
  | {
      readonly kind: "exact";
      readonly value: number;
      /** Process (tgid in the initial pid namespace) whose freeze moved it last; 0 when it never moved. */
      readonly freezerPid: number;
    }
  | {
      readonly kind: "fallback";
      readonly source: "xfs-log-head" | "btrfs-generation";
      readonly value: string;
    }
  | { readonly kind: "none" };

export interface DeviceCounters {
  /** "major:minor" of a device that this file system writes to (btrfs members, xfs log and realtime, ext4 journal). */
  readonly device: string;
  /** /sys/dev/block/M:m/stat field 7, in sectors of 512 bytes. */
  readonly sectorsWritten: number;
  /** The same file, field 14. */
  readonly sectorsDiscarded: number;
  /** queue/iostats: when false the two numbers above stand still whatever is written. */
  readonly counting: boolean;
}

/** One look at a file system: taken synchronously, in microseconds, without blocking and without changing anything. */
export interface Look {
  readonly at: Instant;
  readonly state: StateReading;
  readonly generation: GenerationReading;
  /** Empty when the devices below are not known: then nothing about writes can be proven. */
  readonly devices: readonly DeviceCounters[];
  readonly readOnly: boolean;
  /** Address of the super_block as hexadecimal text, where BPF can tell: an address is one mount's identity until it is unmounted. */
  readonly superblock?: string;
}

/** `errno` is the symbolic name ("EBUSY"), absent on success. */
export interface CallResult {
  readonly errno?: string;
  readonly startedAt: Instant;
  readonly returnedAt: Instant;
}

/**
 * A directory descriptor of one file system, open from before its freeze until after its thaw. While it is open with `watch`,
 * the generation counts.
 */
export interface OpenFilesystem {
  readonly identity: FilesystemIdentity;
  /** ioctl FIFREEZE on a thread of its own. May block for as long as the kernel likes and cannot be cancelled. */
  freeze(): Promise<CallResult>;
  /** ioctl FITHAW, on a thread that no freeze can occupy. */
  thaw(): Promise<CallResult>;
  /** syncfs(2), on a thread. */
  syncfs(): Promise<CallResult>;
  look(): Look;
  close(): void;
}

/** A file system that stores (a part of) another one: the backing file of a loop device, an overlay's layers. */
export interface Layer {
  readonly key: string;
  readonly mountPoint: string;
  /** How the upper one rests on it, for people: "loop0:/srv/disk.img". */
  readonly via: string;
}

export interface Probe {
  readonly reading: StateReading;
  /** Absent for a ghost: frozen, unmounted, reachable by its block device only. */
  readonly identity?: FilesystemIdentity;
  readonly device: DeviceNumber;
  readonly type?: string;
  /** A device-mapper device of the stack that is suspended now: the freeze is dm's own then. */
  readonly suspendedDevice?: string;
}

export interface Capability {
  readonly available: boolean;
  /** Why not, for people, where not available. */
  readonly detail: string;
}

export interface Capabilities {
  /** CAP_SYS_ADMIN in the initial user namespace. */
  readonly privileged: Capability;
  readonly btf: Capability;
  /** Exact frozen state through BPF. */
  readonly exactState: Capability;
  /** Exact freeze generation through BPF. */
  readonly generation: Capability;
  /** The generation counts on while no daemon runs. */
  readonly pinned: Capability;
}

export interface Kernel {
  readonly name: "linux" | "simulated";
  now(): Instant;
  /** Fresh at each call where cheap; used by `doctor`, health and receipts. */
  capabilities(): Capabilities;
  /**
   * From a target to the file system it names. Reads mountinfo as text first; network, autofs and fuse types are
   * refused before anything is opened. Opens nothing that stays open.
   */
  resolve(target: TargetSpec): Promise<Result<FilesystemIdentity>>;
  /**
   * Opens the identity's directory (O_DIRECTORY, never for writing) and verifies that it still is that file system
   * (else TARGET_MISMATCH). `watch` starts the freeze generation: always before a FIFREEZE.
   */
  open(
    identity: FilesystemIdentity,
    options: { readonly watch: boolean },
  ): Promise<Result<OpenFilesystem>>;
  /** The kernel's truth about one file system or block device, whoever froze it. Never blocks, changes nothing. */
  probe(target: TargetSpec): Promise<Result<Probe>>;
  /** All file systems below, nearest first, through loop files, partitions, dm, md, btrfs members and overlay. */
  layersBelow(identity: FilesystemIdentity): Promise<readonly Layer[]>;
  /** Names ("dm-3") of suspended device-mapper devices below this file system. */
  suspendedDevices(identity: FilesystemIdentity): Promise<readonly string[]>;
  /** The freezer pid that this process would appear as in a generation reading; undefined where unknown. */
  ownFreezerPid(): number | undefined;
  /** Frees programs and maps of this process; pins stay. */
  close(): void;
}
