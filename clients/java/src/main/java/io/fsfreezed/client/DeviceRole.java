package io.fsfreezed.client;

/** What a block device is to the file system that writes to it. */
public enum DeviceRole {
  /** The data, or one member of several. */
  DATA,
  /** The log or journal, where it has a device of its own (xfs log, ext4 external journal). */
  LOG,
  /** The realtime section of an xfs. */
  REALTIME,
  /**
   * Not written by the file system itself, but below a device that is, e.g. the disk under a
   * device-mapper device, or the loop device's backing file system.
   */
  LOWER,
  /**
   * Something that only a newer service says; {@code UNKNOWN_n} is its name, with its number in the
   * contract.
   */
  UNRECOGNIZED
}
