/**
 * What a file system shows of its state where BPF cannot look. None of it tells a freeze in flight
 * from a thawed file system, so none is certain; and all of it is blind on a read-only superblock,
 * which has nothing to clear or give back.
 */
import type { GenerationReading, StateReading } from "../port.js";
import { btrfsUuid, kernelName, readSmallFile } from "./block-devices.js";
import { readExtSuperblock } from "./ext-superblock.js";
import { ioctl } from "./syscalls.js";

/**
 * _IOR('X', 115, struct xfs_fsop_resblks): the reserve and what is left of it
 * (fs/xfs/libxfs/xfs_fs.h).
 */
const XFS_IOC_GET_RESBLKS = 0x80105873;

export const unknownState: StateReading = { state: "UNKNOWN", certainty: "LIKELY", source: "none" };

function likely(frozen: boolean, source: StateReading["source"]): StateReading {
  return { state: frozen ? "FROZEN" : "THAWED", certainty: "LIKELY", source };
}

/**
 * ext4 with a journal: `needs_recovery` is set while writable and thawed, and cleared by a freeze
 * (measured, 6.18).
 */
function extState(blockDeviceFd: number): StateReading {
  const superblock = readExtSuperblock(blockDeviceFd);
  if (superblock === undefined || !superblock.hasJournal) return unknownState;
  return likely(!superblock.needsRecovery, "ext4-needs-recovery");
}

const reserve = Buffer.alloc(128);

/**
 * xfs gives its reserved blocks back when it freezes. An administrator may have set the reserve to
 * 0: then it reads as frozen.
 */
function xfsState(directoryFd: number): StateReading {
  if ("errno" in ioctl(directoryFd, XFS_IOC_GET_RESBLKS, reserve)) return unknownState;
  return likely(reserve.readBigUInt64LE(0) === 0n, "xfs-reserve");
}

export interface FallbackSource {
  readonly type: string;
  readonly key: string;
  readonly directoryFd: number;
  /** Of the device under an ext file system; undefined where it cannot be opened. */
  readonly blockDeviceFd: number | undefined;
}

export function isExt(type: string): boolean {
  return type === "ext2" || type === "ext3" || type === "ext4";
}

export function fallbackState(source: FallbackSource, readOnly: boolean): StateReading {
  if (readOnly) return unknownState;
  if (isExt(source.type))
    return source.blockDeviceFd === undefined ? unknownState : extState(source.blockDeviceFd);
  return source.type === "xfs" ? xfsState(source.directoryFd) : unknownState;
}

/**
 * xfs' log head moves at every refreeze; btrfs' generation when content changed in between; ext4
 * has nothing of the kind.
 */
export function fallbackGeneration(source: FallbackSource): GenerationReading {
  switch (source.type) {
    case "xfs": {
      const value = readSmallFile(`/sys/fs/xfs/${kernelName(source.key)}/log/log_head_lsn`);
      return value === undefined
        ? { kind: "none" }
        : { kind: "fallback", source: "xfs-log-head", value };
    }
    case "btrfs": {
      const uuid = btrfsUuid(source.directoryFd);
      const value =
        uuid === undefined ? undefined : readSmallFile(`/sys/fs/btrfs/${uuid}/generation`);
      return value === undefined
        ? { kind: "none" }
        : { kind: "fallback", source: "btrfs-generation", value };
    }
    default:
      return { kind: "none" };
  }
}
