package io.fsfreezed.client;

import java.util.List;

/** What a forced thaw did. */
public final class ForcedThaw extends Model {
  private final io.fsfreezed.client.internal.pb.ForcedThaw pb;

  ForcedThaw(io.fsfreezed.client.internal.pb.ForcedThaw pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** Who had frozen it. */
  public List<FrozenBy> frozenBy() {
    return pb.getFrozenByList().stream().map(FrozenBy::new).toList();
  }

  /** The kernel's state after it. FROZEN where the kernel itself goes on holding it. */
  public FreezeState state() {
    return Names.constant(FreezeState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(FreezeState.values(), pb.getStateValue());
  }
}
