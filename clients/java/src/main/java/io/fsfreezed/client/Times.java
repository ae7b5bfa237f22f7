package io.fsfreezed.client;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The contract's times as those of java.time. */
final class Times {
  /** How far google.protobuf.Duration reaches, in both directions. */
  private static final long MAX_SECONDS = 315_576_000_000L;

  private Times() {}

  /**
   * Throws IllegalArgumentException for what the contract cannot say. A negative one is the
   * service's to refuse.
   */
  static com.google.protobuf.Duration duration(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    // java.time counts nanoseconds upwards from the second below, protobuf away from zero.
    if (seconds < 0 && nanos > 0) {
      seconds += 1;
      nanos -= 1_000_000_000;
    }
    boolean whole = nanos == 0;
    if (seconds > (whole ? MAX_SECONDS : MAX_SECONDS - 1)
        || seconds < (whole ? -MAX_SECONDS : 1 - MAX_SECONDS)) {
      throw new IllegalArgumentException("longer than the contract can say: " + duration);
    }
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  static Duration duration(com.google.protobuf.Duration duration) {
    // What is out of the contract's range is brought into it: no answer may make a view throw.
    long seconds = Math.max(-MAX_SECONDS, Math.min(duration.getSeconds(), MAX_SECONDS));
    return Duration.ofSeconds(seconds, duration.getNanos());
  }

  static Instant instant(Timestamp timestamp) {
    try {
      return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    } catch (DateTimeException | ArithmeticException e) {
      return timestamp.getSeconds() < 0 ? Instant.MIN : Instant.MAX;
    }
  }

  static Optional<Duration> optional(boolean said, com.google.protobuf.Duration duration) {
    return said ? Optional.of(duration(duration)) : Optional.empty();
  }

  static Optional<Instant> optional(boolean said, Timestamp timestamp) {
    return said ? Optional.of(instant(timestamp)) : Optional.empty();
  }

  /** Nanoseconds; 292 years where it is longer than that. */
  static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(duration);
  }

  /** Throws IllegalArgumentException for what is no time to wait. */
  static Duration positive(Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException("not longer than zero: " + duration);
    }
    return duration;
  }

  /** The time, or the default where it is zero: what the contract takes zero for. */
  static Duration orDefault(Optional<Duration> duration, Duration byDefault) {
    return duration.filter(given -> !given.isZero()).orElse(byDefault);
  }
}
