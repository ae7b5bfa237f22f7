package io.fsfreezed.client;

/** Whether a file system is frozen, in the kernel. */
public enum FreezeState {
  /** Writable as usual (or read-only by its mount): nothing is frozen. */
  THAWED,
  /** A freeze is under way: some writers are blocked already, the image is not stable yet. */
  FREEZING,
  /** Frozen: the image is stable, writers are blocked. */
  FROZEN,
  /** No way to find out works on this kernel and this file system. Nothing is guessed. */
  UNKNOWN,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
