// How the TypeScript client takes part in conformance: see test/conformance/README.md, "A language".
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const language = "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const compiler = join(root, "node_modules/typescript/bin/tsc");
const node = process.execPath;

export function missing() {
  return existsSync(compiler) ? undefined : "the development dependencies are not installed";
}

/** The development dependencies have them. */
export async function installGenerators() {}

// The root's template generates it, beside the service's own code.
export const generated = ["clients/typescript/src/gen"];

const app = (build) => join(build, "app");

/** Packs the package and installs it as a user would, then compiles the driver and the samples against that. */
export async function build(build, run) {
  await run(node, [compiler, "-b", here]);
  await install(build, run);
  for (const part of ["conformance", "samples"]) {
    rmSync(join(app(build), part), { recursive: true, force: true });
    cpSync(join(here, part), join(app(build), part), { recursive: true });
  }
  writeFileSync(join(app(build), "tsconfig.json"), JSON.stringify(tsconfig()));
  await run(node, [compiler, "-p", app(build)]);
}

async function install(build, run) {
  mkdirSync(app(build), { recursive: true });
  const output = await run("npm", ["pack", "--json", "--pack-destination", build], { cwd: here });
  const [{ filename }] = Object.values(JSON.parse(output.slice(output.search(/[[{]/))));
  const archive = join(build, filename);
  const digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const stamp = join(build, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  for (const name of ["node_modules", "package-lock.json"])
    rmSync(join(app(build), name), { recursive: true, force: true });
  writeFileSync(
    join(app(build), "package.json"),
    JSON.stringify({ name: "app", private: true, type: "module" }),
  );
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...quiet, archive], { cwd: app(build) });
  writeFileSync(stamp, digest);
}

function tsconfig() {
  return {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      rootDir: ".",
      outDir: "dist",
      composite: false,
      declaration: false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: ["conformance", "samples"],
  };
}

export function drivers(build) {
  return { typescript: [node, join(app(build), "dist/conformance/driver.js")] };
}

export function samples(build) {
  const names = ["hold_and_snapshot", "renew", "resume", "status"];
  return Object.fromEntries(
    names.map((name) => [name, [node, join(app(build), `dist/samples/${name}.js`)]]),
  );
}

/** Its unit tests are vitest's own. */
export function tests(build) {
  const script = `const { connect } = await import("@fsfreezed/client"); connect("unix:/nowhere").close();`;
  return {
    "loads from plain JavaScript": [
      "sh",
      "-c",
      `cd "$0" && exec "$@"`,
      app(build),
      node,
      "--input-type=module",
      "-e",
      script,
    ],
  };
}
