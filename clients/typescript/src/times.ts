/** The contract's times as native values: durations are numbers of milliseconds (with fractions), instants are Dates. */
import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, type Timestamp } from "@bufbuild/protobuf/wkt";

/** Milliseconds, exact to the nanosecond for durations below 100 days. */
export function millisecondsOf(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** Throws a RangeError for what no Duration can say; a negative one is the service's to refuse. */
export function durationOf(milliseconds: number): Duration {
  // google.protobuf.Duration reaches to 315,576,000,000 seconds.
  if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > 315_576_000_000_000)
    throw new RangeError(`not a number of milliseconds: ${milliseconds}`);
  let seconds = Math.trunc(milliseconds / 1000);
  let nanos = Math.round((milliseconds - seconds * 1000) * 1e6);
  if (Math.abs(nanos) === 1e9) {
    seconds += Math.sign(nanos);
    nanos = 0;
  }
  return create(DurationSchema, { seconds: BigInt(seconds), nanos: nanos === 0 ? 0 : nanos });
}

/** A Date keeps milliseconds; what is finer is cut off (`toJSON` of the whole message keeps it). */
export function dateOf(timestamp: Timestamp): Date {
  return new Date(Number(timestamp.seconds) * 1000 + Math.trunc(timestamp.nanos / 1e6));
}
