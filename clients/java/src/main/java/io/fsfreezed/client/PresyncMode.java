package io.fsfreezed.client;

/**
 * Whether dirty data are written back before the freeze, while the file system is still writable.
 */
public enum PresyncMode {
  /** None: FIFREEZE itself writes everything back, while writers are blocked. */
  OFF,
  /** Passes of syncfs(2) until one is so short that little is left to do, or enough were made. */
  UNTIL_CALM,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
