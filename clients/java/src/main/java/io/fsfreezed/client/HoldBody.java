package io.fsfreezed.client;

/**
 * What is done while a hold keeps file systems frozen, see {@link FreezeClient#withHold}.
 *
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface HoldBody<X extends Exception> {
  /**
   * Runs once, when all is frozen.
   *
   * @param hold tells at once when it breaks, see {@link Hold#broken()}
   */
  void run(Hold hold) throws X;
}
