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

export function missing() {
  const found = spawnSync("rustc", ["--version"], { encoding: "utf8" });
  const [, major, minor] = /^rustc (\d+)\.(\d+)\./.exec(found.stdout ?? "") ?? [];
  const wanted = oldestRust.join(".");
  if (major === undefined) return `rust ${wanted} or newer is not installed`;
  const isOlder = Number(major) === oldestRust[0] && Number(minor) < oldestRust[1];
  return isOlder ? `rust ${major}.${minor} is older than ${wanted}` : undefined;
}

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

/** The versions are those of Cargo.lock. The first build fetches them. */
export async function build(build, run) {
  const args = ["build", "--locked", "--quiet", "--workspace"];
  await run("cargo", args, { cwd: here, env: { CARGO_TARGET_DIR: join(build, "target") }, limitMs: 900_000 });
}

const program = (build, name) => join(build, "target", "debug", name);

export function drivers(build) {
  return { rust: [program(build, "fsfreezed-conformance")] };
}

export function samples(build) {
  const names = ["hold_and_snapshot", "renew", "resume", "status"];
  return Object.fromEntries(names.map((name) => [name, [program(build, name)]]));
}

export function tests(build) {
  const cargo = (...args) => [
    "cargo",
    ...args,
    "--manifest-path",
    join(here, "Cargo.toml"),
    "--target-dir",
    join(build, "target"),
  ];
  return {
    "cargo fmt": ["cargo", "fmt", "--all", "--check", "--manifest-path", join(here, "Cargo.toml")],
    "cargo clippy": [...cargo("clippy", "--locked", "--quiet", "--workspace", "--all-targets"), "--", "-D", "warnings"],
    "cargo test": cargo("test", "--locked", "--quiet", "--workspace"),
  };
}
