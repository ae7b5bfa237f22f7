package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;

/** Which file system is meant: its identity, as it was when it was resolved. */
public final class Filesystem extends Model {
  private final io.fsfreezed.client.internal.pb.Filesystem pb;

  Filesystem(io.fsfreezed.client.internal.pb.Filesystem pb) {
    super(pb);
    this.pb = pb;
  }

  /**
   * A mount point of it in the service's mount namespace: the one that the caller named, else the
   * first. Empty where it is not mounted (frozen, then unmounted).
   */
  public String mountPoint() {
    return pb.getMountPoint();
  }

  /**
   * True where {@code mountPoint} is not UTF-8: then each byte that is not, and each backslash, is
   * written as a backslash and three octal digits. False: {@code mountPoint} is the path as it is.
   */
  public boolean mountPointEscaped() {
    return pb.getMountPointEscaped();
  }

  /** Type as the kernel names it: {@code ext4}, {@code xfs}, {@code btrfs}, ... */
  public String type() {
    return pb.getType();
  }

  /** UUID as blkid(8) prints it. Empty where the file system has none or it could not be read. */
  public Optional<String> uuid() {
    return Optional.of(pb.getUuid()).filter(uuid -> !uuid.isEmpty());
  }

  /**
   * Number of its superblock, the third field of /proc/self/mountinfo. Unique on this host while
   * mounted.
   */
  public DeviceNumber device() {
    return new DeviceNumber(pb.getDevice());
  }

  /** Every device that it writes to, the mounted one first. Empty where they are not known. */
  public List<BlockDevice> devices() {
    return pb.getDevicesList().stream().map(BlockDevice::new).toList();
  }

  /** True where the superblock is read-only. It is frozen all the same. */
  public boolean readOnly() {
    return pb.getReadOnly();
  }

  /**
   * What it was mounted from, the source field of /proc/self/mountinfo, e.g. {@code /dev/loop3}.
   * May be empty.
   */
  public String source() {
    return pb.getSource();
  }
}
