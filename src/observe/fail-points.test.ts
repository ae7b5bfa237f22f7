/** The fail points are exactly the effects in the source: none is missing, none is only listed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { messageEffect, messageEffects } from "../channel/message-effects.js";
import { failPointVariable, ownEffects } from "./fail-points.js";

const source = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|(^|\/)(testing|gen)\//.test(name))
  .map((name) => ({ name, text: readFileSync(join(source, name), "utf8") }));

function inFiles(folder: RegExp, pattern: RegExp): readonly string[] {
  return files
    .filter(({ name }) => folder.test(name))
    .flatMap(({ name, text }) => [...text.matchAll(pattern)].map(([found]) => `${name}: ${found}`));
}

/** How the journal, which has two kinds of files, writes it. */
const oneOfBoth = /\$\{kind\}/;

test("each listed effect is in the source, and no other", () => {
  const used = files.flatMap(({ text }) =>
    [...text.matchAll(/(?<!#)around(?:Call)?\((["`])([^"`]+)\1/g)].flatMap(([, , effect = ""]) =>
      oneOfBoth.test(effect)
        ? ["grant", "hold"].map((kind) => effect.replace(oneOfBoth, kind))
        : [effect],
    ),
  );
  expect(used.toSorted()).toEqual([...ownEffects].toSorted());
});

test("nothing that changes a file system is called but as an effect", () => {
  const call = /.*\b(?:handle|filesystem)\.(?:freeze|thaw|syncfs)\(\).*/g;
  const calls = inFiles(/^(guardian|supervisor|cli|channel|api|observe)\//, call);
  expect(calls.length).toBeGreaterThanOrEqual(4);
  expect(calls.filter((line) => !line.includes("aroundCall("))).toEqual([]);
});

test("nothing is written to the journal or removed from it but as an effect", () => {
  const journal = files.find(({ name }) => name === "supervisor/journal.ts");
  const lines = (journal?.text ?? "").split("\n").filter((line) => !line.startsWith("import"));
  const changing = lines.filter((line) =>
    /\b\w*(write|append|rename|unlink|rm|copy)\w*Sync\(/.test(line),
  );
  const bare = changing.filter((line) => !line.includes("around("));
  // Of what could not be written; nothing was there before, and nothing is after.
  expect(bare).toHaveLength(1);
  expect(bare[0]).toContain(".new`, { force: true })");
  expect(changing.length - bare.length).toBe(4);
});

test("each channel tells whose it is", () => {
  const channels = inFiles(/./, /new LineChannel\((?:new Socket\(.*?\)|[^{])*\{\s*\w+/g);
  expect(channels.length).toBe(7);
  expect(channels.filter((found) => !found.endsWith("between"))).toEqual([]);
});

test("messages have names, and an unknown one is a bug", () => {
  expect(new Set(messageEffects).size).toBe(messageEffects.length);
  const call = { id: 1, call: { method: "open" } };
  expect(messageEffect(["api", "guardian"], "send", call)).toBe("api>guardian.open.send");
  expect(messageEffect(["guardian", "api"], "receive", call)).toBe("api>guardian.open.receive");
  expect(() => messageEffect(["api", "guardian"], "send", { news: true })).toThrow(
    "api>guardian.news.send",
  );
});

test("a process dies where it is told to, once, and else goes on", () => {
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-fail-point-"));
  const order = join(directory, "order");
  const built = fileURLToPath(new URL("../../dist/observe/fail-points.js", import.meta.url));
  const script = `const { around } = await import(${JSON.stringify(built)});
    for (const n of [1, 2]) around("grant-file.write", () => console.log(n));`;
  const run = (armed: boolean) => {
    const env = { ...process.env, ...(armed ? { [failPointVariable]: order } : {}) };
    const args = ["--input-type=module", "-e", script];
    const { signal, stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    return { signal, lines: stdout.trim() };
  };
  try {
    writeFileSync(order, "before grant-file.write:2\n");
    expect(run(false)).toEqual({ signal: null, lines: "1\n2" });
    expect(run(true)).toEqual({ signal: "SIGKILL", lines: "1" });
    expect(run(true)).toEqual({ signal: null, lines: "1\n2" });
    writeFileSync(order, "after grant-file.write");
    expect(run(true)).toEqual({ signal: "SIGKILL", lines: "1" });
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
