import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.js";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1m30s", 90_000],
    ["0.5s", 500],
  ])("takes %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it("hints at the unit of a number alone", () => {
    expect(() => parseDuration("10")).toThrow(/10s, 10ms or 10m/);
  });

  it.each(["", "s", "10 s", "10x", "-5s", "0s", "1e3s", "10sm", "s10"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
  });
});

it.each([
  [0.4, "0.4ms"],
  [-3, "0ms"],
  [42.4, "42ms"],
  [999.6, "1s"],
  [3_214, "3.21s"],
  [59_400, "59s"],
  [65_000, "1m05s"],
  [3_605_000, "1h00m05s"],
])("formats %d ms as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
