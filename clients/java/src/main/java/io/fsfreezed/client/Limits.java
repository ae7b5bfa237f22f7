package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;

/** The operator's limits: what longer times are clamped to. Nothing is unlimited. */
public final class Limits extends Model {
  private final io.fsfreezed.client.internal.pb.Limits pb;

  Limits(io.fsfreezed.client.internal.pb.Limits pb) {
    super(pb);
    this.pb = pb;
  }

  /** Longest {@code ttl}. */
  public Optional<Duration> maxTtl() {
    return Times.optional(pb.hasMaxTtl(), pb.getMaxTtl());
  }

  /** Longest {@code freezeTimeout}. */
  public Optional<Duration> maxFreezeTimeout() {
    return Times.optional(pb.hasMaxFreezeTimeout(), pb.getMaxFreezeTimeout());
  }

  /** Longest {@code presync().timeout()}. */
  public Optional<Duration> maxPresyncTimeout() {
    return Times.optional(pb.hasMaxPresyncTimeout(), pb.getMaxPresyncTimeout());
  }

  /** Longest {@code linger}. */
  public Optional<Duration> maxLinger() {
    return Times.optional(pb.hasMaxLinger(), pb.getMaxLinger());
  }

  /**
   * Longest time that a file system stays frozen in one piece, all holds that join it and all
   * renewals together. Default: 10 min.
   */
  public Optional<Duration> maxFrozen() {
    return Times.optional(pb.hasMaxFrozen(), pb.getMaxFrozen());
  }
}
