package io.fsfreezed.client;

import io.fsfreezed.client.internal.pb.FreezeRequest;
import io.fsfreezed.client.internal.pb.FreezeServiceGrpc;
import io.fsfreezed.client.internal.pb.GetHoldRequest;
import io.fsfreezed.client.internal.pb.HoldOpen;
import io.fsfreezed.client.internal.pb.IsFrozenRequest;
import io.fsfreezed.client.internal.pb.ListFilesystemsRequest;
import io.fsfreezed.client.internal.pb.ListFilesystemsResponse;
import io.fsfreezed.client.internal.pb.ListHoldsRequest;
import io.fsfreezed.client.internal.pb.ListHoldsResponse;
import io.fsfreezed.client.internal.pb.PlanFreezeRequest;
import io.fsfreezed.client.internal.pb.RenewHoldRequest;
import io.fsfreezed.client.internal.pb.ThawRequest;
import io.fsfreezed.client.internal.pb.ThawResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A client of fsfreezed: keeps Linux file systems frozen while a snapshot is taken, and tells
 * whether the freeze held.
 *
 * <pre>{@code
 * try (FreezeClient client = FreezeClient.connect("unix:/run/fsfreezed/fsfreezed.sock")) {
 *   Receipt receipt =
 *       client.withHold(Target.path("/srv"), HoldOptions.defaults(), hold -> takeSnapshot());
 * }
 * }</pre>
 *
 * <p>All methods throw {@link FreezeException} (and an IllegalStateException after {@link #close}),
 * and may be called by any thread. Where a thread that waits in one is interrupted, that is a
 * FreezeException with {@link Reason#CANCELLED}, and the thread stays interrupted; but {@link
 * #thaw} and {@link #forceThaw} go on: what cleans up is not to be cut short. No call is ever
 * repeated by itself.
 */
public final class FreezeClient implements AutoCloseable {
  // The contract's defaults: how long a call that freezes may wait by itself.
  private static final Duration FREEZE_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PRESYNC_TIMEOUT = Duration.ofSeconds(60);

  /** A thaw waits for lower layers that are frozen. */
  private static final Duration THAW_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration MAX_HOLD = Duration.ofSeconds(60);

  private final Connection connection;
  private final Duration timeout;

  private FreezeClient(Connection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  /** The same as {@link #connect(String, ConnectOptions)} with nothing but defaults. */
  public static FreezeClient connect(String address) {
    return connect(address, ConnectOptions.defaults());
  }

  /**
   * Makes a client. Nothing is sent before the first call; a connection that breaks is made anew by
   * the next call.
   *
   * @param address {@code unix:PATH}, {@code unix:///PATH}, an absolute path, or {@code HOST:PORT}
   * @throws IllegalArgumentException for an address that is none, or a certificate or key that
   *     cannot be used
   * @throws java.io.UncheckedIOException where a file of the TLS options cannot be read
   */
  public static FreezeClient connect(String address, ConnectOptions options) {
    return new FreezeClient(new Connection(Address.parse(address), options), options.timeout);
  }

  /** Lets open calls go on to their end; a hold lives on until it ends. New ones are refused. */
  @Override
  public void close() {
    connection.close();
  }

  /** The same as {@link #hold(Targets, HoldOptions)} with nothing but defaults. */
  public Hold hold(Targets targets) {
    return hold(targets, HoldOptions.defaults());
  }

  /**
   * Freezes a set of file systems, all or none, for as long as the returned hold lives, and returns
   * when all are frozen.
   *
   * <p>The hold ends, and they are thawed, when it is released or closed, this process ends for any
   * reason or stops answering for about 2 s, or the deadline passes.
   */
  public Hold hold(Targets targets, HoldOptions options) {
    HoldBehaviour behaviour =
        new HoldBehaviour(
            options.autoRenew,
            maxHold(options.maxHold, options.ttl),
            timeout,
            options.acceptUnproven,
            new Listeners(
                connection.executor(),
                options.onProgress,
                options.onExpiring,
                options.onRenewFailed));
    HoldOpen.Builder open =
        HoldOpen.newBuilder()
            .addAllTargets(TargetList.pb(targets))
            .setFreezeOnOpen(options.freezeOnOpen);
    AllFreezable.pb(targets).ifPresent(open::setAllFreezable);
    options
        .ttl
        .map(ttl -> ttl.compareTo(behaviour.maxHold()) > 0 ? behaviour.maxHold() : ttl)
        .map(Times::duration)
        .ifPresent(open::setTtl);
    options.freezeTimeout.map(Times::duration).ifPresent(open::setFreezeTimeout);
    options.purpose.ifPresent(open::setPurpose);
    options.presync.map(Presync::pb).ifPresent(open::setPresync);
    options.hooks.map(Hooks::pb).ifPresent(open::setHooks);
    options.linger.map(Times::duration).ifPresent(open::setLinger);
    return new HoldOpening(connection, behaviour, options.freezeOnOpen)
        .open(open, freezingTime(options.freezeTimeout, options.presync).plus(timeout));
  }

  /**
   * Runs a body while a hold keeps the targets frozen, and returns the receipt where the freeze
   * held.
   *
   * <p>Throws what the body throws, as it is; where the freeze did not hold either, that is among
   * its suppressed exceptions. When the hold breaks the body is not interrupted: {@link
   * Hold#broken()} tells it.
   *
   * @param <X> what the body throws
   * @throws X what the body throws
   * @throws FreezeException see {@link Hold#release(ReleaseOptions)}
   */
  public <X extends Exception> Receipt withHold(
      Targets targets, HoldOptions options, HoldBody<X> body) throws X {
    return this.<Void, X>callWithHold(
            targets,
            options,
            hold -> {
              body.run(hold);
              return null;
            })
        .receipt();
  }

  /**
   * The same as {@link #withHold} for a body that returns something.
   *
   * @param <T> what the body returns
   * @param <X> what the body throws
   * @throws X what the body throws
   */
  public <T, X extends Exception> Held<T> callWithHold(
      Targets targets, HoldOptions options, HoldFunction<T, X> body) throws X {
    try (Hold hold = hold(targets, options)) {
      T value = body.call(hold);
      return new Held<>(value, hold.release());
    }
  }

  /** The same as {@link #resume(String, String, ResumeOptions)} with nothing but defaults. */
  public Hold resume(String holdId, String resumeToken) {
    return resume(holdId, resumeToken, ResumeOptions.defaults());
  }

  /**
   * Takes a living or lingering hold over, without a gap. The stream that had it ends with
   * HOLD_TAKEN_OVER.
   *
   * @param holdId {@link Hold#id()} of it
   * @param resumeToken {@link Hold#resumeToken()} of it: each is good for one resume
   */
  public Hold resume(String holdId, String resumeToken, ResumeOptions options) {
    HoldBehaviour behaviour =
        new HoldBehaviour(
            options.autoRenew,
            maxHold(options.maxHold, options.ttl),
            timeout,
            options.acceptUnproven,
            new Listeners(
                connection.executor(),
                options.onProgress,
                options.onExpiring,
                options.onRenewFailed));
    HoldOpen.Builder open =
        HoldOpen.newBuilder().setResumeHoldId(holdId).setResumeToken(resumeToken);
    options.ttl.map(Times::duration).ifPresent(open::setTtl);
    options.linger.map(Times::duration).ifPresent(open::setLinger);
    return new HoldOpening(connection, behaviour, false).open(open, timeout);
  }

  /** The same as {@link #freeze(Targets, FreezeOptions)} with nothing but defaults. */
  public HoldInfo freeze(Targets targets) {
    return freeze(targets, FreezeOptions.defaults());
  }

  /**
   * Freezes a set of file systems, all or none, until {@link #thaw} or the deadline, whatever
   * becomes of this process.
   *
   * <p>After UNREACHABLE or TIMED_OUT it is not known whether it froze: call again with the same
   * {@code requestId}.
   */
  public HoldInfo freeze(Targets targets, FreezeOptions options) {
    FreezeRequest.Builder request =
        FreezeRequest.newBuilder()
            .setRequestId(options.requestId.orElseGet(() -> UUID.randomUUID().toString()))
            .addAllTargets(TargetList.pb(targets));
    AllFreezable.pb(targets).ifPresent(request::setAllFreezable);
    options.ttl.map(Times::duration).ifPresent(request::setTtl);
    options.freezeTimeout.map(Times::duration).ifPresent(request::setFreezeTimeout);
    options.purpose.ifPresent(request::setPurpose);
    options.presync.map(Presync::pb).ifPresent(request::setPresync);
    options.hooks.map(Hooks::pb).ifPresent(request::setHooks);
    Duration limit =
        options.timeout.orElseGet(
            () -> freezingTime(options.freezeTimeout, options.presync).plus(timeout));
    var response = connection.ask(FreezeServiceGrpc.getFreezeMethod(), request.build(), limit);
    return new HoldInfo(Errors.given(response.hasHold(), response.getHold(), "Freeze"));
  }

  /** The same as {@link #thaw(String, ReleaseOptions)} with nothing but defaults. */
  public Receipt thaw(String holdId) {
    return thaw(holdId, ReleaseOptions.defaults());
  }

  /**
   * Ends a hold, and returns the receipt where it held.
   *
   * @throws FreezeException FREEZE_BROKEN, UNPROVEN (unless accepted), HOLD_ENDED ... with the
   *     receipt: it is thawed all the same
   */
  public Receipt thaw(String holdId, ReleaseOptions options) {
    return thaw(ThawRequest.newBuilder().setHoldId(holdId).build(), options);
  }

  /** The same as {@link #thaw(Target, ReleaseOptions)} with nothing but defaults. */
  public Receipt thaw(Target target) {
    return thaw(target, ReleaseOptions.defaults());
  }

  /**
   * Ends the hold that the caller's own {@link #freeze} made of a file system.
   *
   * @throws FreezeException as {@link #thaw(String, ReleaseOptions)}, and HOLD_AMBIGUOUS where
   *     there are several
   */
  public Receipt thaw(Target target, ReleaseOptions options) {
    return thaw(ThawRequest.newBuilder().setTarget(target.pb()).build(), options);
  }

  private Receipt thaw(ThawRequest request, ReleaseOptions options) {
    ThawResponse response =
        connection.askInAnyCase(FreezeServiceGrpc.getThawMethod(), request, options.timeout);
    Receipt receipt =
        new Receipt(Errors.given(response.hasReceipt(), response.getReceipt(), "Thaw"));
    return Verdicts.accept(receipt, options.acceptUnproven);
  }

  /**
   * For administrators: thaws a file system that another tool froze, or that was unmounted while
   * frozen. Holds on it end.
   */
  public ForcedThaw forceThaw(Target target) {
    ThawRequest request = ThawRequest.newBuilder().setTarget(target.pb()).setForce(true).build();
    ThawResponse response =
        connection.askInAnyCase(FreezeServiceGrpc.getThawMethod(), request, THAW_TIMEOUT);
    return new ForcedThaw(Errors.given(response.hasForced(), response.getForced(), "Thaw"));
  }

  /** Sets a new deadline for a hold, the ttl in effect from now. */
  public HoldInfo renew(String holdId) {
    return renew(holdId, Duration.ZERO);
  }

  /**
   * Sets a new deadline for a hold.
   *
   * @param ttl how long from now; zero means the ttl in effect
   * @return the hold with the deadline that was granted
   */
  public HoldInfo renew(String holdId, Duration ttl) {
    RenewHoldRequest request =
        RenewHoldRequest.newBuilder().setHoldId(holdId).setTtl(Times.duration(ttl)).build();
    var response = connection.ask(FreezeServiceGrpc.getRenewHoldMethod(), request, timeout);
    return new HoldInfo(Errors.given(response.hasHold(), response.getHold(), "RenewHold"));
  }

  /**
   * The kernel's truth about one file system or block device, whoever froze it. Never blocks,
   * changes nothing.
   */
  public FrozenStatus isFrozen(Target target) {
    IsFrozenRequest request = IsFrozenRequest.newBuilder().setTarget(target.pb()).build();
    return new FrozenStatus(
        connection.ask(FreezeServiceGrpc.getIsFrozenMethod(), request, timeout));
  }

  /**
   * What a hold would freeze, in which order, and what it would be refused for. Freezes nothing.
   */
  public Plan plan(Targets targets) {
    PlanFreezeRequest.Builder request =
        PlanFreezeRequest.newBuilder().addAllTargets(TargetList.pb(targets));
    AllFreezable.pb(targets).ifPresent(request::setAllFreezable);
    var response =
        connection.ask(FreezeServiceGrpc.getPlanFreezeMethod(), request.build(), timeout);
    return new Plan(Errors.given(response.hasPlan(), response.getPlan(), "PlanFreeze"));
  }

  /**
   * Every local file system: can it be frozen, is it, by whom. Asks page by page, as the stream is
   * read.
   */
  public Stream<FilesystemInfo> listFilesystems() {
    return Pages.of(this::filesystems, ListFilesystemsResponse::getNextPageToken)
        .flatMap(page -> page.getFilesystemsList().stream())
        .map(FilesystemInfo::new);
  }

  private ListFilesystemsResponse filesystems(String token) {
    ListFilesystemsRequest request =
        ListFilesystemsRequest.newBuilder().setPageSize(Pages.SIZE).setPageToken(token).build();
    return connection.ask(FreezeServiceGrpc.getListFilesystemsMethod(), request, timeout);
  }

  /** One hold, live or ended; an ended one with its receipt. */
  public HoldInfo getHold(String holdId) {
    GetHoldRequest request = GetHoldRequest.newBuilder().setHoldId(holdId).build();
    var response = connection.ask(FreezeServiceGrpc.getGetHoldMethod(), request, timeout);
    return new HoldInfo(Errors.given(response.hasHold(), response.getHold(), "GetHold"));
  }

  /** Live holds and ended ones, newest first. Asks page by page, as the stream is read. */
  public Stream<HoldInfo> listHolds() {
    return Pages.of(this::holds, ListHoldsResponse::getNextPageToken)
        .flatMap(page -> page.getHoldsList().stream())
        .map(HoldInfo::new);
  }

  private ListHoldsResponse holds(String token) {
    ListHoldsRequest request =
        ListHoldsRequest.newBuilder().setPageSize(Pages.SIZE).setPageToken(token).build();
    return connection.ask(FreezeServiceGrpc.getListHoldsMethod(), request, timeout);
  }

  /** Live holds first, then each change, until the watch is closed. */
  public Watch watch() {
    return watch(false);
  }

  /**
   * First the whole picture, then each change, until the watch is closed.
   *
   * @param includeEnded begin with the ended holds that are remembered, too
   */
  public Watch watch(boolean includeEnded) {
    return new Watch(connection, includeEnded);
  }

  /** SERVING: the service can freeze. */
  public HealthStatus health() {
    return health(Health.FREEZE_SERVICE);
  }

  /**
   * The health of a service by its name; the empty name asks whether the daemon lives at all. A
   * name that it does not know is an exception with the code NOT_FOUND.
   */
  public HealthStatus health(String service) {
    return connection.ask(Health.CHECK, service, timeout);
  }

  private static Duration maxHold(Optional<Duration> given, Optional<Duration> ttl) {
    return given.orElseGet(() -> ttl.filter(t -> t.compareTo(MAX_HOLD) > 0).orElse(MAX_HOLD));
  }

  /** How long freezing may take by what was asked for. */
  private static Duration freezingTime(
      Optional<Duration> freezeTimeout, Optional<Presync> presync) {
    Duration syncing =
        presync.flatMap(Presync::mode).filter(PresyncMode.OFF::equals).isPresent()
            ? Duration.ZERO
            : Times.orDefault(presync.flatMap(Presync::timeout), PRESYNC_TIMEOUT);
    return Times.orDefault(freezeTimeout, FREEZE_TIMEOUT).plus(syncing);
  }
}
