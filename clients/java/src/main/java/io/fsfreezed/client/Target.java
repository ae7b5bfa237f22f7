package io.fsfreezed.client;

/**
 * Names one file system. Several paths of one (bind mounts, subvolumes) are one file system: to
 * name it twice is the same as once.
 */
public final class Target extends Model implements Targets {
  private final io.fsfreezed.client.internal.pb.Target pb;

  Target(io.fsfreezed.client.internal.pb.Target pb) {
    super(pb);
    this.pb = pb;
  }

  /** By the absolute path of its mount point, in the service's mount namespace. */
  public static Target path(String path) {
    return new Target(builder().setPath(path).build());
  }

  /** By the absolute path of a device node; means the file system on it. */
  public static Target blockDevice(String path) {
    return new Target(builder().setBlockDevice(path).build());
  }

  /** By the number of its superblock, or of a block device that it lies on. */
  public static Target deviceNumber(DeviceNumber number) {
    return new Target(builder().setDeviceNumber(number.pb()).build());
  }

  /** By its UUID, as blkid(8) prints it. */
  public static Target filesystemUuid(String uuid) {
    return new Target(builder().setFilesystemUuid(uuid).build());
  }

  private static io.fsfreezed.client.internal.pb.Target.Builder builder() {
    return io.fsfreezed.client.internal.pb.Target.newBuilder();
  }

  /**
   * The same, and the path may be that of a directory below the mount point. Without it that is
   * refused (NOT_A_MOUNT_POINT): the path of a volume that is not mounted names the file system
   * underneath.
   */
  public Target allowSubdirectory() {
    return new Target(pb.toBuilder().setAllowSubdirectory(true).build());
  }

  /** The same, refused (TARGET_MISMATCH) unless the file system has this UUID. */
  public Target expectUuid(String uuid) {
    return new Target(pb.toBuilder().setExpectUuid(uuid).build());
  }

  /** The same, refused (TARGET_MISMATCH) unless the file system lies on this device. */
  public Target expectDevice(DeviceNumber number) {
    return new Target(pb.toBuilder().setExpectDevice(number.pb()).build());
  }

  io.fsfreezed.client.internal.pb.Target pb() {
    return pb;
  }
}
