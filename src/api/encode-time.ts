/** Our microseconds and milliseconds as google.protobuf.Timestamp and Duration. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { Instant } from "../kernel/port.js";

type Timestamp = MessageInitShape<typeof TimestampSchema>;
type Duration = MessageInitShape<typeof DurationSchema>;

/** Both messages want whole seconds and the rest in nanoseconds; below zero only a Duration may go, and nothing here does. */
function split(us: number): { readonly seconds: bigint; readonly nanos: number } {
  const whole = Math.max(0, Math.trunc(us));
  return { seconds: BigInt(Math.trunc(whole / 1e6)), nanos: (whole % 1e6) * 1000 };
}

/** The wall clock of an instant. */
export function wallTime(instant: Instant): Timestamp {
  return split(instant.wallUs);
}

/** CLOCK_BOOTTIME of an instant, as the time since boot. */
export function bootTime(instant: Instant): Duration {
  return split(instant.bootUs);
}

export function durationOfUs(us: number): Duration {
  return split(us);
}

export function durationOfMs(ms: number): Duration {
  return split(ms * 1000);
}

/** First and last of a set of instants that must all be there; undefined where one is missing. */
export function spanOf(
  instants: readonly (Instant | undefined)[],
): { readonly last: Instant; readonly us: number } | undefined {
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (const instant of instants) {
    if (instant === undefined) return undefined;
    if (first === undefined || instant.bootUs < first.bootUs) first = instant;
    if (last === undefined || instant.bootUs > last.bootUs) last = instant;
  }
  if (first === undefined || last === undefined) return undefined;
  return { last, us: last.bootUs - first.bootUs };
}
