import { expect, it } from "vitest";
import { printable, table } from "./render.js";

it("lets no mount point drive a terminal", () => {
  expect(printable("/srv/\x1b[2J\n\u009b")).toBe("/srv/\\x1b[2J\\x0a\\x9b");
  expect(printable("/srv/größe")).toBe("/srv/größe");
});

it("aligns columns and leaves no blanks at the end", () => {
  const rows = [
    ["A", "BB", ""],
    ["aaa", "b", "c"],
  ];
  expect(table(rows)).toBe("A    BB\naaa  b   c");
});
