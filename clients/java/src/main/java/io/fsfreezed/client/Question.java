package io.fsfreezed.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A call with one answer, and the thread that waits for it. */
final class Question<R> implements StreamObserver<R>, Lifeline.Line {
  private final ClientCall<?, R> call;
  private final Context context;
  private final Lifeline lifeline;
  private final CompletableFuture<R> answer = new CompletableFuture<>();

  /** What came; it counts when the status after it is OK. Only the call's own callbacks use it. */
  private R value;

  Question(ClientCall<?, R> call, Context context, Lifeline lifeline) {
    this.call = call;
    this.context = context;
    this.lifeline = lifeline;
  }

  /** Waits for the answer. An interruption cancels the call, and the thread stays interrupted. */
  R await() {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw ((FreezeException) e.getCause()).here();
    } catch (InterruptedException e) {
      call.cancel("interrupted", e);
      Thread.currentThread().interrupt();
      throw Errors.cancelled().withCause(e);
    }
  }

  /** Waits for the answer, which the deadline of the call bounds, whoever interrupts. */
  R awaitInAnyCase() {
    return Uninterrupted.get(
        () -> {
          try {
            return answer.get();
          } catch (ExecutionException e) {
            throw ((FreezeException) e.getCause()).here();
          }
        });
  }

  @Override
  public void onNext(R value) {
    lifeline.heard();
    this.value = value;
  }

  @Override
  public void onError(Throwable error) {
    boolean own = context.isCancelled() && isCancelled(error);
    finish(own ? Errors.cancelled().withCause(error) : Errors.of(error));
  }

  @Override
  public void onCompleted() {
    if (value == null) {
      finish(Errors.protocol("the service said OK without an answer"));
      return;
    }
    lifeline.close(this);
    answer.complete(value);
  }

  @Override
  public void silent() {
    finish(Errors.silent());
    call.cancel("the service is silent", null);
  }

  private void finish(FreezeException error) {
    lifeline.close(this);
    answer.completeExceptionally(error);
  }

  private static boolean isCancelled(Throwable error) {
    return Status.fromThrowable(error).getCode() == Status.Code.CANCELLED;
  }
}
