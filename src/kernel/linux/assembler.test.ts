import { expect, test } from "vitest";
import { Assembler } from "./assembler.js";

/** Encodings as in Documentation/bpf/standardization/instruction-set.rst. */
test("instructions are encoded as the kernel reads them", () => {
  const hex = (write: (program: Assembler) => Assembler): string =>
    write(new Assembler()).bytes().toString("hex");
  expect(hex((p) => p.move(6, 1))).toBe("bf16000000000000");
  expect(hex((p) => p.set(2, 16))).toBe("b702000010000000");
  expect(hex((p) => p.add(1, -24))).toBe("07010000e8ffffff");
  expect(hex((p) => p.addRegister(7, 8))).toBe("0f87000000000000");
  expect(hex((p) => p.shiftLeft(8, 3))).toBe("6708000003000000");
  expect(hex((p) => p.shiftRight(0, 32))).toBe("7700000020000000");
  expect(hex((p) => p.load(7, 10, -8))).toBe("79a7f8ff00000000");
  expect(hex((p) => p.load(1, 10, -8, 2))).toBe("69a1f8ff00000000");
  expect(hex((p) => p.store(6, 120, 7))).toBe("7b76780000000000");
  expect(hex((p) => p.atomicFetchAdd(0, 8, 1))).toBe("db10080001000000");
  expect(hex((p) => p.call(113))).toBe("8500000071000000");
  expect(hex((p) => p.loadMap(1, 5))).toBe("18110000050000000000000000000000");
  expect(hex((p) => p.exit())).toBe("b7000000000000009500000000000000");
});

test("jumps go to their labels, over two-part instructions too", () => {
  const code = new Assembler()
    .jumpIfEqual(0, 0, "end")
    .loadMap(1, 5)
    .jumpIfNotEqual(1, 2, "end")
    .jumpIfDifferent(1, 7, "end")
    .label("end")
    .exit()
    .bytes();
  const offsets = [0, 3, 4].map((at) => code.readInt16LE(8 * at + 2));
  expect(offsets).toEqual([4, 1, 0]);
});

test("a jump to nowhere is a bug that shows", () => {
  expect(() => new Assembler().jumpIfEqual(0, 0, "end").bytes()).toThrow("no label end");
});
