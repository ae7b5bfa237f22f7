/**
 * device-mapper's suspend: I/O to the device waits until its resume, and the freeze that comes with
 * it is dm's own.
 */
import { dirname } from "node:path";
import { kernelName, listDirectory, readSmallFile, sysfsDirectory } from "./block-devices.js";

/**
 * More devices than any real stack has: a tree that leads round in circles ends the walk all the
 * same.
 */
export const mostDevices = 4096;

/** dm and md list what they are made of as slaves; a partition lies on its disk. */
export function devicesBelow(sysfs: string): readonly string[] {
  const devices: string[] = [];
  for (const name of listDirectory(`${sysfs}/slaves`)) {
    const slave = readSmallFile(`${sysfs}/slaves/${name}/dev`);
    if (slave !== undefined) devices.push(slave);
  }
  if (readSmallFile(`${sysfs}/partition`) !== undefined) {
    const disk = readSmallFile(`${dirname(sysfs)}/dev`);
    if (disk !== undefined) devices.push(disk);
  }
  return devices;
}

export function isSuspended(sysfs: string): boolean {
  return readSmallFile(`${sysfs}/dm/suspended`) === "1";
}

/** The kernel name of the first suspended device from a block device downwards, itself included. */
export function suspendedBelowDevice(key: string): string | undefined {
  const seen = new Set<string>();
  const pending = [key];
  for (let device = pending.shift(); device !== undefined; device = pending.shift()) {
    const sysfs = sysfsDirectory(device);
    if (sysfs === undefined || seen.has(device) || seen.size >= mostDevices) continue;
    seen.add(device);
    if (isSuspended(sysfs)) return kernelName(device) ?? device;
    pending.push(...devicesBelow(sysfs));
  }
  return undefined;
}
