package io.fsfreezed.client;

import java.util.OptionalLong;

/**
 * Identity of a caller on a Unix socket, as the kernel attests it (SO_PEERCRED) at connect time.
 */
public final class UnixIdentity extends Model {
  private final io.fsfreezed.client.internal.pb.UnixIdentity pb;

  UnixIdentity(io.fsfreezed.client.internal.pb.UnixIdentity pb) {
    super(pb);
    this.pb = pb;
  }

  /**
   * User id, in the service's user namespace. Always set: an absent one must never read as root's.
   */
  public OptionalLong uid() {
    return pb.hasUid()
        ? OptionalLong.of(Integer.toUnsignedLong(pb.getUid()))
        : OptionalLong.empty();
  }

  /** Group id, in the service's user namespace. Always set. */
  public OptionalLong gid() {
    return pb.hasGid()
        ? OptionalLong.of(Integer.toUnsignedLong(pb.getGid()))
        : OptionalLong.empty();
  }

  /**
   * Process id, in the service's pid namespace; 0 where the process is outside of it. Only a hint:
   * ids are reused.
   */
  public int pid() {
    return pb.getPid();
  }
}
