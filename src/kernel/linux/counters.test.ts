import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CounterReader, devicesOf, dmCountsAlways, statFields } from "./counters.js";

const parse = (text: string) => statFields(Buffer.from(text), text.length);

test("fields 7 and 14 of a stat file are sectors written and discarded", () => {
  const line =
    "  1234   0  56789  10  22  33  9007199254740991  44  0  55  66  77  88  99999999999  11  12  13\n";
  expect(parse(line)).toEqual({ written: 9007199254740991, discarded: 99999999999 });
});

test("a line without discards proves nothing", () => {
  expect(parse("1 2 3 4 5 6 7 8 9 10 11\n")).toBeUndefined();
  expect(parse("")).toBeUndefined();
});

test("a buffer longer than its content is read to its length only", () => {
  const text = "1 2 3 4 5 6 7 8 9 10 11 12 13 14";
  expect(statFields(Buffer.from(`${text}99`), text.length)).toEqual({ written: 7, discarded: 14 });
});

test("when one device has no counters, none is read", () => {
  const reader = new CounterReader(["4095:1048575"]);
  expect(reader.read()).toEqual([]);
  reader.close();
  expect(new CounterReader(undefined).read()).toEqual([]);
});

test("a log device that cannot be found leaves the devices unknown", () => {
  const source = { type: "xfs", key: "7:1", directoryFd: -1, blockDeviceFd: undefined };
  expect(devicesOf(source, ["rw", "noquota"])).toEqual(["7:1"]);
  expect(devicesOf(source, ["rw", "logdev=/dev/nothing"])).toBeUndefined();
  expect(devicesOf({ ...source, type: "jfs" }, [])).toBeUndefined();
});

test("device-mapper's counters obey iostats on all but old kernels", () => {
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-dm-"));
  expect(dmCountsAlways(directory, "6.1.0-56-cloud-amd64")).toBe(false);
  mkdirSync(join(directory, "dm"));
  for (const old of ["5.15.0", "6.1.0-56-cloud-amd64"])
    expect(dmCountsAlways(directory, old)).toBe(true);
  for (const newer of ["6.2.0", "6.12.117", "7.2.1", "no version"])
    expect(dmCountsAlways(directory, newer)).toBe(false);
  mkdirSync(join(directory, "mq"));
  expect(dmCountsAlways(directory, "5.15.0")).toBe(false);
  rmSync(directory, { recursive: true });
});
