import { mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesystemTypeOf, mountBpffs, mountTmpfs, unmount } from "./mounts.js";
import { capEffective } from "./process.js";

test("what is neither tmpfs, ramfs nor bpffs is other", () => {
  expect(filesystemTypeOf("/proc")).toBe("other");
  expect(() => filesystemTypeOf("/nonexistent")).toThrow(/ENOENT/);
});

test.skipIf(!capEffective())("our own mounts are made, recognized and removed", () => {
  const path = mkdtempSync(join(tmpdir(), "fsfreezed-mounts-"));
  const below = filesystemTypeOf(path);
  mountTmpfs(path);
  expect(filesystemTypeOf(path)).toBe("tmpfs");
  expect(statSync(path).mode & 0o777).toBe(0o755);
  unmount(path);
  mountBpffs(path);
  expect(filesystemTypeOf(path)).toBe("bpffs");
  expect(statSync(path).mode & 0o777).toBe(0o700);
  unmount(path);
  expect(filesystemTypeOf(path)).toBe(below);
  expect(() => unmount(path)).toThrow(/EINVAL/);
  rmdirSync(path);
  expect(() => mountTmpfs(path)).toThrow(/ENOENT/);
});
