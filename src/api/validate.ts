/** What a request may look like. The first thing that is wrong with it is told, by the name of its field. */
import type { MessageShape } from "@bufbuild/protobuf";
import type { DurationSchema } from "@bufbuild/protobuf/wkt";
import { ok, type Refusal, type Result, refuse } from "../hold/refusal.js";

export const limits = {
  /** Bytes of one message; grpc-js enforces it before anything is decoded. */
  messageBytes: 64 * 1024,
  targets: 256,
  pathBytes: 4095,
  uuidBytes: 64,
  requestIdBytes: 128,
  holdIdBytes: 128,
  resumeTokenBytes: 128,
  purposeBytes: 256,
  pageSizeDefault: 100,
  pageSizeMax: 1000,
  pageTokenChars: 512,
} as const;

/** Collects the verdict on one request while it is decoded. */
export class Validation {
  #first: Refusal | undefined;

  /** `field` as the proto names it, e.g. `targets[3].path`; `violation` without a variable part. */
  violate(field: string, violation: string): void {
    this.#refuse(
      refuse("INVALID_REQUEST", `${field === "" ? "the request" : field} ${violation}`, {
        field,
        violation,
      }).refusal,
    );
  }

  /** A part of the contract that this version does not serve. */
  unsupported(option: string): void {
    this.#refuse(
      refuse("UNSUPPORTED", `${option} is not served by this version`, { option }).refusal,
    );
  }

  result<T>(value: T): Result<T> {
    return this.#first === undefined ? ok(value) : { ok: false, refusal: this.#first };
  }

  #refuse(refusal: Refusal): void {
    this.#first ??= refusal;
  }
}

export function checkBytes(v: Validation, field: string, text: string, max: number): void {
  if (Buffer.byteLength(text) > max) v.violate(field, `is longer than ${max} bytes`);
}

export function checkHoldId(v: Validation, field: string, id: string): void {
  if (id === "") v.violate(field, "is empty");
  checkBytes(v, field, id, limits.holdIdBytes);
}

type Duration = MessageShape<typeof DurationSchema>;

/** Bounds of google.protobuf.Duration: 10,000 years. */
const maxSeconds = 315_576_000_000n;

/**
 * Milliseconds, undefined for unset and zero (the default). What is more than nothing stays so: a nanosecond becomes a whole
 * millisecond, because 0 would mean the default.
 */
export function positiveMs(
  v: Validation,
  field: string,
  duration: Duration | undefined,
): number | undefined {
  if (duration === undefined) return undefined;
  const { seconds, nanos } = duration;
  if (seconds > maxSeconds || seconds < -maxSeconds || Math.abs(nanos) > 999_999_999) {
    v.violate(field, "is not a valid duration");
    return undefined;
  }
  if ((seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0)) {
    v.violate(field, "is not a valid duration");
    return undefined;
  }
  if (seconds < 0n || nanos < 0) {
    v.violate(field, "is negative");
    return undefined;
  }
  const ms = Number(seconds) * 1000 + Math.ceil(nanos / 1e6);
  return ms === 0 ? undefined : ms;
}
