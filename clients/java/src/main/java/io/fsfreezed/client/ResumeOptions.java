package io.fsfreezed.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** How a hold is taken over, for {@link FreezeClient#resume}. */
public final class ResumeOptions {
  final Optional<Duration> ttl;
  final Optional<Duration> linger;
  final boolean autoRenew;
  final Optional<Duration> maxHold;
  final boolean acceptUnproven;
  final Optional<Consumer<Progress>> onProgress;
  final Optional<Consumer<Instant>> onExpiring;
  final Optional<Consumer<FreezeException>> onRenewFailed;

  private ResumeOptions(Builder builder) {
    ttl = Optional.ofNullable(builder.ttl);
    linger = Optional.ofNullable(builder.linger);
    autoRenew = builder.autoRenew;
    maxHold = Optional.ofNullable(builder.maxHold);
    acceptUnproven = builder.acceptUnproven;
    onProgress = Optional.ofNullable(builder.onProgress);
    onExpiring = Optional.ofNullable(builder.onExpiring);
    onRenewFailed = Optional.ofNullable(builder.onRenewFailed);
  }

  /** All defaults: the deadline stays as it is until the first renewal. */
  public static Builder builder() {
    return new Builder();
  }

  /** Nothing but defaults. */
  public static ResumeOptions defaults() {
    return builder().build();
  }

  /** Makes ResumeOptions. */
  public static final class Builder {
    private Duration ttl;
    private Duration linger;
    private boolean autoRenew = true;
    private Duration maxHold;
    private boolean acceptUnproven;
    private Consumer<Progress> onProgress;
    private Consumer<Instant> onExpiring;
    private Consumer<FreezeException> onRenewFailed;

    private Builder() {}

    /** A new deadline, so long from now. Default: it stays as it is. */
    public Builder ttl(Duration ttl) {
      this.ttl = Objects.requireNonNull(ttl);
      return this;
    }

    /** How long the hold outlives a lost stream, for the next resume. Default: as before. */
    public Builder linger(Duration linger) {
      this.linger = Objects.requireNonNull(linger);
      return this;
    }

    /**
     * Renew by itself, at each third of the ttl, while this process is alive and well. Default:
     * true. With false the hold ends a ttl after it was frozen, unless it is renewed by {@link
     * Hold#renew(Duration)}.
     */
    public Builder autoRenew(boolean autoRenew) {
      this.autoRenew = autoRenew;
      return this;
    }

    /**
     * How long automatic renewal may keep it frozen. Default: 60 s, or the ttl where that is
     * longer.
     */
    public Builder maxHold(Duration maxHold) {
      this.maxHold = Times.positive(maxHold);
      return this;
    }

    /**
     * Take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is missing. Default:
     * false.
     */
    public Builder acceptUnproven(boolean acceptUnproven) {
      this.acceptUnproven = acceptUnproven;
      return this;
    }

    /**
     * Told how far freezing is, at most about 5 times a second for each file system. Listeners are
     * called one after the other, in a thread of their own.
     */
    public Builder onProgress(Consumer<Progress> onProgress) {
      this.onProgress = Objects.requireNonNull(onProgress);
      return this;
    }

    /** Told the deadline when it is near and automatic renewal will not move it. */
    public Builder onExpiring(Consumer<Instant> onExpiring) {
      this.onExpiring = Objects.requireNonNull(onExpiring);
      return this;
    }

    /** Told why an automatic renewal was refused; the hold goes on to its deadline. */
    public Builder onRenewFailed(Consumer<FreezeException> onRenewFailed) {
      this.onRenewFailed = Objects.requireNonNull(onRenewFailed);
      return this;
    }

    /** The options as they are now. */
    public ResumeOptions build() {
      return new ResumeOptions(this);
    }
  }
}
