package io.fsfreezed.client;

import java.time.Duration;

/** How the end of a hold is judged, for {@link Hold#release} and {@link FreezeClient#thaw}. */
public final class ReleaseOptions {
  final boolean acceptUnproven;
  final Duration timeout;

  private ReleaseOptions(Builder builder) {
    acceptUnproven = builder.acceptUnproven;
    timeout = builder.timeout;
  }

  /** UNPROVEN is an error, and the verdict comes within a minute. */
  public static Builder builder() {
    return new Builder();
  }

  /** Nothing but defaults. */
  public static ReleaseOptions defaults() {
    return builder().build();
  }

  /** Makes ReleaseOptions. */
  public static final class Builder {
    private boolean acceptUnproven;
    private Duration timeout = Duration.ofSeconds(60);

    private Builder() {}

    /**
     * Take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is missing. Default:
     * false.
     */
    public Builder acceptUnproven(boolean acceptUnproven) {
      this.acceptUnproven = acceptUnproven;
      return this;
    }

    /** How long to wait for the verdict; the service goes on thawing in any case. Default: 60 s. */
    public Builder timeout(Duration timeout) {
      this.timeout = Times.positive(timeout);
      return this;
    }

    /** The options as they are now. */
    public ReleaseOptions build() {
      return new ReleaseOptions(this);
    }
  }
}
