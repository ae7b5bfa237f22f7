import { expect, test } from "vitest";
import { CounterReader, devicesOf, statFields } from "./counters.js";

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
