/** The runner itself: what it must not let pass, and what it says of a case that is malformed. */
import { expect, test } from "vitest";
import { differences } from "./match.js";
import { messageProblems } from "./messages.js";
import { readCase } from "./read-cases.js";

test("an answer is compared with all that is expected of it", () => {
  const answer = {
    receipt: { verdict: "VERDICT_INTACT", list: [1, 2] },
    native: { verdict: "INTACT", count: 2, none: null },
  };
  for (const expected of [
    {},
    { receipt: { verdict: "VERDICT_INTACT" } },
    { receipt: { verdict: "/^VERDICT_/", list: [1, "$any"], thawedCount: 0, purpose: "" } },
    { native: { none: "$absent", count: { $atLeast: 2 } } },
    { receipt: { list: { $some: 2 } } },
    { native: { verdict: { $oneOf: ["UNPROVEN", "INTACT"] }, count: { $not: 3 } } },
  ]) {
    expect(differences(expected, answer)).toEqual([]);
  }
  for (const expected of [
    { receipt: { verdict: "VERDICT_UNPROVEN" } },
    { receipt: { list: [1] } },
    { receipt: { list: [2, 1] } },
    { receipt: { list: { $none: 2 } } },
    { receipt: "$absent" },
    { other: "$any" },
    // Only the contract's JSON leaves out what is nothing.
    { native: { thawedCount: 0 } },
    { native: { verdict: "/^UN/" } },
    { native: { count: { $atMost: 1 } } },
  ]) {
    expect(differences(expected, answer), JSON.stringify(expected)).not.toEqual([]);
  }
});

test("an answer whose two faces differ is found out", () => {
  const receipt = { holdId: "h-1", verdict: "VERDICT_INTACT", endCause: "END_CAUSE_RELEASED" };
  const native = {
    holdId: "h-1",
    verdict: "INTACT",
    endCause: "RELEASED",
    frozenCount: 0,
    thawedCount: 0,
    intervals: 0,
  };
  expect(messageProblems({ receipt, native })).toEqual([]);
  expect(messageProblems({ receipt, native: { ...native, verdict: "UNPROVEN" } })).toHaveLength(1);
  expect(messageProblems({ receipt: { ...receipt, verdict: 17 }, native })).toHaveLength(1);
  const unknown = { ...native, verdict: "UNKNOWN_17" };
  expect(messageProblems({ receipt: { ...receipt, verdict: 17 }, native: unknown })).toEqual([]);
  expect(messageProblems({ receipt: { ...receipt, hold_id_: "x" } })).toHaveLength(1);
});

test("a malformed case says what is wrong with it", () => {
  const step = { do: "hold", as: "h", targets: ["$ext4"] };
  const read = (value: unknown) => () => readCase(value, "x.yaml");
  expect(readCase({ name: "good", steps: [step] }, "x.yaml").steps).toHaveLength(1);
  for (const [value, problem] of [
    [{ steps: [step] }, /name: not a text/],
    [{ name: "n", step: [step] }, /the head has no step;/],
    [{ name: "n", steps: [] }, /steps: a list, not empty/],
    [{ name: "n", steps: [{ do: "hodl" }] }, /step 1: do: no such command: hodl/],
    [{ name: "n", steps: [step, { ...step, ttlMs: 1 }] }, /step 2: hold has no ttlMs;/],
    [{ name: "n", steps: [{ kernel: { ext4: "cold" } }] }, /kernel.ext4: one of frozen, thawed/],
    [{ name: "n", steps: [{ kernel: { vfat: "frozen" } }] }, /no such file system: vfat/],
    [{ name: "n", steps: [{ wait: 3 }] }, /one of do, await, .*; here: wait/],
    [{ name: "n", steps: [{ ...step, start: "s", expect: {} }] }, /where it is awaited/],
    [{ name: "n", steps: [{ ...step, expect: {}, error: {} }] }, /either expect or error/],
    [{ name: "n", steps: [{ event: "broke" }] }, /no such event: broke/],
    [{ name: "n", steps: [{ repeat: { forMs: 1 }, steps: [{ sleep: "x" }] }] }, /step 1: step 1: /],
  ] as const) {
    expect(read(value)).toThrow(problem);
  }
});
