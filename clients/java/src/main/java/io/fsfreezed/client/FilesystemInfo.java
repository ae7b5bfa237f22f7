package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;

/** What a file system is and whether it is frozen, as ListFilesystems tells it. */
public final class FilesystemInfo extends Model {
  private final io.fsfreezed.client.internal.pb.FilesystemInfo pb;

  FilesystemInfo(io.fsfreezed.client.internal.pb.FilesystemInfo pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /**
   * All its mount points in the service's mount namespace, in the kernel's order, escaped as {@link
   * Filesystem#mountPoint()} is where {@link Filesystem#mountPointEscaped()} is true.
   */
  public List<String> mountPoints() {
    return List.copyOf(pb.getMountPointsList());
  }

  /**
   * Why a hold on it would be refused (NOT_FREEZABLE, PROTECTED_FILESYSTEM, FROZEN_BY_ANOTHER,
   * ...). Empty: this service can freeze it.
   */
  public Optional<ErrorDetail> refusal() {
    return pb.hasRefusal() ? Optional.of(new ErrorDetail(pb.getRefusal())) : Optional.empty();
  }

  /** Whether it is frozen. */
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
