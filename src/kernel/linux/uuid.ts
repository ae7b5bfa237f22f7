/**
 * A mounted file system's UUID, without reading from a disk: what is frozen or suspended would make
 * such a read wait.
 */
import { closeFd } from "../../os/sockets.js";
import { btrfsUuid, formatUuid } from "./block-devices.js";
import { openExtDevice, readExtSuperblock } from "./ext-superblock.js";
import { ioctl } from "./syscalls.js";
import type { Lane } from "./thread-lanes.js";

/**
 * _IOR(0x15, 0, struct fsuuid2): a length and 16 bytes. All file systems that set s_uuid, since
 * Linux 6.9.
 */
const FS_IOC_GETFSUUID = 0x80111500;
/** _IOR('X', 100, struct xfs_fsop_geom_v1): the UUID is at 64. Every Linux with xfs. */
const XFS_IOC_FSGEOMETRY_V1 = 0x80705864;

/** Lower case without dashes, to compare what people write. */
export function normalizeUuid(uuid: string): string {
  return uuid.toLowerCase().replaceAll("-", "");
}

function nonZero(bytes: Buffer): string | undefined {
  return bytes.every((byte) => byte === 0) ? undefined : formatUuid(bytes);
}

/** `known`: 32 hexadecimal digits of super_block.s_uuid where BPF has read it. */
export async function uuidOf(
  fd: number,
  type: string,
  key: string,
  known: string | undefined,
  lane: Lane,
): Promise<string | undefined> {
  if (known !== undefined) return formatUuid(Buffer.from(known, "hex"));
  const answer = Buffer.alloc(128);
  if ("value" in ioctl(fd, FS_IOC_GETFSUUID, answer) && answer.readUInt8(0) === 16)
    return nonZero(answer.subarray(1, 17));
  switch (type) {
    case "btrfs":
      return btrfsUuid(fd);
    case "xfs":
      return "value" in ioctl(fd, XFS_IOC_FSGEOMETRY_V1, answer)
        ? nonZero(answer.subarray(64, 80))
        : undefined;
    case "ext2":
    case "ext3":
    case "ext4":
      return extUuid(key, lane);
    default:
      return undefined;
  }
}

async function extUuid(key: string, lane: Lane): Promise<string | undefined> {
  const fd = await openExtDevice(key, lane);
  if (fd === undefined) return undefined;
  try {
    const uuid = readExtSuperblock(fd)?.uuid;
    return uuid === undefined ? undefined : nonZero(uuid);
  } finally {
    closeFd(fd);
  }
}
