import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findCommand } from "./find-command.js";

const directory = mkdtempSync(join(tmpdir(), "fsfreezed-find-"));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "plain"), "");
chmodSync(join(directory, "plain"), 0o644);
writeFileSync(join(directory, "tool"), "");
chmodSync(join(directory, "tool"), 0o755);

it.each([
  ["tool", "executable"],
  ["plain", "not-executable"],
  ["none", "not-found"],
  [`${directory}/tool`, "executable"],
  [`${directory}/plain`, "not-executable"],
  [directory, "not-executable"],
  [`${directory}/none`, "not-found"],
])("looks for %s as execvp would", (command, found) => {
  expect(findCommand(command, `/nonexistent:${directory}`)).toBe(found);
});
