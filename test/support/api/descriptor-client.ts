/** A grpc-js client made from protobuf-es descriptors, typed, for tests; applications use the public client instead. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { type Receipt, ReceiptSchema } from "../../../src/gen/fsfreeze/v1/receipt_pb.js";
import { ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../../../src/gen/google/rpc/status_pb.js";

function encoder<D extends DescMessage>(desc: D) {
  return (message: MessageInitShape<D>): Buffer =>
    Buffer.from(toBinary(desc, create(desc, message)));
}
function decoder<D extends DescMessage>(desc: D) {
  return (bytes: Buffer): MessageShape<D> => fromBinary(desc, bytes);
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** What a failed call tells, decoded. */
export interface Problem {
  readonly code: number;
  readonly details: string;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly receipt: Receipt | undefined;
}

export function problemOf(error: Pick<ServiceError, "code" | "details" | "metadata">): Problem {
  const bytes = error.metadata.get("grpc-status-details-bin")[0];
  const details = bytes instanceof Buffer ? fromBinary(StatusSchema, bytes).details : [];
  const infos = details.flatMap((any) => anyUnpack(any, ErrorInfoSchema) ?? []);
  const receipts = details.flatMap((any) => anyUnpack(any, ReceiptSchema) ?? []);
  return {
    code: error.code,
    details: error.details,
    reason: infos[0]?.reason,
    domain: infos[0]?.domain,
    metadata: infos[0]?.metadata ?? {},
    receipt: receipts[0],
  };
}

export type UnaryResult<O> =
  | { readonly ok: true; readonly value: O }
  | ({ readonly ok: false } & Problem);

export class DescriptorClient {
  readonly client: Client;

  constructor(target: string, options: Readonly<Record<string, string | number>> = {}) {
    this.client = new Client(target, credentials.createInsecure(), {
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
      ...options,
    });
  }

  close(): void {
    this.client.close();
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions & { readonly onCall?: (cancel: () => void) => void } = {},
  ): Promise<UnaryResult<MessageShape<O>>> {
    return new Promise((resolve) => {
      const call = this.client.makeUnaryRequest(
        pathOf(method as DescMethod),
        encoder(method.input),
        decoder(method.output),
        request,
        new Metadata(),
        options,
        (error, value) => {
          if (error !== null) resolve({ ok: false, ...problemOf(error) });
          else if (value === undefined) throw new Error("an answer without a message");
          else resolve({ ok: true, value });
        },
      );
      options.onCall?.(() => call.cancel());
    });
  }

  /** Any bytes as the request of any method. */
  raw(path: string, bytes: Buffer): Promise<UnaryResult<Buffer>> {
    return new Promise((resolve) => {
      this.client.makeUnaryRequest(
        path,
        (b: Buffer) => b,
        (b: Buffer) => b,
        bytes,
        (error, value) => {
          if (error !== null) resolve({ ok: false, ...problemOf(error) });
          else resolve({ ok: true, value: value ?? Buffer.alloc(0) });
        },
      );
    });
  }

  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
  ): ClientReadableStream<MessageShape<O>> {
    return this.client.makeServerStreamRequest(
      pathOf(method as DescMethod),
      encoder(method.input),
      decoder(method.output),
      request,
    );
  }

  bidi<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    options: CallOptions = {},
  ): ClientDuplexStream<MessageInitShape<I>, MessageShape<O>> {
    return this.client.makeBidiStreamRequest(
      pathOf(method as DescMethod),
      encoder(method.input),
      decoder(method.output),
      new Metadata(),
      options,
    );
  }

  /** A bidirectional call of bytes. */
  rawBidi(path: string): ClientDuplexStream<Buffer, Buffer> {
    return this.client.makeBidiStreamRequest(
      path,
      (b: Buffer) => b,
      (b: Buffer) => b,
    );
  }
}
