/**
 * Says which sentinel watches which supervisor, so that whoever finds the state directory locked
 * knows whether a service lives there, or a sentinel clears up after one.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, tryLock } from "../os/lock.js";
import { killProcess, lifeOf, type ProcessIdentity } from "./process-life.js";

export interface Watch {
  readonly supervisor: ProcessIdentity;
  readonly sentinel: ProcessIdentity;
}

export const sentinelFileName = "sentinel.json";

export function writeSentinelFile(stateDir: string, watch: Watch): void {
  const file = join(stateDir, sentinelFileName);
  writeFileSync(`${file}.new`, JSON.stringify(watch), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export const lockPath = (stateDir: string): string => join(stateDir, "lock");

const pollMs = 5;

/**
 * The lock of a state directory; undefined where a living service has it.
 *
 * A sentinel that clears up after a dead service is waited for. After `patienceMs` it is killed:
 * what it has not done is still in the journal, and is done by whoever has the lock next.
 */
export async function lockState(
  stateDir: string,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<Lock | undefined> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    // Asked first: one that leaves in between has let go of the lock by then.
    const sentinel = sentinelOfDead(stateDir);
    const lock = tryLock(lockPath(stateDir));
    if (lock !== undefined) return lock;
    if (sentinel === undefined) return undefined;
    if (waitedMs >= patienceMs) killProcess(sentinel.pid);
    // Stuck in the kernel, it keeps the lock though it is killed.
    if (waitedMs >= patienceMs + killedMs) return undefined;
    await sleep(pollMs);
  }
}

/** How long a killed sentinel may take to go. */
const killedMs = 2_000;

function sentinelOfDead(stateDir: string): ProcessIdentity | undefined {
  const watch = readSentinelFile(stateDir);
  if (watch === undefined || lifeOf(watch.supervisor) === "alive") return undefined;
  return lifeOf(watch.sentinel) === "gone" ? undefined : watch.sentinel;
}

function readSentinelFile(stateDir: string): Watch | undefined {
  try {
    return asWatch(JSON.parse(readFileSync(join(stateDir, sentinelFileName), "utf8")));
  } catch {
    // None was ever started there, or what lies there is not its file.
    return undefined;
  }
}

function asWatch(value: unknown): Watch | undefined {
  const { supervisor, sentinel } = value as Partial<Watch>;
  return isIdentity(supervisor) && isIdentity(sentinel) ? { supervisor, sentinel } : undefined;
}

function isIdentity(value: unknown): value is ProcessIdentity {
  const { pid, startTicks } = (value ?? {}) as Partial<ProcessIdentity>;
  return Number.isInteger(pid) && Number(pid) > 1 && typeof startTicks === "string";
}
