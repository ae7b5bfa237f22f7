// How the Python client takes part in conformance: see test/conformance/README.md, "A language".
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const language = "python";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Generated code refuses an older protobuf and grpcio than its generator's, so this is the oldest that is supported: newer
 * ones would shut out users for nothing.
 */
const generators = [
  "grpcio-tools==1.71.2",
  "grpcio==1.71.2",
  "protobuf==5.29.5",
  "setuptools==80.9.0",
];

/** The lower bounds of pyproject.toml. */
const oldest = ["grpcio==1.71.2", "protobuf==5.29.1", "googleapis-common-protos==1.66.0"];
const newest = [
  "grpcio==1.85.1",
  "protobuf==7.36.2",
  "googleapis-common-protos==1.76.0",
  "typing-extensions==4.16.0",
];
const tools = [
  "hatchling==1.33.0",
  "packaging==26.4",
  "pathspec==1.1.1",
  "pluggy==1.7.0",
  "trove-classifiers==2026.9.21.13",
  "mypy==2.4.1",
  "mypy-extensions==1.2.0",
  "librt==0.17.0",
  "ast-serialize==0.13.1",
  "types-grpcio==1.85.0.20261028",
  "types-protobuf==7.35.1.20260906",
  "pytest==9.2.0",
  "iniconfig==2.3.1",
  "pygments==2.21.0",
  "ruff==0.17.5",
];
/** The environments in which the package is installed, by name. */
const environments = { newest, oldest, check: [...newest, ...tools] };

const python = (build, environment) => join(build, environment, "bin/python");

function runsWith(...args) {
  return spawnSync("python3", args, { stdio: "ignore" }).status === 0;
}

export function missing() {
  const isNewEnough = "import sys; sys.exit(sys.version_info < (3, 10))";
  return runsWith("-c", isNewEnough) ? undefined : "python 3.10 or newer is not installed";
}

export async function installGenerators(cache, run) {
  await environment(join(cache, "python"), generators, run);
}

export const template = "clients/python/buf.gen.yaml";
export const generated = ["clients/python/src/fsfreezed/_gen"];

/** Makes a wheel and installs it beside the newest and the oldest runtime. Drivers and samples are run as they are. */
export async function build(build, run) {
  for (const [name, pins] of Object.entries(environments))
    await environment(join(build, name), pins, run);
  const digest = digestOfSources();
  const wheels = join(build, "wheels");
  await once(join(build, "wheel-digest"), digest, async () => {
    rmSync(wheels, { recursive: true, force: true });
    await pip(python(build, "check"), run, [
      ...["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, here],
    ]);
  });
  const [wheel = ""] = readdirSync(wheels);
  for (const name of Object.keys(environments)) {
    await once(join(build, name, "wheel-digest"), digest, () =>
      pip(python(build, name), run, [
        ...["install", "--no-deps", "--force-reinstall", join(wheels, wheel)],
      ]),
    );
  }
}

/** A virtual environment that has exactly these packages. */
async function environment(directory, pins, run) {
  await once(join(directory, "pins"), pins.join("\n"), async () => {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    if (!runsWith("-c", "import ensurepip")) {
      console.log("installing Debian's python3-venv");
      await run("apt-get", ["install", "-y", "--no-install-recommends", "python3-venv"]);
    }
    await run("python3", ["-m", "venv", directory]);
    // Without dependencies: all of them are pinned here.
    await pip(join(directory, "bin/python"), run, ["install", "--no-deps", ...pins]);
  });
}

async function pip(interpreter, run, [command, ...args]) {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await run(interpreter, ["-m", "pip", command, ...quiet, ...args]);
}

/** Does `work` unless the file says that it was done for the same `state`. */
async function once(file, state, work) {
  if (existsSync(file) && readFileSync(file, "utf8") === state) return;
  rmSync(file, { force: true });
  await work();
  writeFileSync(file, state);
}

/** Of all that ends up in the wheel. */
function digestOfSources() {
  const hash = createHash("sha256");
  const sources = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".pyc"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const files = ["pyproject.toml", "README.md", "LICENSE"].map((name) => join(here, name));
  for (const file of [...files, ...sources.sort()])
    hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

export function drivers(build) {
  const driver = (environment, file) => [
    ...[python(build, environment), "-B", join(here, "conformance", file)],
  ];
  return {
    python: driver("newest", "driver.py"),
    "python-async": driver("newest", "driver_asyncio.py"),
    "python-oldest": driver("oldest", "driver.py"),
  };
}

export function samples(build) {
  const names = ["hold_and_snapshot", "renew", "resume", "status"];
  return Object.fromEntries(
    names.map((name) => [name, [python(build, "newest"), "-B", join(here, `samples/${name}.py`)]]),
  );
}

export function tests(build) {
  const check = (...args) => [python(build, "check"), "-B", "-m", ...args];
  const configuration = join(here, "pyproject.toml");
  const checked = ["src", "conformance", "samples", "tests", "generate"].map((part) =>
    join(here, part),
  );
  return {
    "ruff check": check("ruff", "check", "--no-cache", "--quiet", here),
    "ruff format": check("ruff", "format", "--no-cache", "--check", "--quiet", here),
    mypy: check(
      "mypy",
      "--config-file",
      configuration,
      "--cache-dir",
      join(build, "mypy"),
      ...checked,
    ),
    pytest: check("pytest", "--quiet", "-c", configuration, "--rootdir", here, join(here, "tests")),
  };
}
