/** What the operator allows. Milliseconds; nothing is unlimited. */
export interface Limits {
  readonly ttlDefaultMs: number;
  readonly ttlMaxMs: number;
  readonly freezeTimeoutDefaultMs: number;
  readonly freezeTimeoutMaxMs: number;
  readonly lingerMaxMs: number;
  /** Longest freeze of one file system, whoever joins it: it counts for the epoch, so that a chain of joiners cannot freeze for ever. */
  readonly epochMaxMs: number;
  /** A joiner who would get less than this is refused with FROZEN_TOO_LONG. */
  readonly joinMinMs: number;
  readonly holdsMax: number;
  /** FIFREEZE calls in flight; each occupies a thread until the kernel returns it. Beyond: TOO_MANY_STUCK_FREEZES. */
  readonly freezesInFlightMax: number;
  /** How long an end waits for the thaw to be confirmed before it answers without that proof. */
  readonly thawAnswerMs: number;
}

export const defaultLimits: Limits = {
  ttlDefaultMs: 10_000,
  ttlMaxMs: 600_000,
  freezeTimeoutDefaultMs: 30_000,
  freezeTimeoutMaxMs: 600_000,
  lingerMaxMs: 600_000,
  epochMaxMs: 600_000,
  joinMinMs: 1_000,
  holdsMax: 1_000,
  freezesInFlightMax: 96,
  thawAnswerMs: 3_000,
};

/** 0 and absent mean the default; more than the maximum becomes the maximum: the effective value is always told. */
export function clampMs(asked: number | undefined, byDefault: number, max: number): number {
  if (asked === undefined || asked === 0) return Math.min(byDefault, max);
  return Math.min(asked, max);
}
