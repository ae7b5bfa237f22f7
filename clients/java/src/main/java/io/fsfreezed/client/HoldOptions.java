package io.fsfreezed.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** How a hold is made and kept, for {@link FreezeClient#hold}. */
public final class HoldOptions {
  final Optional<Duration> ttl;
  final Optional<Duration> freezeTimeout;
  final Optional<String> purpose;
  final Optional<Presync> presync;
  final Optional<Hooks> hooks;
  final boolean freezeOnOpen;
  final Optional<Duration> linger;
  final boolean autoRenew;
  final Optional<Duration> maxHold;
  final boolean acceptUnproven;
  final Optional<Consumer<Progress>> onProgress;
  final Optional<Consumer<Instant>> onExpiring;
  final Optional<Consumer<FreezeException>> onRenewFailed;

  private HoldOptions(Builder builder) {
    ttl = Optional.ofNullable(builder.ttl);
    freezeTimeout = Optional.ofNullable(builder.freezeTimeout);
    purpose = Optional.ofNullable(builder.purpose);
    presync = Optional.ofNullable(builder.presync);
    hooks = Optional.ofNullable(builder.hooks);
    freezeOnOpen = builder.freezeOnOpen;
    linger = Optional.ofNullable(builder.linger);
    autoRenew = builder.autoRenew;
    maxHold = Optional.ofNullable(builder.maxHold);
    acceptUnproven = builder.acceptUnproven;
    onProgress = Optional.ofNullable(builder.onProgress);
    onExpiring = Optional.ofNullable(builder.onExpiring);
    onRenewFailed = Optional.ofNullable(builder.onRenewFailed);
  }

  /** All defaults: frozen at once, renewed up to a minute. */
  public static Builder builder() {
    return new Builder();
  }

  /** Nothing but defaults. */
  public static HoldOptions defaults() {
    return builder().build();
  }

  /** Makes HoldOptions. */
  public static final class Builder {
    private Duration ttl;
    private Duration freezeTimeout;
    private String purpose;
    private Presync presync;
    private Hooks hooks;
    private boolean freezeOnOpen = true;
    private Duration linger;
    private boolean autoRenew = true;
    private Duration maxHold;
    private boolean acceptUnproven;
    private Consumer<Progress> onProgress;
    private Consumer<Instant> onExpiring;
    private Consumer<FreezeException> onRenewFailed;

    private Builder() {}

    /**
     * How long the freeze lasts from the moment that all are frozen, and from each renewal.
     * Default: the service's, 10 s. Clamped by the service.
     */
    public Builder ttl(Duration ttl) {
      this.ttl = Objects.requireNonNull(ttl);
      return this;
    }

    /** How long freezing may take. Default: the service's, 30 s. Clamped by the service. */
    public Builder freezeTimeout(Duration freezeTimeout) {
      this.freezeTimeout = Objects.requireNonNull(freezeTimeout);
      return this;
    }

    /**
     * A short text for people, at most 256 bytes: shown to whoever is refused because of this hold.
     */
    public Builder purpose(String purpose) {
      this.purpose = Objects.requireNonNull(purpose);
      return this;
    }

    /** Writing back before the freeze. Default: the service's choice. */
    public Builder presync(Presync presync) {
      this.presync = Objects.requireNonNull(presync);
      return this;
    }

    /** Run the operator's hooks. Default: none. */
    public Builder hooks(Hooks hooks) {
      this.hooks = Objects.requireNonNull(hooks);
      return this;
    }

    /** False: only open; freeze later by {@link Hold#freeze()}. Default: true. */
    public Builder freezeOnOpen(boolean freezeOnOpen) {
      this.freezeOnOpen = freezeOnOpen;
      return this;
    }

    /**
     * How long the hold outlives a lost stream, for {@link FreezeClient#resume}. Default: not at
     * all.
     */
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
    public HoldOptions build() {
      return new HoldOptions(this);
    }
  }
}
