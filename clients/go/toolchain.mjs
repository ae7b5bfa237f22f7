// How the Go client is had, built and run: see test/conformance/README.md, "A language".
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const language = "go";

const here = dirname(fileURLToPath(import.meta.url));

// go.mod says 1.26.0, because grpc does.
const oldestGo = [1, 26];

const generators = [
  ["protoc-gen-go", "1.36.12", "google.golang.org/protobuf/cmd/protoc-gen-go"],
  ["protoc-gen-go-grpc", "1.6.2", "google.golang.org/grpc/cmd/protoc-gen-go-grpc"],
];

// The toolchain that is installed, never one that is fetched; no build depends on the git tree, and
// none changes go.mod. Two processors at most: others build at the same time.
const env = { GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false -mod=readonly", GOWORK: "off" };
const parallel = ["-p", "2"];

/** Why it cannot be built here; undefined where it can. */
export function missing() {
  const wanted = `go ${oldestGo.join(".")} or newer is not installed`;
  let found;
  try {
    found = execFileSync("go", ["env", "GOVERSION"], {
      encoding: "utf8",
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return wanted;
  }
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(found) ?? []).map(Number);
  const enough = major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1]);
  return enough ? undefined : `${wanted}, but ${found.trim()}`;
}

/** Brings the plugins that the template names into `tools`. */
export async function installGenerators(tools, run) {
  for (const [name, version, path] of generators) {
    const directory = join(tools, `${name}-${version}`);
    if (existsSync(join(directory, name))) continue;
    await run("go", ["install", ...parallel, `${path}@v${version}`], {
      // -mod is for a main module, which `go install` of a version has not.
      env: { ...env, GOFLAGS: "-buildvcs=false", GOBIN: directory },
    });
  }
}

export const template = "clients/go/buf.gen.yaml";
export const generated = ["clients/go/internal/gen"];

const sampleNames = {
  hold_and_snapshot: "hold-and-snapshot",
  renew: "renew",
  resume: "resume",
  status: "status",
};

/**
 * The driver and the samples are modules of their own, which require the client as a user's module does. Go builds a required
 * module from its sources: there is nothing to be installed before. Everything incremental is go's own cache.
 */
export async function build(directory, run) {
  await run("go", ["build", ...parallel, "-o", join(directory, "driver"), "."], {
    cwd: join(here, "conformance"),
    env,
  });
  await run("go", ["build", ...parallel, "-o", `${join(directory, "samples")}/`, "./..."], {
    cwd: join(here, "samples"),
    env,
  });
}

export function drivers(directory) {
  return { go: [join(directory, "driver")] };
}

export function samples(directory) {
  return Object.fromEntries(
    Object.entries(sampleNames).map(([name, program]) => [
      name,
      [join(directory, "samples", program)],
    ]),
  );
}

/** `go -C` needs no working directory; gofmt has no exit code that speaks of its findings. */
export function tests() {
  const go = (...args) => [
    "env",
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    "go",
    ...args,
  ];
  const handwritten = `find '${here}' -name '*.go' -not -path '*/internal/gen/*' -exec gofmt -l {} +`;
  return {
    gofmt: ["sh", "-c", `found=$(${handwritten}) && echo "$found" && test -z "$found"`],
    "go vet": go("-C", here, "vet", ...parallel, "./..."),
    "go vet (driver)": go("-C", join(here, "conformance"), "vet", ...parallel, "./..."),
    "go vet (samples)": go("-C", join(here, "samples"), "vet", ...parallel, "./..."),
    "go test": go("-C", here, "test", ...parallel, "-count=1", "./..."),
  };
}
