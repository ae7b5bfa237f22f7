package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;

/**
 * When a hold is renewed by itself, and for how long: at each third of its ttl, until {@code
 * maxHold} is over.
 */
final class Renewal {
  /** Two renewals may be lost before the deadline passes. */
  private static final int RENEWALS_PER_TTL = 3;

  /** However short the ttl, this is not a flood: 50 ms. */
  private static final long SHORTEST = 50_000_000;

  private final long ttl;
  private final long end;

  /** Times in nanoseconds; {@code now} by the monotonic clock that {@link #due} is asked with. */
  Renewal(Duration ttl, Duration maxHold, long now) {
    this.ttl = Times.nanos(ttl);
    // Far beyond any deadline, and far from where nanosecond clocks wrap around.
    this.end = now + Math.min(Times.nanos(maxHold), Long.MAX_VALUE / 2);
  }

  /** Nanoseconds between two renewals. */
  long period() {
    return Math.max(ttl / RENEWALS_PER_TTL, SHORTEST);
  }

  /** Whether the renewals are over after the one that is due now. */
  boolean last(long now) {
    return end - now <= ttl;
  }

  /** The ttl to renew with now; empty where that would bring the deadline nearer. */
  Optional<Duration> due(long now) {
    long left = end - now;
    // The last renewal ends the hold at maxHold.
    return left <= ttl - ttl / RENEWALS_PER_TTL
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.min(ttl, left)));
  }
}
