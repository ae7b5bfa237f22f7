/** The service as an operator starts it: `fsfreezed serve`, with a state directory of the demo's own. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Program } from "./program.js";
import type { Teller } from "./teller.js";
import type { Workbench } from "./workbench.js";

const daemonProgram = fileURLToPath(new URL("../cli/fsfreezed.cjs", import.meta.url));

export interface Service {
  readonly address: string;
  readonly program: Program;
}

export async function startService(bench: Workbench, options: readonly string[]): Promise<Service> {
  const stateDir = bench.path("state");
  const args = [daemonProgram, "serve", "--state-dir", stateDir, "--log-level", "warn", ...options];
  const program = await bench.start("fsfreezed", process.execPath, args);
  const [, address = ""] = await program.waitForLine(/^fsfreezed serves on (\S+)$/, 15_000);
  return { address, program };
}

/** As an operator ends it: SIGTERM. */
export async function endService(teller: Teller, { program }: Service): Promise<void> {
  const start = performance.now();
  program.kill("SIGTERM");
  const how = await Promise.race([program.ended, sleep(10_000, "not within 10 s", { ref: false })]);
  const took = `${(performance.now() - start).toFixed(0)} ms`;
  teller.check(how === 0, `SIGTERM ended the service after ${took} with ${how}`);
}
