package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.FreezeServiceGrpc;
import io.fsfreezed.client.internal.pb.WatchHoldsRequest;
import io.fsfreezed.client.internal.pb.WatchHoldsResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The holds of a service as they come and go: first the whole picture, then each change. Who reads
 * slowly is told the latest state of each hold, and may miss those between.
 *
 * <p>Iterate over it once; the iteration waits for what is told next. It ends when {@link #close}
 * is called, by any thread. It throws a {@link FreezeException} when the service cannot be reached
 * any more (UNREACHABLE), or when the thread is interrupted (CANCELLED), which stays interrupted.
 */
public final class Watch implements Iterable<WatchEvent>, AutoCloseable {
  /** How many events may wait for the reader; the rest waits in the service. */
  private static final int AHEAD = 16;

  /** The last thing in the queue: null where the watch ended well. */
  private record End(FreezeException error) {}

  private final Lifeline lifeline;
  private final ClientCall<WatchHoldsRequest, WatchHoldsResponse> call;
  private final BlockingQueue<Object> queue = new LinkedBlockingQueue<>();
  private final Line line = new Line();
  private volatile boolean closed;
  private boolean iterating;

  Watch(Connection connection, boolean includeEnded) {
    this.lifeline = connection.lifeline();
    this.call = connection.stream(FreezeServiceGrpc.getWatchHoldsMethod());
    lifeline.open(line);
    call.start(line, new Metadata());
    call.request(AHEAD);
    call.sendMessage(WatchHoldsRequest.newBuilder().setIncludeEnded(includeEnded).build());
    call.halfClose();
  }

  /**
   * The events, once.
   *
   * @throws IllegalStateException when called again
   */
  @Override
  public synchronized Iterator<WatchEvent> iterator() {
    if (iterating) {
      throw new IllegalStateException("a watch is iterated over once");
    }
    iterating = true;
    return new Events();
  }

  /** Ends the watch. */
  @Override
  public void close() {
    closed = true;
    call.cancel("closed", null);
  }

  private final class Line extends ClientCall.Listener<WatchHoldsResponse>
      implements Lifeline.Line {
    @Override
    public void onMessage(WatchHoldsResponse message) {
      lifeline.heard();
      switch (message.getEventCase()) {
        case HOLD -> queue.add(new WatchEvent.HoldChanged(new HoldInfo(message.getHold())));
        case PICTURE_COMPLETE -> queue.add(new WatchEvent.PictureComplete());
        // What only a newer service tells is passed over.
        case EVENT_NOT_SET -> call.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      lifeline.close(this);
      boolean well = closed || status.isOk();
      queue.add(new End(well ? null : Errors.of(status.asRuntimeException(trailers))));
    }

    @Override
    public void silent() {
      queue.add(new End(Errors.silent()));
      call.cancel("the service is silent", null);
    }
  }

  private final class Events implements Iterator<WatchEvent> {
    private Object head;

    @Override
    public boolean hasNext() {
      if (head == null) {
        head = take();
      }
      if (!(head instanceof End end)) {
        return true;
      }
      if (end.error != null && !closed) {
        throw end.error.here();
      }
      return false;
    }

    @Override
    public WatchEvent next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the watch was closed");
      }
      WatchEvent event = (WatchEvent) head;
      head = null;
      call.request(1);
      return event;
    }

    private Object take() {
      try {
        return queue.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Errors.cancelled().withCause(e);
      }
    }
  }
}
