package io.fsfreezed.conformance;

/** What the body of a scope throws. */
final class BodyException extends Exception {
  private static final long serialVersionUID = 1L;

  BodyException() {
    super("boom");
  }
}
