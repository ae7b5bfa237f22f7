/**
 * From a reason to the status of a call: the one table, and google.rpc.ErrorInfo in the trailer `grpc-status-details-bin`.
 */
import { randomUUID } from "node:crypto";
import { create, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { Metadata, status } from "@grpc/grpc-js";
import { ReceiptSchema } from "../gen/fsfreeze/v1/receipt_pb.js";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../gen/google/rpc/status_pb.js";
import type { Reason, Refusal } from "../hold/refusal.js";
import type { Log } from "../observe/log.js";
import type { EncodedReceipt } from "./encode-receipt.js";

export const errorDomain = "fsfreeze.v1";

export const codeOfReason = {
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  TARGET_NOT_FOUND: status.NOT_FOUND,
  HOLD_NOT_FOUND: status.NOT_FOUND,
  NOT_A_DIRECTORY: status.FAILED_PRECONDITION,
  NOT_A_MOUNT_POINT: status.FAILED_PRECONDITION,
  TARGET_MISMATCH: status.FAILED_PRECONDITION,
  TARGET_AMBIGUOUS: status.FAILED_PRECONDITION,
  PROTECTED_FILESYSTEM: status.FAILED_PRECONDITION,
  NOT_FREEZABLE: status.FAILED_PRECONDITION,
  NOT_FROZEN: status.FAILED_PRECONDITION,
  FROZEN_BY_ANOTHER: status.FAILED_PRECONDITION,
  DEVICE_SUSPENDED: status.FAILED_PRECONDITION,
  LOWER_LAYER_FROZEN: status.FAILED_PRECONDITION,
  FROZEN_TOO_LONG: status.FAILED_PRECONDITION,
  HOLD_ENDED: status.FAILED_PRECONDITION,
  HOLD_AMBIGUOUS: status.FAILED_PRECONDITION,
  HOOKS_IMPOSSIBLE: status.FAILED_PRECONDITION,
  NOT_PERMITTED: status.PERMISSION_DENIED,
  RESUME_REFUSED: status.PERMISSION_DENIED,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FREEZE_TIMEOUT: status.DEADLINE_EXCEEDED,
  HOLD_EXPIRED: status.DEADLINE_EXCEEDED,
  FREEZE_BROKEN: status.ABORTED,
  HOLD_TAKEN_OVER: status.ABORTED,
  FREEZE_CANCELLED: status.ABORTED,
  CLIENT_GONE: status.UNAVAILABLE,
  TOO_MANY_HOLDS: status.RESOURCE_EXHAUSTED,
  TOO_MANY_STUCK_FREEZES: status.RESOURCE_EXHAUSTED,
  GUARDIAN_UNAVAILABLE: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
  UNSUPPORTED: status.UNIMPLEMENTED,
  DAEMON_NOT_PRIVILEGED: status.INTERNAL,
  IO_ERROR: status.INTERNAL,
  INTERNAL: status.INTERNAL,
} as const satisfies Readonly<Record<Reason, status>>;

/** Why a call ends without OK, and the receipt where one belongs to it. */
export interface Failure {
  readonly refusal: Refusal;
  readonly receipt?: EncodedReceipt;
}

export function failure(
  reason: Reason,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): Failure {
  return { refusal: { reason, message, metadata } };
}

export const shuttingDown: Failure = failure("SHUTTING_DOWN", "the service is shutting down");

/** A fault of ours: its text goes into the log alone, the client gets an id to quote. */
export function internalFailure(log: Log, error: unknown, where: string): Failure {
  const id = randomUUID();
  log.error("internal fault", {
    id,
    where,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return failure("INTERNAL", `a fault of the service; its log has it under ${id}`, { id });
}

/** What grpc-js wants of an error, in a callback or as an `error` event. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * Trailers must stay below 8 KiB, the least that clients accept by default (gRPC C-core 1.51, Java): beyond, the client sees
 * RESOURCE_EXHAUSTED instead of the reason. The details travel in base64 (4/3), the message percent-encoded (up to 3 times).
 */
const detailsLimit = 4096;
const messageLimit = 512;
const metadataValueLimits = [1024, 256, 64, 0];

export function grpcStatus(problem: Failure): GrpcStatus {
  const { refusal } = problem;
  const code = codeOfReason[refusal.reason];
  const message = clip(refusal.message, messageLimit);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", encodeDetails(code, message, problem));
  return { code, details: message, metadata };
}

function encodeDetails(code: status, message: string, problem: Failure): Buffer {
  const encode = (details: Any[]): Uint8Array =>
    toBinary(StatusSchema, create(StatusSchema, { code, message, details }));
  if (problem.receipt !== undefined) {
    const receipt = create(ReceiptSchema, problem.receipt);
    const bytes = encode([errorInfo(problem.refusal), anyPack(ReceiptSchema, receipt)]);
    if (bytes.length <= detailsLimit) return buffer(bytes);
  }
  const omitted =
    problem.receipt === undefined ? {} : { receipt: "too long for a status: GetHold has it" };
  let bytes: Uint8Array = new Uint8Array();
  for (const limit of metadataValueLimits) {
    bytes = encode([errorInfo(problem.refusal, limit, omitted)]);
    if (bytes.length <= detailsLimit) break;
  }
  return buffer(bytes);
}

function errorInfo(
  refusal: Refusal,
  valueLimit = detailsLimit,
  more: Readonly<Record<string, string>> = {},
): Any {
  const values = Object.entries({ ...refusal.metadata, ...more });
  const info: MessageShape<typeof ErrorInfoSchema> = create(ErrorInfoSchema, {
    reason: refusal.reason,
    domain: errorDomain,
    metadata: Object.fromEntries(values.map(([key, value]) => [key, clip(value, valueLimit)])),
  });
  return anyPack(ErrorInfoSchema, info);
}

/**
 * At most `limit` bytes of UTF-8, cut between characters. Half a surrogate pair becomes U+FFFD on the way: grpc-js runs
 * encodeURI over the message, which throws on it.
 */
function clip(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return bytes.toString();
  const ellipsis = "…";
  const room = limit - Buffer.byteLength(ellipsis);
  if (room < 0) return "";
  let end = room;
  // Back to the start of a character: continuation bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString()}${ellipsis}`;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
