/**
 * From protobuf-es service descriptors to what grpc-js serves. grpc-js sees bytes only: decoding, encoding and every handler
 * run in here, so that whatever goes wrong becomes a status, and nothing ends the process.
 */
import {
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Owner } from "../hold/model.js";
import type { Log } from "../observe/log.js";
import { BidiCall, encode } from "./bidi-call.js";
import type { CallRegistry } from "./call-registry.js";
import { type Failure, failure, grpcStatus, internalFailure, shuttingDown } from "./errors.js";
import { type CallPeer, ownerOfCall } from "./identity.js";
import { ServerStreamCall } from "./server-stream-call.js";
import { UnaryCall } from "./unary-call.js";

export type Answer<D extends DescMessage> =
  | { readonly ok: true; readonly value: MessageInitShape<D> }
  | { readonly ok: false; readonly failure: Failure };

export type UnaryContext = Pick<UnaryCall, "owner" | "cancelled" | "onCancelled">;

export interface StreamContext {
  readonly owner: Owner;
  /** What is left of the call's own deadline, in milliseconds; undefined without one. */
  readonly deadlineMs: number | undefined;
}

export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: UnaryContext,
) => Promise<Answer<O>> | Answer<O>;
export type ServerStreamHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  stream: ServerStreamCall<O>,
) => void;
export type BidiHandler<I extends DescMessage, O extends DescMessage> = (
  call: BidiCall<I, O>,
  context: StreamContext,
) => void;

type HandlerOf<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? UnaryHandler<I, O>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? ServerStreamHandler<I, O>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? BidiHandler<I, O>
        : never;

/** One handler for each method of a service. */
export type Handlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: HandlerOf<S["method"][K]>;
};

export interface AdapterDeps {
  readonly log: Log;
  readonly calls: CallRegistry;
}

/** The two arguments of grpc-js's `addService`. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export function grpcService<S extends DescService>(
  service: S,
  handlers: Handlers<S>,
  deps: AdapterDeps,
): GrpcService {
  const definition: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const implementation: Record<string, UntypedHandleCall> = {};
  for (const method of service.methods) {
    definition[method.localName] = definitionOf(method);
    // The mapped type above guarantees the kind of handler; a lookup by a runtime key cannot show it to the compiler.
    const handler = handlers[method.localName as keyof S["method"]] as unknown;
    implementation[method.localName] = adapt(method, handler, deps);
  }
  return { definition, implementation };
}

function adapt(method: DescMethod, handler: unknown, deps: AdapterDeps): UntypedHandleCall {
  switch (method.methodKind) {
    case "unary":
      return adaptUnary(method, handler as UnaryHandler<DescMessage, DescMessage>, deps);
    case "server_streaming":
      return adaptServerStream(
        method,
        handler as ServerStreamHandler<DescMessage, DescMessage>,
        deps,
      );
    case "bidi_streaming":
      return adaptBidi(method, handler as BidiHandler<DescMessage, DescMessage>, deps);
    case "client_streaming":
      throw new Error(`${method.parent.typeName}.${method.name}: no method of this kind is served`);
    default:
      return method.methodKind satisfies never;
  }
}

const same = (bytes: Buffer): Buffer => bytes;

function definitionOf(method: DescMethod): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream:
      method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream:
      method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

const unauthenticated = failure(
  "UNAUTHENTICATED",
  "the caller's identity could not be established",
);
const notAMessage = failure("INVALID_REQUEST", "the request is not a message of its type", {
  field: "",
  violation: "is not a message of its type",
});

function tooManyCalls(limit: number): Failure {
  const text = "too many calls are open; end one, or try again later";
  return failure("TOO_MANY_HOLDS", text, { limit: String(limit) });
}

type Admission =
  | { readonly ok: true; readonly owner: Owner }
  | { readonly ok: false; readonly failure: Failure };

function admit(call: CallPeer, deps: AdapterDeps): Admission {
  const { calls } = deps;
  if (calls.closing) return { ok: false, failure: shuttingDown };
  if (calls.full) return { ok: false, failure: tooManyCalls(calls.capacity) };
  const owner = ownerOfCall(call);
  return owner === undefined ? { ok: false, failure: unauthenticated } : { ok: true, owner };
}

function decode<I extends DescMessage>(desc: I, bytes: Buffer): MessageShape<I> | undefined {
  try {
    return fromBinary(desc, bytes);
  } catch {
    return undefined;
  }
}

function adaptUnary(
  method: DescMethod,
  handler: UnaryHandler<DescMessage, DescMessage>,
  deps: AdapterDeps,
): handleUnaryCall<Buffer, Buffer> {
  const run = async (call: UnaryCall, bytes: Buffer) => {
    const request = decode(method.input, bytes);
    if (request === undefined) return call.fail(notAMessage);
    const answer = await handler(request, call);
    if (answer.ok) call.respond(encode(method.output, answer.value));
    else call.fail(answer.failure);
  };
  return (call, callback) => {
    const admission = admit(call, deps);
    if (!admission.ok) return callback(grpcStatus(admission.failure));
    const unary = new UnaryCall(call, callback, admission.owner, deps.calls);
    run(unary, call.request).catch((error: unknown) => {
      unary.fail(internalFailure(deps.log, error, method.name));
    });
  };
}

function adaptServerStream(
  method: DescMethod,
  handler: ServerStreamHandler<DescMessage, DescMessage>,
  deps: AdapterDeps,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const refuse = (problem: Failure) => void call.emit("error", grpcStatus(problem));
    const admission = admit(call, deps);
    if (!admission.ok) return refuse(admission.failure);
    const request = decode(method.input, call.request);
    if (request === undefined) return refuse(notAMessage);
    const stream = new ServerStreamCall(call, method.output, deps.calls);
    try {
      handler(request, stream);
    } catch (error) {
      stream.finish(internalFailure(deps.log, error, method.name));
    }
  };
}

function adaptBidi(
  method: DescMethod,
  handler: BidiHandler<DescMessage, DescMessage>,
  deps: AdapterDeps,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const bidi = new BidiCall(call, method.input, method.output);
    const admission = admit(call, deps);
    if (!admission.ok) return bidi.finish(admission.failure);
    const deadline = Number(call.getDeadline());
    try {
      handler(bidi, {
        owner: admission.owner,
        deadlineMs: Number.isFinite(deadline) ? Math.max(1, deadline - Date.now()) : undefined,
      });
    } catch (error) {
      bidi.finish(internalFailure(deps.log, error, method.name));
    }
  };
}
