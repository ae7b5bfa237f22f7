// The clients beside the TypeScript one, each with a toolchain.mjs of its own: see test/conformance/README.md, "A language".
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./root.mjs";

/** Generators and other tools of exact versions: a cache that outlives the tree. */
export function toolsDirectory() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const directory = join(cache, "fsfreezed-tools");
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Where a language's package, driver and samples are built: in the checkout, and not in git. */
export function buildDirectory(language) {
  const directory = join(root, ".tools", "clients", language);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** The toolchains of the languages that are there, in the order of their names. */
export async function clientLanguages() {
  const clients = join(root, "clients");
  const found = readdirSync(clients)
    .sort()
    .map((name) => join(clients, name, "toolchain.mjs"))
    .filter((file) => existsSync(file));
  return await Promise.all(found.map((file) => import(pathToFileURL(file).href)));
}

/** Runs a program to its end; throws with what it printed where it fails or takes longer than `limitMs`. */
export function runTool(command, args, { cwd = root, env = {}, limitMs = 600_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      output += data;
    });
    child.once("error", reject);
    child.once("close", (status, signal) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")}: ${signal ?? status}\n${output}`));
    });
  });
}
