// `npm run demo`: brings the build up to date, then runs the demo in this very process, which so gets the terminal's signals.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const prepare = fileURLToPath(new URL("prepare.mjs", import.meta.url));
const built = spawnSync(process.execPath, [prepare], { stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);
await import("../dist/demo/main.js");
