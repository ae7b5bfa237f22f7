package io.fsfreezed.client;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What the user wants to be told while a hold lives. Called one after the other, and never by the
 * thread that reads the stream: one that blocks must not hide that the hold broke.
 */
final class Listeners {
  /** Beyond it, a listener that is slower than the service misses progress. */
  private static final int MOST_WAITING = 1_000;

  private final Executor executor;
  private final Optional<Consumer<Progress>> progress;
  private final Optional<Consumer<Instant>> expiring;
  private final Optional<Consumer<FreezeException>> renewFailed;
  private final AtomicInteger waiting = new AtomicInteger();
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  Listeners(
      Executor executor,
      Optional<Consumer<Progress>> progress,
      Optional<Consumer<Instant>> expiring,
      Optional<Consumer<FreezeException>> renewFailed) {
    this.executor = executor;
    this.progress = progress;
    this.expiring = expiring;
    this.renewFailed = renewFailed;
  }

  void progress(Progress how) {
    if (waiting.get() < MOST_WAITING) {
      progress.ifPresent(listener -> tell(() -> listener.accept(how)));
    }
  }

  void expiring(Instant expireTime) {
    expiring.ifPresent(listener -> tell(() -> listener.accept(expireTime)));
  }

  void renewFailed(FreezeException error) {
    renewFailed.ifPresent(listener -> tell(() -> listener.accept(error)));
  }

  private synchronized void tell(Runnable call) {
    waiting.incrementAndGet();
    last = last.thenRunAsync(() -> run(call), executor);
  }

  private void run(Runnable call) {
    waiting.decrementAndGet();
    try {
      call.run();
    } catch (RuntimeException e) {
      // A listener's fault is its own: the hold goes on, and the next one is told.
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }
}
