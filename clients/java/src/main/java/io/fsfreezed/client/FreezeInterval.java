package io.fsfreezed.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One time that a hold kept one file system frozen: from its {@code frozen} to its thaw, or to the
 * hold's end where other holds go on.
 */
public final class FreezeInterval extends Model {
  private final io.fsfreezed.client.internal.pb.FreezeInterval pb;

  FreezeInterval(io.fsfreezed.client.internal.pb.FreezeInterval pb) {
    super(pb);
    this.pb = pb;
  }

  /**
   * How long the FIFREEZE took that froze it, also where another hold began it and this one joined.
   */
  public Optional<Duration> freezeDuration() {
    return Times.optional(pb.hasFreezeDuration(), pb.getFreezeDuration());
  }

  /** When it was frozen for this hold, by the host's wall clock. */
  public Optional<Instant> frozenTime() {
    return Times.optional(pb.hasFrozenTime(), pb.getFrozenTime());
  }

  /** The same since boot (CLOCK_BOOTTIME), which nobody can set. */
  public Optional<Duration> frozenBoottime() {
    return Times.optional(pb.hasFrozenBoottime(), pb.getFrozenBoottime());
  }

  /**
   * When the interval ended, by the wall clock: after the thaw, or the hold's end. Empty: not yet.
   */
  public Optional<Instant> thawedTime() {
    return Times.optional(pb.hasThawedTime(), pb.getThawedTime());
  }

  /** The same since boot (CLOCK_BOOTTIME). */
  public Optional<Duration> thawedBoottime() {
    return Times.optional(pb.hasThawedBoottime(), pb.getThawedBoottime());
  }

  /**
   * The last instant that the evidence covers, by the wall clock: until then nothing spoke against
   * the image, whatever came later. Empty: nothing is covered.
   */
  public Optional<Instant> intactUntil() {
    return Times.optional(pb.hasIntactUntil(), pb.getIntactUntil());
  }

  /** The same since boot (CLOCK_BOOTTIME). */
  public Optional<Duration> intactUntilBoottime() {
    return Times.optional(pb.hasIntactUntilBoottime(), pb.getIntactUntilBoottime());
  }

  /**
   * Sectors of 512 bytes written to all its devices while frozen. Empty where one could not be
   * counted.
   */
  public OptionalLong sectorsWritten() {
    return pb.hasSectorsWritten() ? OptionalLong.of(pb.getSectorsWritten()) : OptionalLong.empty();
  }

  /**
   * Sectors of 512 bytes discarded on all its devices while frozen. Empty where one could not be
   * counted.
   */
  public OptionalLong sectorsDiscarded() {
    return pb.hasSectorsDiscarded()
        ? OptionalLong.of(pb.getSectorsDiscarded())
        : OptionalLong.empty();
  }

  /** What the verdict rests on, and what is missing. */
  public List<EvidenceItem> evidence() {
    return pb.getEvidence().getItemsList().stream().map(EvidenceItem::new).toList();
  }

  /** The verdict of this interval by itself. Empty: not ended. */
  public Optional<Verdict> verdict() {
    return Names.optional(Verdict.values(), pb.getVerdictValue());
  }

  /** The name of {@link #verdict()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> verdictName() {
    return Names.optionalName(Verdict.values(), pb.getVerdictValue());
  }

  /** How it ended. */
  public Optional<IntervalEnd> end() {
    return Names.optional(IntervalEnd.values(), pb.getEndValue());
  }

  /** The name of {@link #end()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> endName() {
    return Names.optionalName(IntervalEnd.values(), pb.getEndValue());
  }
}
