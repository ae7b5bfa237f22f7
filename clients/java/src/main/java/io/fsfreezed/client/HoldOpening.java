package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.HoldFreezeRequest;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse;
import io.fsfreezed.client.internal.pb.HoldOpen;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens a HoldFreeze stream and waits until its hold is what was asked for. */
final class HoldOpening implements HoldStream.Listener {
  private final Connection connection;
  private final HoldBehaviour behaviour;
  private final boolean untilFrozen;
  private final HoldStream stream;
  private final CompletableFuture<Hold> opened = new CompletableFuture<>();

  /** Null until `opened`. Only the stream's own calls use it. */
  private Hold hold;

  /**
   * Prepares to open.
   *
   * @param untilFrozen wait for `frozen`; else for `opened` alone
   */
  HoldOpening(Connection connection, HoldBehaviour behaviour, boolean untilFrozen) {
    this.connection = connection;
    this.behaviour = behaviour;
    this.untilFrozen = untilFrozen;
    this.stream = new HoldStream(connection, this);
  }

  /** Whatever keeps this from returning the hold, an interruption too, leaves nothing frozen. */
  Hold open(HoldOpen.Builder open, Duration timeout) {
    boolean done = false;
    try {
      stream.start(HoldFreezeRequest.newBuilder().setOpen(open));
      Hold made = opened.get(Times.nanos(timeout), TimeUnit.NANOSECONDS);
      done = true;
      return made;
    } catch (ExecutionException e) {
      throw ((FreezeException) e.getCause()).here();
    } catch (TimeoutException e) {
      throw Errors.timedOut("not frozen in " + timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Errors.cancelled().withCause(e);
    } finally {
      if (!done) {
        stream.cancel();
      }
    }
  }

  @Override
  public void event(HoldFreezeResponse event) {
    if (hold != null) {
      hold.event(event);
      if (event.hasFrozen()) {
        opened.complete(hold);
      }
    } else if (event.hasOpened()) {
      try {
        hold = new Hold(connection, stream, event.getOpened(), behaviour);
      } catch (FreezeException e) {
        opened.completeExceptionally(e);
        return;
      }
      if (!untilFrozen) {
        opened.complete(hold);
      }
    }
  }

  @Override
  public void ended(Outcome outcome) {
    if (hold != null) {
      hold.ended(outcome);
    }
    // Does nothing where the hold was handed over: then it tells by itself.
    opened.completeExceptionally(outcome.errorAfter());
  }
}
