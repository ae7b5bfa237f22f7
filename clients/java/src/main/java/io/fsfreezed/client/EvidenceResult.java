package io.fsfreezed.client;

/** What a proof showed. */
public enum EvidenceResult {
  /** It speaks for an intact image. */
  HELD,
  /** It shows that the image may have changed: the verdict is NOT_INTACT. */
  CONTRADICTED,
  /** It could not be had: without a substitute the verdict is UNPROVEN at best. */
  MISSING,
  /** It was not needed, e.g. a fall-back where the exact proof was had. */
  NOT_NEEDED,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
