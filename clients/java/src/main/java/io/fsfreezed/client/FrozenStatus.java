package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;

/** Whether it is frozen. */
public final class FrozenStatus extends Model {
  private final io.fsfreezed.client.internal.pb.IsFrozenResponse pb;

  FrozenStatus(io.fsfreezed.client.internal.pb.IsFrozenResponse pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system was looked at. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** Whether it is frozen. */
  public FreezeState state() {
    return Names.constant(FreezeState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(FreezeState.values(), pb.getStateValue());
  }

  /** How far {@code state} can be trusted. Empty where it is UNKNOWN. */
  public Optional<Certainty> certainty() {
    return Names.optional(Certainty.values(), pb.getCertaintyValue());
  }

  /** The name of {@link #certainty()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> certaintyName() {
    return Names.optionalName(Certainty.values(), pb.getCertaintyValue());
  }

  /** Who keeps it frozen. Empty when it is not. */
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
