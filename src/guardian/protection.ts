/**
 * File systems that are not frozen unless the operator allows it: the one under `/`, those that
 * this service itself needs, and whatever stores these. Freezing one of them could stop the very
 * processes that must thaw it.
 */
import { readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Refusal, refuse } from "../hold/refusal.js";
import type { FilesystemIdentity, Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";

export interface Protection {
  /** Why this file system is not frozen, if it is protected. */
  check(identity: FilesystemIdentity): Refusal | undefined;
}

export interface ProtectionOptions {
  readonly stateDir: string;
  readonly unprotect: readonly string[];
  readonly log: Log;
  /** Where this process's output goes; default: as /proc says. */
  readonly outputs?: readonly string[];
}

interface Reason {
  readonly why: string;
  /** Whether the operator can allow it. */
  readonly mayBeAllowed: boolean;
}

export async function protect(kernel: Kernel, options: ProtectionOptions): Promise<Protection> {
  const { stateDir, unprotect, log, outputs = outputFiles() } = options;
  const reasons = new Map<string, Reason>();
  const note = (path: string, why: string, mayBeAllowed = true): Promise<void> =>
    noteStack(kernel, reasons, path, { why, mayBeAllowed });
  // A write to the journal while that is frozen would stop the process that is to thaw it.
  await note(stateDir, "the service keeps its state on it", false);
  await note("/", "it is the root file system");
  const here = dirname(fileURLToPath(import.meta.url));
  for (const path of [process.execPath, here]) await note(path, "the service runs from it");
  for (const path of outputs) await note(path, "the service writes its log to it");
  for (const path of unprotect) {
    const allowed = await locate(kernel, path);
    if (allowed === undefined) log.warn("nothing to unprotect there", { path });
    else if (reasons.get(allowed.key)?.mayBeAllowed === false) {
      log.warn("it stays protected, because the service keeps its state on it", { path });
    } else reasons.delete(allowed.key);
  }
  return {
    check({ key, mountPoint }) {
      const reason = reasons.get(key);
      if (reason === undefined) return undefined;
      const { why, mayBeAllowed } = reason;
      const way = mayBeAllowed
        ? "the operator can allow it with --unprotect"
        : "a --state-dir on another one, best on tmpfs, helps";
      return refuse("PROTECTED_FILESYSTEM", `this file system is protected: ${why}; ${way}`, {
        path: mountPoint,
        device: key,
        why,
      }).refusal;
    },
  };
}

/** Undefined where it lies on nothing that could be frozen, as a tmpfs. */
async function locate(kernel: Kernel, path: string): Promise<FilesystemIdentity | undefined> {
  const at = (candidate: string) =>
    kernel.resolve({ by: { kind: "path", path: candidate }, allowSubdirectory: true });
  const found = await at(path);
  if (found.ok) return found.value;
  // Only directories are resolved: a file's own one stands for it.
  if (found.refusal.reason !== "NOT_A_DIRECTORY") return undefined;
  const around = await at(dirname(path));
  return around.ok ? around.value : undefined;
}

async function noteStack(
  kernel: Kernel,
  reasons: Map<string, Reason>,
  path: string,
  reason: Reason,
): Promise<void> {
  const identity = await locate(kernel, path);
  if (identity === undefined) return;
  if (!reasons.has(identity.key)) reasons.set(identity.key, reason);
  const why = `it stores a file system that is protected: ${reason.why}`;
  for (const layer of await kernel.layersBelow(identity)) {
    if (!reasons.has(layer.key)) reasons.set(layer.key, { ...reason, why });
  }
}

/** A log line into a file on a frozen file system would block its writer for ever. */
function outputFiles(): readonly string[] {
  return [1, 2].flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith("/") ? [path] : [];
    } catch {
      // A closed descriptor is no output.
      return [];
    }
  });
}
