import { expect, test } from "vitest";
import { typeOfMagic, typeVerdict } from "./filesystem-types.js";

test.each(["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "vfat", "brand-new-fs"])(
  "whether %s freezes is for the kernel to say",
  (type) => expect(typeVerdict(type).kind).toBe("ask-the-kernel"),
);

test.each([
  "nfs",
  "nfs4",
  "cifs",
  "smb3",
  "ceph",
  "9p",
  "afs",
  "gfs2",
  "autofs",
  "fuse",
  "fuseblk",
  "fuse.s3fs",
])("%s is not touched", (type) => expect(typeVerdict(type).kind).toBe("untouchable"));

test.each(["tmpfs", "overlay", "proc", "sysfs", "squashfs", "erofs", "devtmpfs", "cgroup2", "bpf"])(
  "%s never freezes",
  (type) => expect(typeVerdict(type).kind).toBe("never-freezes"),
);

test("magic numbers name the types of ghosts", () => {
  expect([0xef53, 0x58465342, 0x9123683e, 1].map(typeOfMagic)).toEqual([
    "ext4",
    "xfs",
    "btrfs",
    undefined,
  ]);
});
