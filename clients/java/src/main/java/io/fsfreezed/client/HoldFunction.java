package io.fsfreezed.client;

/**
 * What is done while a hold keeps file systems frozen, see {@link FreezeClient#callWithHold}.
 *
 * @param <T> what it returns
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface HoldFunction<T, X extends Exception> {
  /**
   * Runs once, when all is frozen.
   *
   * @param hold tells at once when it breaks, see {@link Hold#broken()}
   */
  T call(Hold hold) throws X;
}
