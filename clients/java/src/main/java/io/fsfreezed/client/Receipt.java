package io.fsfreezed.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a hold was and whether it held. Every hold ends with one. Its JSON (proto3 mapping) is its
 * file form, to be kept beside the snapshot.
 */
public final class Receipt extends Model {
  private final io.fsfreezed.client.internal.pb.Receipt pb;

  Receipt(io.fsfreezed.client.internal.pb.Receipt pb) {
    super(pb);
    this.pb = pb;
  }

  /** Id of the hold. */
  public String holdId() {
    return pb.getHoldId();
  }

  /** Host name of the machine whose file systems were frozen. */
  public String hostName() {
    return pb.getHostName();
  }

  /**
   * Boot id of that machine (/proc/sys/kernel/random/boot_id): the boottimes count from this boot.
   */
  public String bootId() {
    return pb.getBootId();
  }

  /** Who owned the hold. */
  public Owner owner() {
    return new Owner(pb.getOwner());
  }

  /** What its owner said it was for. May be empty. */
  public String purpose() {
    return pb.getPurpose();
  }

  /** What was asked for. */
  public HoldSettings requested() {
    return new HoldSettings(pb.getRequested());
  }

  /** What was in effect, the last renewal's ttl included. */
  public HoldSettings effective() {
    return new HoldSettings(pb.getEffective());
  }

  /** Why it ended. */
  public EndCause endCause() {
    return Names.constant(EndCause.values(), pb.getEndCauseValue());
  }

  /** The name of {@link #endCause()}, {@code UNKNOWN_n} where this version does not know it. */
  public String endCauseName() {
    return Names.name(EndCause.values(), pb.getEndCauseValue());
  }

  /** Whether it held: the worst of its intervals, and not better than its end allows. */
  public Verdict verdict() {
    return Names.constant(Verdict.values(), pb.getVerdictValue());
  }

  /** The name of {@link #verdict()}, {@code UNKNOWN_n} where this version does not know it. */
  public String verdictName() {
    return Names.name(Verdict.values(), pb.getVerdictValue());
  }

  /** How many file systems it froze or joined, counted once for each interval. */
  public int frozenCount() {
    return pb.getFrozenCount();
  }

  /**
   * How many of those this service thawed at the end of the interval. Lower than {@code
   * frozenCount} where other holds went on, or somebody else had thawed one.
   */
  public int thawedCount() {
    return pb.getThawedCount();
  }

  /** Each file system of the hold, in the order of its targets. */
  public List<FilesystemReceipt> filesystems() {
    return pb.getFilesystemsList().stream().map(FilesystemReceipt::new).toList();
  }

  /** The file systems that {@code allFreezable} left out. */
  public List<PassedOver> passedOver() {
    return pb.getPassedOverList().stream().map(PassedOver::new).toList();
  }

  /** When the hold was opened, by the wall clock. */
  public Optional<Instant> openTime() {
    return Times.optional(pb.hasOpenTime(), pb.getOpenTime());
  }

  /** When it ended, by the wall clock. */
  public Optional<Instant> endTime() {
    return Times.optional(pb.hasEndTime(), pb.getEndTime());
  }

  /**
   * What ended it, where that was an error, with the reason that the status carried. Empty after a
   * release of what held.
   */
  public Optional<ErrorDetail> failure() {
    return pb.hasFailure() ? Optional.of(new ErrorDetail(pb.getFailure())) : Optional.empty();
  }

  /** What the hold's life was tied to, beside its deadline. */
  public Optional<HoldKind> kind() {
    return Names.optional(HoldKind.values(), pb.getKindValue());
  }

  /** The name of {@link #kind()}, {@code UNKNOWN_n} where this version does not know it. */
  public Optional<String> kindName() {
    return Names.optionalName(HoldKind.values(), pb.getKindValue());
  }

  /**
   * True where the service runs on its simulated kernel: nothing was really frozen, and this
   * receipt proves nothing. Default: false.
   */
  public boolean simulated() {
    return pb.getSimulated();
  }

  /** Why the verdict is not INTACT: empty where it is. */
  public List<Shortcoming> shortcomings() {
    return filesystems().stream()
        .flatMap(
            of ->
                of.intervals().stream()
                    .flatMap(interval -> interval.evidence().stream())
                    .filter(item -> item.result() != EvidenceResult.HELD)
                    .filter(item -> item.result() != EvidenceResult.NOT_NEEDED)
                    .map(item -> new Shortcoming(of.filesystem(), item)))
        .toList();
  }

  /**
   * Reads a receipt from its file form, which {@link #toJson()} writes. What only a newer service
   * writes into it is passed over.
   *
   * @throws IllegalArgumentException where it is not the JSON of a receipt
   */
  public static Receipt fromJson(String json) {
    io.fsfreezed.client.internal.pb.Receipt.Builder pb =
        io.fsfreezed.client.internal.pb.Receipt.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(json, pb);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a receipt", e);
    }
    return new Receipt(pb.build());
  }
}
