package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;

/** One file system in a HoldStatus. */
public final class FilesystemStatus extends Model {
  private final io.fsfreezed.client.internal.pb.FilesystemStatus pb;

  FilesystemStatus(io.fsfreezed.client.internal.pb.FilesystemStatus pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** The kernel's state. */
  public FreezeState state() {
    return Names.constant(FreezeState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(FreezeState.values(), pb.getStateValue());
  }

  /** How far {@code state} can be trusted. */
  public Optional<Certainty> certainty() {
    return Names.optional(Certainty.values(), pb.getCertaintyValue());
  }

  /** The name of {@link #certainty()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> certaintyName() {
    return Names.optionalName(Certainty.values(), pb.getCertaintyValue());
  }

  /** True where this hold keeps it frozen. */
  public boolean heldByThis() {
    return pb.getHeldByThis();
  }

  /** Who keeps it frozen, this hold included. Empty when it is not. */
  public List<FrozenBy> frozenBy() {
    return pb.getFrozenByList().stream().map(FrozenBy::new).toList();
  }

  /** Which way answered for {@code state}. */
  public Optional<StateEvidence> evidence() {
    return Names.optional(StateEvidence.values(), pb.getEvidenceValue());
  }

  /** The name of {@link #evidence()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> evidenceName() {
    return Names.optionalName(StateEvidence.values(), pb.getEvidenceValue());
  }
}
