package io.fsfreezed.client;

/** How an interval ended for its file system. */
public enum IntervalEnd {
  /** This service thawed it. */
  THAWED,
  /** Other holds keep it frozen. */
  LEFT_FROZEN,
  /** Somebody else had thawed it. */
  FOREIGN_THAW,
  /** Its device failed or went away. */
  DEVICE_FAILED,
  /** It could not be found out, e.g. because the process that held it died. */
  UNKNOWN,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
