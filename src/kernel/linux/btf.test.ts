import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { Btf, readKernelBtf } from "./btf.js";
import { neededStructs } from "./frozen-state.js";

/**
 * Builds a BTF text of the given types; each is [name, kind, vlen or items, size or type, extra
 * words].
 */
function build(
  types: readonly {
    readonly name: string;
    readonly kind: number;
    readonly vlen?: number;
    readonly size?: number;
    readonly flag?: boolean;
    readonly extra?: readonly (number | string)[];
  }[],
): Buffer {
  let strings = "\0";
  const nameOffset = (name: string): number => {
    if (name === "") return 0;
    const at = strings.indexOf(`\0${name}\0`);
    if (at >= 0) return at + 1;
    strings += `${name}\0`;
    return strings.length - name.length - 1;
  };
  const words: number[] = [];
  for (const { name, kind, vlen = 0, size = 0, flag = false, extra = [] } of types) {
    words.push(nameOffset(name), ((kind << 24) | vlen | (flag ? 0x80000000 : 0)) >>> 0, size);
    for (const word of extra) words.push(typeof word === "string" ? nameOffset(word) : word);
  }
  const body = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => {
    body.writeUInt32LE(word, i * 4);
  });
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(0, 8);
  header.writeUInt32LE(body.length, 12);
  header.writeUInt32LE(body.length, 16);
  header.writeUInt32LE(strings.length, 20);
  return Buffer.concat([header, body, Buffer.from(strings)]);
}

const sample = build([
  { name: "int", kind: 1, size: 4, extra: [32] }, // 1
  { name: "inner", kind: 4, vlen: 2, size: 8, extra: ["frozen", 1, 0, "count", 1, 32] }, // 2
  { name: "", kind: 5, vlen: 2, size: 8, extra: ["either", 1, 0, "", 7, 32] }, // 3: anonymous union
  { name: "alias", kind: 8, size: 2 }, // 4: typedef of inner
  { name: "", kind: 10, size: 4 }, // 5: const alias
  { name: "list", kind: 3, extra: [1, 1, 4] }, // 6: array
  { name: "", kind: 4, vlen: 1, size: 4, extra: ["nested", 1, 0] }, // 7: anonymous struct
  {
    name: "outer", // 8
    kind: 4,
    vlen: 4,
    size: 64,
    flag: true,
    // With the flag the upper byte is a bit field's width: 3 bits at bit 40.
    extra: ["first", 1, 0, "bits", 1, (3 << 24) | 40, "", 3, 128, "writers", 5, 256],
  },
  { name: "function", kind: 13, vlen: 2, size: 1, extra: ["a", 1, "b", 1] }, // 9
  { name: "last", kind: 4, vlen: 1, size: 4, extra: ["only", 1, 64] }, // 10
]);

test("offsets go through anonymous members, typedefs, qualifiers and nested structs", () => {
  const btf = new Btf(sample, ["outer", "last", "absent"]);
  expect(btf.offset("outer", "first")).toBe(0);
  expect(btf.offset("outer", "bits")).toBe(5);
  expect(btf.offset("outer", "either")).toBe(16);
  expect(btf.offset("outer", "nested")).toBe(20);
  expect(btf.offset("outer", "writers")).toBe(32);
  expect(btf.offset("outer", "writers.count")).toBe(36);
  expect(btf.offset("last", "only")).toBe(8);
});

test("what is not there has no offset", () => {
  const btf = new Btf(sample, ["outer", "absent"]);
  expect(btf.offset("outer", "writer")).toBeUndefined();
  expect(btf.offset("outer", "first.deeper")).toBeUndefined();
  expect(btf.offset("absent", "first")).toBeUndefined();
  // Not asked for at construction, so not indexed.
  expect(btf.offset("last", "only")).toBeUndefined();
});

test("what is no BTF is refused", () => {
  expect(() => new Btf(Buffer.from("not a type description at all"), [])).toThrow("not BTF");
  expect(() => new Btf(sample.subarray(0, 100), [])).toThrow("truncated");
  expect(() => new Btf(build([{ name: "x", kind: 31 }]), [])).toThrow("unknown kind 31");
});

test("a section that is not aligned is read all the same", () => {
  const shifted = Buffer.alloc(sample.length + 1).subarray(1);
  sample.copy(shifted);
  expect(new Btf(shifted, ["outer"]).offset("outer", "nested")).toBe(20);
});

test.skipIf(!existsSync("/sys/kernel/btf/vmlinux"))(
  "this kernel's own BTF has what is needed",
  () => {
    const btf = readKernelBtf(neededStructs);
    expect(btf.offset("super_block", "s_writers.frozen")).toBe(
      btf.offset("super_block", "s_writers"),
    );
    expect(btf.offset("task_struct", "files")).toBeGreaterThan(0);
    expect(btf.offset("fdtable", "fd")).toBeGreaterThan(0);
  },
);
