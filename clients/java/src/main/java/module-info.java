/** The client of fsfreezed: consistent snapshots of Linux file systems. */
module io.fsfreezed.client {
  requires com.google.common;
  requires com.google.protobuf;
  requires com.google.protobuf.util;
  requires io.grpc.protobuf;
  requires io.grpc.stub;
  requires transitive io.grpc;

  exports io.fsfreezed.client;

  // protobuf-java reads the fields of messages by reflection.
  opens io.fsfreezed.client.internal.pb to
      com.google.protobuf;
  opens io.fsfreezed.client.internal.rpc to
      com.google.protobuf;
}
