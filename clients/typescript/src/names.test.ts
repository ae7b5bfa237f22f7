import { describe, expect, it } from "vitest";
import { Verdict as PbVerdict } from "./gen/fsfreeze/v1/receipt_pb.js";
import { nameOf, optionalName, type Verdict } from "./names.js";

describe("names of enum values", () => {
  it("are those of the contract", () => {
    const known: readonly Verdict[] = ["INTACT", "NOT_INTACT", "UNPROVEN", "NEVER_FROZEN"];
    expect(known.map((name) => PbVerdict[name as keyof typeof PbVerdict])).toEqual([1, 2, 3, 4]);
    expect(nameOf(PbVerdict, 2)).toBe("NOT_INTACT");
  });

  it("are absent where nothing was said", () => {
    expect(optionalName(PbVerdict, 0)).toBeUndefined();
    expect(nameOf(PbVerdict, 0)).toBe("UNKNOWN_0");
  });

  it("survive a newer service", () => {
    expect(nameOf(PbVerdict, 99)).toBe("UNKNOWN_99");
  });
});
