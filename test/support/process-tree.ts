/** What a test may leave behind: mounts, loop devices, processes and descriptors, compared before and after. */
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startedRigSession } from "./rig-session.js";
import { readProcess, remains } from "./sweep.mjs";

/** Processes below this one, the given process not included. A process that its parent outlived is init's child. */
export function descendants(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const found = readProcess(Number(name));
    if (found === undefined || found.state === "Z") continue;
    children.set(found.parent, [...(children.get(found.parent) ?? []), Number(name)]);
  }
  const found = [...(children.get(pid) ?? [])];
  for (const member of found) found.push(...(children.get(member) ?? []));
  return found;
}

/** What a process's descriptors point to; the target of each, as /proc/PID/fd shows it. */
export function openDescriptors(pid: number | "self" = "self"): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      // The descriptor that listed the directory is closed by now.
      return [];
    }
  });
}

/** A descriptor's kind, for a comparison that ignores which socket or pipe it is. */
function describeDescriptor(target: string): string {
  return `fd ${target.replace(/:\[\d+\]$/, "")}`;
}

export type Inventory = ReadonlyMap<string, number>;

/** Counts of everything of this process and its rig that exists now. */
export async function inventory(): Promise<Inventory> {
  const counts = new Map<string, number>();
  const add = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const session = await startedRigSession();
  if (session !== undefined) {
    const { loops, mounts } = remains(session.directory);
    for (const mount of mounts) add(`mount ${mount.mountPoint}`);
    for (const loop of loops) add(`loop ${loop.path} ${loop.backingFile}`);
  }
  const guard = session?.guardPid;
  const own = descendants(process.pid).filter((pid) => pid !== guard && guardParent(pid) !== guard);
  for (const pid of own) add(`process ${pid}`);
  for (const target of openDescriptors()) add(describeDescriptor(target));
  return counts;
}

function guardParent(pid: number): number | undefined {
  return readProcess(pid)?.parent;
}

/** What exists more often now than in `before`. Ends of processes and pipes take a moment: waits for them. */
export async function leftovers(before: Inventory, limitMs = 5000): Promise<readonly string[]> {
  const start = performance.now();
  for (;;) {
    const now = await inventory();
    const more = [...now].filter(([what, count]) => count > (before.get(what) ?? 0));
    if (more.length === 0) return [];
    if (performance.now() - start > limitMs) {
      return more.map(([what, count]) => `${what} (${before.get(what) ?? 0} -> ${count})`);
    }
    await sleep(50);
  }
}

/** Waits until a process is gone (a zombie counts as gone); throws at the limit. */
export async function waitUntilGone(pid: number, limitMs = 5000): Promise<void> {
  const start = performance.now();
  for (;;) {
    const found = readProcess(pid);
    if (found === undefined || found.state === "Z") return;
    if (performance.now() - start > limitMs) {
      throw new Error(`process ${pid} (${found.state}) is still there after ${limitMs} ms`);
    }
    await sleep(20);
  }
}
