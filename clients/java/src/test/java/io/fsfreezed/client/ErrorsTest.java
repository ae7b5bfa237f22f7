package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class ErrorsTest {
  @Test
  void aBrokenConnectionIsUnreachableWhateverItsCode() {
    Status closed = Status.UNKNOWN.withDescription("channel closed");
    FreezeException error =
        Errors.of(closed.withCause(new ClosedChannelException()).asRuntimeException());
    assertEquals(Reason.UNREACHABLE, error.reason());
    assertEquals(Status.Code.UNAVAILABLE, error.code());
  }

  @Test
  void aStatusOfAnotherKindIsNoAnswerOfTheContract() {
    FreezeException error = Errors.of(Status.UNKNOWN.asRuntimeException());
    assertEquals(Reason.PROTOCOL, error.reason());
  }
}
