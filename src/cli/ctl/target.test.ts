import { describe, expect, it } from "vitest";
import { looksLikeTarget, parseTarget } from "./target.js";

describe("parseTarget", () => {
  it.each([
    ["/srv", { path: "/srv" }],
    ["/srv/../opt/", { path: "/opt" }],
    ["data", { path: `${process.cwd()}/data` }],
    [".", { path: process.cwd() }],
    ["/dev/sdz9", { blockDevice: "/dev/sdz9" }],
    ["/dev/shm", { path: "/dev/shm" }],
    ["7:42", { deviceNumber: { major: 7, minor: 42 } }],
    ["UUID=ab-cd", { filesystemUuid: "ab-cd" }],
  ])("takes %s", (text, target) => {
    expect(parseTarget(text, false)).toEqual({ ok: true, target });
  });

  it("asks for a directory below the mount point only where it is told to", () => {
    expect(parseTarget("/srv/data", true)).toEqual({
      ok: true,
      target: { path: "/srv/data", allowSubdirectory: true },
    });
  });

  it.each(["", "UUID="])("refuses %j", (text) => {
    expect(parseTarget(text, false).ok).toBe(false);
  });
});

it.each([
  ["h-219f99110dd6da6c", false],
  ["/srv", true],
  ["./data", true],
  [".", true],
  ["7:42", true],
  ["UUID=ab", true],
])("takes %s for a target: %s", (text, target) => {
  expect(looksLikeTarget(text)).toBe(target);
});
