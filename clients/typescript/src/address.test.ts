import { expect, it } from "vitest";
import { parseAddress } from "./address.js";

it.each([
  ["unix:/run/a.sock", "unix:/run/a.sock"],
  ["unix:///run/a.sock", "unix:/run/a.sock"],
  ["unix:relative.sock", "unix:relative.sock"],
  ["/run/a.sock", "unix:/run/a.sock"],
  ["localhost:50051", "dns:localhost:50051"],
  ["127.0.0.1:1", "dns:127.0.0.1:1"],
  ["[::1]:50051", "dns:[::1]:50051"],
])("takes %s", (text, target) => {
  const parsed = parseAddress(text);
  expect(parsed.ok && parsed.address.target).toBe(target);
});

it.each([
  "",
  "localhost",
  "unix:",
  "unix://relative",
  "host:0",
  "host:70000",
  "::1:5",
  "a b:1",
  "http://a:1",
])("refuses %j", (text) => {
  expect(parseAddress(text).ok).toBe(false);
});

it("refuses a socket path that the kernel would cut off", () => {
  expect(parseAddress(`unix:/${"a".repeat(107)}`).ok).toBe(false);
  expect(parseAddress(`unix:/${"a".repeat(106)}`).ok).toBe(true);
});
