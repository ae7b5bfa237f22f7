/** READMEs of the clients show their samples as they are, and all four of them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientsDirectory } from "./languages.js";
import { regionOf, snippetsOf } from "./snippets.js";

const languages = readdirSync(clientsDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** "HoldAndSnapshot.java", "hold_and_snapshot/main.go" and "hold-and-snapshot.ts" are the same sample. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, "");
}

for (const language of languages) {
  describe(`the README of ${language}`, () => {
    const directory = join(clientsDirectory, language);
    const readme = () => readFileSync(join(directory, "README.md"), "utf8");

    test(`${language}: what it shows of the samples is what they are`, () => {
      const snippets = snippetsOf(readme());
      expect(snippets.length).toBeGreaterThan(0);
      for (const { file, region, shown } of snippets) {
        const path = join(directory, file);
        expect(existsSync(path), path).toBe(true);
        expect(shown, `${file}#${region}`).toBe(regionOf(readFileSync(path, "utf8"), region));
      }
    });

    test(`${language}: it shows each of the four samples`, () => {
      const files = snippetsOf(readme()).map(({ file }) => plain(file));
      for (const sample of ["hold_and_snapshot", "renew", "resume", "status"]) {
        expect(
          files.some((file) => file.includes(plain(sample))),
          sample,
        ).toBe(true);
      }
    });
  });
}

test("a region is cut out without its markers and its indentation", () => {
  const source = "a\n  # [x]\n  b\n    c\n\n  # [y]\n  d\n  # [/y]\n  # [/x]\ne\n";
  expect(regionOf(source, "x")).toBe("b\n  c\n\nd\n");
  expect(regionOf(source, "y")).toBe("d\n");
  expect(() => regionOf(source, "z")).toThrow("[z] is there 0 times");
  const readme = "text\n\n<!-- sample: samples/s.py#x -->\n```python\nb\n```\n";
  expect(snippetsOf(readme)).toEqual([{ file: "samples/s.py", region: "x", shown: "b\n" }]);
  expect(() => snippetsOf("<!-- sample: s#x -->\ntext\n```\n```\n")).toThrow("no block");
});
