// How the Rust client is had, built and run: see test/conformance/README.md, "A language".
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const language = "rust";

const here = dirname(fileURLToPath(import.meta.url));
/** tonic needs it; see rust-version in Cargo.toml. */
const oldestRust = [1, 88];
const generators = { "protoc-gen-prost": "0.5.0", "protoc-gen-tonic": "0.5.0" };

export const template = "clients/rust/buf.gen.yaml";
export const generated = ["clients/rust/src/gen"];

/** Why it cannot be built here; undefined where it can. */
export function missing() {
  const wanted = oldestRust.join(".");
  const [, major, minor] = /^rustc (\d+)\.(\d+)\./.exec(output("rustc", "--version")) ?? [];
  if (major === undefined) return `rust ${wanted} or newer is not installed`;
  const isOlder = Number(major) === oldestRust[0] && Number(minor) < oldestRust[1];
  return isOlder ? `rust ${major}.${minor} is older than ${wanted}` : undefined;
}

/** Empty where the program is not there or fails. */
function output(...command) {
  const [program = "", ...args] = command;
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", cwd: here });
  return status === 0 ? stdout : "";
}

/** Brings the plugins that the template names into `tools`. */
export async function installGenerators(tools, run) {
  const root = join(tools, "rust");
  const record = join(root, ".crates.toml");
  const installed = existsSync(record) ? readFileSync(record, "utf8") : "";
  const wanted = Object.entries(generators)
    .filter(([name, version]) => !installed.includes(`"${name} ${version} `))
    .map(([name, version]) => `${name}@${version}`);
  if (wanted.length > 0)
    await run("cargo", ["install", "--locked", "--quiet", "--root", root, ...wanted], {
      limitMs: 900_000,
    });
}

/**
 * The versions are those of Cargo.lock; the first build fetches them. The driver and the samples are packages of their own that
 * depend on the client: cargo builds it from its sources, as it does for every user.
 */
export async function build(build, run) {
  await run("cargo", ["build", "--locked", "--quiet", "--workspace"], {
    cwd: here,
    env: { CARGO_TARGET_DIR: join(build, "target") },
    limitMs: 900_000,
  });
}

const program = (build, name) => join(build, "target", "debug", name);

export function drivers(build) {
  return { rust: [program(build, "fsfreezed-conformance")] };
}

export function samples(build) {
  const names = ["hold_and_snapshot", "renew", "resume", "status"];
  return Object.fromEntries(names.map((name) => [name, [program(build, name)]]));
}

/** The formatter and the linter are parts of Rust that not every distribution brings. */
export function tests(build) {
  const manifest = ["--manifest-path", join(here, "Cargo.toml")];
  const target = ["--target-dir", join(build, "target")];
  const workspace = ["--locked", "--quiet", "--workspace", ...manifest, ...target];
  return {
    "cargo test": ["cargo", "test", ...workspace],
    ...(output("cargo", "clippy", "--version") && {
      "cargo clippy": ["cargo", "clippy", "--all-targets", ...workspace, "--", "-D", "warnings"],
    }),
    ...(output("cargo", "fmt", "--version") && {
      "cargo fmt": ["cargo", "fmt", "--all", "--check", ...manifest],
    }),
  };
}
