package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.FreezeServiceGrpc;
import io.fsfreezed.client.internal.pb.HoldFailed;
import io.fsfreezed.client.internal.pb.HoldFreezeRequest;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse.EventCase;
import io.grpc.ClientCall;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One HoldFreeze stream: commands and their answers by number, events as they come, one end. */
final class HoldStream implements StreamObserver<HoldFreezeResponse>, Lifeline.Line {
  /** Told in the order of the stream, by one thread at a time. */
  interface Listener {
    void event(HoldFreezeResponse event);

    /** Once, after the last event. */
    void ended(Outcome outcome);
  }

  private record Pending(EventCase expected, CompletableFuture<HoldFreezeResponse> answer) {}

  private final Lifeline lifeline;
  private final Listener listener;
  private final ClientCall<HoldFreezeRequest, HoldFreezeResponse> call;

  // Guarded by this.
  private final Map<Long, Pending> pending = new HashMap<>();
  private StreamObserver<HoldFreezeRequest> requests;
  private long lastSeq;
  private FreezeException cancelledAs;
  private Receipt receipt;
  private String holdId = "";
  private Outcome outcome;

  HoldStream(Connection connection, Listener listener) {
    this.lifeline = connection.lifeline();
    this.listener = listener;
    this.call = connection.stream(FreezeServiceGrpc.getHoldFreezeMethod());
  }

  /** Begins the call: from now on the listener is told. */
  void start(HoldFreezeRequest.Builder open) {
    lifeline.open(this);
    synchronized (this) {
      requests = ClientCalls.asyncBidiStreamingCall(call, this);
      send(open);
    }
  }

  /** How it ended; null while it has not. */
  synchronized Outcome outcome() {
    return outcome;
  }

  /** Sends a command whose answer nobody waits for. */
  synchronized long send(HoldFreezeRequest.Builder command) {
    lastSeq += 1;
    if (outcome == null && cancelledAs == null) {
      requests.onNext(command.setSeq(lastSeq).build());
    }
    return lastSeq;
  }

  /**
   * Sends a command. Its answer, or the FreezeException for a refusal, the stream's end, or too
   * long a time.
   */
  CompletableFuture<HoldFreezeResponse> request(
      HoldFreezeRequest.Builder command, EventCase expected, Duration timeout) {
    CompletableFuture<HoldFreezeResponse> answer = new CompletableFuture<>();
    long seq;
    synchronized (this) {
      if (outcome != null) {
        return CompletableFuture.failedFuture(outcome.errorAfter());
      }
      seq = send(command);
      pending.put(seq, new Pending(expected, answer));
    }
    return answer
        .orTimeout(Times.nanos(timeout), TimeUnit.NANOSECONDS)
        .handle(
            (response, error) -> {
              if (error == null) {
                return response;
              }
              synchronized (this) {
                pending.remove(seq);
              }
              throw error instanceof TimeoutException
                  ? Errors.timedOut("no answer to " + command.getCommandCase() + " in " + timeout)
                  : (FreezeException) error;
            });
  }

  /** Ends the stream without a verdict; the service thaws (CLIENT_GONE). */
  void cancel() {
    cancel(Errors.cancelled());
  }

  @Override
  public void silent() {
    cancel(Errors.silent());
  }

  private void cancel(FreezeException as) {
    synchronized (this) {
      if (cancelledAs == null) {
        cancelledAs = as;
      }
    }
    call.cancel(as.getMessage(), null);
  }

  @Override
  public void onNext(HoldFreezeResponse event) {
    lifeline.heard();
    synchronized (this) {
      if (event.hasOpened()) {
        holdId = event.getOpened().getHold().getHoldId();
      } else if (event.hasEnded() && event.getEnded().hasReceipt()) {
        receipt = new Receipt(event.getEnded().getReceipt());
      }
    }
    // The listener first, so that whoever waits for the answer sees a hold that knows of it.
    listener.event(event);
    answer(event);
  }

  private void answer(HoldFreezeResponse event) {
    Pending asked;
    synchronized (this) {
      asked = pending.get(event.getSeq());
      if (asked == null || (event.getEventCase() != asked.expected && !event.hasFailed())) {
        return;
      }
      pending.remove(event.getSeq());
    }
    if (event.hasFailed()) {
      asked.answer.completeExceptionally(refusal(event.getFailed()));
    } else {
      asked.answer.complete(event);
    }
  }

  private static FreezeException refusal(HoldFailed failed) {
    String reason = Names.name(Reason.contract(), failed.getReasonValue());
    return FreezeException.of(reason, Status.Code.FAILED_PRECONDITION, failed.getMessage())
        .withMetadata(failed.getMetadataMap());
  }

  @Override
  public void onError(Throwable error) {
    FreezeException own;
    synchronized (this) {
      own = cancelledAs;
    }
    end(own != null ? own : Errors.of(error));
  }

  @Override
  public void onCompleted() {
    end(null);
  }

  private void end(FreezeException error) {
    lifeline.close(this);
    Outcome made;
    List<Pending> left;
    synchronized (this) {
      FreezeException whole = error == null ? null : hint(error).withReceipt(receipt);
      Receipt known = receipt != null || whole == null ? receipt : whole.receipt().orElse(null);
      made = new Outcome(whole, known);
      outcome = made;
      left = new ArrayList<>(pending.values());
      pending.clear();
    }
    listener.ended(made);
    left.forEach(asked -> asked.answer.completeExceptionally(made.errorAfter()));
  }

  /** Where the service is gone without a word, its state directory still has the receipt. */
  private FreezeException hint(FreezeException error) {
    if (error.reason() != Reason.UNREACHABLE || holdId.isEmpty()) {
      return error;
    }
    return error
        .withMessage(
            error.getMessage()
                + "; when the service is back, getHold(\""
                + holdId
                + "\") has the receipt")
        .withMetadata(Map.of("hold_id", holdId));
  }
}
