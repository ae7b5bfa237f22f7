package io.fsfreezed.client;

/** How far a FreezeState can be trusted. */
public enum Certainty {
  /** Read from the kernel's own variable. */
  CERTAIN,
  /** Concluded from something that goes with a freeze, e.g. the recovery flag on an ext4. */
  LIKELY,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
