package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RenewalTest {
  private static final long START = -5;

  /** When it renews, and for how long, in milliseconds from the start. */
  private static List<List<Long>> renewals(Duration ttl, Duration maxHold) {
    Renewal renewal = new Renewal(ttl, maxHold, START);
    List<List<Long>> all = new ArrayList<>();
    long now = START;
    do {
      now += renewal.period();
      long at = Duration.ofNanos(now - START).toMillis();
      renewal.due(now).ifPresent(by -> all.add(List.of(at, by.toMillis())));
    } while (!renewal.last(now));
    return all;
  }

  @Test
  void comesAtEachThirdAndEndsTheHoldAtItsMost() {
    List<List<Long>> all = renewals(Duration.ofSeconds(9), Duration.ofSeconds(20));
    assertEquals(
        List.of(
            List.of(3_000L, 9_000L),
            List.of(6_000L, 9_000L),
            List.of(9_000L, 9_000L),
            List.of(12_000L, 8_000L)),
        all);
  }

  @Test
  void neverBringsTheDeadlineNearer() {
    assertEquals(List.of(), renewals(Duration.ofSeconds(9), Duration.ofSeconds(9)));
    assertEquals(
        List.of(List.of(3_000L, 7_000L)), renewals(Duration.ofSeconds(9), Duration.ofSeconds(10)));
  }

  @Test
  void isNoFloodHoweverShortTheTtl() {
    assertEquals(
        Duration.ofMillis(50).toNanos(),
        new Renewal(Duration.ofNanos(1), Duration.ofSeconds(1), START).period());
  }

  @Test
  void takesTimesBeyondTheClock() {
    Renewal renewal =
        new Renewal(Duration.ofDays(365), Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE / 2);
    assertEquals(false, renewal.last(Long.MAX_VALUE / 2 + renewal.period()));
  }
}
