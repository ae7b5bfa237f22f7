package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;

/**
 * Writing back before the freeze. A syncfs that fails makes the hold fail (IO_ERROR); nothing was
 * frozen.
 */
public final class Presync extends Model {
  private final io.fsfreezed.client.internal.pb.Presync pb;

  Presync(io.fsfreezed.client.internal.pb.Presync pb) {
    super(pb);
    this.pb = pb;
  }

  /** None: FIFREEZE itself writes everything back, while writers are blocked. */
  public static Presync off() {
    return of(PresyncMode.OFF);
  }

  /** Passes of syncfs(2) until one is so short that little is left to do, or enough were made. */
  public static Presync untilCalm() {
    return of(PresyncMode.UNTIL_CALM);
  }

  /** The service chooses whether and how; for a {@link #timeout(Duration)} of one's own. */
  public static Presync byDefault() {
    return new Presync(io.fsfreezed.client.internal.pb.Presync.getDefaultInstance());
  }

  private static Presync of(PresyncMode mode) {
    return new Presync(
        io.fsfreezed.client.internal.pb.Presync.newBuilder()
            .setModeValue(Names.number(mode))
            .build());
  }

  /** The same, with so long at most for all passes together; zero means the default, 60 s. */
  public Presync timeout(Duration timeout) {
    return new Presync(pb.toBuilder().setTimeout(Times.duration(timeout)).build());
  }

  io.fsfreezed.client.internal.pb.Presync pb() {
    return pb;
  }

  /** Whether, and how. Empty: the service's choice. */
  public Optional<PresyncMode> mode() {
    return Names.optional(PresyncMode.values(), pb.getModeValue());
  }

  /** The name of {@link #mode()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> modeName() {
    return Names.optionalName(PresyncMode.values(), pb.getModeValue());
  }

  /**
   * For how long at most, all passes together; nothing is frozen yet. Past it: FREEZE_TIMEOUT.
   * Empty: 60 s.
   */
  public Optional<Duration> timeout() {
    return Times.optional(pb.hasTimeout(), pb.getTimeout());
  }
}
