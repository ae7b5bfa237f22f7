// What the guest gets: the built project, its tests, and of node_modules what they need to run, without compilers and linters.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const copied = [
  "dist",
  "clients/typescript/dist",
  "clients/typescript/package.json",
  "deploy/systemd",
  "package.json",
  "src",
  "clients/typescript/src",
  "test",
  "tsconfig.base.json",
  "vitest.config.ts",
];

/** Fills `directory`, readable for all: the api process runs as nobody. */
export function makePayload(root, directory) {
  for (const path of copied) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    cpSync(join(root, path), join(directory, path), { recursive: true });
  }
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const wanted = [...Object.keys(packages[""].dependencies), "vitest"];
  for (const path of closure(packages, wanted)) {
    const target = join(directory, path);
    // An optional package of another platform.
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(target), { recursive: true });
    if (packages[path].link === true) {
      symlinkSync(join("../..", packages[path].resolved), target);
      continue;
    }
    // Packages nested in this one are in the closure by themselves, where they are needed.
    const filter = (from) => !from.slice(join(root, path).length).startsWith("/node_modules");
    cpSync(join(root, path), target, { recursive: true, filter });
  }
  chmodSync(directory, 0o755);
}

/** Paths of the packages that these names need, in the lock file's words. */
function closure(packages, names) {
  const found = new Set();
  const pending = names.map((name) => find(packages, "", name));
  while (pending.length > 0) {
    const path = pending.pop();
    // An optional peer that is not installed.
    if (path === undefined || found.has(path)) continue;
    found.add(path);
    const at = packages[path].link === true ? packages[path].resolved : path;
    const { dependencies, optionalDependencies, peerDependencies } = packages[at];
    const next = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    for (const name of Object.keys(next)) pending.push(find(packages, at, name));
  }
  return found;
}

/** As Node looks for it: in the package's own node_modules, then in those further up. */
function find(packages, from, name) {
  for (
    let base = from;
    base !== "";
    base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))
  ) {
    const path = `${base}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
  }
  return packages[`node_modules/${name}`] === undefined ? undefined : `node_modules/${name}`;
}
