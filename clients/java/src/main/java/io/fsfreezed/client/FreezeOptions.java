package io.fsfreezed.client;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** How a freeze is made that lives without this process, for {@link FreezeClient#freeze}. */
public final class FreezeOptions {
  final Optional<Duration> ttl;
  final Optional<Duration> freezeTimeout;
  final Optional<String> purpose;
  final Optional<Presync> presync;
  final Optional<Hooks> hooks;
  final Optional<String> requestId;
  final Optional<Duration> timeout;

  private FreezeOptions(Builder builder) {
    ttl = Optional.ofNullable(builder.ttl);
    freezeTimeout = Optional.ofNullable(builder.freezeTimeout);
    purpose = Optional.ofNullable(builder.purpose);
    presync = Optional.ofNullable(builder.presync);
    hooks = Optional.ofNullable(builder.hooks);
    requestId = Optional.ofNullable(builder.requestId);
    timeout = Optional.ofNullable(builder.timeout);
  }

  /** All defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Nothing but defaults. */
  public static FreezeOptions defaults() {
    return builder().build();
  }

  /** Makes FreezeOptions. */
  public static final class Builder {
    private Duration ttl;
    private Duration freezeTimeout;
    private String purpose;
    private Presync presync;
    private Hooks hooks;
    private String requestId;
    private Duration timeout;

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

    /**
     * Makes a retry safe: the same id gives the same hold, never a second one. At most 128 bytes.
     * Default: a random UUID.
     */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId);
      return this;
    }

    /**
     * How long to wait for the answer. Default: what freezing may take, and the client's timeout.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Times.positive(timeout);
      return this;
    }

    /** The options as they are now. */
    public FreezeOptions build() {
      return new FreezeOptions(this);
    }
  }
}
