package io.fsfreezed.client;

/** Why a hold ended. */
public enum EndCause {
  /** Its owner ended it: {@code release{}}, a half-close, or Thaw. */
  RELEASED,
  /**
   * Its client cancelled, died, lost its connection or fell silent, and did not come back within
   * {@code linger}.
   */
  CLIENT_GONE,
  /** Its deadline passed. */
  EXPIRED,
  /** A member could not be frozen, or not within its freeze timeout. */
  FREEZE_FAILED,
  /** Somebody else thawed a member. */
  FOREIGN_THAW,
  /** The device of a member failed or went away. */
  DEVICE_FAILED,
  /** An administrator thawed it. */
  ADMINISTRATOR,
  /** The service was told to stop. */
  SHUTDOWN,
  /** A process of the service died. */
  DAEMON_RESTART,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
