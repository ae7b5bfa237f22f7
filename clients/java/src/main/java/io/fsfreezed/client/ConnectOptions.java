package io.fsfreezed.client;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** How a service is reached, for {@link FreezeClient#connect}. */
public final class ConnectOptions {
  final Optional<TlsOptions> tls;
  final Duration timeout;
  final Duration keepaliveTime;
  final Duration keepaliveTimeout;

  private ConnectOptions(Builder builder) {
    tls = Optional.ofNullable(builder.tls);
    timeout = builder.timeout;
    keepaliveTime = builder.keepaliveTime;
    keepaliveTimeout = builder.keepaliveTimeout;
  }

  /** All defaults: no TLS, 10 s for a call. */
  public static Builder builder() {
    return new Builder();
  }

  /** Nothing but defaults. */
  public static ConnectOptions defaults() {
    return builder().build();
  }

  /** Makes ConnectOptions. */
  public static final class Builder {
    private TlsOptions tls;
    private Duration timeout = Duration.ofSeconds(10);
    private Duration keepaliveTime = Duration.ofSeconds(1);
    private Duration keepaliveTimeout = Duration.ofSeconds(1);

    private Builder() {}

    /**
     * TLS, for HOST:PORT. Without it TCP is plain text, which a service takes on a loopback address
     * only.
     */
    public Builder tls(TlsOptions tls) {
      this.tls = Objects.requireNonNull(tls);
      return this;
    }

    /** How long a call may take beyond what it itself waits for. Default: 10 s. */
    public Builder timeout(Duration timeout) {
      this.timeout = Times.positive(timeout);
      return this;
    }

    /**
     * After how long without a sign of life a service is asked for one while a call is open.
     * Default: 1 s.
     */
    public Builder keepaliveTime(Duration keepaliveTime) {
      this.keepaliveTime = Times.positive(keepaliveTime);
      return this;
    }

    /**
     * After how long without an answer to that it is taken for gone (UNREACHABLE). Default: 1 s.
     */
    public Builder keepaliveTimeout(Duration keepaliveTimeout) {
      this.keepaliveTimeout = Times.positive(keepaliveTimeout);
      return this;
    }

    /** The options as they are now. */
    public ConnectOptions build() {
      return new ConnectOptions(this);
    }
  }
}
