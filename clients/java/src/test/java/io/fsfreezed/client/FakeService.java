package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.FreezeRequest;
import io.fsfreezed.client.internal.pb.FreezeResponse;
import io.fsfreezed.client.internal.pb.FreezeServiceGrpc;
import io.fsfreezed.client.internal.pb.Hold;
import io.fsfreezed.client.internal.pb.HoldBroken;
import io.fsfreezed.client.internal.pb.HoldEnded;
import io.fsfreezed.client.internal.pb.HoldFreezeRequest;
import io.fsfreezed.client.internal.pb.HoldFreezeRequest.CommandCase;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse;
import io.fsfreezed.client.internal.pb.HoldFrozen;
import io.fsfreezed.client.internal.pb.HoldOpened;
import io.fsfreezed.client.internal.pb.HoldProgress;
import io.fsfreezed.client.internal.pb.HoldState;
import io.fsfreezed.client.internal.pb.ListHoldsRequest;
import io.fsfreezed.client.internal.pb.ListHoldsResponse;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A service that freezes nothing: it answers as the contract says, and does what a test tells it.
 */
final class FakeService extends FreezeServiceGrpc.FreezeServiceImplBase implements AutoCloseable {
  /** One HoldFreeze stream, as the service sees it. */
  final class Stream implements StreamObserver<HoldFreezeRequest> {
    final List<CommandCase> commands = new CopyOnWriteArrayList<>();
    private final StreamObserver<HoldFreezeResponse> client;

    private Stream(StreamObserver<HoldFreezeResponse> client) {
      this.client = client;
    }

    @Override
    public void onNext(HoldFreezeRequest request) {
      commands.add(request.getCommandCase());
      switch (request.getCommandCase()) {
        case OPEN -> {
          tell(HoldFreezeResponse.newBuilder().setOpened(HoldOpened.newBuilder().setHold(hold)));
          for (int i = 0; i < progress; i++) {
            tell(HoldFreezeResponse.newBuilder().setProgress(HoldProgress.getDefaultInstance()));
          }
          if (freezes) {
            frozen();
          }
          streams.add(this);
        }
        case RELEASE -> {
          if (answersRelease) {
            end();
          }
        }
        default -> {}
      }
    }

    @Override
    public void onError(Throwable error) {
      lost.add(this);
    }

    @Override
    public void onCompleted() {}

    void frozen() {
      Hold frozen = hold.toBuilder().setState(HoldState.HOLD_STATE_FROZEN).build();
      tell(HoldFreezeResponse.newBuilder().setFrozen(HoldFrozen.newBuilder().setHold(frozen)));
    }

    void tell(HoldFreezeResponse.Builder event) {
      client.onNext(event.build());
    }

    void end() {
      io.fsfreezed.client.internal.pb.Receipt receipt =
          io.fsfreezed.client.internal.pb.Receipt.newBuilder()
              .setHoldId("h")
              .setVerdict(verdict)
              .build();
      tell(HoldFreezeResponse.newBuilder().setEnded(HoldEnded.newBuilder().setReceipt(receipt)));
      client.onCompleted();
    }

    void breakHold() {
      tell(
          HoldFreezeResponse.newBuilder()
              .setBroken(
                  HoldBroken.newBuilder()
                      .setCause(io.fsfreezed.client.internal.pb.EndCause.END_CAUSE_FOREIGN_THAW)));
      client.onError(Status.ABORTED.withDescription("broken").asRuntimeException());
    }
  }

  final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
  final BlockingQueue<Stream> lost = new LinkedBlockingQueue<>();
  final BlockingQueue<String> freezeIds = new LinkedBlockingQueue<>();
  final BlockingQueue<Boolean> deadlines = new LinkedBlockingQueue<>();
  volatile io.fsfreezed.client.internal.pb.Verdict verdict =
      io.fsfreezed.client.internal.pb.Verdict.VERDICT_INTACT;
  volatile boolean freezes = true;
  volatile boolean answersRelease = true;
  volatile int progress;

  private final Hold hold =
      Hold.newBuilder().setHoldId("h").setState(HoldState.HOLD_STATE_FREEZING).build();
  private final Server server;

  FakeService() throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
  }

  String address() {
    return "localhost:" + server.getPort();
  }

  @Override
  public StreamObserver<HoldFreezeRequest> holdFreeze(StreamObserver<HoldFreezeResponse> client) {
    deadlines.add(Context.current().getDeadline() != null);
    return new Stream(client);
  }

  @Override
  public void freeze(FreezeRequest request, StreamObserver<FreezeResponse> client) {
    freezeIds.add(request.getRequestId());
    client.onNext(FreezeResponse.newBuilder().setHold(hold).build());
    client.onCompleted();
  }

  @Override
  public void listHolds(ListHoldsRequest request, StreamObserver<ListHoldsResponse> client) {
    int page = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
    client.onNext(
        ListHoldsResponse.newBuilder()
            .addHolds(Hold.newBuilder().setHoldId("h" + page))
            .setNextPageToken(page < 2 ? String.valueOf(page + 1) : "")
            .build());
    client.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
