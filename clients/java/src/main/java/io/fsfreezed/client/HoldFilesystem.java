package io.fsfreezed.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** One file system of a hold, as it is now for this hold. */
public final class HoldFilesystem extends Model {
  private final io.fsfreezed.client.internal.pb.HoldFilesystem pb;

  HoldFilesystem(io.fsfreezed.client.internal.pb.HoldFilesystem pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** Where it is, for this hold. */
  public HoldFilesystemState state() {
    return Names.constant(HoldFilesystemState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(HoldFilesystemState.values(), pb.getStateValue());
  }

  /** When it was frozen for this hold, by the wall clock. Empty: it is not. */
  public Optional<Instant> frozenTime() {
    return Times.optional(pb.hasFrozenTime(), pb.getFrozenTime());
  }

  /** The same since boot (CLOCK_BOOTTIME). */
  public Optional<Duration> frozenBoottime() {
    return Times.optional(pb.hasFrozenBoottime(), pb.getFrozenBoottime());
  }

  /**
   * How long the FIFREEZE took that froze it, also where another hold began it and this one joined.
   * Empty: it is not frozen.
   */
  public Optional<Duration> freezeDuration() {
    return Times.optional(pb.hasFreezeDuration(), pb.getFreezeDuration());
  }
}
