/**
 * ext2/3/4's superblock, read through the block device's page cache. ext4 keeps a reference to that very buffer while mounted
 * (sbi->s_sbh) and changes it in place, so what is read there is never stale, always present, and needs no I/O: with
 * RWF_NOWAIT the read cannot wait, not even on a suspended device-mapper device. Offsets: fs/ext4/ext4.h.
 */
import type { DeviceNumber } from "../port.js";
import { preadCached } from "./syscalls.js";

const start = 1024;
const length = 1024;
const MAGIC = 0xef53;
const COMPAT_HAS_JOURNAL = 0x4;
const INCOMPAT_RECOVER = 0x4;

export interface ExtSuperblock {
  readonly hasJournal: boolean;
  /** Set while a writable mount may have something to replay; ext4_freeze clears it, ext4_unfreeze sets it again. */
  readonly needsRecovery: boolean;
  /** The device of an external journal; ext4 writes the one in use here at mount, also one given as a mount option. */
  readonly journalDevice: DeviceNumber | undefined;
}

/** Undefined when it is not in the page cache, or is no ext superblock. */
export function readExtSuperblock(blockDeviceFd: number): ExtSuperblock | undefined {
  const bytes = preadCached(blockDeviceFd, start, length);
  if (bytes === undefined || bytes.readUInt16LE(0x38) !== MAGIC) return undefined;
  const hasJournal = (bytes.readUInt32LE(0x5c) & COMPAT_HAS_JOURNAL) !== 0;
  const journalInode = bytes.readUInt32LE(0xe0);
  const journalDevice = bytes.readUInt32LE(0xe4);
  return {
    hasJournal,
    needsRecovery: (bytes.readUInt32LE(0x60) & INCOMPAT_RECOVER) !== 0,
    journalDevice:
      hasJournal && journalInode === 0 && journalDevice !== 0
        ? decodeDevice(journalDevice)
        : undefined,
  };
}

/** new_decode_dev() of include/linux/kdev_t.h: 8 low bits of minor, 12 of major, 12 high bits of minor. */
export function decodeDevice(encoded: number): DeviceNumber {
  return {
    major: (encoded >>> 8) & 0xfff,
    minor: (encoded & 0xff) | ((encoded >>> 12) & 0xfff00),
  };
}
