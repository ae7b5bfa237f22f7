package io.fsfreezed.client;

/** Which way answered the question for a FreezeState. */
public enum StateEvidence {
  /** No way could answer: the state is UNKNOWN. */
  NONE,
  /** The kernel's superblock ({@code s_writers.frozen}), read through BPF. CERTAIN. */
  SUPERBLOCK,
  /** ext4: the {@code needs_recovery} flag in the superblock on the device. LIKELY. */
  EXT4_RECOVERY_FLAG,
  /** xfs: the reserve of blocks (XFS_IOC_GET_RESBLKS), which a freeze takes away. LIKELY. */
  XFS_RESERVE,
  /** The service's simulated kernel: nothing is really frozen there, whatever the state says. */
  SIMULATED,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
