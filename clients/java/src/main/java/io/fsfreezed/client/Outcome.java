package io.fsfreezed.client;

/**
 * How a hold's stream ended.
 *
 * @param error null where it ended with status OK
 * @param receipt null where the service could not tell it
 */
record Outcome(FreezeException error, Receipt receipt) {
  /** What a command meets after it. */
  FreezeException errorAfter() {
    return error != null ? error : Errors.ended(receipt);
  }
}
