// Packs the package as npm would publish it, installs it globally into a scratch prefix, and runs what it installs from elsewhere.
// Needs the registry, or npm's cache, for the packages that it depends on.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./root.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "fsfreezed-check-package-"));

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  const what = [command, ...args].join(" ");
  throw new Error(`${what} failed: ${error?.message ?? status}\n${stdout ?? ""}${stderr ?? ""}`);
}

function expectThat(holds, problem) {
  if (!holds) throw new Error(problem);
}

try {
  // The build is current by now; `prepare` would only say so once more, and in between npm's own output.
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch];
  const [{ filename, files }] = JSON.parse(run("npm", pack, root));
  const own = files.map(({ path }) => path).filter((path) => !path.startsWith("node_modules/"));
  for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "package.json"]) {
    expectThat(own.includes(path), `${path} is not in the package`);
  }
  const strangers = own.filter((path) => /(^|\/)(test|demo)\/|\.test\.|\.tsbuildinfo$/.test(path));
  expectThat(strangers.length === 0, `not meant for the package: ${strangers.join(", ")}`);
  const prefix = join(scratch, "prefix");
  run(
    "npm",
    ["install", "--global", "--prefer-offline", "--prefix", prefix, join(scratch, filename)],
    scratch,
  );
  const bin = (name) => join(prefix, "bin", name);
  expectThat(
    run(bin("fsfreezed"), ["--version"], scratch).trim() === version,
    "fsfreezed --version",
  );
  expectThat(run(bin("fsfreezectl"), ["--help"], scratch).includes("hold"), "fsfreezectl --help");
  console.log(`ok      ${filename}: ${own.length} files of its own, installed and run`);
} catch (error) {
  console.error(`FAILED  the package: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
