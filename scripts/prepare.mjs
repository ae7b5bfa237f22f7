// Builds what package.json's `bin` names. Runs at `npm ci` in a checkout; an installed package is built already.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
let tsc;
try {
  const require = createRequire(import.meta.url);
  tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
} catch {
  if (existsSync(join(root, "dist/cli/fsfreezed.cjs"))) process.exit(0);
  console.error(
    "fsfreezed: not built, and the compiler is a development dependency: run `npm ci` without --omit=dev",
  );
  process.exit(1);
}
const built = spawnSync(process.execPath, [tsc, "-b"], { cwd: root, stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);
for (const program of ["fsfreezed.cjs", "fsfreezectl.js"]) {
  chmodSync(join(root, "dist/cli", program), 0o755);
}
