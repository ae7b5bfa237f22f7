package io.fsfreezed.client;

import java.util.List;

/** What a hold on some targets would freeze, and in which order. */
public final class Plan extends Model {
  private final io.fsfreezed.client.internal.pb.Plan pb;

  Plan(io.fsfreezed.client.internal.pb.Plan pb) {
    super(pb);
    this.pb = pb;
  }

  /** The file systems, in the order of their steps. */
  public List<PlannedFilesystem> filesystems() {
    return pb.getFilesystemsList().stream().map(PlannedFilesystem::new).toList();
  }

  /** The file systems that {@code allFreezable} would leave out. */
  public List<PassedOver> passedOver() {
    return pb.getPassedOverList().stream().map(PassedOver::new).toList();
  }

  /** What should be known about the whole, for people, e.g. that {@code hung_task_panic} is set. */
  public List<String> warnings() {
    return List.copyOf(pb.getWarningsList());
  }
}
