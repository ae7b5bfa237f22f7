/** RPCs of the contract that this version does not serve: refused before anything happens. */
import type { DescMessage } from "@bufbuild/protobuf";
import { type Failure, failure } from "./errors.js";
import type { ServerStreamHandler, UnaryHandler } from "./grpc-adapter.js";

function unsupported(rpc: string): Failure {
  return failure("UNSUPPORTED", `${rpc} is not served by this version`, { rpc });
}

export function unsupportedUnary<I extends DescMessage, O extends DescMessage>(
  rpc: string,
): UnaryHandler<I, O> {
  return () => ({ ok: false, failure: unsupported(rpc) });
}

export function unsupportedServerStream<I extends DescMessage, O extends DescMessage>(
  rpc: string,
): ServerStreamHandler<I, O> {
  return (_request, stream) => stream.finish(unsupported(rpc));
}
