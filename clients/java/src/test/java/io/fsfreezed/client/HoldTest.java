package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsfreezed.client.internal.pb.HoldFreezeRequest.CommandCase;
import io.grpc.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/**
 * What a hold does in Java's own constructs; what all clients have in common is tested elsewhere.
 */
@Timeout(30)
class HoldTest {
  private static final Target SRV = Target.path("/srv");

  private FakeService service;
  private FreezeClient client;

  @BeforeEach
  void connect() throws IOException {
    service = new FakeService();
    client = FreezeClient.connect(service.address());
  }

  @AfterEach
  void close() {
    client.close();
    service.close();
  }

  private FakeService.Stream stream() throws InterruptedException {
    FakeService.Stream stream = service.streams.poll(10, TimeUnit.SECONDS);
    assertNotNull(stream);
    return stream;
  }

  private static FreezeException thrownBy(Executable call) {
    return assertThrows(FreezeException.class, call);
  }

  @Test
  void tellsWhatBrokeItAsOftenAsItIsAsked() throws Exception {
    FreezeException ofBody =
        thrownBy(
            () -> {
              try (Hold hold = client.hold(SRV)) {
                stream().breakHold();
                assertEquals(Reason.FREEZE_BROKEN, hold.broken().get().reason());
                hold.throwIfBroken();
              }
            });
    assertEquals(Reason.FREEZE_BROKEN, ofBody.reason());
    assertEquals("FOREIGN_THAW", ofBody.metadata().get("cause"));
    // One and the same exception could not be suppressed by itself.
    assertEquals(1, ofBody.getSuppressed().length);
    assertNotSame(ofBody, ofBody.getSuppressed()[0]);
  }

  @Test
  void doesNotHideWhatItsBodyThrows() {
    service.verdict = io.fsfreezed.client.internal.pb.Verdict.VERDICT_NOT_INTACT;
    IOException boom = new IOException("boom");
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                client.withHold(
                    SRV,
                    HoldOptions.defaults(),
                    hold -> {
                      throw boom;
                    }));
    assertSame(boom, thrown);
    FreezeException suppressed = (FreezeException) thrown.getSuppressed()[0];
    assertEquals(Reason.FREEZE_BROKEN, suppressed.reason());
    assertEquals(Verdict.NOT_INTACT, suppressed.receipt().orElseThrow().verdict());
  }

  @Test
  void cannotBeLeftWithABadReceiptUnnoticed() throws Exception {
    service.verdict = io.fsfreezed.client.internal.pb.Verdict.VERDICT_UNPROVEN;
    FreezeException error =
        thrownBy(
            () -> {
              try (Hold hold = client.hold(SRV)) {
                assertFalse(hold.broken().isDone());
              }
            });
    assertEquals(Reason.UNPROVEN, error.reason());
    assertEquals(List.of(CommandCase.OPEN, CommandCase.RELEASE), stream().commands);

    HoldOptions accepting = HoldOptions.builder().acceptUnproven(true).build();
    Held<String> held = client.callWithHold(SRV, accepting, Hold::id);
    assertEquals(held.value(), held.receipt().holdId());
  }

  @Test
  void isReleasedByAThreadThatWasInterrupted() throws Exception {
    Hold hold = client.hold(SRV);
    Thread.currentThread().interrupt();
    assertEquals(Verdict.INTACT, hold.release().verdict());
    assertTrue(Thread.interrupted());
  }

  @Test
  void isNotOpenedByAThreadThatIsInterrupted() throws Exception {
    service.freezes = false;
    CompletableFuture<FreezeException> refused = new CompletableFuture<>();
    Thread opening =
        new Thread(
            () -> {
              FreezeException error = thrownBy(() -> client.hold(SRV));
              assertTrue(Thread.currentThread().isInterrupted());
              refused.complete(error);
            });
    opening.start();
    FakeService.Stream stream = stream();
    opening.interrupt();
    assertEquals(Reason.CANCELLED, refused.get().reason());
    assertSame(stream, service.lost.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void givesUpWaitingForAVerdictAndIsGone() throws Exception {
    service.answersRelease = false;
    Hold hold = client.hold(SRV);
    ReleaseOptions soon = ReleaseOptions.builder().timeout(Duration.ofMillis(50)).build();
    assertEquals(Reason.TIMED_OUT, thrownBy(() -> hold.release(soon)).reason());
    assertSame(stream(), service.lost.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void tellsThatItBrokeThoughAListenerBlocks() throws Exception {
    service.progress = 3;
    CountDownLatch never = new CountDownLatch(1);
    HoldOptions options =
        HoldOptions.builder()
            .onProgress(
                progress -> {
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                })
            .build();
    Hold hold = client.hold(SRV, options);
    stream().breakHold();
    assertEquals(Reason.FREEZE_BROKEN, hold.broken().get(10, TimeUnit.SECONDS).reason());
    assertEquals(Reason.FREEZE_BROKEN, thrownBy(hold::throwIfBroken).reason());
    never.countDown();
  }

  @Test
  void hasNoDeadlineOfItsOpenersContext() throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    Context.CancellableContext context =
        Context.current().withDeadlineAfter(5, TimeUnit.SECONDS, timer);
    Hold hold = context.call(() -> client.hold(SRV));
    assertFalse(service.deadlines.take());
    context.cancel(null);
    timer.shutdownNow();
    assertEquals(Verdict.INTACT, hold.release().verdict());
  }

  @Test
  void ofAServiceThatIsGoneTellsWhereItsReceiptIs() throws Exception {
    Hold hold = client.hold(SRV);
    service.close();
    FreezeException error = hold.broken().get(10, TimeUnit.SECONDS);
    assertEquals(Reason.UNREACHABLE, error.reason());
    assertEquals("h", error.metadata().get("hold_id"));
    assertTrue(error.getMessage().contains("getHold(\"h\")"), error.getMessage());
  }

  @Test
  void livesOnThroughALongFreezeAndTheEndOfItsClient() throws Exception {
    Duration soon = Duration.ofMillis(40);
    ConnectOptions impatient =
        ConnectOptions.builder().keepaliveTime(soon).keepaliveTimeout(soon.multipliedBy(5)).build();
    FreezeClient other = FreezeClient.connect(service.address(), impatient);
    service.freezes = false;
    CompletableFuture<Hold> opening = CompletableFuture.supplyAsync(() -> other.hold(SRV));
    FakeService.Stream stream = stream();
    Thread.sleep(600);
    stream.frozen();
    Hold hold = opening.get();
    other.close();
    assertThrows(IllegalStateException.class, () -> other.isFrozen(SRV));
    Thread.sleep(600);
    assertEquals(Verdict.INTACT, hold.release().verdict());
  }

  @Test
  void thatLivesWithoutTheProcessHasAnIdForItsRetry() throws Exception {
    client.freeze(SRV);
    client.freeze(SRV);
    client.freeze(SRV, FreezeOptions.builder().requestId("mine").build());
    List<String> ids =
        List.of(service.freezeIds.take(), service.freezeIds.take(), service.freezeIds.take());
    assertEquals(36, ids.get(0).length());
    assertFalse(ids.get(0).equals(ids.get(1)));
    assertEquals("mine", ids.get(2));
  }

  @Test
  void pagesAreAskedForAsTheyAreRead() {
    assertArrayEquals(
        new String[] {"h0", "h1", "h2"},
        client.listHolds().map(HoldInfo::holdId).toArray(String[]::new));
    assertEquals("h0", client.listHolds().findFirst().orElseThrow().holdId());
  }
}
