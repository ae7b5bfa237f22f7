package io.fsfreezed.client;

/** What is being done to a file system on its way to frozen, or to thawed. */
public enum FreezePhase {
  /** It waits for something that must end first; {@link Progress#waitingFor()} says for what. */
  WAITING,
  /** Dirty data are written back, nothing is frozen yet. */
  SYNCING,
  /** FIFREEZE is under way. */
  FREEZING,
  /** It is frozen; others of the hold may not be yet. */
  FROZEN,
  /** FITHAW is under way. */
  THAWING,
  /** It is thawed again. */
  THAWED,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
