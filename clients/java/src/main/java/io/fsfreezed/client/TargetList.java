package io.fsfreezed.client;

import java.util.List;

/** Several targets. */
record TargetList(List<Target> targets) implements Targets {
  /** The targets of a request; none where all that can be frozen are meant. */
  static List<io.fsfreezed.client.internal.pb.Target> pb(Targets targets) {
    if (targets instanceof Target target) {
      return List.of(target.pb());
    }
    return targets instanceof TargetList list
        ? list.targets.stream().map(Target::pb).toList()
        : List.of();
  }
}
