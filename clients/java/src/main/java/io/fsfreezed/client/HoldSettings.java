package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;

/**
 * What was asked for about the course of a hold, or what is in effect. Asked for and empty: the
 * default.
 */
public final class HoldSettings extends Model {
  private final io.fsfreezed.client.internal.pb.HoldOptions pb;

  HoldSettings(io.fsfreezed.client.internal.pb.HoldOptions pb) {
    super(pb);
    this.pb = pb;
  }

  /** How long a freeze lasts from {@code frozen}, and from each renewal. */
  public Optional<Duration> ttl() {
    return Times.optional(pb.hasTtl(), pb.getTtl());
  }

  /** How long freezing may take, from the first FIFREEZE until all are frozen. */
  public Optional<Duration> freezeTimeout() {
    return Times.optional(pb.hasFreezeTimeout(), pb.getFreezeTimeout());
  }

  /** Writing back before the freeze. In effect and empty: none. */
  public Optional<Presync> presync() {
    return pb.hasPresync() ? Optional.of(new Presync(pb.getPresync())) : Optional.empty();
  }

  /** For how long the hold outlives a lost stream. In effect and empty: not at all. */
  public Optional<Duration> linger() {
    return Times.optional(pb.hasLinger(), pb.getLinger());
  }

  /** The hooks. Empty: none. */
  public Optional<Hooks> hooks() {
    return pb.hasHooks() ? Optional.of(new Hooks(pb.getHooks())) : Optional.empty();
  }
}
