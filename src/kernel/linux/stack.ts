/**
 * What a file system rests on: block devices down to the file systems that store them. A FIFREEZE
 * or FITHAW above a frozen lower layer hangs, unkillable, so the layers are known before either.
 * All of it is read as text from mountinfo and sysfs; device-mapper, md, partitions, loop devices,
 * btrfs members and overlays are followed.
 */
import { closeFd } from "../../os/sockets.js";
import type { Layer } from "../port.js";
import {
  deviceOfNumber,
  kernelName,
  openBlockDevice,
  readSmallFile,
  sysfsDirectory,
} from "./block-devices.js";
import { isUntouchable } from "./filesystem-types.js";
import { deviceKey, type Mount, type MountTable } from "./mountinfo.js";
import { type ByteString, textOf } from "./path-bytes.js";
import { devicesBelow, isSuspended, mostDevices } from "./suspended.js";
import { ioctl } from "./syscalls.js";

/** The devices that a mounted file system writes to; undefined where they are not known. */
export type DevicesOfMount = (mount: Mount) => readonly string[] | undefined;

export interface Stack {
  readonly layers: readonly Layer[];
  /** Kernel names of all device-mapper devices on the way that are suspended now. */
  readonly suspended: readonly string[];
}

/** LOOP_GET_STATUS64 (linux/loop.h): lo_device, the backing file's st_dev, comes first. */
const LOOP_GET_STATUS64 = 0x4c05;

/** The kernel appends " (deleted)" to the path of a file that has none any more. */
function backingFileOf(sysfs: string): ByteString | undefined {
  return readSmallFile(`${sysfs}/loop/backing_file`)?.replace(/ \(deleted\)$/, "") as
    | ByteString
    | undefined;
}

/**
 * The mount that holds a backing file. Its path, as text, decides whether it may be looked at; the
 * loop driver then knows the device of the file itself, which is right also when the path is
 * covered, renamed or of another namespace.
 */
function mountOfBackingFile(table: MountTable, key: string, path: ByteString): Mount | undefined {
  const byPath = path.startsWith("/") ? table.walk(path).at(-1)?.mount : undefined;
  if (byPath !== undefined && isUntouchable(byPath.type)) return byPath;
  const device = loopBackingDevice(key);
  const byDevice = table.mounts.find((mount) => mount.key === device);
  // A btrfs file's st_dev is its subvolume's, which no mount shows: then the path has to do.
  return byDevice ?? byPath;
}

function loopBackingDevice(key: string): string | undefined {
  const opened = openBlockDevice(key);
  if ("errno" in opened) return undefined;
  try {
    const status = Buffer.alloc(256);
    if ("errno" in ioctl(opened.value, LOOP_GET_STATUS64, status)) return undefined;
    return deviceKey(deviceOfNumber(Number(status.readBigUInt64LE(0))));
  } finally {
    closeFd(opened.value);
  }
}

interface Below {
  readonly mount: Mount;
  readonly via: string;
}

/**
 * Mount points that overlayfs stores its files on: colons and commas in the options are escaped
 * with a backslash.
 */
export function overlayDirectories(superOptions: readonly string[]): readonly ByteString[] {
  const directories: ByteString[] = [];
  for (const option of superOptions) {
    const value = /^(?:upperdir|workdir|lowerdir\+?|datadir\+)=(.*)$/.exec(option)?.[1];
    if (value === undefined) continue;
    for (const part of value.split(/(?<!\\):/))
      if (part !== "") directories.push(part.replace(/\\(.)/g, "$1") as ByteString);
  }
  return directories;
}

/** One layer down from a mounted file system. `suspend` is told of suspended devices on the way. */
function below(
  table: MountTable,
  mount: Mount,
  devicesOf: DevicesOfMount,
  suspend: (name: string) => void,
): readonly Below[] {
  if (mount.type === "overlay")
    return overlayDirectories(mount.superOptions).flatMap((directory) => {
      const lower = table.walk(directory).at(-1)?.mount;
      return lower === undefined ? [] : [{ mount: lower, via: `overlay:${textOf(directory)}` }];
    });
  const found: Below[] = [];
  const seen = new Set<string>();
  const pending = [...(devicesOf(mount) ?? [mount.key])];
  for (let key = pending.shift(); key !== undefined; key = pending.shift()) {
    const sysfs = sysfsDirectory(key);
    if (sysfs === undefined || seen.has(key) || seen.size >= mostDevices) continue;
    seen.add(key);
    const name = kernelName(key) ?? key;
    if (isSuspended(sysfs)) suspend(name);
    pending.push(...devicesBelow(sysfs));
    const backingFile = backingFileOf(sysfs);
    if (backingFile === undefined) continue;
    const lower = mountOfBackingFile(table, key, backingFile);
    if (lower !== undefined) found.push({ mount: lower, via: `${name}:${textOf(backingFile)}` });
  }
  return found;
}

/**
 * All layers below a mount, nearest first; each file system once, by the first way that leads to
 * it.
 */
export function stackBelow(table: MountTable, top: Mount, devicesOf: DevicesOfMount): Stack {
  const layers: Layer[] = [];
  const suspended = new Set<string>();
  const seen = new Set([top.key]);
  let level: readonly Mount[] = [top];
  while (level.length > 0) {
    const next: Mount[] = [];
    for (const mount of level) {
      for (const { mount: lower, via } of below(table, mount, devicesOf, (name) =>
        suspended.add(name),
      )) {
        if (seen.has(lower.key)) continue;
        seen.add(lower.key);
        next.push(lower);
        layers.push({ key: lower.key, mountPoint: textOf(lower.mountPoint), via });
      }
    }
    level = next;
  }
  return { layers, suspended: [...suspended] };
}
