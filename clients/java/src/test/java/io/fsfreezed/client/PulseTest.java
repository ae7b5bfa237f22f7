package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsfreezed.client.Pulse.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PulseTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private long now = Long.MAX_VALUE - 1; // the clock may wrap around
  private final Pulse pulse = new Pulse(SECOND, SECOND, Duration.ofSeconds(10), now);

  private Step tick(long millis, boolean heard, boolean connecting) {
    now += Duration.ofMillis(millis).toNanos();
    return pulse.tick(now, heard, connecting);
  }

  private Step ticks(int count, boolean connecting) {
    Step last = Step.NOTHING;
    for (int i = 0; i < count; i++) {
      last = tick(250, false, connecting);
    }
    return last;
  }

  @Test
  void probesAfterASecondAndGivesUpAfterTwo() {
    assertEquals(Duration.ofMillis(250).toNanos(), pulse.period());
    assertEquals(Step.NOTHING, ticks(3, false));
    assertEquals(Step.PROBE, ticks(1, false));
    assertEquals(Step.PROBE, ticks(3, false));
    assertEquals(Step.SILENT, ticks(1, false));
  }

  @Test
  void beginsAnewWhenSomethingIsHeard() {
    assertEquals(Step.PROBE, ticks(7, false));
    assertEquals(Step.NOTHING, tick(250, true, false));
    assertEquals(Step.NOTHING, ticks(3, false));
    assertEquals(Step.PROBE, ticks(1, false));
  }

  @Test
  void doesNotTakeItsOwnPauseForSilence() {
    assertEquals(Step.PROBE, ticks(7, false));
    // What was answered meanwhile is read after the pause: it has all its time for that.
    assertEquals(Step.PROBE, tick(5_000, false, false));
    assertEquals(Step.PROBE, ticks(3, false));
    assertEquals(Step.SILENT, ticks(1, false));
  }

  @Test
  void leavesAConnectionThatIsBeingMadeItsTime() {
    assertEquals(Step.NOTHING, ticks(40, true));
    assertEquals(Step.SILENT, ticks(1, true));
  }

  @Test
  void beginsAnewWithAConnection() {
    assertEquals(Step.NOTHING, ticks(39, true));
    assertEquals(Step.NOTHING, ticks(4, false));
    assertEquals(Step.PROBE, ticks(1, false));
  }
}
