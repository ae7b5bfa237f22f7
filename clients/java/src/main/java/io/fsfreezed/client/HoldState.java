package io.fsfreezed.client;

/** Where a hold is in its life. */
public enum HoldState {
  /** Open, and keeps nothing frozen. */
  OPEN,
  /** Its file systems are being frozen; some may be already. */
  FREEZING,
  /** All its file systems are frozen. */
  FROZEN,
  /** Its file systems are being thawed. */
  THAWING,
  /** It has ended, and has a receipt. */
  ENDED,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
