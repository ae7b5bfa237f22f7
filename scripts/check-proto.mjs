// Checks the contract: style, format, that the generated code is what the proto files say, that nothing
// breaks clients of the last release, and that an old protoc accepts it (C++ users have Debian's 3.21).
// Changes nothing in the tree. Exits 1 when any check fails, after having run all of them.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buf, generateInto, generations, run } from "./generated-code.mjs";
import { releaseImage } from "./release-image.mjs";
import { root } from "./root.mjs";

/** Paths of all files below `directory`, relative to it; none where it does not exist. */
function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((file) => !lstatSync(join(directory, file)).isDirectory())
    .sort();
}

/** One line for each file of `actual` that is not exactly as in `expected`. */
function differences(expected, actual) {
  const wanted = new Set(filesBelow(expected));
  const present = new Set(filesBelow(actual));
  const lines = [];
  for (const file of wanted) {
    if (!present.has(file)) lines.push(`missing: ${file}`);
    else if (!readFileSync(join(expected, file)).equals(readFileSync(join(actual, file)))) {
      lines.push(`stale: ${file}`);
    }
  }
  for (const file of present) if (!wanted.has(file)) lines.push(`extra: ${file}`);
  return lines;
}

async function checkGenerated(scratch, generation) {
  const why = generation.missing();
  if (why !== undefined) return { ok: true, skipped: why };
  const fresh = join(scratch, generation.name);
  mkdirSync(fresh);
  const done = await generateInto(fresh, generation);
  if (!done.ok) return done;
  const lines = generation.directories.flatMap((directory) => {
    if (filesBelow(join(fresh, directory)).length === 0) {
      return [`${directory}: the templates generate nothing here`];
    }
    return differences(join(fresh, directory), join(root, directory)).map(
      (line) => `${directory}: ${line}`,
    );
  });
  if (lines.length === 0) return { ok: true };
  return {
    ok: false,
    output: `${lines.join("\n")}\nRun \`npm run generate\` and commit the result.\n`,
  };
}

function checkProtoc(scratch) {
  const version = run("protoc", ["--version"]);
  if (version.missing) return { ok: true, skipped: "protoc is not installed" };
  if (!version.ok) return version;
  const sources = filesBelow(join(root, "proto")).filter((file) => file.endsWith(".proto"));
  const image = join(scratch, "protoc.binpb");
  const compiled = run("protoc", [
    "--proto_path=proto",
    `--descriptor_set_out=${image}`,
    ...sources,
  ]);
  // A warning, e.g. of an unused import, is a failure too: C++ users would see it at each build.
  if (compiled.ok && compiled.output !== "") return { ok: false, output: compiled.output };
  return { ...compiled, note: version.output.trim() };
}

const checks = [
  ["buf lint", () => buf("lint")],
  ["buf format", () => buf("format", "--diff", "--exit-code")],
  ["buf breaking", () => buf("breaking", "--against", releaseImage)],
  ["protoc accepts it", checkProtoc],
  ...(await generations()).map((generation) => [
    `generated code is current (${generation.name})`,
    (scratch) => checkGenerated(scratch, generation),
  ]),
];

const scratch = mkdtempSync(join(tmpdir(), "fsfreezed-check-proto-"));
try {
  for (const [name, check] of checks) {
    const result = await check(scratch);
    if (!result.ok) {
      console.error(`FAILED  ${name}\n${result.output}`);
      process.exitCode = 1;
    } else if (result.skipped) {
      console.log(`skipped ${name}: ${result.skipped}`);
    } else {
      console.log(`ok      ${name}${result.note ? ` (${result.note})` : ""}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
