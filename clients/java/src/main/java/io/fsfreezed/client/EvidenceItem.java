package io.fsfreezed.client;

/** One proof and what it showed. */
public final class EvidenceItem extends Model {
  private final io.fsfreezed.client.internal.pb.EvidenceItem pb;

  EvidenceItem(io.fsfreezed.client.internal.pb.EvidenceItem pb) {
    super(pb);
    this.pb = pb;
  }

  /** Which proof. */
  public EvidenceKind kind() {
    return Names.constant(EvidenceKind.values(), pb.getKindValue());
  }

  /** The name of {@link #kind()}, {@code UNKNOWN_n} where this version does not know it. */
  public String kindName() {
    return Names.name(EvidenceKind.values(), pb.getKindValue());
  }

  /** What it showed. */
  public EvidenceResult result() {
    return Names.constant(EvidenceResult.values(), pb.getResultValue());
  }

  /** The name of {@link #result()}, {@code UNKNOWN_n} where this version does not know it. */
  public String resultName() {
    return Names.name(EvidenceResult.values(), pb.getResultValue());
  }

  /**
   * The values or the obstacle behind it, for people, e.g. {@code loop3: queue/iostats is 0}. May
   * be empty.
   */
  public String detail() {
    return pb.getDetail();
  }
}
