/** A mounted file system's UUID, without reading from a disk: what is frozen or suspended would make such a read wait. */
import { closeFd } from "../../os/sockets.js";
import { btrfsUuid, formatUuid, openBlockDevice } from "./block-devices.js";
import { ioctl, preadCached } from "./syscalls.js";

/** _IOR(0x15, 0, struct fsuuid2): a length and 16 bytes. All file systems that set s_uuid, since Linux 6.9. */
const FS_IOC_GETFSUUID = 0x80111500;
/** _IOR('X', 100, struct xfs_fsop_geom_v1): the UUID is at 64. Every Linux with xfs. */
const XFS_IOC_FSGEOMETRY_V1 = 0x80705864;

/** Where s_uuid is in ext2/3/4's superblock, which lies 1024 bytes into the device (fs/ext4/ext4.h). */
const extUuidOffset = 1024 + 0x68;

/** Lower case without dashes, to compare what people write. */
export function normalizeUuid(uuid: string): string {
  return uuid.toLowerCase().replaceAll("-", "");
}

function nonZero(bytes: Buffer): string | undefined {
  return bytes.every((byte) => byte === 0) ? undefined : formatUuid(bytes);
}

/**
 * `known`: 32 hexadecimal digits of super_block.s_uuid where BPF has read it. ext4's superblock is always in the device's page
 * cache while mounted, because ext4 keeps a reference to that buffer (sbi->s_sbh).
 */
export function uuidOf(
  fd: number,
  type: string,
  key: string,
  known: string | undefined,
): string | undefined {
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
      return extUuid(key);
    default:
      return undefined;
  }
}

function extUuid(key: string): string | undefined {
  const device = openBlockDevice(key);
  if ("errno" in device) return undefined;
  try {
    const bytes = preadCached(device.value, extUuidOffset, 16);
    return bytes === undefined ? undefined : nonZero(bytes);
  } finally {
    closeFd(device.value);
  }
}
