import { expect, test } from "vitest";
import {
  bufferOf,
  bytesOfBuffer,
  bytesOfText,
  components,
  isText,
  join,
  textOf,
} from "./path-bytes.js";

test("text goes to bytes and back unchanged", () => {
  for (const text of ["/", "/mnt/ä ö", "/数据/\\x41", "/a\nb"]) {
    expect(textOf(bytesOfText(text))).toBe(text);
    expect(isText(bytesOfText(text))).toBe(true);
  }
});

test("bytes that are no UTF-8 keep their value and show as hexadecimal", () => {
  const bytes = bytesOfBuffer(Buffer.from([0x2f, 0x61, 0xff, 0xc3]));
  expect(isText(bytes)).toBe(false);
  expect(textOf(bytes)).toBe("/a\\xff\\xc3");
  expect([...bufferOf(bytes)]).toEqual([0x2f, 0x61, 0xff, 0xc3]);
});

test("paths are split and joined by name", () => {
  expect(components(bytesOfText("//a/./b/../c/"))).toEqual(["a", "b", "..", "c"]);
  expect(join(bytesOfText("/"), bytesOfText("a"))).toBe("/a");
  expect(join(bytesOfText("/a"), bytesOfText("b"))).toBe("/a/b");
});
