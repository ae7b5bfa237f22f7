package io.fsfreezed.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * grpc.health.v1.Health/Check, written by hand: its two messages have one field each, and
 * grpc-services, which has them, brings much else.
 */
final class Health {
  /** The name that tells whether the service can freeze; the empty name tells whether it lives. */
  static final String FREEZE_SERVICE = "fsfreeze.v1.FreezeService";

  static final MethodDescriptor<String, HealthStatus> CHECK =
      MethodDescriptor.<String, HealthStatus>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("grpc.health.v1.Health/Check")
          .setRequestMarshaller(new RequestMarshaller())
          .setResponseMarshaller(new ResponseMarshaller())
          .build();

  private static final int FIELD = 1;

  private Health() {}

  /** HealthCheckRequest: {@code string service = 1}. */
  private static final class RequestMarshaller implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String service) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      try {
        if (!service.isEmpty()) {
          out.writeString(FIELD, service);
        }
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public String parse(InputStream stream) {
      throw new UnsupportedOperationException("this is a client");
    }
  }

  /** HealthCheckResponse: {@code ServingStatus status = 1}. */
  private static final class ResponseMarshaller
      implements MethodDescriptor.Marshaller<HealthStatus> {
    @Override
    public InputStream stream(HealthStatus status) {
      throw new UnsupportedOperationException("this is a client");
    }

    @Override
    public HealthStatus parse(InputStream stream) {
      CodedInputStream in = CodedInputStream.newInstance(stream);
      HealthStatus status = HealthStatus.UNKNOWN;
      try {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (tag == WireFormat.FieldType.ENUM.getWireType() + (FIELD << 3)) {
            int number = in.readEnum();
            HealthStatus[] all = HealthStatus.values();
            status = number >= 0 && number < all.length ? all[number] : HealthStatus.UNKNOWN;
          } else {
            in.skipField(tag);
          }
        }
      } catch (IOException e) {
        throw Status.INTERNAL
            .withDescription("not a HealthCheckResponse")
            .withCause(e)
            .asRuntimeException();
      }
      return status;
    }
  }
}
