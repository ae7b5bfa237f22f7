package io.fsfreezed.client;

import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells the open calls of a channel when the service has fallen silent: stopped, hung, or behind a
 * cable that was cut.
 *
 * <p>HTTP/2 pings would tell, but gRPC for Java sends none more often than every 10 s. In their
 * place a health check goes over the same connection whenever nothing else came for a while. The
 * service answers it by itself also while a freeze takes long, so whatever the answer says, it
 * lives.
 */
final class Lifeline {
  /** A call that is open. */
  interface Line {
    /** The service is silent. Called once, from the timer's thread; must not block. */
    void silent();
  }

  private final ManagedChannel channel;
  private final ConnectOptions options;
  private final ThreadFactory threads;
  private final AtomicBoolean heard = new AtomicBoolean();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final Set<Line> lines = new HashSet<>();

  /** There while a call is open. Guarded by lines. */
  private ScheduledExecutorService timer;

  /** Guarded by lines. */
  private boolean closed;

  Lifeline(ManagedChannel channel, ConnectOptions options, ThreadFactory threads) {
    this.channel = channel;
    this.options = options;
    this.threads = threads;
  }

  void open(Line line) {
    synchronized (lines) {
      lines.add(line);
      if (timer == null) {
        Pulse pulse =
            new Pulse(
                options.keepaliveTime,
                options.keepaliveTimeout,
                options.timeout,
                System.nanoTime());
        timer = newTimer();
        every(pulse.period(), () -> tick(pulse));
      }
    }
  }

  private ScheduledExecutorService newTimer() {
    ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, threads);
    // What ended is not to be kept in memory until it would have been due.
    made.setRemoveOnCancelPolicy(true);
    return made;
  }

  void close(Line line) {
    synchronized (lines) {
      if (lines.remove(line) && lines.isEmpty()) {
        stop();
      }
    }
  }

  /**
   * Shuts the channel down when the last open call has ended: a channel that is shut down takes no
   * probes, and the calls that go on would seem to have lost their service.
   */
  void closeWhenIdle() {
    synchronized (lines) {
      closed = true;
      if (lines.isEmpty()) {
        channel.shutdown();
      }
    }
  }

  boolean isClosed() {
    synchronized (lines) {
      return closed;
    }
  }

  /** Something came from the service. */
  void heard() {
    heard.set(true);
  }

  /**
   * Runs a task that neither blocks nor throws every so many nanoseconds, until it is cancelled or
   * no call is open any more.
   */
  Future<?> every(long nanos, Runnable task) {
    return every(nanos, nanos, task);
  }

  /** The same, after another time at first. */
  Future<?> every(long first, long nanos, Runnable task) {
    synchronized (lines) {
      return timer == null
          ? CompletableFuture.completedFuture(null)
          : timer.scheduleWithFixedDelay(task, first, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void stop() {
    // Drops what is to run every so often, too.
    timer.shutdown();
    timer = null;
    if (closed) {
      channel.shutdown();
    }
  }

  private void tick(Pulse pulse) {
    boolean connecting = channel.getState(false) == ConnectivityState.CONNECTING;
    switch (pulse.tick(System.nanoTime(), heard.getAndSet(false), connecting)) {
      case NOTHING -> {}
      case PROBE -> probe();
      case SILENT -> silent();
    }
  }

  private void silent() {
    List<Line> all;
    synchronized (lines) {
      all = List.copyOf(lines);
      if (all.isEmpty()) {
        return;
      }
      lines.clear();
      stop();
    }
    all.forEach(Line::silent);
    // The next call makes a connection of its own; what is left of this one ends with its calls.
    channel.enterIdle();
  }

  private void probe() {
    if (!probing.compareAndSet(false, true)) {
      return;
    }
    CallOptions deadline =
        CallOptions.DEFAULT.withDeadlineAfter(
            Times.nanos(options.keepaliveTimeout), TimeUnit.NANOSECONDS);
    ClientCalls.asyncUnaryCall(
        channel.newCall(Health.CHECK, deadline),
        "",
        new StreamObserver<HealthStatus>() {
          @Override
          public void onNext(HealthStatus status) {
            heard();
          }

          @Override
          public void onError(Throwable error) {
            probing.set(false);
            switch (Status.fromThrowable(error).getCode()) {
              case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED -> {}
              // A refusal is an answer, e.g. of a service without the health protocol.
              default -> heard();
            }
          }

          @Override
          public void onCompleted() {
            probing.set(false);
          }
        });
  }
}
