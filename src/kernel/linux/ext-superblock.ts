/**
 * ext2/3/4's superblock, read through the block device's page cache. ext4 keeps a reference to that
 * very buffer while mounted (sbi->s_sbh) and changes it in place, so what is read there is never
 * stale and never leaves memory. With RWF_NOWAIT the read cannot wait, not even on a suspended
 * device-mapper device. One thing is missing at first: ext4 marks its buffer as read, but not the
 * page around it, and RWF_NOWAIT asks the page (Linux 6.18). An ordinary read of that page, once,
 * mends it. Offsets: fs/ext4/ext4.h.
 */
import { existsSync, read } from "node:fs";
import { promisify } from "node:util";
import { closeFd } from "../../os/sockets.js";
import type { DeviceNumber } from "../port.js";
import { kernelName, openBlockDevice } from "./block-devices.js";
import { suspendedBelowDevice } from "./suspended.js";
import { preadCached } from "./syscalls.js";
import type { Lane } from "./thread-lanes.js";

const start = 1024;
const length = 1024;
const MAGIC = 0xef53;
const COMPAT_HAS_JOURNAL = 0x4;
const INCOMPAT_RECOVER = 0x4;

export interface ExtSuperblock {
  /** 16 bytes. */
  readonly uuid: Buffer;
  readonly hasJournal: boolean;
  /**
   * Set while a writable mount may have something to replay; ext4_freeze clears it, ext4_unfreeze
   * sets it again.
   */
  readonly needsRecovery: boolean;
  /**
   * The device of an external journal; ext4 writes the one in use here at mount, also one given as
   * a mount option.
   */
  readonly journalDevice: DeviceNumber | undefined;
}

/**
 * ext2 has a driver of its own too (fs/ext2), with neither ext4's tracepoint nor its directory in
 * sysfs.
 */
export function servedByExt4(key: string): boolean {
  return existsSync(`/sys/fs/ext4/${kernelName(key)}`);
}

const readOnPool = promisify(read);

/**
 * Opens the device under a mounted ext file system, its superblock ready to be read without
 * waiting. Undefined where it cannot be opened. Never reads from a suspended device: that would
 * wait until its resume.
 */
export async function openExtDevice(key: string, lane: Lane): Promise<number | undefined> {
  const opened = openBlockDevice(key);
  if ("errno" in opened) return undefined;
  const fd = opened.value;
  if (preadCached(fd, start, length) !== undefined || suspendedBelowDevice(key) !== undefined)
    return fd;
  try {
    await lane.run(() => readOnPool(fd, Buffer.alloc(length), 0, length, start));
    return fd;
  } catch {
    // A device that cannot be read: what is asked of it stays unknown.
    closeFd(fd);
    return undefined;
  }
}

/** Undefined when it is not in the page cache, or is no ext superblock. */
export function readExtSuperblock(blockDeviceFd: number): ExtSuperblock | undefined {
  const bytes = preadCached(blockDeviceFd, start, length);
  if (bytes === undefined || bytes.readUInt16LE(0x38) !== MAGIC) return undefined;
  const hasJournal = (bytes.readUInt32LE(0x5c) & COMPAT_HAS_JOURNAL) !== 0;
  const journalInode = bytes.readUInt32LE(0xe0);
  const journalDevice = bytes.readUInt32LE(0xe4);
  return {
    uuid: bytes.subarray(0x68, 0x78),
    hasJournal,
    needsRecovery: (bytes.readUInt32LE(0x60) & INCOMPAT_RECOVER) !== 0,
    journalDevice:
      hasJournal && journalInode === 0 && journalDevice !== 0
        ? decodeDevice(journalDevice)
        : undefined,
  };
}

/**
 * new_decode_dev() of include/linux/kdev_t.h: 8 low bits of minor, 12 of major, 12 high bits of
 * minor.
 */
export function decodeDevice(encoded: number): DeviceNumber {
  return {
    major: (encoded >>> 8) & 0xfff,
    minor: (encoded & 0xff) | ((encoded >>> 12) & 0xfff00),
  };
}
