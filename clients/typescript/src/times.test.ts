import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { dateOf, durationOf, millisecondsOf } from "./times.js";

it.each([0, 1, 0.5, 0.001, 999.999999, 1000, 12_345.678, 600_000, -1.5, -2_000])(
  "keeps %d ms",
  (ms) => {
    expect(millisecondsOf(durationOf(ms))).toBeCloseTo(ms, 6);
  },
);

it("carries what rounds up to a whole second", () => {
  expect(durationOf(999.9999999)).toMatchObject({ seconds: 1n, nanos: 0 });
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e18])("refuses %d", (ms) => {
  expect(() => durationOf(ms)).toThrow(RangeError);
});

it("cuts an instant to milliseconds", () => {
  const timestamp = create(TimestampSchema, { seconds: 1n, nanos: 1_999_999 });
  expect(dateOf(timestamp).getTime()).toBe(1001);
});
