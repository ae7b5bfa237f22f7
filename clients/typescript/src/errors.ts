/** What every call of the client throws, and how a gRPC status becomes one. */
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Metadata, status as statusCodes } from "@grpc/grpc-js";
import { receiptOf } from "./decode-receipt.js";
import { ReceiptSchema } from "./gen/fsfreeze/v1/receipt_pb.js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "./gen/google/rpc/status_pb.js";
import type { Receipt } from "./model.js";
import type { ErrorReason } from "./names.js";

/** Reasons that the client itself gives. */
export type ClientReason =
  /** The service cannot be reached, or the connection broke. Whether a call took effect is not known. */
  | "UNREACHABLE"
  /** No answer in time. Whether the call took effect is not known. */
  | "TIMED_OUT"
  /** The caller cancelled (AbortSignal, `cancel`). */
  | "CANCELLED"
  /** Nothing wrong was seen, but a piece of the proof is missing: see the receipt, and `acceptUnproven`. */
  | "UNPROVEN"
  /** The service answered with a status but no reason, or otherwise than the contract says. */
  | "PROTOCOL";

/** Reasons of a newer service are strings that this version does not know: go by `code` then. */
export type Reason = ErrorReason | ClientReason | (string & Record<never, never>);

/** Names of the gRPC status codes. */
export type StatusCode = keyof typeof statusCodes;

const errorDomain = "fsfreeze.v1";

export interface FreezeErrorParts {
  readonly reason: Reason;
  readonly code: StatusCode;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly receipt?: Receipt | undefined;
  readonly cause?: unknown;
}

/** A call or a hold failed. Branch on `reason`; `message` is for people and may change. */
export class FreezeError extends Error {
  override readonly name = "FreezeError";
  readonly reason: Reason;
  /** The gRPC status, e.g. "FAILED_PRECONDITION". */
  readonly code: StatusCode;
  /** Every variable part: `path`, `device`, `errno`, `holder` ... as the reason names them. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The receipt of the hold that this error is about, where the service sent one. */
  readonly receipt: Receipt | undefined;

  constructor(parts: FreezeErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.reason = parts.reason;
    this.code = parts.code;
    this.metadata = parts.metadata ?? {};
    this.receipt = parts.receipt;
  }

  /** The same error with the receipt that came beside it. */
  withReceipt(receipt: Receipt | undefined): FreezeError {
    if (receipt === undefined || this.receipt !== undefined) return this;
    return new FreezeError({ ...this, message: this.message, receipt, cause: this.cause });
  }
}

/** A status as grpc-js tells it: a ServiceError, or the `status` event of a stream. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

export function isGrpcStatus(error: unknown): error is GrpcStatus {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "number" &&
    "details" in error
  );
}

interface Details {
  readonly reason?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly receipt?: Receipt;
}

function detailsOf(metadata: Metadata): Details {
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Uint8Array)) return { metadata: {} };
  try {
    const { details } = fromBinary(StatusSchema, bytes);
    const info = details
      .map((any) => anyUnpack(any, ErrorInfoSchema))
      .find((unpacked) => unpacked?.domain === errorDomain);
    const receipt = details
      .map((any) => anyUnpack(any, ReceiptSchema))
      .find((r) => r !== undefined);
    return {
      ...(info === undefined ? {} : { reason: info.reason }),
      metadata: info?.metadata ?? {},
      ...(receipt === undefined ? {} : { receipt: receiptOf(receipt) }),
    };
  } catch {
    // Details that cannot be read must not hide the status that they came with.
    return { metadata: {} };
  }
}

function codeName(code: number): StatusCode {
  const names: Readonly<Record<number, string>> = statusCodes;
  const name = names[code];
  return name !== undefined && name in statusCodes ? (name as StatusCode) : "UNKNOWN";
}

function reasonWithoutDetails(code: StatusCode): ClientReason {
  switch (code) {
    case "UNAVAILABLE":
    // Who cancelled it himself does not ask here: this is a service (grpc-js, forceShutdown) that broke the stream off.
    case "CANCELLED":
      return "UNREACHABLE";
    case "DEADLINE_EXCEEDED":
      return "TIMED_OUT";
    default:
      return "PROTOCOL";
  }
}

/** A call that its caller cancelled. `cause`: why, e.g. the reason of an AbortSignal. */
export function cancelledError(cause?: unknown): FreezeError {
  return new FreezeError({
    reason: "CANCELLED",
    code: "CANCELLED",
    message: "cancelled by its caller",
    cause,
  });
}

/** The error of a call that its caller did not cancel. `cause`: the grpc-js error. */
export function errorOfStatus(status: GrpcStatus, cause?: unknown): FreezeError {
  const code = codeName(status.code);
  const { reason, metadata, receipt } = detailsOf(status.metadata);
  return new FreezeError({
    reason: reason ?? reasonWithoutDetails(code),
    code,
    message: status.details === "" ? code : status.details,
    metadata,
    receipt,
    cause,
  });
}
