/**
 * grpc.reflection: what lets grpcurl list, describe and call everything here without a proto file. It knows what it is given,
 * so the types that travel inside `Any` (ErrorInfo, Receipt) are given too.
 */
import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_any } from "@bufbuild/protobuf/wkt";
import type { handleBidiStreamingCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { file_fsfreeze_v1_freeze_service } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.js";
import { file_google_rpc_status } from "../gen/google/rpc/status_pb.js";
import { file_health_v1_health } from "../gen/health/v1/health_pb.js";
import type { CallRegistry } from "./call-registry.js";
import { grpcStatus, shuttingDown } from "./errors.js";
import type { GrpcService } from "./grpc-adapter.js";

const roots = [
  file_fsfreeze_v1_freeze_service,
  file_health_v1_health,
  file_google_rpc_error_details,
  file_google_rpc_status,
  file_google_protobuf_any,
];

/** Every file that these need, dependencies first. */
function withDependencies(files: readonly DescFile[]): readonly DescFile[] {
  const found = new Set<DescFile>();
  const visit = (file: DescFile) => {
    for (const dependency of file.dependencies) visit(dependency);
    found.add(file);
  };
  files.forEach(visit);
  return [...found];
}

/** The one method of both reflection services; its messages are @grpc/reflection's own business. */
type ReflectionHandler = handleBidiStreamingCall<unknown, unknown>;

/**
 * The services of reflection v1 and v1alpha. @grpc/reflection answers as fast as it is asked, whether or not the answers are
 * read; a request of a few bytes asks for tens of kilobytes. So its handlers get a call that stops reading while the client does.
 */
export function reflectionServices(calls: CallRegistry): readonly GrpcService[] {
  const fileDescriptorProtos = withDependencies(roots).map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)),
  );
  // Of a package definition it reads the descriptors alone.
  const reflection = new ReflectionService({
    all: { format: "Protocol Buffer 3 DescriptorProto", type: {}, fileDescriptorProtos },
  });
  const captured: GrpcService[] = [];
  reflection.addToServer({
    addService(definition, implementation) {
      captured.push({ definition, implementation: bounded(implementation, calls) });
    },
  });
  return captured;
}

function bounded(
  implementation: UntypedServiceImplementation,
  calls: CallRegistry,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(implementation).map(([name, handler]) => {
      const wrapped: ReflectionHandler = (call) => {
        const end = () => void call.emit("error", grpcStatus(shuttingDown));
        if (calls.closing) {
          end();
          return;
        }
        const leave = calls.enter({ closing: end, expire: end });
        call.on("close", leave);
        call.on("cancelled", leave);
        const write = call.write.bind(call);
        call.write = (message: unknown) => {
          const more = write(message);
          if (!more) {
            call.pause();
            call.once("drain", () => call.resume());
          }
          return more;
        };
        (handler as ReflectionHandler)(call);
      };
      return [name, wrapped];
    }),
  );
}
