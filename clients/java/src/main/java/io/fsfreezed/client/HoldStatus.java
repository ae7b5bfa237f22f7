package io.fsfreezed.client;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the hold holds, and what the kernel says. */
public final class HoldStatus extends Model {
  private final io.fsfreezed.client.internal.pb.HoldStatus pb;

  HoldStatus(io.fsfreezed.client.internal.pb.HoldStatus pb) {
    super(pb);
    this.pb = pb;
  }

  /**
   * The kernel's state for the whole hold: THAWED where any file system is, else UNKNOWN where any
   * is, else FREEZING where any is, else FROZEN.
   */
  public FreezeState state() {
    return Names.constant(FreezeState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(FreezeState.values(), pb.getStateValue());
  }

  /** True where this hold keeps all its file systems frozen. */
  public boolean heldByThis() {
    return pb.getHeldByThis();
  }

  /** Each file system of the hold. */
  public List<FilesystemStatus> filesystems() {
    return pb.getFilesystemsList().stream().map(FilesystemStatus::new).toList();
  }

  /** The deadline. Empty: none runs. */
  public Optional<Instant> expireTime() {
    return Times.optional(pb.hasExpireTime(), pb.getExpireTime());
  }
}
