/**
 * Block devices through sysfs: their names and nodes, and which of them a btrfs is made of. Nothing
 * here waits for a disk.
 */
import { fstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { closeFd } from "../../os/sockets.js";
import type { DeviceNumber } from "../port.js";
import { deviceKey } from "./mountinfo.js";
import { ioctl, O_NONBLOCK, O_RDONLY, type Outcome, open } from "./syscalls.js";

/** Node gives st_rdev and st_dev in glibc's 64-bit encoding (sys/sysmacros.h). */
export function deviceOfNumber(encoded: number): DeviceNumber {
  const device = BigInt(encoded);
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}

/** A small file of sysfs or procfs, trimmed; undefined when it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}

export function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * The device's directory in sysfs; undefined where "major:minor" is no block device of this kernel.
 */
export function sysfsDirectory(key: string): string | undefined {
  try {
    return realpathSync(`/sys/dev/block/${key}`);
  } catch {
    return undefined;
  }
}

/**
 * The kernel's name of it: "loop3", "dm-0", "nvme0n1p1". File systems use it below /sys/fs (as
 * `s_id`).
 */
export function kernelName(key: string): string | undefined {
  const directory = sysfsDirectory(key);
  return directory === undefined ? undefined : basename(directory);
}

function isBlockDevice(fd: number, key: string): boolean {
  const stat = fstatSync(fd);
  return stat.isBlockDevice() && deviceKey(deviceOfNumber(stat.rdev)) === key;
}

/**
 * Opens a block device for reading by its number. The node is where devtmpfs puts it; one that is
 * another device by now (a static /dev in a container) is not taken. Opening also works while
 * device-mapper has it suspended (6.1, 6.12, 7.2).
 */
export function openBlockDevice(key: string): Outcome {
  const name = /^DEVNAME=(.+)$/m.exec(readSmallFile(`/sys/dev/block/${key}/uevent`) ?? "")?.[1];
  let failure: Outcome = { errno: "ENODEV" };
  for (const path of [...(name === undefined ? [] : [`/dev/${name}`]), `/dev/block/${key}`]) {
    const opened = open(path, O_RDONLY | O_NONBLOCK);
    if ("errno" in opened) {
      if (opened.errno !== "ENOENT") failure = opened;
      continue;
    }
    if (isBlockDevice(opened.value, key)) return opened;
    closeFd(opened.value);
  }
  return failure;
}

/**
 * _IOR(0x94, 31, struct btrfs_ioctl_fs_info_args), whose fsid follows max_id and num_devices
 * (linux/btrfs.h).
 */
const BTRFS_IOC_FS_INFO = 0x8400941f;

export function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** The UUID under which /sys/fs/btrfs lists the file system of a directory's descriptor. */
export function btrfsUuid(fd: number): string | undefined {
  const answer = Buffer.alloc(1024);
  if ("errno" in ioctl(fd, BTRFS_IOC_FS_INFO, answer)) return undefined;
  return formatUuid(answer.subarray(16, 32));
}

/**
 * "major:minor" of all its devices; undefined when sysfs does not know it. A missing device is not
 * listed, nor written to.
 */
export function btrfsMembers(uuid: string): readonly string[] | undefined {
  const directory = `/sys/fs/btrfs/${uuid}/devices`;
  const members: string[] = [];
  for (const name of listDirectory(directory)) {
    const key = readSmallFile(`${directory}/${name}/dev`);
    if (key === undefined) return undefined;
    members.push(key);
  }
  return members.length === 0 ? undefined : members;
}

/** The mounted btrfs that a device belongs to. */
export function btrfsOfMember(key: string): string | undefined {
  return listDirectory("/sys/fs/btrfs").find((uuid) => btrfsMembers(uuid)?.includes(key) === true);
}
