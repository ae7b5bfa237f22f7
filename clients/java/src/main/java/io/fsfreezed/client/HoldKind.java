package io.fsfreezed.client;

/** What a hold's life is tied to, beside its deadline. */
public enum HoldKind {
  /** To a HoldFreeze stream: it ends with the stream. */
  STREAM,
  /** To nothing else: a hold made by Freeze, ended by Thaw or its deadline. */
  LEASE,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
