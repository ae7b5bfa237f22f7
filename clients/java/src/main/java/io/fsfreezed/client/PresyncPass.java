package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** One pass of syncfs(2) before a freeze. */
public final class PresyncPass extends Model {
  private final io.fsfreezed.client.internal.pb.PresyncPass pb;

  PresyncPass(io.fsfreezed.client.internal.pb.PresyncPass pb) {
    super(pb);
    this.pb = pb;
  }

  /** How long it took. */
  public Optional<Duration> duration() {
    return Times.optional(pb.hasDuration(), pb.getDuration());
  }

  /** Bytes that were still dirty after it. Empty where the kernel does not tell. */
  public OptionalLong dirtyBytesLeft() {
    return pb.hasDirtyBytesLeft() ? OptionalLong.of(pb.getDirtyBytesLeft()) : OptionalLong.empty();
  }
}
