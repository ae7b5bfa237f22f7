package io.fsfreezed.client;

/**
 * Whether what was copied while the hold was frozen is one consistent image.
 *
 * <p>Outside any proof: writes that bypass this host's block device (another host on the same LUN,
 * somebody writing to a loop device's backing file).
 */
public enum Verdict {
  /** Proven: frozen and unchanged, from frozen until its owner ended it. */
  INTACT,
  /** It was thawed, or the image changed, or it did not last until its owner's release. */
  NOT_INTACT,
  /** Nothing wrong was seen, but a piece of the evidence is missing. */
  UNPROVEN,
  /** It ended before all of its file systems were frozen. */
  NEVER_FROZEN,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
