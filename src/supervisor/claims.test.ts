import { expect, test } from "vitest";
import { Claims } from "./claims.js";

test("a file system is claimed until each of its claims was released, once", () => {
  const claims = new Claims();
  expect(claims.has("7:1")).toBe(false);
  const [first, second] = [claims.claim("7:1"), claims.claim("7:1")];
  claims.claim("7:2");
  first();
  first();
  expect(claims.has("7:1")).toBe(true);
  second();
  expect(claims.has("7:1")).toBe(false);
  expect(claims.has("7:2")).toBe(true);
});
