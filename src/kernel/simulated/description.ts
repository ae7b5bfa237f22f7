/** What a simulated world is made of, as plain data: written in tests, or read from JSON for a daemon. */

export interface DeviceDescription {
  /** "major:minor". */
  readonly device: string;
  /** "/dev/loop0". */
  readonly path: string;
  /** queue/iostats; default true. */
  readonly counting?: boolean;
}

export interface FilesystemDescription {
  readonly mountPoint: string;
  readonly type: string;
  /** mountinfo's "major:minor"; for btrfs an anonymous one ("0:50"). */
  readonly key: string;
  readonly uuid?: string;
  readonly readOnly?: boolean;
  /** The devices that it writes to; the first is the source. Without any it has no block device (tmpfs). */
  readonly devices?: readonly DeviceDescription[];
  /** Further mount points of the same superblock: bind mounts, subvolumes. */
  readonly otherMountPoints?: readonly string[];
  /** What exists on it, relative to its root. */
  readonly directories?: readonly string[];
  readonly files?: readonly string[];
  readonly fifos?: readonly string[];
  /** Mount points of the file systems that store this one, nearest first. */
  readonly layersBelow?: readonly string[];
  /** Time that a freeze and a thaw take; default 0. */
  readonly freezeMs?: number;
  readonly thawMs?: number;
  readonly faults?: Faults;
}

/** What goes wrong on a file system again and again: for a daemon on a world that nobody steers while it runs. */
export interface Faults {
  /** The errno that each such call answers, such as "EIO". */
  readonly freeze?: string;
  readonly thaw?: string;
  readonly syncfs?: string;
  /** Every freeze hangs in flight for ever. */
  readonly hangFreezes?: boolean;
  /** It is frozen by another program when the world begins. */
  readonly frozenByAnother?: boolean;
  /** So long after each freeze another program thaws it, or thaws, writes and refreezes it. */
  readonly thawedByAnotherAfterMs?: number;
  readonly rewrittenByAnotherAfterMs?: number;
}

/** How much the simulated kernel can tell, as the real one with BPF, with the fall-backs, or with neither. */
export interface Ways {
  readonly state: "exact" | "fallback" | "none";
  readonly generation: "exact" | "fallback" | "none";
}

export interface WorldDescription {
  readonly filesystems: readonly FilesystemDescription[];
  /** CAP_SYS_ADMIN; default true. */
  readonly privileged?: boolean;
  /** Default exact for both. */
  readonly ways?: Ways;
}

/** On a machine without privilege: one file system of each kind that can be frozen, and the one under "/". */
export const defaultDescription: WorldDescription = {
  filesystems: [
    {
      mountPoint: "/",
      type: "ext4",
      key: "259:1",
      uuid: "5f7a1f6e-0000-4000-8000-000000000001",
      devices: [{ device: "259:1", path: "/dev/simulated-root" }],
      directories: ["simulated"],
      freezeMs: 20,
    },
    {
      mountPoint: "/simulated/ext4",
      type: "ext4",
      key: "7:101",
      uuid: "5f7a1f6e-0000-4000-8000-000000000002",
      devices: [{ device: "7:101", path: "/dev/simulated-ext4" }],
      freezeMs: 20,
    },
    {
      mountPoint: "/simulated/xfs",
      type: "xfs",
      key: "7:102",
      uuid: "5f7a1f6e-0000-4000-8000-000000000003",
      devices: [{ device: "7:102", path: "/dev/simulated-xfs" }],
      freezeMs: 20,
    },
    {
      mountPoint: "/simulated/btrfs",
      type: "btrfs",
      key: "0:103",
      uuid: "5f7a1f6e-0000-4000-8000-000000000004",
      devices: [{ device: "7:103", path: "/dev/simulated-btrfs" }],
      freezeMs: 20,
    },
  ],
};
