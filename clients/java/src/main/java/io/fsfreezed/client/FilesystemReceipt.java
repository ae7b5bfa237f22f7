package io.fsfreezed.client;

import java.util.List;

/** What happened to one file system of a hold. */
public final class FilesystemReceipt extends Model {
  private final io.fsfreezed.client.internal.pb.FilesystemReceipt pb;

  FilesystemReceipt(io.fsfreezed.client.internal.pb.FilesystemReceipt pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which file system, as it was when it was resolved. */
  public Filesystem filesystem() {
    return new Filesystem(pb.getFilesystem());
  }

  /** The passes of syncfs before its first freeze, in order. */
  public List<PresyncPass> presyncPasses() {
    return pb.getPresyncPassesList().stream().map(PresyncPass::new).toList();
  }

  /** Each time that it was frozen by this hold, in order. Empty: never. */
  public List<FreezeInterval> intervals() {
    return pb.getIntervalsList().stream().map(FreezeInterval::new).toList();
  }

  /** The worst of its intervals: NEVER_FROZEN where there is none. */
  public Verdict verdict() {
    return Names.constant(Verdict.values(), pb.getVerdictValue());
  }

  /** The name of {@link #verdict()}, {@code UNKNOWN_n} where this version does not know it. */
  public String verdictName() {
    return Names.name(Verdict.values(), pb.getVerdictValue());
  }
}
