/**
 * The devices below a mount of which only the table's line may be known, for walking down a stack.
 */
import { statSync } from "node:fs";
import { closeFd } from "../../os/sockets.js";
import {
  btrfsMembers,
  btrfsOfMember,
  btrfsUuid,
  deviceOfNumber,
  openBlockDevice,
} from "./block-devices.js";
import { devicesOf } from "./counters.js";
import { isExt } from "./fallbacks.js";
import { deviceKey, type Mount } from "./mountinfo.js";
import { bufferOf } from "./path-bytes.js";

/**
 * A btrfs names one of its devices as the source of its mount; only nodes of /dev are looked at.
 */
function btrfsUuidOfSource(mount: Mount): string | undefined {
  if (!mount.source.startsWith("/dev/")) return undefined;
  try {
    const stat = statSync(bufferOf(mount.source));
    return stat.isBlockDevice() ? btrfsOfMember(deviceKey(deviceOfNumber(stat.rdev))) : undefined;
  } catch {
    return undefined;
  }
}

/** `fd`: an open directory on the mount, where there is one. */
export function devicesOfMount(mount: Mount, fd?: number): readonly string[] | undefined {
  const { type, key, superOptions } = mount;
  if (type === "btrfs") {
    const uuid = fd === undefined ? btrfsUuidOfSource(mount) : btrfsUuid(fd);
    return uuid === undefined ? undefined : btrfsMembers(uuid);
  }
  const device = isExt(type) ? openBlockDevice(key) : undefined;
  const blockDeviceFd = device !== undefined && "value" in device ? device.value : undefined;
  try {
    return devicesOf({ type, key, directoryFd: fd ?? -1, blockDeviceFd }, superOptions);
  } finally {
    if (blockDeviceFd !== undefined) closeFd(blockDeviceFd);
  }
}
