package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One file system of a plan. */
public final class PlannedFilesystem extends Model {
  private final io.fsfreezed.client.internal.pb.PlannedFilesystem pb;

  PlannedFilesystem(io.fsfreezed.client.internal.pb.PlannedFilesystem pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /**
   * When it is frozen: 1 is first, equal steps are frozen in parallel. Upper layers of a stack come
   * before the lower ones; the thaw goes in reverse.
   */
  public int step() {
    return pb.getStep();
  }

  /**
   * Bytes that FIFREEZE or presync would have to write back now. Empty where the kernel does not
   * tell.
   */
  public OptionalLong dirtyBytes() {
    return pb.hasDirtyBytes() ? OptionalLong.of(pb.getDirtyBytes()) : OptionalLong.empty();
  }

  /** The devices under it, from the mounted one down. */
  public List<BlockDevice> deviceStack() {
    return pb.getDeviceStackList().stream().map(BlockDevice::new).toList();
  }

  /** Whether it is frozen now. */
  public Optional<FreezeState> state() {
    return Names.optional(FreezeState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> stateName() {
    return Names.optionalName(FreezeState.values(), pb.getStateValue());
  }

  /** How far {@code state} can be trusted. */
  public Optional<Certainty> certainty() {
    return Names.optional(Certainty.values(), pb.getCertaintyValue());
  }

  /** The name of {@link #certainty()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> certaintyName() {
    return Names.optionalName(Certainty.values(), pb.getCertaintyValue());
  }

  /** Who keeps it frozen now. Empty when it is not. A hold would join one of this service's own. */
  public List<FrozenBy> frozenBy() {
    return pb.getFrozenByList().stream().map(FrozenBy::new).toList();
  }

  /** Why a hold on it would be refused now. Empty: it would not. */
  public Optional<ErrorDetail> refusal() {
    return pb.hasRefusal() ? Optional.of(new ErrorDetail(pb.getRefusal())) : Optional.empty();
  }

  /**
   * Where the freeze would probably be good, but something about it should be known, for people,
   * e.g. that no INTACT verdict is possible because a device does not count its writes.
   */
  public List<String> warnings() {
    return List.copyOf(pb.getWarningsList());
  }
}
