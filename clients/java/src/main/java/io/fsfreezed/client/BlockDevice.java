package io.fsfreezed.client;

/** A block device that a file system lies on. */
public final class BlockDevice extends Model {
  private final io.fsfreezed.client.internal.pb.BlockDevice pb;

  BlockDevice(io.fsfreezed.client.internal.pb.BlockDevice pb) {
    super(pb);
    this.pb = pb;
  }

  /** Its number. */
  public DeviceNumber number() {
    return new DeviceNumber(pb.getNumber());
  }

  /** Its kernel name, e.g. {@code loop0}, {@code dm-3}, {@code sda1}. */
  public String name() {
    return pb.getName();
  }

  /** What it is to the file system. */
  public DeviceRole role() {
    return Names.constant(DeviceRole.values(), pb.getRoleValue());
  }

  /** The name of {@link #role()}, {@code UNKNOWN_n} where this version does not know it. */
  public String roleName() {
    return Names.name(DeviceRole.values(), pb.getRoleValue());
  }
}
