package io.fsfreezed.client;

import java.time.Duration;

/**
 * Decides when a service that neither answers nor closes its connection is to be taken for gone.
 *
 * <p>{@link #tick} is to be called every {@link #period}. After {@code time} in which nothing was
 * heard it asks for a probe, and after {@code timeout} more it says that the service is silent.
 * Time in which this process itself stood still (a collection, a stopped or overloaded machine) is
 * not the service's silence: its answer may be waiting to be read.
 */
final class Pulse {
  /** What is to be done after a tick. */
  enum Step {
    NOTHING,
    PROBE,
    SILENT
  }

  private static final int TICKS = 4;

  private final long time;
  private final long limit;
  private final long connectLimit;
  private final long period;
  private long lastTick;
  private boolean wasConnecting;
  private long silence;

  Pulse(Duration time, Duration timeout, Duration connectTimeout, long now) {
    this.time = Times.nanos(time);
    this.limit = Times.nanos(time.plus(timeout));
    this.connectLimit = Math.max(limit, Times.nanos(connectTimeout));
    this.period = Math.max(1, Math.min(this.time, Times.nanos(timeout)) / TICKS);
    this.lastTick = now;
  }

  /** Nanoseconds between two ticks. */
  long period() {
    return period;
  }

  /**
   * Looks at the clock.
   *
   * @param now nanoseconds of a monotonic clock
   * @param heard whether anything came from the service since the last tick
   * @param connecting while a connection is being made nothing can be heard, and it may take longer
   */
  Step tick(long now, boolean heard, boolean connecting) {
    long elapsed = now - lastTick;
    lastTick = now;
    if (heard || connecting != wasConnecting) {
      silence = 0;
    } else if (elapsed <= 2 * period) {
      silence += elapsed;
    } else {
      // We ourselves stood still: an answer has all its time again.
      silence = Math.min(silence, time);
    }
    wasConnecting = connecting;
    if (silence >= (connecting ? connectLimit : limit)) {
      return Step.SILENT;
    }
    return silence >= time && !connecting ? Step.PROBE : Step.NOTHING;
  }
}
