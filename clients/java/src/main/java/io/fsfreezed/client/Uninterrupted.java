package io.fsfreezed.client;

/** Waits that an interruption must not cut short: what cleans up has a limit of its own. */
final class Uninterrupted {
  /** Waits for something; may be called again after an interruption. */
  interface Wait<T> {
    T get() throws InterruptedException;
  }

  private Uninterrupted() {}

  /** Waits to the end; a thread that was interrupted meanwhile is interrupted afterwards. */
  static <T> T get(Wait<T> wait) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
