package io.fsfreezed.client;

/** One kind of proof that a file system stayed frozen and its image unchanged. */
public enum EvidenceKind {
  /** Its owner ended it before the deadline. */
  OWNER_RELEASE,
  /** It was never seen other than FROZEN, at the end included. */
  FROZEN_STATE,
  /**
   * The count of freezes of this superblock is what it was right after our own FIFREEZE. Exact:
   * nobody thawed and froze it again, however rarely one looked.
   */
  FREEZE_GENERATION,
  /**
   * In place of the freeze generation, where that cannot be read: the head of an xfs log, which
   * moves at each refreeze, or the transaction generation of a btrfs, which moves when the content
   * changes.
   */
  GENERATION_FALLBACK,
  /** Our FITHAW returned 0; where other holds go on: it was still frozen at this hold's end. */
  THAW_RESULT,
  /** Its devices did not fail. */
  DEVICE_HEALTH,
  /** No sector was written to any of its devices. */
  SECTORS_WRITTEN,
  /** No sector was discarded on any of its devices. */
  SECTORS_DISCARDED,
  /**
   * The counters of sectors count at all: {@code queue/iostats} is 1 at both ends, and they moved
   * at the freeze where the file system always writes then (ext4, xfs).
   */
  COUNTERS_ALIVE,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
