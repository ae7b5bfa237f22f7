package io.fsfreezed.client;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** How far one file system is. */
public final class Progress extends Model {
  private final io.fsfreezed.client.internal.pb.HoldProgress pb;

  Progress(io.fsfreezed.client.internal.pb.HoldProgress pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** What is being done to it. */
  public FreezePhase phase() {
    return Names.constant(FreezePhase.values(), pb.getPhaseValue());
  }

  /** The name of {@link #phase()}, {@code UNKNOWN_n} where this version does not know it. */
  public String phaseName() {
    return Names.name(FreezePhase.values(), pb.getPhaseValue());
  }

  /** Which pass of syncfs is under way, from 1. 0 outside SYNCING. */
  public int syncPass() {
    return pb.getSyncPass();
  }

  /** Bytes that are still dirty. Empty where the kernel does not tell. */
  public OptionalLong dirtyBytesLeft() {
    return pb.hasDirtyBytesLeft() ? OptionalLong.of(pb.getDirtyBytesLeft()) : OptionalLong.empty();
  }

  /** Since this phase began. Empty where it is not measured. */
  public Optional<Duration> elapsed() {
    return Times.optional(pb.hasElapsed(), pb.getElapsed());
  }

  /** What it waits for (LOWER_LAYER_FROZEN, DEVICE_SUSPENDED, ...). Only while WAITING. */
  public Optional<ErrorDetail> waitingFor() {
    return pb.hasWaitingFor() ? Optional.of(new ErrorDetail(pb.getWaitingFor())) : Optional.empty();
  }
}
