// What code is generated from the contract, and how. `generate.mjs` puts it in its place,
// `check-proto.mjs` compares it with what lies there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientLanguages, runTool, toolsDirectory } from "./client-languages.mjs";
import { root } from "./root.mjs";

/**
 * Everything that is generated: `name`, the `directories` that hold it and nothing else (relative to the root), the buf `templates`,
 * why it cannot be generated here (`missing`), and what brings the generators (`prepare`).
 */
export async function generations() {
  const own = {
    name: "typescript",
    directories: ["src/gen", "clients/typescript/src/gen"],
    templates: ["buf.gen.yaml", "buf.gen.server.yaml"],
    missing: () => undefined,
    prepare: async () => {},
  };
  const others = (await clientLanguages()).filter(({ template }) => template !== undefined);
  return [
    own,
    ...others.map(({ language, generated, template, missing, installGenerators }) => ({
      name: language,
      directories: generated,
      templates: [template],
      missing,
      prepare: () => installGenerators(toolsDirectory(), runTool),
    })),
  ];
}

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

/** Generates one of `generations` below `directory`, laid out as it is below the root. */
export async function generateInto(directory, { templates, prepare }) {
  const scratch = mkdtempSync(join(tmpdir(), "fsfreezed-templates-"));
  try {
    await prepare();
    for (const [index, template] of templates.entries()) {
      const text = readFileSync(join(root, template), "utf8");
      const file = join(scratch, `${index}.yaml`);
      writeFileSync(file, text.replaceAll("$TOOLS", toolsDirectory()));
      const done = buf("generate", "--template", file, "-o", directory);
      if (!done.ok) return done;
    }
    return { ok: true, output: "" };
  } catch (error) {
    return { ok: false, output: `${error instanceof Error ? error.message : error}\n` };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
