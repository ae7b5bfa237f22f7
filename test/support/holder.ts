import { fileURLToPath } from "node:url";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("holder.mjs", import.meta.url));

/** A process that holds file systems frozen with the public client: one that can be killed, stopped and told to end. */
export interface Holder {
  readonly process: TrackedProcess;
  readonly holdId: string;
}

export async function startHolder(address: string, paths: readonly string[]): Promise<Holder> {
  const child = await startProcess(process.execPath, [program, address, ...paths]);
  const [, holdId = ""] = (await child.waitForLine(/^frozen /)).split(" ");
  return { process: child, holdId };
}
