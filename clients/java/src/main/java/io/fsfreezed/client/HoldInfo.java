package io.fsfreezed.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A hold keeps a set of file systems frozen: it has an owner, a deadline, and an end that needs
 * nobody.
 */
public final class HoldInfo extends Model {
  private final io.fsfreezed.client.internal.pb.Hold pb;

  HoldInfo(io.fsfreezed.client.internal.pb.Hold pb) {
    super(pb);
    this.pb = pb;
  }

  /** Opaque id, unique for as long as receipts are remembered. 1 to 128 bytes. */
  public String holdId() {
    return pb.getHoldId();
  }

  /** What its life is tied to. */
  public HoldKind kind() {
    return Names.constant(HoldKind.values(), pb.getKindValue());
  }

  /** The name of {@link #kind()}, {@code UNKNOWN_n} where this version does not know it. */
  public String kindName() {
    return Names.name(HoldKind.values(), pb.getKindValue());
  }

  /** Where it is in its life. */
  public HoldState state() {
    return Names.constant(HoldState.values(), pb.getStateValue());
  }

  /** The name of {@link #state()}, {@code UNKNOWN_n} where this version does not know it. */
  public String stateName() {
    return Names.name(HoldState.values(), pb.getStateValue());
  }

  /** Who owns it. */
  public Owner owner() {
    return new Owner(pb.getOwner());
  }

  /** What its owner said it is for. May be empty. */
  public String purpose() {
    return pb.getPurpose();
  }

  /** Its file systems, in the order of its targets. */
  public List<HoldFilesystem> filesystems() {
    return pb.getFilesystemsList().stream().map(HoldFilesystem::new).toList();
  }

  /** The options in effect, clamped to the service's limits, with the last renewal's ttl. */
  public HoldSettings effective() {
    return new HoldSettings(pb.getEffective());
  }

  /** When it was opened, by the wall clock. */
  public Optional<Instant> openTime() {
    return Times.optional(pb.hasOpenTime(), pb.getOpenTime());
  }

  /** When all its file systems were frozen, by the wall clock. Empty: they are not. */
  public Optional<Instant> frozenTime() {
    return Times.optional(pb.hasFrozenTime(), pb.getFrozenTime());
  }

  /** Between the first and the last of its file systems frozen. Empty: not all are. */
  public Optional<Duration> skew() {
    return Times.optional(pb.hasSkew(), pb.getSkew());
  }

  /**
   * Its deadline, by the wall clock: thawed 0 to 250 ms after it. Counted on CLOCK_BOOTTIME, so it
   * does not move when the wall clock is set. Empty: it is not frozen, or has ended; while
   * FREEZING, the freeze timeout bounds it.
   */
  public Optional<Instant> expireTime() {
    return Times.optional(pb.hasExpireTime(), pb.getExpireTime());
  }

  /** Until when it waits for its client to come back. Empty: it has its stream, or is a lease. */
  public Optional<Instant> lingerExpireTime() {
    return Times.optional(pb.hasLingerExpireTime(), pb.getLingerExpireTime());
  }

  /** The file systems that {@code allFreezable} left out. */
  public List<PassedOver> passedOver() {
    return pb.getPassedOverList().stream().map(PassedOver::new).toList();
  }

  /** Its receipt. Set when, and only when, it has ended. */
  public Optional<Receipt> receipt() {
    return pb.hasReceipt() ? Optional.of(new Receipt(pb.getReceipt())) : Optional.empty();
  }
}
