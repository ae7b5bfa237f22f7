package io.fsfreezed.client;

import java.util.List;
import java.util.Optional;

/** Every file system that can be frozen, but those of the patterns. */
record AllFreezable(List<String> exclude) implements Targets {
  /** The part of a request that says so; empty where targets are named. */
  static Optional<io.fsfreezed.client.internal.pb.AllFreezable> pb(Targets targets) {
    return targets instanceof AllFreezable all
        ? Optional.of(
            io.fsfreezed.client.internal.pb.AllFreezable.newBuilder()
                .addAllExcludePatterns(all.exclude)
                .build())
        : Optional.empty();
  }
}
