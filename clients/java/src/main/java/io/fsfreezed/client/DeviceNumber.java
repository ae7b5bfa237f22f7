package io.fsfreezed.client;

/** Number of a block device, or of a file system's superblock ({@code stDev}). */
public final class DeviceNumber extends Model {
  private final io.fsfreezed.client.internal.pb.DeviceNumber pb;

  DeviceNumber(io.fsfreezed.client.internal.pb.DeviceNumber pb) {
    super(pb);
    this.pb = pb;
  }

  /** A number as {@code major:minor}, e.g. in the third field of /proc/self/mountinfo. */
  public static DeviceNumber of(int major, int minor) {
    return new DeviceNumber(
        io.fsfreezed.client.internal.pb.DeviceNumber.newBuilder()
            .setMajor(major)
            .setMinor(minor)
            .build());
  }

  io.fsfreezed.client.internal.pb.DeviceNumber pb() {
    return pb;
  }

  /**
   * Major number. 0 to 4095; 0 stands for a superblock without one device of its own, e.g. btrfs.
   */
  public int major() {
    return pb.getMajor();
  }

  /** Minor number. 0 to 1048575. */
  public int minor() {
    return pb.getMinor();
  }
}
