/** Run by skips.test.ts in a vitest of its own. */
import { expect, test } from "vitest";
import { requires } from "../../support/requirements.js";

requires("xfs").test("one", () => {});
requires("xfs").describe("several", () => {
  test("two", () => {});
  test("three", () => {});
});
test("four", () => {
  expect(1).toBe(1);
});
