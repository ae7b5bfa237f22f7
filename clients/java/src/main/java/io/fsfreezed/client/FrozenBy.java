package io.fsfreezed.client;

import java.util.List;

/**
 * One holder of a freeze. The kernel counts its own freezes and a tool's side by side, so a file
 * system can have more than one.
 */
public final class FrozenBy extends Model {
  private final io.fsfreezed.client.internal.pb.FrozenBy pb;

  FrozenBy(io.fsfreezed.client.internal.pb.FrozenBy pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which kind of holder. */
  public Freezer freezer() {
    return Names.constant(Freezer.values(), pb.getFreezerValue());
  }

  /** The name of {@link #freezer()}, {@code UNKNOWN_n} where this version does not know it. */
  public String freezerName() {
    return Names.name(Freezer.values(), pb.getFreezerValue());
  }

  /** The holds that keep it, in the order of their opening. Only with THIS_SERVICE. */
  public List<HoldReference> holds() {
    return pb.getHoldsList().stream().map(HoldReference::new).toList();
  }

  /**
   * Kernel name of the suspended device-mapper device, e.g. {@code dm-3}. Only with KERNEL; may be
   * empty.
   */
  public String device() {
    return pb.getDevice();
  }
}
