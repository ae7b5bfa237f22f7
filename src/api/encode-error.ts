/** A refusal as it travels inside messages; errors.ts has the form that it takes as the status of a call. */
import { ErrorReason } from "../gen/fsfreeze/v1/errors_pb.js";
import type { Refusal } from "../hold/refusal.js";

/** The fields that ErrorDetail and HoldFailed share. */
export interface EncodedRefusal {
  reason: ErrorReason;
  message: string;
  metadata: Record<string, string>;
}

export function encodeRefusal(refusal: Refusal): EncodedRefusal {
  return {
    reason: ErrorReason[refusal.reason],
    message: refusal.message,
    metadata: { ...refusal.metadata },
  };
}
