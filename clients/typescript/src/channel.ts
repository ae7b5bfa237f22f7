/** grpc-js with the messages of protobuf-es: the three kinds of calls that the contract has, as promises and iterators. */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  credentials,
  Metadata,
  status,
} from "@grpc/grpc-js";
import type { Address } from "./address.js";
import { cancelledError, errorOfStatus, isGrpcStatus } from "./errors.js";

/** One RPC with its codec. */
export interface RawMethod<I, O> {
  /** "/package.Service/Method" */
  readonly path: string;
  serialize(request: I): Buffer;
  deserialize(bytes: Uint8Array): O;
}

interface MethodOf<I extends DescMessage, O extends DescMessage> {
  readonly name: string;
  readonly parent: { readonly typeName: string };
  readonly input: I;
  readonly output: O;
}

/** A method of a generated service. */
export function methodOf<I extends DescMessage, O extends DescMessage>(
  method: MethodOf<I, O>,
): RawMethod<MessageInitShape<I>, MessageShape<O>> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize(request) {
      const bytes = toBinary(method.input, create(method.input, request));
      // grpc-js calls Buffer#copy on the result.
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

/** PEM texts for TLS. */
export interface TlsOptions {
  /** The CA that signed the service's certificate. Default: the system's. */
  readonly ca?: string | Uint8Array;
  /** The client's certificate and its key, for mutual TLS: both or none. */
  readonly certificate?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name in the service's certificate, where it is not the address's host. */
  readonly serverName?: string;
}

export interface ChannelOptions {
  readonly tls?: TlsOptions;
  /** Milliseconds between the pings of an open call. */
  readonly keepaliveTime: number;
  /** Milliseconds without an answer to a ping until the connection is given up. */
  readonly keepaliveTimeout: number;
}

export interface CallOptions {
  /** Milliseconds until the call is given up with TIMED_OUT. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Node's timers, and grpc-js's deadlines, overflow beyond 24.8 days into "at once". */
const longestTimer = 2 ** 31 - 1;

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

function channelCredentials(address: Address, tls: TlsOptions | undefined) {
  if (tls === undefined) return credentials.createInsecure();
  if (address.kind === "unix") throw new TypeError("TLS is for HOST:PORT, not for a Unix socket");
  if ((tls.certificate === undefined) !== (tls.key === undefined))
    throw new TypeError("a client certificate needs its key, and a key its certificate");
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
}

export class Channel {
  readonly #client: Client;

  constructor(address: Address, options: ChannelOptions) {
    this.#client = new Client(address.target, channelCredentials(address, options.tls), {
      "grpc.keepalive_time_ms": options.keepaliveTime,
      "grpc.keepalive_timeout_ms": options.keepaliveTimeout,
      // A call that the service may have begun is never sent twice.
      "grpc.enable_retries": 0,
      // grpc-js would obey http_proxy for localhost too.
      "grpc.enable_http_proxy": 0,
      // The service comes back within a second of a crash: be there.
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      // A page of holds with their receipts.
      "grpc.max_receive_message_length": 64 * 1024 * 1024,
      // Clients of one process must not share a connection whose options differ, nor its close().
      "grpc.use_local_subchannel_pool": 1,
      ...(options.tls?.serverName === undefined
        ? {}
        : { "grpc.ssl_target_name_override": options.tls.serverName }),
    });
  }

  /** Calls that are open go on to their end. */
  close(): void {
    this.#client.close();
  }

  unary<I, O>(method: RawMethod<I, O>, request: I, options: CallOptions): Promise<O> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelledError(signal.reason));
      let call: ClientUnaryCall | undefined;
      const abort = () => call?.cancel();
      signal?.addEventListener("abort", abort, { once: true });
      call = this.#client.makeUnaryRequest(
        method.path,
        method.serialize,
        method.deserialize,
        request,
        new Metadata(),
        deadlineOf(options.timeout),
        (error, response) => {
          signal?.removeEventListener("abort", abort);
          if (error !== null) reject(errorOfCall(error, signal));
          else if (response === undefined)
            reject(new Error("grpc-js gave neither error nor answer"));
          else resolve(response);
        },
      );
    });
  }

  /** Ends the call when the iteration ends, for whatever reason. */
  async *serverStream<I, O>(
    method: RawMethod<I, O>,
    request: I,
    options: CallOptions,
  ): AsyncGenerator<O, void, undefined> {
    const { signal } = options;
    if (signal?.aborted) throw cancelledError(signal.reason);
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.serialize,
      method.deserialize,
      request,
      new Metadata(),
      deadlineOf(options.timeout),
    );
    const abort = () => call.cancel();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const messages: AsyncIterable<O> = call;
      yield* messages;
    } catch (error) {
      throw errorOfCall(error, signal);
    } finally {
      signal?.removeEventListener("abort", abort);
      // Cancelling makes grpc-js emit an error that nobody waits for any more.
      call.on("error", () => {});
      call.cancel();
    }
  }

  /** Without a gRPC deadline: on HoldFreeze it would shorten the hold. */
  duplex<I, O>(method: RawMethod<I, O>): ClientDuplexStream<I, O> {
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.serialize,
      method.deserialize,
      new Metadata(),
    );
  }
}

function deadlineOf(timeout: number | undefined): { readonly deadline?: number } {
  return timeout === undefined ? {} : { deadline: Date.now() + Math.min(timeout, longestTimer) };
}

function errorOfCall(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!isGrpcStatus(error)) return error;
  if (signal?.aborted && error.code === status.CANCELLED) return cancelledError(signal.reason);
  return errorOfStatus(error, error);
}
