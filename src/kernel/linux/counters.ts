/**
 * Sectors written and discarded, of every device that a file system writes to: evidence against
 * writes that no freeze holds back (fstrim, a swap file, the raw device). The files are opened once
 * and read with pread, about 1 us each.
 *
 * A partition's counters see what is written through that partition; a write through the whole
 * disk's node is counted there only.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { release } from "node:os";
import type { DeviceCounters } from "../port.js";
import {
  btrfsMembers,
  btrfsUuid,
  deviceOfNumber,
  readSmallFile,
  sysfsDirectory,
} from "./block-devices.js";
import { readExtSuperblock } from "./ext-superblock.js";
import { type FallbackSource, isExt } from "./fallbacks.js";
import { deviceKey } from "./mountinfo.js";

/**
 * Fields of /sys/dev/block/M:m/stat, counted from 1 (Documentation/block/stat.rst; discards since
 * Linux 4.18).
 */
const fieldSectorsWritten = 7;
const fieldSectorsDiscarded = 14;

/** The fields of a line of numbers that are asked for; undefined when the line is shorter. */
export function statFields(
  line: Buffer,
  length: number,
): { readonly written: number; readonly discarded: number } | undefined {
  let field = 0;
  let written = 0;
  let at = 0;
  while (at < length) {
    while (at < length && (line[at] ?? 0) <= 0x20) at++;
    let value = 0;
    for (let byte = line[at] ?? 0; at < length && byte > 0x20; byte = line[++at] ?? 0)
      value = value * 10 + (byte - 0x30);
    field++;
    if (field === fieldSectorsWritten) written = value;
    if (field === fieldSectorsDiscarded) return { written, discarded: value };
  }
  return undefined;
}

/**
 * A mount option's device ("logdev=/dev/sdb1"), by its node. Undefined: the option is there, but
 * its device is not known.
 */
function optionDevice(
  superOptions: readonly string[],
  name: string,
): readonly string[] | undefined {
  const option = superOptions.find((text) => text.startsWith(`${name}=`));
  if (option === undefined) return [];
  try {
    const stat = statSync(Buffer.from(option.slice(name.length + 1), "latin1"));
    return stat.isBlockDevice() ? [deviceKey(deviceOfNumber(stat.rdev))] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether jbd2's thread for this file system is named after the device and an inode ("jbd2/vda-8"):
 * an internal journal.
 */
function journalThreadIsInternal(deviceName: string): boolean {
  const pid = readSmallFile(`/sys/fs/ext4/${deviceName}/journal_task`);
  const name = pid === undefined ? undefined : readSmallFile(`/proc/${pid}/comm`);
  // A thread's name has 15 characters; one that was cut before the dash tells nothing.
  return name?.startsWith(`jbd2/${deviceName}-`) === true;
}

function extDevices({ key, blockDeviceFd }: FallbackSource): readonly string[] | undefined {
  const superblock = blockDeviceFd === undefined ? undefined : readExtSuperblock(blockDeviceFd);
  if (superblock !== undefined)
    return superblock.journalDevice === undefined
      ? [key]
      : [key, deviceKey(superblock.journalDevice)];
  const name = sysfsDirectory(key)?.split("/").at(-1);
  return name !== undefined && journalThreadIsInternal(name) ? [key] : undefined;
}

function xfsDevices(key: string, superOptions: readonly string[]): readonly string[] | undefined {
  const log = optionDevice(superOptions, "logdev");
  const realtime = optionDevice(superOptions, "rtdev");
  return log === undefined || realtime === undefined ? undefined : [key, ...log, ...realtime];
}

/** Undefined for a type of which it is not known which devices it writes to. */
export function devicesOf(
  source: FallbackSource,
  superOptions: readonly string[],
): readonly string[] | undefined {
  if (isExt(source.type)) return extDevices(source);
  switch (source.type) {
    case "xfs":
      return xfsDevices(source.key, superOptions);
    case "btrfs":
      return btrfsMembers(btrfsUuid(source.directoryFd) ?? "");
    default:
      return undefined;
  }
}

interface OpenCounter {
  readonly device: string;
  readonly stat: number;
  /**
   * queue/iostats; a partition's is its disk's. Undefined: it cannot be told whether the counters
   * count.
   */
  readonly iostats: number | undefined;
  readonly countsAlways: boolean;
}

/**
 * Up to 6.1 device-mapper counts whatever queue/iostats says, which then reads 0 by default
 * (measured on 6.1: writes move the counters with 0 and with 1; on 6.12 they do not with 0).
 * Request-based dm (multipath) has a directory `mq`, and obeys.
 */
export function dmCountsAlways(directory: string, kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split(".").map(Number);
  const old = major < 6 || (major === 6 && minor <= 1);
  return old && existsSync(`${directory}/dm`) && !existsSync(`${directory}/mq`);
}

function openFile(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}

export class CounterReader {
  readonly #counters: readonly OpenCounter[];
  readonly #buffer = Buffer.alloc(512);

  /**
   * `devices` as from devicesOf; when one of them has no counters, nothing can be proven and none
   * is read.
   */
  constructor(devices: readonly string[] | undefined) {
    const counters: OpenCounter[] = [];
    for (const device of devices ?? []) {
      const directory = `/sys/dev/block/${device}`;
      const stat = openFile(`${directory}/stat`);
      if (stat === undefined) {
        for (const counter of counters) closeCounter(counter);
        counters.length = 0;
        break;
      }
      const iostats =
        openFile(`${directory}/queue/iostats`) ?? openFile(`${directory}/../queue/iostats`);
      counters.push({ device, stat, iostats, countsAlways: dmCountsAlways(directory, release()) });
    }
    this.#counters = counters;
  }

  read(): readonly DeviceCounters[] {
    const read: DeviceCounters[] = [];
    for (const { device, stat, iostats, countsAlways } of this.#counters) {
      const fields = statFields(this.#buffer, this.#pread(stat));
      // A device that was removed: of the others alone nothing follows.
      if (fields === undefined) return [];
      const counting =
        countsAlways ||
        (iostats !== undefined && this.#pread(iostats) > 0 && this.#buffer[0] === 0x31);
      read.push({
        device,
        sectorsWritten: fields.written,
        sectorsDiscarded: fields.discarded,
        counting,
      });
    }
    return read;
  }

  #pread(fd: number): number {
    try {
      return readSync(fd, this.#buffer, 0, this.#buffer.length, 0);
    } catch {
      return 0;
    }
  }

  close(): void {
    for (const counter of this.#counters) closeCounter(counter);
  }
}

function closeCounter({ stat, iostats }: OpenCounter): void {
  closeSync(stat);
  if (iostats !== undefined) closeSync(iostats);
}
