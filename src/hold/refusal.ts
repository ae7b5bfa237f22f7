/**
 * Why something was refused: the names of the contract's `ErrorReason` without their prefix. Clients branch on the
 * reason, so a new one is added to proto/fsfreeze/v1 and here together (a test compares the two).
 */
export const reasons = [
  "INVALID_REQUEST",
  "TARGET_NOT_FOUND",
  "HOLD_NOT_FOUND",
  "NOT_A_DIRECTORY",
  "NOT_A_MOUNT_POINT",
  "TARGET_MISMATCH",
  "TARGET_AMBIGUOUS",
  "PROTECTED_FILESYSTEM",
  "NOT_FREEZABLE",
  "NOT_FROZEN",
  "FROZEN_BY_ANOTHER",
  "DEVICE_SUSPENDED",
  "LOWER_LAYER_FROZEN",
  "FROZEN_TOO_LONG",
  "HOLD_ENDED",
  "HOLD_AMBIGUOUS",
  "HOOKS_IMPOSSIBLE",
  "NOT_PERMITTED",
  "RESUME_REFUSED",
  "UNAUTHENTICATED",
  "FREEZE_TIMEOUT",
  "HOLD_EXPIRED",
  "FREEZE_BROKEN",
  "HOLD_TAKEN_OVER",
  "FREEZE_CANCELLED",
  "CLIENT_GONE",
  "TOO_MANY_HOLDS",
  "TOO_MANY_STUCK_FREEZES",
  "GUARDIAN_UNAVAILABLE",
  "SHUTTING_DOWN",
  "UNSUPPORTED",
  "DAEMON_NOT_PRIVILEGED",
  "IO_ERROR",
  "INTERNAL",
] as const;

export type Reason = (typeof reasons)[number];

/** An expected refusal is a value. `metadata` holds every variable part (path, device, errno, holder ...). */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(
  reason: Reason,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { reason, message, metadata } };
}
