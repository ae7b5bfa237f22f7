package io.fsfreezed.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Programs that the operator installed, run before the freeze and after the thaw, e.g. to quiesce a
 * database. A hook that fails before the freeze makes the hold fail; nothing was frozen.
 */
public final class Hooks extends Model {
  private final io.fsfreezed.client.internal.pb.Hooks pb;

  Hooks(io.fsfreezed.client.internal.pb.Hooks pb) {
    super(pb);
    this.pb = pb;
  }

  /** The hooks of these names, in this order; without a name, all that the operator installed. */
  public static Hooks of(String... names) {
    return new Hooks(
        io.fsfreezed.client.internal.pb.Hooks.newBuilder().addAllNames(List.of(names)).build());
  }

  /**
   * Names of the hooks to run, in this order. Empty: all that the operator installed. At most 64,
   * of 1 to 255 bytes each, without {@code /}. Error: HOOKS_IMPOSSIBLE.
   */
  public List<String> names() {
    return List.copyOf(pb.getNamesList());
  }

  /** The same hooks, each with so long at most; zero means the default, 10 s. */
  public Hooks timeout(Duration timeout) {
    return new Hooks(pb.toBuilder().setTimeout(Times.duration(timeout)).build());
  }

  /** For how long at most each may run. Empty: 10 s. */
  public Optional<Duration> timeout() {
    return Times.optional(pb.hasTimeout(), pb.getTimeout());
  }

  io.fsfreezed.client.internal.pb.Hooks pb() {
    return pb;
  }
}
