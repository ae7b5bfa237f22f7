package io.fsfreezed.client;

import io.grpc.Status;
import java.util.Map;
import java.util.Optional;

/**
 * A call or a hold failed. Branch on {@link #reason()}; the message is for people and may change.
 */
public final class FreezeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final String reasonName;
  private final Status.Code code;
  private final Map<String, String> metadata;
  // A serialized exception goes without: a receipt's form to be kept is its JSON.
  private final transient Receipt receipt;

  private FreezeException(
      Reason reason,
      String reasonName,
      Status.Code code,
      String message,
      Map<String, String> metadata,
      Receipt receipt,
      Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.reasonName = reasonName;
    this.code = code;
    this.metadata = Map.copyOf(metadata);
    this.receipt = receipt;
  }

  /** One of the reasons that this version knows. */
  static FreezeException of(Reason reason, Status.Code code, String message) {
    return new FreezeException(reason, reason.name(), code, message, Map.of(), null, null);
  }

  /** A reason by its name, which may be that of a newer service. */
  static FreezeException of(String reasonName, Status.Code code, String message) {
    Reason reason = Reason.named(reasonName);
    return new FreezeException(reason, reasonName, code, message, Map.of(), null, null);
  }

  FreezeException withMetadata(Map<String, String> metadata) {
    return copy(getMessage(), metadata, receipt, getCause());
  }

  FreezeException withCause(Throwable cause) {
    return copy(getMessage(), metadata, receipt, cause);
  }

  FreezeException withMessage(String message) {
    return copy(message, metadata, receipt, getCause());
  }

  /** The same with the receipt that came beside it, where it has none yet. */
  FreezeException withReceipt(Receipt beside) {
    return receipt != null || beside == null
        ? this
        : copy(getMessage(), metadata, beside, getCause());
  }

  /**
   * The same to be thrown here: with this thread's stack. What ended a hold is thrown by each of
   * its methods that is called afterwards, and by close; one and the same exception cannot be
   * suppressed by itself.
   */
  FreezeException here() {
    return copy(getMessage(), metadata, receipt, this);
  }

  private FreezeException copy(
      String message, Map<String, String> metadata, Receipt receipt, Throwable cause) {
    return new FreezeException(reason, reasonName, code, message, metadata, receipt, cause);
  }

  /** Why, {@link Reason#UNRECOGNIZED} where only a newer version knows. */
  public Reason reason() {
    return reason;
  }

  /** The name of the reason, as the service gave it. */
  public String reasonName() {
    return reasonName;
  }

  /** The gRPC status. OK with UNPROVEN: the call succeeded, but what it proved is not enough. */
  public Status.Code code() {
    return code;
  }

  /**
   * Every variable part by the keys that the reason names: {@code path}, {@code device}, {@code
   * errno}, {@code holder}, {@code hold_id} ...
   */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The receipt of the hold that this is about, where the service sent one. */
  public Optional<Receipt> receipt() {
    return Optional.ofNullable(receipt);
  }
}
