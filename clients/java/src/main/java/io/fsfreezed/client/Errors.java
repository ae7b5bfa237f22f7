package io.fsfreezed.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.fsfreezed.client.internal.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** How a gRPC status becomes a FreezeException. */
final class Errors {
  private static final String DOMAIN = "fsfreeze.v1";

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private Errors() {}

  /** The error of a call that its caller did not cancel. */
  static FreezeException of(Throwable thrown) {
    Status status = Status.fromThrowable(thrown);
    // Where the connection breaks between two of its states, gRPC says UNKNOWN ("channel closed").
    Status.Code code =
        status.getCause() instanceof IOException ? Status.Code.UNAVAILABLE : status.getCode();
    String message = status.getDescription() == null ? code.name() : status.getDescription();
    FreezeException error = FreezeException.of(reasonWithoutDetails(code), code, message);
    for (Any detail : detailsOf(thrown)) {
      try {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            error =
                FreezeException.of(info.getReason(), code, message)
                    .withMetadata(info.getMetadataMap())
                    .withReceipt(error.receipt().orElse(null));
          }
        } else if (detail.is(io.fsfreezed.client.internal.pb.Receipt.class)) {
          error =
              error.withReceipt(
                  new Receipt(detail.unpack(io.fsfreezed.client.internal.pb.Receipt.class)));
        }
      } catch (InvalidProtocolBufferException e) {
        // Details that cannot be read must not hide the status that they came with.
        error.addSuppressed(e);
      }
    }
    return error.withCause(thrown);
  }

  private static List<Any> detailsOf(Throwable thrown) {
    Metadata trailers = Status.trailersFromThrowable(thrown);
    byte[] bytes = trailers == null ? null : trailers.get(DETAILS);
    if (bytes == null) {
      return List.of();
    }
    try {
      return io.fsfreezed.client.internal.rpc.Status.parseFrom(bytes).getDetailsList();
    } catch (InvalidProtocolBufferException e) {
      // From something between us and the service.
      return List.of();
    }
  }

  private static Reason reasonWithoutDetails(Status.Code code) {
    return switch (code) {
      // Who cancelled it himself does not ask here: this is a service that broke the stream off.
      case UNAVAILABLE, CANCELLED -> Reason.UNREACHABLE;
      case DEADLINE_EXCEEDED -> Reason.TIMED_OUT;
      default -> Reason.PROTOCOL;
    };
  }

  /** A call or a hold that its caller cancelled. */
  static FreezeException cancelled() {
    return FreezeException.of(Reason.CANCELLED, Status.Code.CANCELLED, "cancelled by its caller");
  }

  static FreezeException timedOut(String message) {
    return FreezeException.of(Reason.TIMED_OUT, Status.Code.DEADLINE_EXCEEDED, message);
  }

  static FreezeException protocol(String message) {
    return FreezeException.of(Reason.PROTOCOL, Status.Code.INTERNAL, message);
  }

  /** The service neither answers nor closes its connection. */
  static FreezeException silent() {
    return FreezeException.of(
        Reason.UNREACHABLE, Status.Code.UNAVAILABLE, "the service does not answer any more");
  }

  /** What a command meets when its hold has ended well. */
  static FreezeException ended(Receipt receipt) {
    return FreezeException.of(
            Reason.HOLD_ENDED, Status.Code.FAILED_PRECONDITION, "the hold has ended")
        .withMetadata(receipt == null ? Map.of() : Map.of("hold_id", receipt.holdId()))
        .withReceipt(receipt);
  }

  /** A required part of an answer. */
  static <T> T given(boolean said, T part, String method) {
    if (said) {
      return part;
    }
    throw protocol("the service answered " + method + " without what it is about");
  }
}
