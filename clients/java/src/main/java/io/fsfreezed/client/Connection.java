package io.fsfreezed.client;

import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The channel to one service and its threads. */
final class Connection {
  /** A page of holds with their receipts. */
  private static final int LARGEST_ANSWER = 64 * 1024 * 1024;

  private final ConnectOptions options;
  private final ExecutorService executor;
  private final ManagedChannel channel;
  private final Lifeline lifeline;

  Connection(Address address, ConnectOptions options) {
    this.options = options;
    this.executor = Executors.newCachedThreadPool(daemons("fsfreezed-client"));
    this.channel = channel(address, options, executor);
    this.lifeline = new Lifeline(channel, options, daemons("fsfreezed-client-timer"));
  }

  private static ManagedChannel channel(
      Address address, ConnectOptions options, Executor executor) {
    if (address.unix() && options.tls.isPresent()) {
      throw new IllegalArgumentException("TLS is for HOST:PORT, not for a Unix socket");
    }
    ChannelCredentials credentials =
        options.tls.map(TlsOptions::credentials).orElseGet(InsecureChannelCredentials::create);
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(address.target(), credentials)
            .executor(executor)
            // A call that the service may have begun is never sent twice.
            .disableRetry()
            .disableServiceConfigLookUp()
            // No proxy of the environment.
            .proxyDetector(server -> null)
            .maxInboundMessageSize(LARGEST_ANSWER)
            // gRPC raises the first to 10 s. Lifeline is faster; this closes what it gave up.
            .keepAliveTime(Times.nanos(options.keepaliveTime), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(Times.nanos(options.keepaliveTimeout), TimeUnit.NANOSECONDS);
    if (address.unix()) {
      // Else :authority is the escaped path, which an HTTP/2 server may refuse.
      builder.overrideAuthority("localhost");
    }
    options.tls.flatMap(tls -> tls.serverName).ifPresent(builder::overrideAuthority);
    return builder.build();
  }

  /** A hold that was forgotten must not keep its process from ending: that thaws. */
  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  ConnectOptions options() {
    return options;
  }

  /** Runs gRPC's callbacks, and the user's. Unbounded: one that blocks must not delay another. */
  ExecutorService executor() {
    return executor;
  }

  Lifeline lifeline() {
    return lifeline;
  }

  /** Calls that are open go on to their end. */
  void close() {
    lifeline.closeWhenIdle();
  }

  /**
   * Asks for one answer. An interruption of the thread cancels the call.
   *
   * @throws FreezeException where there is none in time, or it is a refusal
   */
  <Q, R> R ask(MethodDescriptor<Q, R> method, Q request, Duration timeout) {
    return start(method, request, timeout, Context.current()).await();
  }

  /** The same for what cleans up: neither an interruption nor a cancelled context stops it. */
  <Q, R> R askInAnyCase(MethodDescriptor<Q, R> method, Q request, Duration timeout) {
    return start(method, request, timeout, Context.current().fork()).awaitInAnyCase();
  }

  private <Q, R> Question<R> start(
      MethodDescriptor<Q, R> method, Q request, Duration timeout, Context context) {
    CallOptions deadline =
        CallOptions.DEFAULT.withDeadlineAfter(Times.nanos(timeout), TimeUnit.NANOSECONDS);
    ClientCall<Q, R> call = newCall(method, deadline, context);
    Question<R> question = new Question<>(call, context, lifeline);
    lifeline.open(question);
    ClientCalls.asyncUnaryCall(call, request, question);
    return question;
  }

  /** A call without a deadline, whatever the context of its opener has: its opener ends it. */
  <Q, R> ClientCall<Q, R> stream(MethodDescriptor<Q, R> method) {
    return newCall(method, CallOptions.DEFAULT, Context.current().fork());
  }

  private <Q, R> ClientCall<Q, R> newCall(
      MethodDescriptor<Q, R> method, CallOptions callOptions, Context context) {
    if (lifeline.isClosed()) {
      throw new IllegalStateException("the client is closed");
    }
    // gRPC waits up to two minutes until it connects again, and refuses calls meanwhile. This
    // service
    // is back within a second of a crash: each call tries anew.
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
    }
    Context previous = context.attach();
    try {
      return channel.newCall(method, callOptions);
    } finally {
      context.detach(previous);
    }
  }
}
