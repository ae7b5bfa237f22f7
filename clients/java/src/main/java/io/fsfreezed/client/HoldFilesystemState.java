package io.fsfreezed.client;

/**
 * Where one file system of a hold is, for this hold. The kernel's state may differ: ask IsFrozen or
 * {@code status{}}.
 */
public enum HoldFilesystemState {
  /** Named by the hold, and not kept frozen by it. */
  OPEN,
  /** To be frozen as soon as something else has ended, e.g. the thaw of the freeze before. */
  WAITING,
  /** FIFREEZE is under way. */
  FREEZING,
  /** Kept frozen by this hold. */
  FROZEN,
  /** This hold was the last to let go of it, and its thaw is under way. */
  THAWING,
  /** The hold has ended, and keeps it frozen no more. */
  THAWED,
  /** Somebody else thawed it, or its device failed. */
  BROKEN,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
