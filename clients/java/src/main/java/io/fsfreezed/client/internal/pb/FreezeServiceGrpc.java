package io.fsfreezed.client.internal.pb;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
 * a receipt whether the freeze held.
 * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
 * has a file system frozen it is frozen; the last one to end thaws it.
 * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
 * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
 * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class FreezeServiceGrpc {

  private FreezeServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "fsfreeze.v1.FreezeService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.FreezeRequest,
      io.fsfreezed.client.internal.pb.FreezeResponse> getFreezeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Freeze",
      requestType = io.fsfreezed.client.internal.pb.FreezeRequest.class,
      responseType = io.fsfreezed.client.internal.pb.FreezeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.FreezeRequest,
      io.fsfreezed.client.internal.pb.FreezeResponse> getFreezeMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.FreezeRequest, io.fsfreezed.client.internal.pb.FreezeResponse> getFreezeMethod;
    if ((getFreezeMethod = FreezeServiceGrpc.getFreezeMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getFreezeMethod = FreezeServiceGrpc.getFreezeMethod) == null) {
          FreezeServiceGrpc.getFreezeMethod = getFreezeMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.FreezeRequest, io.fsfreezed.client.internal.pb.FreezeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Freeze"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.FreezeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.FreezeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("Freeze"))
              .build();
        }
      }
    }
    return getFreezeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ThawRequest,
      io.fsfreezed.client.internal.pb.ThawResponse> getThawMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Thaw",
      requestType = io.fsfreezed.client.internal.pb.ThawRequest.class,
      responseType = io.fsfreezed.client.internal.pb.ThawResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ThawRequest,
      io.fsfreezed.client.internal.pb.ThawResponse> getThawMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ThawRequest, io.fsfreezed.client.internal.pb.ThawResponse> getThawMethod;
    if ((getThawMethod = FreezeServiceGrpc.getThawMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getThawMethod = FreezeServiceGrpc.getThawMethod) == null) {
          FreezeServiceGrpc.getThawMethod = getThawMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.ThawRequest, io.fsfreezed.client.internal.pb.ThawResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Thaw"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ThawRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ThawResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("Thaw"))
              .build();
        }
      }
    }
    return getThawMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.RenewHoldRequest,
      io.fsfreezed.client.internal.pb.RenewHoldResponse> getRenewHoldMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RenewHold",
      requestType = io.fsfreezed.client.internal.pb.RenewHoldRequest.class,
      responseType = io.fsfreezed.client.internal.pb.RenewHoldResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.RenewHoldRequest,
      io.fsfreezed.client.internal.pb.RenewHoldResponse> getRenewHoldMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.RenewHoldRequest, io.fsfreezed.client.internal.pb.RenewHoldResponse> getRenewHoldMethod;
    if ((getRenewHoldMethod = FreezeServiceGrpc.getRenewHoldMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getRenewHoldMethod = FreezeServiceGrpc.getRenewHoldMethod) == null) {
          FreezeServiceGrpc.getRenewHoldMethod = getRenewHoldMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.RenewHoldRequest, io.fsfreezed.client.internal.pb.RenewHoldResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RenewHold"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.RenewHoldRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.RenewHoldResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("RenewHold"))
              .build();
        }
      }
    }
    return getRenewHoldMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.IsFrozenRequest,
      io.fsfreezed.client.internal.pb.IsFrozenResponse> getIsFrozenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "IsFrozen",
      requestType = io.fsfreezed.client.internal.pb.IsFrozenRequest.class,
      responseType = io.fsfreezed.client.internal.pb.IsFrozenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.IsFrozenRequest,
      io.fsfreezed.client.internal.pb.IsFrozenResponse> getIsFrozenMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.IsFrozenRequest, io.fsfreezed.client.internal.pb.IsFrozenResponse> getIsFrozenMethod;
    if ((getIsFrozenMethod = FreezeServiceGrpc.getIsFrozenMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getIsFrozenMethod = FreezeServiceGrpc.getIsFrozenMethod) == null) {
          FreezeServiceGrpc.getIsFrozenMethod = getIsFrozenMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.IsFrozenRequest, io.fsfreezed.client.internal.pb.IsFrozenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "IsFrozen"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.IsFrozenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.IsFrozenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("IsFrozen"))
              .build();
        }
      }
    }
    return getIsFrozenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.HoldFreezeRequest,
      io.fsfreezed.client.internal.pb.HoldFreezeResponse> getHoldFreezeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "HoldFreeze",
      requestType = io.fsfreezed.client.internal.pb.HoldFreezeRequest.class,
      responseType = io.fsfreezed.client.internal.pb.HoldFreezeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.HoldFreezeRequest,
      io.fsfreezed.client.internal.pb.HoldFreezeResponse> getHoldFreezeMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.HoldFreezeRequest, io.fsfreezed.client.internal.pb.HoldFreezeResponse> getHoldFreezeMethod;
    if ((getHoldFreezeMethod = FreezeServiceGrpc.getHoldFreezeMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getHoldFreezeMethod = FreezeServiceGrpc.getHoldFreezeMethod) == null) {
          FreezeServiceGrpc.getHoldFreezeMethod = getHoldFreezeMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.HoldFreezeRequest, io.fsfreezed.client.internal.pb.HoldFreezeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "HoldFreeze"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.HoldFreezeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.HoldFreezeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("HoldFreeze"))
              .build();
        }
      }
    }
    return getHoldFreezeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.PlanFreezeRequest,
      io.fsfreezed.client.internal.pb.PlanFreezeResponse> getPlanFreezeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "PlanFreeze",
      requestType = io.fsfreezed.client.internal.pb.PlanFreezeRequest.class,
      responseType = io.fsfreezed.client.internal.pb.PlanFreezeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.PlanFreezeRequest,
      io.fsfreezed.client.internal.pb.PlanFreezeResponse> getPlanFreezeMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.PlanFreezeRequest, io.fsfreezed.client.internal.pb.PlanFreezeResponse> getPlanFreezeMethod;
    if ((getPlanFreezeMethod = FreezeServiceGrpc.getPlanFreezeMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getPlanFreezeMethod = FreezeServiceGrpc.getPlanFreezeMethod) == null) {
          FreezeServiceGrpc.getPlanFreezeMethod = getPlanFreezeMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.PlanFreezeRequest, io.fsfreezed.client.internal.pb.PlanFreezeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "PlanFreeze"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.PlanFreezeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.PlanFreezeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("PlanFreeze"))
              .build();
        }
      }
    }
    return getPlanFreezeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListFilesystemsRequest,
      io.fsfreezed.client.internal.pb.ListFilesystemsResponse> getListFilesystemsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListFilesystems",
      requestType = io.fsfreezed.client.internal.pb.ListFilesystemsRequest.class,
      responseType = io.fsfreezed.client.internal.pb.ListFilesystemsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListFilesystemsRequest,
      io.fsfreezed.client.internal.pb.ListFilesystemsResponse> getListFilesystemsMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListFilesystemsRequest, io.fsfreezed.client.internal.pb.ListFilesystemsResponse> getListFilesystemsMethod;
    if ((getListFilesystemsMethod = FreezeServiceGrpc.getListFilesystemsMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getListFilesystemsMethod = FreezeServiceGrpc.getListFilesystemsMethod) == null) {
          FreezeServiceGrpc.getListFilesystemsMethod = getListFilesystemsMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.ListFilesystemsRequest, io.fsfreezed.client.internal.pb.ListFilesystemsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListFilesystems"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ListFilesystemsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ListFilesystemsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("ListFilesystems"))
              .build();
        }
      }
    }
    return getListFilesystemsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.GetHoldRequest,
      io.fsfreezed.client.internal.pb.GetHoldResponse> getGetHoldMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetHold",
      requestType = io.fsfreezed.client.internal.pb.GetHoldRequest.class,
      responseType = io.fsfreezed.client.internal.pb.GetHoldResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.GetHoldRequest,
      io.fsfreezed.client.internal.pb.GetHoldResponse> getGetHoldMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.GetHoldRequest, io.fsfreezed.client.internal.pb.GetHoldResponse> getGetHoldMethod;
    if ((getGetHoldMethod = FreezeServiceGrpc.getGetHoldMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getGetHoldMethod = FreezeServiceGrpc.getGetHoldMethod) == null) {
          FreezeServiceGrpc.getGetHoldMethod = getGetHoldMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.GetHoldRequest, io.fsfreezed.client.internal.pb.GetHoldResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetHold"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.GetHoldRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.GetHoldResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("GetHold"))
              .build();
        }
      }
    }
    return getGetHoldMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListHoldsRequest,
      io.fsfreezed.client.internal.pb.ListHoldsResponse> getListHoldsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListHolds",
      requestType = io.fsfreezed.client.internal.pb.ListHoldsRequest.class,
      responseType = io.fsfreezed.client.internal.pb.ListHoldsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListHoldsRequest,
      io.fsfreezed.client.internal.pb.ListHoldsResponse> getListHoldsMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.ListHoldsRequest, io.fsfreezed.client.internal.pb.ListHoldsResponse> getListHoldsMethod;
    if ((getListHoldsMethod = FreezeServiceGrpc.getListHoldsMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getListHoldsMethod = FreezeServiceGrpc.getListHoldsMethod) == null) {
          FreezeServiceGrpc.getListHoldsMethod = getListHoldsMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.ListHoldsRequest, io.fsfreezed.client.internal.pb.ListHoldsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListHolds"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ListHoldsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.ListHoldsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("ListHolds"))
              .build();
        }
      }
    }
    return getListHoldsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.WatchHoldsRequest,
      io.fsfreezed.client.internal.pb.WatchHoldsResponse> getWatchHoldsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchHolds",
      requestType = io.fsfreezed.client.internal.pb.WatchHoldsRequest.class,
      responseType = io.fsfreezed.client.internal.pb.WatchHoldsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.WatchHoldsRequest,
      io.fsfreezed.client.internal.pb.WatchHoldsResponse> getWatchHoldsMethod() {
    io.grpc.MethodDescriptor<io.fsfreezed.client.internal.pb.WatchHoldsRequest, io.fsfreezed.client.internal.pb.WatchHoldsResponse> getWatchHoldsMethod;
    if ((getWatchHoldsMethod = FreezeServiceGrpc.getWatchHoldsMethod) == null) {
      synchronized (FreezeServiceGrpc.class) {
        if ((getWatchHoldsMethod = FreezeServiceGrpc.getWatchHoldsMethod) == null) {
          FreezeServiceGrpc.getWatchHoldsMethod = getWatchHoldsMethod =
              io.grpc.MethodDescriptor.<io.fsfreezed.client.internal.pb.WatchHoldsRequest, io.fsfreezed.client.internal.pb.WatchHoldsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchHolds"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.WatchHoldsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.fsfreezed.client.internal.pb.WatchHoldsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new FreezeServiceMethodDescriptorSupplier("WatchHolds"))
              .build();
        }
      }
    }
    return getWatchHoldsMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static FreezeServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<FreezeServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<FreezeServiceStub>() {
        @java.lang.Override
        public FreezeServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new FreezeServiceStub(channel, callOptions);
        }
      };
    return FreezeServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static FreezeServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<FreezeServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<FreezeServiceBlockingV2Stub>() {
        @java.lang.Override
        public FreezeServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new FreezeServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return FreezeServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static FreezeServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<FreezeServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<FreezeServiceBlockingStub>() {
        @java.lang.Override
        public FreezeServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new FreezeServiceBlockingStub(channel, callOptions);
        }
      };
    return FreezeServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static FreezeServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<FreezeServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<FreezeServiceFutureStub>() {
        @java.lang.Override
        public FreezeServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new FreezeServiceFutureStub(channel, callOptions);
        }
      };
    return FreezeServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Freezes a set of file systems, all or none, and answers when all are frozen. The hold lives
     * until Thaw or its deadline, whatever becomes of the caller. Cancelled, or past its gRPC
     * deadline, before the answer: thawed.
     * Idempotent with a `request_id`, else not. Errors: those of a target (TARGET_NOT_FOUND,
     * NOT_A_DIRECTORY, NOT_A_MOUNT_POINT, TARGET_MISMATCH, TARGET_AMBIGUOUS, PROTECTED_FILESYSTEM,
     * NOT_FREEZABLE) and of freezing (FROZEN_BY_ANOTHER, DEVICE_SUSPENDED, LOWER_LAYER_FROZEN,
     * FROZEN_TOO_LONG, HOOKS_IMPOSSIBLE, FREEZE_TIMEOUT, FREEZE_CANCELLED, FREEZE_BROKEN,
     * TOO_MANY_HOLDS, TOO_MANY_STUCK_FREEZES, DAEMON_NOT_PRIVILEGED, IO_ERROR).
     * </pre>
     */
    default void freeze(io.fsfreezed.client.internal.pb.FreezeRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.FreezeResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getFreezeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a hold, and answers its receipt when this hold keeps nothing frozen any more.
     * Not idempotent: a second call answers HOLD_ENDED (or FREEZE_BROKEN), with the receipt in the
     * details. OK means INTACT or UNPROVEN; NOT_INTACT is FREEZE_BROKEN, and NEVER_FROZEN is
     * NOT_FROZEN, both with the Receipt in the details, and thawed all the same. Errors:
     * HOLD_NOT_FOUND, HOLD_ENDED, HOLD_AMBIGUOUS, FREEZE_BROKEN, NOT_FROZEN, LOWER_LAYER_FROZEN,
     * those of a target, IO_ERROR.
     * </pre>
     */
    default void thaw(io.fsfreezed.client.internal.pb.ThawRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ThawResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getThawMethod(), responseObserver);
    }

    /**
     * <pre>
     * Sets a new deadline for a hold, counted from now. Reads the kernel's state first.
     * Idempotent in effect: the deadline is that of the latest call. Errors: HOLD_NOT_FOUND,
     * HOLD_ENDED, FREEZE_BROKEN, NOT_FROZEN (it holds nothing now), FROZEN_TOO_LONG.
     * </pre>
     */
    default void renewHold(io.fsfreezed.client.internal.pb.RenewHoldRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.RenewHoldResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRenewHoldMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells the kernel's truth about one file system or block device, whoever froze it. Never blocks,
     * also on a frozen file system, and changes nothing.
     * Idempotent. Errors: those of a target. A file system that cannot be frozen is THAWED, not an
     * error.
     * </pre>
     */
    default void isFrozen(io.fsfreezed.client.internal.pb.IsFrozenRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.IsFrozenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getIsFrozenMethod(), responseObserver);
    }

    /**
     * <pre>
     * A hold tied to this stream: the freeze file descriptor that the kernel never got. The stream
     * ends for any reason, the hold ends. The client's first message is `open`.
     * Not idempotent. Status at the end: OK after a release with INTACT or UNPROVEN; FREEZE_BROKEN
     * for NOT_INTACT; NOT_FROZEN where it was released before all were frozen; HOLD_EXPIRED; the
     * reason of the failure where freezing failed; HOLD_TAKEN_OVER; CLIENT_GONE; SHUTTING_DOWN and
     * GUARDIAN_UNAVAILABLE; those of Freeze, and RESUME_REFUSED, HOLD_NOT_FOUND, HOLD_ENDED for a
     * resume. A gRPC deadline on the call shortens the hold.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.HoldFreezeRequest> holdFreeze(
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.HoldFreezeResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getHoldFreezeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Dry run: tells what would be frozen, and in which order. Freezes nothing.
     * Idempotent. Errors: INVALID_REQUEST. What a hold would be refused for is told in the plan.
     * </pre>
     */
    default void planFreeze(io.fsfreezed.client.internal.pb.PlanFreezeRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.PlanFreezeResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getPlanFreezeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists every local file system: can it be frozen, is it, by whom. Ordered by device number.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    default void listFilesystems(io.fsfreezed.client.internal.pb.ListFilesystemsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListFilesystemsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListFilesystemsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells about one hold, live or ended; ended ones with their receipts, for at least the last
     * 1,000 or 24 h.
     * Idempotent. Errors: HOLD_NOT_FOUND.
     * </pre>
     */
    default void getHold(io.fsfreezed.client.internal.pb.GetHoldRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.GetHoldResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetHoldMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists holds, live and ended (as GetHold remembers them). Newest first.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    default void listHolds(io.fsfreezed.client.internal.pb.ListHoldsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListHoldsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListHoldsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells of holds: first the whole picture, then each change. Goes on until the client cancels.
     * Idempotent. Errors: INVALID_REQUEST. A client that reads slowly is told the latest state of
     * each hold, and may miss those between.
     * </pre>
     */
    default void watchHolds(io.fsfreezed.client.internal.pb.WatchHoldsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.WatchHoldsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchHoldsMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service FreezeService.
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public static abstract class FreezeServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return FreezeServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service FreezeService.
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public static final class FreezeServiceStub
      extends io.grpc.stub.AbstractAsyncStub<FreezeServiceStub> {
    private FreezeServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected FreezeServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new FreezeServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Freezes a set of file systems, all or none, and answers when all are frozen. The hold lives
     * until Thaw or its deadline, whatever becomes of the caller. Cancelled, or past its gRPC
     * deadline, before the answer: thawed.
     * Idempotent with a `request_id`, else not. Errors: those of a target (TARGET_NOT_FOUND,
     * NOT_A_DIRECTORY, NOT_A_MOUNT_POINT, TARGET_MISMATCH, TARGET_AMBIGUOUS, PROTECTED_FILESYSTEM,
     * NOT_FREEZABLE) and of freezing (FROZEN_BY_ANOTHER, DEVICE_SUSPENDED, LOWER_LAYER_FROZEN,
     * FROZEN_TOO_LONG, HOOKS_IMPOSSIBLE, FREEZE_TIMEOUT, FREEZE_CANCELLED, FREEZE_BROKEN,
     * TOO_MANY_HOLDS, TOO_MANY_STUCK_FREEZES, DAEMON_NOT_PRIVILEGED, IO_ERROR).
     * </pre>
     */
    public void freeze(io.fsfreezed.client.internal.pb.FreezeRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.FreezeResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getFreezeMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a hold, and answers its receipt when this hold keeps nothing frozen any more.
     * Not idempotent: a second call answers HOLD_ENDED (or FREEZE_BROKEN), with the receipt in the
     * details. OK means INTACT or UNPROVEN; NOT_INTACT is FREEZE_BROKEN, and NEVER_FROZEN is
     * NOT_FROZEN, both with the Receipt in the details, and thawed all the same. Errors:
     * HOLD_NOT_FOUND, HOLD_ENDED, HOLD_AMBIGUOUS, FREEZE_BROKEN, NOT_FROZEN, LOWER_LAYER_FROZEN,
     * those of a target, IO_ERROR.
     * </pre>
     */
    public void thaw(io.fsfreezed.client.internal.pb.ThawRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ThawResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getThawMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Sets a new deadline for a hold, counted from now. Reads the kernel's state first.
     * Idempotent in effect: the deadline is that of the latest call. Errors: HOLD_NOT_FOUND,
     * HOLD_ENDED, FREEZE_BROKEN, NOT_FROZEN (it holds nothing now), FROZEN_TOO_LONG.
     * </pre>
     */
    public void renewHold(io.fsfreezed.client.internal.pb.RenewHoldRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.RenewHoldResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRenewHoldMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells the kernel's truth about one file system or block device, whoever froze it. Never blocks,
     * also on a frozen file system, and changes nothing.
     * Idempotent. Errors: those of a target. A file system that cannot be frozen is THAWED, not an
     * error.
     * </pre>
     */
    public void isFrozen(io.fsfreezed.client.internal.pb.IsFrozenRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.IsFrozenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getIsFrozenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * A hold tied to this stream: the freeze file descriptor that the kernel never got. The stream
     * ends for any reason, the hold ends. The client's first message is `open`.
     * Not idempotent. Status at the end: OK after a release with INTACT or UNPROVEN; FREEZE_BROKEN
     * for NOT_INTACT; NOT_FROZEN where it was released before all were frozen; HOLD_EXPIRED; the
     * reason of the failure where freezing failed; HOLD_TAKEN_OVER; CLIENT_GONE; SHUTTING_DOWN and
     * GUARDIAN_UNAVAILABLE; those of Freeze, and RESUME_REFUSED, HOLD_NOT_FOUND, HOLD_ENDED for a
     * resume. A gRPC deadline on the call shortens the hold.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.HoldFreezeRequest> holdFreeze(
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.HoldFreezeResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getHoldFreezeMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * Dry run: tells what would be frozen, and in which order. Freezes nothing.
     * Idempotent. Errors: INVALID_REQUEST. What a hold would be refused for is told in the plan.
     * </pre>
     */
    public void planFreeze(io.fsfreezed.client.internal.pb.PlanFreezeRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.PlanFreezeResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getPlanFreezeMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists every local file system: can it be frozen, is it, by whom. Ordered by device number.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public void listFilesystems(io.fsfreezed.client.internal.pb.ListFilesystemsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListFilesystemsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListFilesystemsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells about one hold, live or ended; ended ones with their receipts, for at least the last
     * 1,000 or 24 h.
     * Idempotent. Errors: HOLD_NOT_FOUND.
     * </pre>
     */
    public void getHold(io.fsfreezed.client.internal.pb.GetHoldRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.GetHoldResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetHoldMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists holds, live and ended (as GetHold remembers them). Newest first.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public void listHolds(io.fsfreezed.client.internal.pb.ListHoldsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListHoldsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListHoldsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells of holds: first the whole picture, then each change. Goes on until the client cancels.
     * Idempotent. Errors: INVALID_REQUEST. A client that reads slowly is told the latest state of
     * each hold, and may miss those between.
     * </pre>
     */
    public void watchHolds(io.fsfreezed.client.internal.pb.WatchHoldsRequest request,
        io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.WatchHoldsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchHoldsMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service FreezeService.
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public static final class FreezeServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<FreezeServiceBlockingV2Stub> {
    private FreezeServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected FreezeServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new FreezeServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Freezes a set of file systems, all or none, and answers when all are frozen. The hold lives
     * until Thaw or its deadline, whatever becomes of the caller. Cancelled, or past its gRPC
     * deadline, before the answer: thawed.
     * Idempotent with a `request_id`, else not. Errors: those of a target (TARGET_NOT_FOUND,
     * NOT_A_DIRECTORY, NOT_A_MOUNT_POINT, TARGET_MISMATCH, TARGET_AMBIGUOUS, PROTECTED_FILESYSTEM,
     * NOT_FREEZABLE) and of freezing (FROZEN_BY_ANOTHER, DEVICE_SUSPENDED, LOWER_LAYER_FROZEN,
     * FROZEN_TOO_LONG, HOOKS_IMPOSSIBLE, FREEZE_TIMEOUT, FREEZE_CANCELLED, FREEZE_BROKEN,
     * TOO_MANY_HOLDS, TOO_MANY_STUCK_FREEZES, DAEMON_NOT_PRIVILEGED, IO_ERROR).
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.FreezeResponse freeze(io.fsfreezed.client.internal.pb.FreezeRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getFreezeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a hold, and answers its receipt when this hold keeps nothing frozen any more.
     * Not idempotent: a second call answers HOLD_ENDED (or FREEZE_BROKEN), with the receipt in the
     * details. OK means INTACT or UNPROVEN; NOT_INTACT is FREEZE_BROKEN, and NEVER_FROZEN is
     * NOT_FROZEN, both with the Receipt in the details, and thawed all the same. Errors:
     * HOLD_NOT_FOUND, HOLD_ENDED, HOLD_AMBIGUOUS, FREEZE_BROKEN, NOT_FROZEN, LOWER_LAYER_FROZEN,
     * those of a target, IO_ERROR.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ThawResponse thaw(io.fsfreezed.client.internal.pb.ThawRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getThawMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Sets a new deadline for a hold, counted from now. Reads the kernel's state first.
     * Idempotent in effect: the deadline is that of the latest call. Errors: HOLD_NOT_FOUND,
     * HOLD_ENDED, FREEZE_BROKEN, NOT_FROZEN (it holds nothing now), FROZEN_TOO_LONG.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.RenewHoldResponse renewHold(io.fsfreezed.client.internal.pb.RenewHoldRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRenewHoldMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells the kernel's truth about one file system or block device, whoever froze it. Never blocks,
     * also on a frozen file system, and changes nothing.
     * Idempotent. Errors: those of a target. A file system that cannot be frozen is THAWED, not an
     * error.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.IsFrozenResponse isFrozen(io.fsfreezed.client.internal.pb.IsFrozenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getIsFrozenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A hold tied to this stream: the freeze file descriptor that the kernel never got. The stream
     * ends for any reason, the hold ends. The client's first message is `open`.
     * Not idempotent. Status at the end: OK after a release with INTACT or UNPROVEN; FREEZE_BROKEN
     * for NOT_INTACT; NOT_FROZEN where it was released before all were frozen; HOLD_EXPIRED; the
     * reason of the failure where freezing failed; HOLD_TAKEN_OVER; CLIENT_GONE; SHUTTING_DOWN and
     * GUARDIAN_UNAVAILABLE; those of Freeze, and RESUME_REFUSED, HOLD_NOT_FOUND, HOLD_ENDED for a
     * resume. A gRPC deadline on the call shortens the hold.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<io.fsfreezed.client.internal.pb.HoldFreezeRequest, io.fsfreezed.client.internal.pb.HoldFreezeResponse>
        holdFreeze() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getHoldFreezeMethod(), getCallOptions());
    }

    /**
     * <pre>
     * Dry run: tells what would be frozen, and in which order. Freezes nothing.
     * Idempotent. Errors: INVALID_REQUEST. What a hold would be refused for is told in the plan.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.PlanFreezeResponse planFreeze(io.fsfreezed.client.internal.pb.PlanFreezeRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getPlanFreezeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists every local file system: can it be frozen, is it, by whom. Ordered by device number.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ListFilesystemsResponse listFilesystems(io.fsfreezed.client.internal.pb.ListFilesystemsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListFilesystemsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells about one hold, live or ended; ended ones with their receipts, for at least the last
     * 1,000 or 24 h.
     * Idempotent. Errors: HOLD_NOT_FOUND.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.GetHoldResponse getHold(io.fsfreezed.client.internal.pb.GetHoldRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetHoldMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists holds, live and ended (as GetHold remembers them). Newest first.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ListHoldsResponse listHolds(io.fsfreezed.client.internal.pb.ListHoldsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListHoldsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells of holds: first the whole picture, then each change. Goes on until the client cancels.
     * Idempotent. Errors: INVALID_REQUEST. A client that reads slowly is told the latest state of
     * each hold, and may miss those between.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, io.fsfreezed.client.internal.pb.WatchHoldsResponse>
        watchHolds(io.fsfreezed.client.internal.pb.WatchHoldsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchHoldsMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service FreezeService.
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public static final class FreezeServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<FreezeServiceBlockingStub> {
    private FreezeServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected FreezeServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new FreezeServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Freezes a set of file systems, all or none, and answers when all are frozen. The hold lives
     * until Thaw or its deadline, whatever becomes of the caller. Cancelled, or past its gRPC
     * deadline, before the answer: thawed.
     * Idempotent with a `request_id`, else not. Errors: those of a target (TARGET_NOT_FOUND,
     * NOT_A_DIRECTORY, NOT_A_MOUNT_POINT, TARGET_MISMATCH, TARGET_AMBIGUOUS, PROTECTED_FILESYSTEM,
     * NOT_FREEZABLE) and of freezing (FROZEN_BY_ANOTHER, DEVICE_SUSPENDED, LOWER_LAYER_FROZEN,
     * FROZEN_TOO_LONG, HOOKS_IMPOSSIBLE, FREEZE_TIMEOUT, FREEZE_CANCELLED, FREEZE_BROKEN,
     * TOO_MANY_HOLDS, TOO_MANY_STUCK_FREEZES, DAEMON_NOT_PRIVILEGED, IO_ERROR).
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.FreezeResponse freeze(io.fsfreezed.client.internal.pb.FreezeRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getFreezeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a hold, and answers its receipt when this hold keeps nothing frozen any more.
     * Not idempotent: a second call answers HOLD_ENDED (or FREEZE_BROKEN), with the receipt in the
     * details. OK means INTACT or UNPROVEN; NOT_INTACT is FREEZE_BROKEN, and NEVER_FROZEN is
     * NOT_FROZEN, both with the Receipt in the details, and thawed all the same. Errors:
     * HOLD_NOT_FOUND, HOLD_ENDED, HOLD_AMBIGUOUS, FREEZE_BROKEN, NOT_FROZEN, LOWER_LAYER_FROZEN,
     * those of a target, IO_ERROR.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ThawResponse thaw(io.fsfreezed.client.internal.pb.ThawRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getThawMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Sets a new deadline for a hold, counted from now. Reads the kernel's state first.
     * Idempotent in effect: the deadline is that of the latest call. Errors: HOLD_NOT_FOUND,
     * HOLD_ENDED, FREEZE_BROKEN, NOT_FROZEN (it holds nothing now), FROZEN_TOO_LONG.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.RenewHoldResponse renewHold(io.fsfreezed.client.internal.pb.RenewHoldRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRenewHoldMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells the kernel's truth about one file system or block device, whoever froze it. Never blocks,
     * also on a frozen file system, and changes nothing.
     * Idempotent. Errors: those of a target. A file system that cannot be frozen is THAWED, not an
     * error.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.IsFrozenResponse isFrozen(io.fsfreezed.client.internal.pb.IsFrozenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getIsFrozenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Dry run: tells what would be frozen, and in which order. Freezes nothing.
     * Idempotent. Errors: INVALID_REQUEST. What a hold would be refused for is told in the plan.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.PlanFreezeResponse planFreeze(io.fsfreezed.client.internal.pb.PlanFreezeRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getPlanFreezeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists every local file system: can it be frozen, is it, by whom. Ordered by device number.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ListFilesystemsResponse listFilesystems(io.fsfreezed.client.internal.pb.ListFilesystemsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListFilesystemsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells about one hold, live or ended; ended ones with their receipts, for at least the last
     * 1,000 or 24 h.
     * Idempotent. Errors: HOLD_NOT_FOUND.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.GetHoldResponse getHold(io.fsfreezed.client.internal.pb.GetHoldRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetHoldMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists holds, live and ended (as GetHold remembers them). Newest first.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public io.fsfreezed.client.internal.pb.ListHoldsResponse listHolds(io.fsfreezed.client.internal.pb.ListHoldsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListHoldsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells of holds: first the whole picture, then each change. Goes on until the client cancels.
     * Idempotent. Errors: INVALID_REQUEST. A client that reads slowly is told the latest state of
     * each hold, and may miss those between.
     * </pre>
     */
    public java.util.Iterator<io.fsfreezed.client.internal.pb.WatchHoldsResponse> watchHolds(
        io.fsfreezed.client.internal.pb.WatchHoldsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchHoldsMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service FreezeService.
   * <pre>
   * Freezes local file systems while a snapshot is taken, thaws them whatever happens, and says with
   * a receipt whether the freeze held.
   * Nothing is ever frozen without a hold, and no hold is without a deadline. While at least one hold
   * has a file system frozen it is frozen; the last one to end thaws it.
   * Any RPC may answer INVALID_REQUEST, NOT_PERMITTED, UNAUTHENTICATED, GUARDIAN_UNAVAILABLE,
   * SHUTTING_DOWN, UNSUPPORTED and INTERNAL; see ErrorReason. A request of more than 64 KiB is
   * refused with INVALID_REQUEST, or with RESOURCE_EXHAUSTED without a reason.
   * </pre>
   */
  public static final class FreezeServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<FreezeServiceFutureStub> {
    private FreezeServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected FreezeServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new FreezeServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Freezes a set of file systems, all or none, and answers when all are frozen. The hold lives
     * until Thaw or its deadline, whatever becomes of the caller. Cancelled, or past its gRPC
     * deadline, before the answer: thawed.
     * Idempotent with a `request_id`, else not. Errors: those of a target (TARGET_NOT_FOUND,
     * NOT_A_DIRECTORY, NOT_A_MOUNT_POINT, TARGET_MISMATCH, TARGET_AMBIGUOUS, PROTECTED_FILESYSTEM,
     * NOT_FREEZABLE) and of freezing (FROZEN_BY_ANOTHER, DEVICE_SUSPENDED, LOWER_LAYER_FROZEN,
     * FROZEN_TOO_LONG, HOOKS_IMPOSSIBLE, FREEZE_TIMEOUT, FREEZE_CANCELLED, FREEZE_BROKEN,
     * TOO_MANY_HOLDS, TOO_MANY_STUCK_FREEZES, DAEMON_NOT_PRIVILEGED, IO_ERROR).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.FreezeResponse> freeze(
        io.fsfreezed.client.internal.pb.FreezeRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getFreezeMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a hold, and answers its receipt when this hold keeps nothing frozen any more.
     * Not idempotent: a second call answers HOLD_ENDED (or FREEZE_BROKEN), with the receipt in the
     * details. OK means INTACT or UNPROVEN; NOT_INTACT is FREEZE_BROKEN, and NEVER_FROZEN is
     * NOT_FROZEN, both with the Receipt in the details, and thawed all the same. Errors:
     * HOLD_NOT_FOUND, HOLD_ENDED, HOLD_AMBIGUOUS, FREEZE_BROKEN, NOT_FROZEN, LOWER_LAYER_FROZEN,
     * those of a target, IO_ERROR.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.ThawResponse> thaw(
        io.fsfreezed.client.internal.pb.ThawRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getThawMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Sets a new deadline for a hold, counted from now. Reads the kernel's state first.
     * Idempotent in effect: the deadline is that of the latest call. Errors: HOLD_NOT_FOUND,
     * HOLD_ENDED, FREEZE_BROKEN, NOT_FROZEN (it holds nothing now), FROZEN_TOO_LONG.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.RenewHoldResponse> renewHold(
        io.fsfreezed.client.internal.pb.RenewHoldRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRenewHoldMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Tells the kernel's truth about one file system or block device, whoever froze it. Never blocks,
     * also on a frozen file system, and changes nothing.
     * Idempotent. Errors: those of a target. A file system that cannot be frozen is THAWED, not an
     * error.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.IsFrozenResponse> isFrozen(
        io.fsfreezed.client.internal.pb.IsFrozenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getIsFrozenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Dry run: tells what would be frozen, and in which order. Freezes nothing.
     * Idempotent. Errors: INVALID_REQUEST. What a hold would be refused for is told in the plan.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.PlanFreezeResponse> planFreeze(
        io.fsfreezed.client.internal.pb.PlanFreezeRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getPlanFreezeMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists every local file system: can it be frozen, is it, by whom. Ordered by device number.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.ListFilesystemsResponse> listFilesystems(
        io.fsfreezed.client.internal.pb.ListFilesystemsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListFilesystemsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Tells about one hold, live or ended; ended ones with their receipts, for at least the last
     * 1,000 or 24 h.
     * Idempotent. Errors: HOLD_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.GetHoldResponse> getHold(
        io.fsfreezed.client.internal.pb.GetHoldRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetHoldMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists holds, live and ended (as GetHold remembers them). Newest first.
     * Idempotent. Errors: INVALID_REQUEST.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.fsfreezed.client.internal.pb.ListHoldsResponse> listHolds(
        io.fsfreezed.client.internal.pb.ListHoldsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListHoldsMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_FREEZE = 0;
  private static final int METHODID_THAW = 1;
  private static final int METHODID_RENEW_HOLD = 2;
  private static final int METHODID_IS_FROZEN = 3;
  private static final int METHODID_PLAN_FREEZE = 4;
  private static final int METHODID_LIST_FILESYSTEMS = 5;
  private static final int METHODID_GET_HOLD = 6;
  private static final int METHODID_LIST_HOLDS = 7;
  private static final int METHODID_WATCH_HOLDS = 8;
  private static final int METHODID_HOLD_FREEZE = 9;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_FREEZE:
          serviceImpl.freeze((io.fsfreezed.client.internal.pb.FreezeRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.FreezeResponse>) responseObserver);
          break;
        case METHODID_THAW:
          serviceImpl.thaw((io.fsfreezed.client.internal.pb.ThawRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ThawResponse>) responseObserver);
          break;
        case METHODID_RENEW_HOLD:
          serviceImpl.renewHold((io.fsfreezed.client.internal.pb.RenewHoldRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.RenewHoldResponse>) responseObserver);
          break;
        case METHODID_IS_FROZEN:
          serviceImpl.isFrozen((io.fsfreezed.client.internal.pb.IsFrozenRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.IsFrozenResponse>) responseObserver);
          break;
        case METHODID_PLAN_FREEZE:
          serviceImpl.planFreeze((io.fsfreezed.client.internal.pb.PlanFreezeRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.PlanFreezeResponse>) responseObserver);
          break;
        case METHODID_LIST_FILESYSTEMS:
          serviceImpl.listFilesystems((io.fsfreezed.client.internal.pb.ListFilesystemsRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListFilesystemsResponse>) responseObserver);
          break;
        case METHODID_GET_HOLD:
          serviceImpl.getHold((io.fsfreezed.client.internal.pb.GetHoldRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.GetHoldResponse>) responseObserver);
          break;
        case METHODID_LIST_HOLDS:
          serviceImpl.listHolds((io.fsfreezed.client.internal.pb.ListHoldsRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.ListHoldsResponse>) responseObserver);
          break;
        case METHODID_WATCH_HOLDS:
          serviceImpl.watchHolds((io.fsfreezed.client.internal.pb.WatchHoldsRequest) request,
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.WatchHoldsResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_HOLD_FREEZE:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.holdFreeze(
              (io.grpc.stub.StreamObserver<io.fsfreezed.client.internal.pb.HoldFreezeResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getFreezeMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.FreezeRequest,
              io.fsfreezed.client.internal.pb.FreezeResponse>(
                service, METHODID_FREEZE)))
        .addMethod(
          getThawMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.ThawRequest,
              io.fsfreezed.client.internal.pb.ThawResponse>(
                service, METHODID_THAW)))
        .addMethod(
          getRenewHoldMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.RenewHoldRequest,
              io.fsfreezed.client.internal.pb.RenewHoldResponse>(
                service, METHODID_RENEW_HOLD)))
        .addMethod(
          getIsFrozenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.IsFrozenRequest,
              io.fsfreezed.client.internal.pb.IsFrozenResponse>(
                service, METHODID_IS_FROZEN)))
        .addMethod(
          getHoldFreezeMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.HoldFreezeRequest,
              io.fsfreezed.client.internal.pb.HoldFreezeResponse>(
                service, METHODID_HOLD_FREEZE)))
        .addMethod(
          getPlanFreezeMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.PlanFreezeRequest,
              io.fsfreezed.client.internal.pb.PlanFreezeResponse>(
                service, METHODID_PLAN_FREEZE)))
        .addMethod(
          getListFilesystemsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.ListFilesystemsRequest,
              io.fsfreezed.client.internal.pb.ListFilesystemsResponse>(
                service, METHODID_LIST_FILESYSTEMS)))
        .addMethod(
          getGetHoldMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.GetHoldRequest,
              io.fsfreezed.client.internal.pb.GetHoldResponse>(
                service, METHODID_GET_HOLD)))
        .addMethod(
          getListHoldsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.ListHoldsRequest,
              io.fsfreezed.client.internal.pb.ListHoldsResponse>(
                service, METHODID_LIST_HOLDS)))
        .addMethod(
          getWatchHoldsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              io.fsfreezed.client.internal.pb.WatchHoldsRequest,
              io.fsfreezed.client.internal.pb.WatchHoldsResponse>(
                service, METHODID_WATCH_HOLDS)))
        .build();
  }

  private static abstract class FreezeServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    FreezeServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.fsfreezed.client.internal.pb.FreezeServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("FreezeService");
    }
  }

  private static final class FreezeServiceFileDescriptorSupplier
      extends FreezeServiceBaseDescriptorSupplier {
    FreezeServiceFileDescriptorSupplier() {}
  }

  private static final class FreezeServiceMethodDescriptorSupplier
      extends FreezeServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    FreezeServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (FreezeServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new FreezeServiceFileDescriptorSupplier())
              .addMethod(getFreezeMethod())
              .addMethod(getThawMethod())
              .addMethod(getRenewHoldMethod())
              .addMethod(getIsFrozenMethod())
              .addMethod(getHoldFreezeMethod())
              .addMethod(getPlanFreezeMethod())
              .addMethod(getListFilesystemsMethod())
              .addMethod(getGetHoldMethod())
              .addMethod(getListHoldsMethod())
              .addMethod(getWatchHoldsMethod())
              .build();
        }
      }
    }
    return result;
  }
}
