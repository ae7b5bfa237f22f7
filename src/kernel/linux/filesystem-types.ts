/** What a file system's type alone tells, before anything of it is opened. */

export type TypeVerdict =
  | { readonly kind: "ask-the-kernel" }
  /**
   * Looking at it may hang (network, autofs, fuse): nothing of it, and nothing reached through it,
   * is ever touched.
   */
  | { readonly kind: "untouchable" }
  /** Harmless, but FIFREEZE says EOPNOTSUPP: it has no freeze_fs (fs/ioctl.c, Linux 6.18). */
  | { readonly kind: "never-freezes" };

/**
 * Served by another machine or by a user's process. fuse also comes as "fuse.NAME" and "fuseblk".
 */
const untouchable: ReadonlySet<string> = new Set([
  ..."nfs nfs4 cifs smb3 smbfs ncpfs ceph 9p virtiofs afs coda".split(" "),
  ..."gfs gfs2 ocfs2 lustre orangefs pvfs2 beegfs gpfs glusterfs".split(" "),
  ..."autofs fuse fuseblk vboxsf vmhgfs prl_fs davfs".split(" "),
]);

const neverFreezes: ReadonlySet<string> = new Set([
  ..."tmpfs ramfs devtmpfs hugetlbfs overlay aufs ecryptfs squashfs erofs cramfs romfs iso9660".split(
    " ",
  ),
  ..."proc sysfs cgroup cgroup2 devpts bpf debugfs tracefs securityfs configfs".split(" "),
  ..."pstore efivarfs mqueue binfmt_misc selinuxfs smackfs fusectl rpc_pipefs nfsd nsfs".split(" "),
  ..."pipefs sockfs bdev anon_inodefs rootfs resctrl binder".split(" "),
]);

export function typeVerdict(type: string): TypeVerdict {
  if (untouchable.has(type) || type.startsWith("fuse.")) return { kind: "untouchable" };
  if (neverFreezes.has(type)) return { kind: "never-freezes" };
  return { kind: "ask-the-kernel" };
}

export function isUntouchable(type: string): boolean {
  return typeVerdict(type).kind === "untouchable";
}

/** f_type and s_magic (include/uapi/linux/magic.h): for a superblock that no mount names. */
const typesByMagic: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0xf2f52010, "f2fs"],
]);

export function typeOfMagic(magic: number): string | undefined {
  return typesByMagic.get(magic);
}
