package io.fsfreezed.client;

/** Who keeps a file system frozen. */
public enum Freezer {
  /** Holds of this service. */
  THIS_SERVICE,
  /** Another tool, by FIFREEZE, e.g. fsfreeze(8). */
  ANOTHER_TOOL,
  /** The kernel itself: a suspended device-mapper device, or hibernation. */
  KERNEL,
  /** Somebody, but not this service; which kind cannot be told on this kernel. */
  UNKNOWN,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
