/**
 * Sweeps what earlier test processes left whose guard died with them, and at the end waits for the guards of this run:
 * when the command returns, nothing is left.
 */
import { readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sessionPrefix } from "./rig-session.js";
import { isDead, sweep } from "./sweep.mjs";

interface FoundSession {
  readonly directory: string;
  readonly ownerIsDead: boolean;
}

function sessions(): readonly FoundSession[] {
  const base = realpathSync(tmpdir());
  const pattern = new RegExp(`^${sessionPrefix}(\\d+)-(\\d+)-`);
  return readdirSync(base).flatMap((name) => {
    const [, pid, startTime] = pattern.exec(name) ?? [];
    if (pid === undefined || startTime === undefined) return [];
    return [{ directory: join(base, name), ownerIsDead: isDead(Number(pid), startTime) }];
  });
}

/** A dead owner's guard gets its time first: two sweeps at once would only get into each other's way. */
async function settle(limitMs: number): Promise<void> {
  const start = performance.now();
  while (sessions().some((session) => session.ownerIsDead)) {
    if (performance.now() - start > limitMs) break;
    await sleep(100);
  }
  for (const session of sessions()) {
    if (!session.ownerIsDead) continue;
    const result = await sweep({ directory: session.directory, limitMs: 10_000 });
    if (!result.clean) throw new Error(`left behind: ${result.remaining.join(", ")}`);
  }
}

export async function setup(): Promise<void> {
  await settle(5_000);
}

export async function teardown(): Promise<void> {
  await settle(10_000);
}
