package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.HoldBroken;
import io.fsfreezed.client.internal.pb.HoldFreezeCommand;
import io.fsfreezed.client.internal.pb.HoldFreezeRequest;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse;
import io.fsfreezed.client.internal.pb.HoldFreezeResponse.EventCase;
import io.fsfreezed.client.internal.pb.HoldOpened;
import io.fsfreezed.client.internal.pb.HoldReleaseCommand;
import io.fsfreezed.client.internal.pb.HoldRenewCommand;
import io.fsfreezed.client.internal.pb.HoldStatusCommand;
import io.fsfreezed.client.internal.pb.HoldThawCommand;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Keeps a set of file systems frozen until it is released or closed, its process ends, its
 * connection breaks, or its deadline passes.
 *
 * <p>Made by {@link FreezeClient#hold} and {@link FreezeClient#resume}; use it in a
 * try-with-resources statement. Whatever happens to the hold, {@link #close} throws unless it held.
 *
 * <p>All methods may be called by any thread. Those that wait throw a {@link FreezeException} with
 * CANCELLED when their thread is interrupted, and leave it interrupted; but not {@link #thaw},
 * {@link #release} and {@link #close}: what cleans up is not to be cut short.
 */
public final class Hold implements AutoCloseable {
  /** A thaw waits for lower layers that are frozen. */
  private static final Duration THAW_TIMEOUT = Duration.ofSeconds(60);

  /** The contract's default, where the service did not tell the one in effect. */
  private static final Duration FREEZE_TIMEOUT = Duration.ofSeconds(30);

  private enum Ending {
    RELEASED,
    CANCELLED
  }

  private final Connection connection;
  private final HoldStream stream;
  private final HoldBehaviour behaviour;
  private final Limits limits;
  private final Optional<Plan> plan;
  private final String resumeToken;
  private final CompletableFuture<FreezeException> broken = new CompletableFuture<>();
  private final CompletableFuture<Outcome> ended = new CompletableFuture<>();

  // Guarded by this.
  private HoldInfo info;
  private Optional<Instant> expireTime;
  private Ending ending;
  private FreezeException brokenBy;
  private Future<?> renewing = CompletableFuture.completedFuture(null);

  /** Throws a FreezeException (PROTOCOL) for an {@code opened} without a hold. */
  Hold(Connection connection, HoldStream stream, HoldOpened opened, HoldBehaviour behaviour) {
    this.connection = connection;
    this.stream = stream;
    this.behaviour = behaviour;
    this.info = new HoldInfo(Errors.given(opened.hasHold(), opened.getHold(), "`opened`"));
    this.expireTime = info.expireTime();
    this.limits = new Limits(opened.getLimits());
    this.plan = opened.hasPlan() ? Optional.of(new Plan(opened.getPlan())) : Optional.empty();
    this.resumeToken = opened.getResumeToken();
    if (info.state() == HoldState.FROZEN) {
      // Taken over: its deadline may be nearer than its first renewal would be.
      startRenewal(true);
    }
  }

  /** Opaque; give it to programs that ask about the hold. */
  public String id() {
    return info().holdId();
  }

  /** The hold as the service last told all of it: when it was opened, and at each freeze. */
  public synchronized HoldInfo info() {
    return info;
  }

  /** The deadline by the service's wall clock, with all renewals. Empty: none runs. */
  public synchronized Optional<Instant> expireTime() {
    return expireTime;
  }

  /** The service's limits that the times were clamped to. */
  public Limits limits() {
    return limits;
  }

  /** What was to be frozen, and in which order, where the service plans. */
  public Optional<Plan> plan() {
    return plan;
  }

  /**
   * Secret: lets another stream of the same owner take the hold over, see {@link
   * FreezeClient#resume}. Empty where the service does not serve that.
   */
  public String resumeToken() {
    return resumeToken;
  }

  /** The receipt, once the hold has ended and the service could tell. */
  public Optional<Receipt> receipt() {
    return Optional.ofNullable(stream.outcome()).map(Outcome::receipt);
  }

  /**
   * Completes at once when the hold breaks, expires, is ended by somebody else, or its stream is
   * lost: what is copied from then on is worthless. It does not complete after {@link #release},
   * {@link #close} or {@link #cancel}.
   *
   * <p>What is chained to it, e.g. {@code hold.broken().thenRun(process::destroyForcibly)}, may
   * block: it has a thread of its own. The future is a copy: to complete or cancel it changes
   * nothing.
   */
  public CompletableFuture<FreezeException> broken() {
    return broken.copy();
  }

  /**
   * Does nothing while the hold holds.
   *
   * @throws FreezeException what broke it
   */
  public void throwIfBroken() {
    FreezeException error;
    synchronized (this) {
      error = brokenBy;
    }
    if (error != null) {
      throw error.here();
    }
  }

  /**
   * Sets a new deadline, the ttl in effect from now.
   *
   * @return see {@link #renew(Duration)}
   */
  public Optional<Instant> renew() {
    return renew(Duration.ZERO);
  }

  /**
   * Sets a new deadline.
   *
   * @param ttl how long from now; zero means the ttl in effect
   * @return the deadline by the service's wall clock; it may be sooner than asked for: the service
   *     clamps it to its limits
   * @throws FreezeException FREEZE_BROKEN, FROZEN_TOO_LONG, NOT_FROZEN ...
   */
  public Optional<Instant> renew(Duration ttl) {
    HoldFreezeResponse answer = await(sendRenewal(ttl));
    return Times.optional(answer.getRenewed().hasExpireTime(), answer.getRenewed().getExpireTime());
  }

  private CompletableFuture<HoldFreezeResponse> sendRenewal(Duration ttl) {
    HoldRenewCommand renew = HoldRenewCommand.newBuilder().setTtl(Times.duration(ttl)).build();
    return stream.request(
        HoldFreezeRequest.newBuilder().setRenew(renew), EventCase.RENEWED, behaviour.timeout());
  }

  /** What this hold holds, and what the kernel says. */
  public HoldStatus status() {
    HoldFreezeRequest.Builder command =
        HoldFreezeRequest.newBuilder().setStatus(HoldStatusCommand.getDefaultInstance());
    return new HoldStatus(
        await(stream.request(command, EventCase.STATUS, behaviour.timeout())).getStatus());
  }

  /**
   * Freezes all file systems of the hold (again): a new interval in the receipt, with a new ttl.
   * Returns when all are frozen; at once while they are. Where it is given up (CANCELLED,
   * TIMED_OUT) they are thawed.
   */
  public HoldInfo freeze() {
    HoldSettings effective = info().effective();
    Duration limit =
        Times.orDefault(effective.freezeTimeout(), FREEZE_TIMEOUT)
            .plus(effective.presync().flatMap(Presync::timeout).orElse(Duration.ZERO))
            .plus(behaviour.timeout());
    HoldFreezeRequest.Builder command =
        HoldFreezeRequest.newBuilder().setFreeze(HoldFreezeCommand.getDefaultInstance());
    try {
      HoldFreezeResponse answer = await(stream.request(command, EventCase.FROZEN, limit));
      return answer.getFrozen().hasHold() ? new HoldInfo(answer.getFrozen().getHold()) : info();
    } catch (FreezeException e) {
      if (e.reason() == Reason.CANCELLED || e.reason() == Reason.TIMED_OUT) {
        // Nobody would know that it is frozen. While FREEZING, a thaw cancels it.
        stopRenewal();
        stream.send(thawCommand());
      }
      throw e;
    }
  }

  /**
   * Drops this hold's part in the freeze but keeps the hold.
   *
   * @return who else keeps any of it frozen
   */
  public List<FrozenBy> thaw() {
    stopRenewal();
    Duration limit =
        behaviour.timeout().compareTo(THAW_TIMEOUT) > 0 ? behaviour.timeout() : THAW_TIMEOUT;
    CompletableFuture<HoldFreezeResponse> answer =
        stream.request(thawCommand(), EventCase.THAWED, limit);
    return Uninterrupted.get(() -> get(answer)).getThawed().getStillFrozenByList().stream()
        .map(FrozenBy::new)
        .toList();
  }

  private static HoldFreezeRequest.Builder thawCommand() {
    return HoldFreezeRequest.newBuilder().setThaw(HoldThawCommand.getDefaultInstance());
  }

  /** The same as {@link #release(ReleaseOptions)} with the hold's own options. */
  public Receipt release() {
    return release(ReleaseOptions.builder().acceptUnproven(behaviour.acceptUnproven()).build());
  }

  /**
   * Thaws, and returns the receipt when the hold held: it was frozen without a gap, and nothing
   * changed, until now. May be called again: the outcome is the same.
   *
   * @throws FreezeException FREEZE_BROKEN (NOT_INTACT), UNPROVEN (unless accepted), NOT_FROZEN
   *     (never frozen), HOLD_EXPIRED, HOLD_ENDED (somebody else ended it), UNREACHABLE ...; with
   *     the receipt where there is one. It is thawed in all of these cases.
   */
  public Receipt release(ReleaseOptions options) {
    boolean endedByOthers;
    synchronized (this) {
      boolean open = stream.outcome() == null;
      endedByOthers = ending == null && !open;
      if (ending == null && open) {
        ending = Ending.RELEASED;
        renewing.cancel(false);
        stream.send(
            HoldFreezeRequest.newBuilder().setRelease(HoldReleaseCommand.getDefaultInstance()));
      }
    }
    Outcome outcome = outcomeWithin(options.timeout);
    if (outcome.error() != null) {
      throw outcome.error().here();
    }
    if (outcome.receipt() == null) {
      throw Errors.protocol("the stream ended without a receipt");
    }
    Receipt receipt = Verdicts.accept(outcome.receipt(), options.acceptUnproven);
    if (endedByOthers) {
      // Ended well, but by another hand (Thaw): whatever this scope did after that is not covered.
      throw Errors.ended(receipt);
    }
    return receipt;
  }

  private Outcome outcomeWithin(Duration timeout) {
    long deadline = System.nanoTime() + Times.nanos(timeout);
    return Uninterrupted.get(
        () -> {
          try {
            return ended.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          } catch (TimeoutException e) {
            // Nobody reads this stream any more; for the service the client is gone, and it thaws.
            stream.cancel();
            throw Errors.timedOut("no verdict in " + timeout + "; the service goes on thawing");
          } catch (ExecutionException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /**
   * Ends the hold at once without waiting for a verdict (CLIENT_GONE): the service thaws it. Does
   * nothing after {@link #release}.
   */
  public void cancel() {
    synchronized (this) {
      if (ending == null) {
        ending = Ending.CANCELLED;
      }
      renewing.cancel(false);
    }
    stream.cancel();
  }

  /**
   * The end of the scope: {@link #release()}, unless release or cancel was called. Throws what that
   * throws; where the body threw too, try-with-resources throws the body's exception, which has
   * this one among its suppressed ones.
   *
   * @throws FreezeException unless the hold held
   */
  @Override
  public void close() {
    boolean open;
    synchronized (this) {
      open = ending == null;
    }
    if (open) {
      release();
    }
  }

  /** Waits for an answer. The command itself cannot be taken back. */
  private static HoldFreezeResponse await(CompletableFuture<HoldFreezeResponse> answer) {
    try {
      return get(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Errors.cancelled().withCause(e);
    }
  }

  private static HoldFreezeResponse get(CompletableFuture<HoldFreezeResponse> answer)
      throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw ((FreezeException) e.getCause()).here();
    }
  }

  // What the stream tells.

  void event(HoldFreezeResponse event) {
    switch (event.getEventCase()) {
      case PROGRESS -> behaviour.listeners().progress(new Progress(event.getProgress()));
      case FROZEN -> {
        synchronized (this) {
          if (event.getFrozen().hasHold()) {
            info = new HoldInfo(event.getFrozen().getHold());
          }
          expireTime = info.expireTime();
        }
        // One that was taken over is renewed since it was opened.
        if (!isRenewing()) {
          startRenewal(false);
        }
      }
      case RENEWED -> {
        synchronized (this) {
          expireTime =
              Times.optional(
                  event.getRenewed().hasExpireTime(), event.getRenewed().getExpireTime());
        }
      }
      case THAWED -> {
        synchronized (this) {
          renewing.cancel(false);
          expireTime = Optional.empty();
        }
      }
      case EXPIRING -> {
        // With renewal under way this is no news.
        if (!isRenewing()) {
          Times.optional(event.getExpiring().hasExpireTime(), event.getExpiring().getExpireTime())
              .or(this::expireTime)
              .ifPresent(behaviour.listeners()::expiring);
        }
      }
      case BROKEN -> breakBy(brokenError(event.getBroken()));
      // Answers, which HoldStream gives to whoever asked; `ended`, which the stream's end follows;
      // what only a newer service says.
      case OPENED, STATUS, FAILED, ENDED, EVENT_NOT_SET -> {}
    }
  }

  void ended(Outcome outcome) {
    boolean own;
    synchronized (this) {
      own = ending != null;
      renewing.cancel(false);
      expireTime = Optional.empty();
    }
    if (!own) {
      breakBy(outcome.errorAfter());
    }
    ended.complete(outcome);
  }

  private void breakBy(FreezeException error) {
    synchronized (this) {
      renewing.cancel(false);
      if (brokenBy != null) {
        return;
      }
      brokenBy = error;
    }
    connection.executor().execute(() -> broken.complete(error));
  }

  private FreezeException brokenError(HoldBroken event) {
    String path = new Filesystem(event.getFilesystem()).mountPoint();
    String cause = Names.name(EndCause.values(), event.getCauseValue());
    String what =
        switch (Names.constant(EndCause.values(), event.getCauseValue())) {
          case FOREIGN_THAW -> "was thawed by somebody else";
          case DEVICE_FAILED -> "lost its device";
          default -> "broke (" + cause + ")";
        };
    return FreezeException.of(
            Reason.FREEZE_BROKEN, Status.Code.ABORTED, path + " " + what + " while it was held")
        .withMetadata(Map.of("hold_id", id(), "cause", cause, "path", path));
  }

  // Renewal.

  private synchronized void startRenewal(boolean now) {
    renewing.cancel(false);
    Optional<Duration> ttl = info.effective().ttl();
    if (behaviour.autoRenew() && ending == null && ttl.isPresent()) {
      Renewal renewal = new Renewal(ttl.get(), behaviour.maxHold(), System.nanoTime());
      long first = now ? 0 : renewal.period();
      renewing = connection.lifeline().every(first, renewal.period(), () -> tick(renewal));
    }
  }

  private synchronized void stopRenewal() {
    renewing.cancel(false);
  }

  private synchronized boolean isRenewing() {
    return !renewing.isDone();
  }

  private void tick(Renewal renewal) {
    long now = System.nanoTime();
    if (renewal.last(now)) {
      stopRenewal();
    }
    renewal.due(now).ifPresent(ttl -> sendRenewal(ttl).whenComplete(this::renewed));
  }

  private void renewed(HoldFreezeResponse answer, Throwable error) {
    // With the stream gone there is `broken`, and nothing left to renew.
    if (error != null && stream.outcome() == null) {
      behaviour.listeners().renewFailed((FreezeException) error.getCause());
    }
  }
}
