// What code is generated from the contract, and how. `generate.mjs` puts it in its place,
// `check-proto.mjs` compares it with what lies there.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Directories that hold generated code and nothing else, relative to the root. */
export const generatedDirectories = ["src/gen", "clients/typescript/src/gen"];

const templates = ["buf.gen.yaml", "buf.gen.server.yaml"];

/** Runs the buf of the development dependencies in the root; `output` is what it printed. */
export function buf(...args) {
  const program = join(root, "node_modules/.bin/buf");
  if (!existsSync(program)) {
    return { ok: false, output: "buf is not installed: run `npm ci` without --omit=dev\n" };
  }
  return run(program, args);
}

/** Runs a program in the root to its end; `missing` tells that there is no such program. */
export function run(program, args) {
  const done = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.error) {
    return { ok: false, missing: done.error.code === "ENOENT", output: `${done.error.message}\n` };
  }
  return { ok: done.status === 0, missing: false, output: done.stdout + done.stderr };
}

/** Generates everything below `directory`, laid out as it is below the root. */
export function generateInto(directory) {
  for (const template of templates) {
    const done = buf("generate", "--template", template, "-o", directory);
    if (!done.ok) return done;
  }
  return { ok: true, output: "" };
}
