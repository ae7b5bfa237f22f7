// Generates the code of the contract (proto/) for the service and every client, and brings the generators that this needs.
//
//   npm run generate                  all languages whose toolchain is here; the others are named
//   npm run generate -- go rust       some of them
//   npm run generate -- --release     also keeps the contract as that of the last release, which may never be broken from then on
//
// What is there is replaced only when all of a language could be generated, so that a mistake in a proto file
// leaves a tree that still builds.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buf, generateInto, generations } from "./generated-code.mjs";
import { releaseImage } from "./release-image.mjs";
import { root } from "./root.mjs";

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== "--release");
const all = await generations();
const unknown = wanted.find((name) => !all.some((generation) => generation.name === name));
if (unknown !== undefined) {
  console.error(`generate: no such language: ${unknown}; there are ${all.map((g) => g.name)}`);
  process.exit(2);
}
for (const generation of all) {
  if (wanted.length === 0 || wanted.includes(generation.name)) await generate(generation);
}
if (args.includes("--release")) {
  const built = buf("build", "--output", releaseImage);
  if (!built.ok) fail(built.output);
}

async function generate(generation) {
  const why = generation.missing();
  if (why !== undefined) {
    // Asked for by name it must not be left out in silence.
    if (wanted.length > 0) fail(`${generation.name}: ${why}`);
    else console.log(`left out ${generation.name}: ${why}`);
    return;
  }
  const fresh = mkdtempSync(join(tmpdir(), "fsfreezed-generate-"));
  try {
    const done = await generateInto(fresh, generation);
    if (!done.ok) {
      fail(`nothing of ${generation.name} was changed, because it failed:\n${done.output}`);
      return;
    }
    for (const directory of generation.directories) {
      rmSync(join(root, directory), { recursive: true, force: true });
      cpSync(join(fresh, directory), join(root, directory), { recursive: true });
      console.log(`generated ${directory}`);
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function fail(message) {
  console.error(`generate: ${message}`);
  process.exitCode = 1;
}
