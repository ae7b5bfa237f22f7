package io.fsfreezed.client;

import java.util.Arrays;
import java.util.List;

/**
 * What to freeze, all or nothing: a {@link Target}, several, or every file system that can be
 * frozen.
 */
public sealed interface Targets permits Target, TargetList, AllFreezable {
  /** 1 to 256 file systems. */
  static Targets of(Target... targets) {
    return new TargetList(List.of(targets));
  }

  /** 1 to 256 file systems. */
  static Targets of(List<Target> targets) {
    return new TargetList(List.copyOf(targets));
  }

  /** 1 to 256 file systems by the paths of their mount points. */
  static Targets paths(String... paths) {
    return new TargetList(Arrays.stream(paths).map(Target::path).toList());
  }

  /**
   * Every local file system that can be frozen. What cannot be is passed over; one that somebody
   * else has frozen is a failure.
   *
   * @param exclude patterns of mount points to leave out: {@code *} and {@code ?} match within one
   *     component of a path, {@code **} across them
   */
  static Targets allFreezable(String... exclude) {
    return new AllFreezable(List.of(exclude));
  }
}
