/** docs/what-dies.md names tests: each of them is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(join(root, "docs/what-dies.md"), "utf8");

/** A file between back ticks, and the titles in quotes that follow it in the same cell. */
const named = [...text.matchAll(/`((?:test|src|bench)\/[^`]+)`(?:: ("[^|`;]*))?/g)].map(
  ([, file = "", titles = ""]) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
  }),
);

test("it names tests", () => {
  expect(named.flatMap(({ titles }) => titles).length).toBeGreaterThan(20);
});

for (const { file, titles } of named) {
  test(`${file} ${titles.join(", ")}`, () => {
    expect(existsSync(join(root, file))).toBe(true);
    const source = readFileSync(join(root, file), "utf8");
    for (const title of titles) expect(source).toContain(title);
  });
}
