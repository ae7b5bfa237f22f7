/**
 * The judge of every test on the real kernel: is this file system frozen? It asks by effects alone (does a write complete;
 * does the kernel refuse a second freeze), through other programs, and uses none of the project's code.
 *
 * Each question disturbs in one of the two states only: `refusesFreeze` changes nothing on a frozen file system (a thawed
 * one is frozen and thawed for a moment); `acceptsWrites` leaves a blocked writer on a frozen one, which writes a file
 * as soon as that is thawed. Ask the one whose answer "no" fails the test anyway.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { rigSession } from "./rig-session.js";
import { startProcess, type TrackedProcess } from "./tracked-process.js";

export type KernelState = "frozen" | "thawed" | "freezing";

/** The child is left alone at the limit: killed in D state it would leave what it does half done. */
async function ask(
  script: string,
  mountPoint: string,
  limitMs: number,
): Promise<{ readonly child: TrackedProcess; readonly code: number | undefined }> {
  (await rigSession()).assertOurs(mountPoint);
  const child = await startProcess("sh", ["-c", script, "sh", mountPoint, String(process.pid)], {
    env: { LC_ALL: "C" },
  });
  const exit = await Promise.race([child.exited, sleep(limitMs, undefined, { ref: false })]);
  return { child, code: exit?.code ?? undefined };
}

/**
 * "frozen": a FIFREEZE was refused with EBUSY. "thawed": it succeeded, and was undone at once. "freezing": it had to wait
 * for another freeze in flight (Linux 6.8 and newer; an older kernel says EBUSY for that, too).
 */
export async function freezeProbe(mountPoint: string, limitMs = 1500): Promise<KernelState> {
  const { child, code } = await ask('fsfreeze -f "$1" && fsfreeze -u "$1"', mountPoint, limitMs);
  if (child.exit === undefined) return "freezing";
  if (code === 0) return "thawed";
  if (child.stderr.includes("Device or resource busy")) return "frozen";
  throw new Error(`fsfreeze of ${mountPoint} says neither: ${child.stderr}`);
}

/** True where a new file can be written and synced within the limit: certainly thawed at that moment. */
export async function acceptsWrites(mountPoint: string, limitMs = 1000): Promise<boolean> {
  const script = 'f="$1/.truth-$2-$$"; echo x >"$f" && sync "$f" && rm "$f"';
  const { child, code } = await ask(script, mountPoint, limitMs);
  if (child.exit !== undefined && code !== 0) {
    throw new Error(`a write to ${mountPoint} fails: ${child.stderr}`);
  }
  return child.exit !== undefined;
}

/** The state, by both questions. On a frozen file system a blocked writer stays behind until the thaw. */
export async function kernelState(mountPoint: string): Promise<KernelState> {
  if (await acceptsWrites(mountPoint, 300)) return "thawed";
  return freezeProbe(mountPoint);
}

/** Throws unless frozen; leaves a frozen file system as it is. */
export async function expectFrozen(mountPoint: string): Promise<void> {
  const state = await freezeProbe(mountPoint);
  if (state !== "frozen") throw new Error(`${mountPoint} is ${state}, not frozen`);
}

/**
 * For a freeze that is on its way. It asks with writes, because a probe that froze a thawed file system for a moment would be
 * in that freeze's way; a blocked one stays behind until the thaw.
 */
export async function waitUntilFrozen(mountPoint: string, limitMs = 10_000): Promise<void> {
  const start = performance.now();
  // Two in a row: a busy machine may be slow with one.
  for (let blocked = 0; blocked < 2; ) {
    blocked = (await acceptsWrites(mountPoint, 300)) ? 0 : blocked + 1;
    if (performance.now() - start > limitMs) {
      throw new Error(`${mountPoint} is not frozen within ${limitMs} ms`);
    }
  }
  await expectFrozen(mountPoint);
}

/** Throws unless a write completes within the limit; leaves a thawed file system thawed. */
export async function expectThawed(mountPoint: string, limitMs = 5000): Promise<void> {
  if (!(await acceptsWrites(mountPoint, limitMs))) {
    throw new Error(`no write to ${mountPoint} completes within ${limitMs} ms: it is not thawed`);
  }
}
