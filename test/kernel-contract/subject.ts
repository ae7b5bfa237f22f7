/** What the contract suite needs of a kernel under test and of the machine around it, real or simulated. */
import type { Kernel } from "../../src/kernel/port.js";
import type { FilesystemType } from "../support/loop-filesystem.js";

/** How much a kernel can tell: everything, what the file systems show of themselves, or nothing. */
export type Sight = "exact" | "fallback" | "none";

export interface ContractFilesystem {
  readonly type: FilesystemType;
  readonly mountPoint: string;
  /** The main block device: "/dev/loop3" and "7:3". */
  readonly device: string;
  readonly deviceNumber: string;
  readonly uuid: string;

  /** The judge: by effects, never by the kernel under test. */
  truth(): Promise<"frozen" | "thawed" | "freezing">;

  /** Another program's calls: "" or the errno's name. */
  foreignFreeze(): Promise<string>;
  foreignThaw(): Promise<string>;
  foreignRefreeze(): Promise<string>;
  foreignRewrite(): Promise<string>;
  /** The pid that did them. */
  readonly foreignPid: number;
  write(): Promise<void>;
  trim(): Promise<void>;
  rawWrite(): Promise<void>;
  setCounting(on: boolean): void;
  /** The device is lost; mounting it anew brings it back. */
  shutDown(): Promise<void>;
  /** Equal at two moments: no byte of the image changed. */
  imageDigest(): Promise<string>;

  /** Paths that reach the same superblock. */
  bind(): Promise<string>;
  subvolume(): Promise<string>;
  /** Unmounts what the last two made: they would keep the superblock alive over an unmount. */
  unbind(): Promise<void>;
  /** Makes these in it; the answer is the path. */
  directory(): Promise<string>;
  file(): Promise<string>;
  fifo(): Promise<string>;

  remount(mode: "ro" | "rw"): Promise<void>;
  /** "" or the errno's name. */
  unmount(): Promise<string>;
  mount(): Promise<void>;
  makeGhost(): Promise<void>;
  recoverGhost(): Promise<void>;
  /** From here on a FIFREEZE hangs in flight, until released. */
  holdFreezes(): Promise<{ release(): Promise<void> }>;
  /** Descriptors that this process has open on it, or on its block devices. */
  openDescriptors(): number;
  dispose(): Promise<void>;
}

/** Paths that no file system can be frozen by. */
export interface Oddities {
  readonly missing: string;
  readonly tmpfs: string;
  readonly overlay: string;
  readonly proc: string;
  dispose(): Promise<void>;
}

export interface ContractSubject {
  readonly name: string;
  readonly sight: Sight;
  /** From 6.17 on btrfs names its superblock as the block device's holder (6.12: not; 6.18, 7.2: measured). */
  readonly seesBtrfsByDevice: boolean;
  /** Newer kernels answer syncfs(2) of a shut-down ext4 with EIO (6.18), older ones with success (6.12). */
  readonly syncfsOfLostExt4: readonly (string | undefined)[];
  /** Why this file system cannot be tried on this machine. */
  missing(type: FilesystemType): string | undefined;
  missingStuckFreeze(): string | undefined;
  createKernel(): Kernel;
  createFilesystem(
    type: FilesystemType,
    storedIn?: ContractFilesystem,
  ): Promise<ContractFilesystem>;
  createOddities(): Promise<Oddities>;
  /** Descriptors of this process that may be the kernel's: to be the same before and after. */
  countDescriptors(): number;
}
