package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimesTest {
  private static void comesBack(Duration duration, long seconds, int nanos) {
    com.google.protobuf.Duration pb = Times.duration(duration);
    assertEquals(seconds, pb.getSeconds());
    assertEquals(nanos, pb.getNanos());
    assertEquals(duration, Times.duration(pb));
  }

  @Test
  void keepsDurations() {
    comesBack(Duration.ZERO, 0, 0);
    comesBack(Duration.ofMillis(1_500), 1, 500_000_000);
    comesBack(Duration.ofNanos(1), 0, 1);
    // Both parts of a negative one have the same sign in the contract.
    comesBack(Duration.ofMillis(-1_500), -1, -500_000_000);
    comesBack(Duration.ofNanos(-1), 0, -1);
    comesBack(Duration.ofSeconds(-315_576_000_000L), -315_576_000_000L, 0);
  }

  @Test
  void refusesWhatTheContractCannotSay() {
    Duration longest = Duration.ofSeconds(315_576_000_000L);
    assertEquals(longest, Times.duration(Times.duration(longest)));
    assertThrows(IllegalArgumentException.class, () -> Times.duration(longest.plusNanos(1)));
    assertThrows(
        IllegalArgumentException.class, () -> Times.duration(Duration.ofSeconds(Long.MIN_VALUE)));
  }

  @Test
  void takesWhateverIsAnswered() {
    assertEquals(
        Duration.ofSeconds(315_576_000_000L),
        Times.duration(
            com.google.protobuf.Duration.newBuilder().setSeconds(Long.MAX_VALUE).build()));
    assertEquals(
        Instant.MAX, Times.instant(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build()));
    assertEquals(
        Instant.MIN, Times.instant(Timestamp.newBuilder().setSeconds(Long.MIN_VALUE).build()));
    assertEquals(
        Instant.parse("2026-01-02T03:04:05.000000006Z"),
        Times.instant(Timestamp.newBuilder().setSeconds(1_767_323_045).setNanos(6).build()));
  }
}
