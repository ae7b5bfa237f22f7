package io.fsfreezed.client;

import java.util.Optional;

/** A file system that {@code allFreezable} left out, and why. */
public final class PassedOver extends Model {
  private final io.fsfreezed.client.internal.pb.PassedOver pb;

  PassedOver(io.fsfreezed.client.internal.pb.PassedOver pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /**
   * Why it cannot be frozen (NOT_FREEZABLE, PROTECTED_FILESYSTEM). Empty: an exclude pattern
   * matched.
   */
  public Optional<ErrorDetail> refusal() {
    return pb.hasRefusal() ? Optional.of(new ErrorDetail(pb.getRefusal())) : Optional.empty();
  }
}
