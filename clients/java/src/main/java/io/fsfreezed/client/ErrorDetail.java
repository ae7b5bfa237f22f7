package io.fsfreezed.client;

import java.util.Map;

/**
 * A reason with its text and variable parts, where one is told inside a message rather than as the
 * status of a call.
 */
public final class ErrorDetail extends Model {
  private final io.fsfreezed.client.internal.pb.ErrorDetail pb;

  ErrorDetail(io.fsfreezed.client.internal.pb.ErrorDetail pb) {
    super(pb);
    this.pb = pb;
  }

  /** What went wrong. */
  public Reason reason() {
    return Names.constant(Reason.contract(), pb.getReasonValue());
  }

  /** The name of {@link #reason()}, {@code UNKNOWN_n} where this version does not know it. */
  public String reasonName() {
    return Names.name(Reason.contract(), pb.getReasonValue());
  }

  /** The same for people, in English. May change at any time: never branch on it. */
  public String message() {
    return pb.getMessage();
  }

  /**
   * Every variable part, by the keys that the reason names, e.g. {@code path}, {@code device},
   * {@code errno} (its name, as in {@code EBUSY}), {@code holder}, {@code purpose}.
   */
  public Map<String, String> metadata() {
    return pb.getMetadataMap();
  }
}
