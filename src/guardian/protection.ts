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

export async function protect(
  kernel: Kernel,
  options: { readonly stateDir: string; readonly unprotect: readonly string[]; readonly log: Log },
): Promise<Protection> {
  const reasons = new Map<string, string>();
  const here = dirname(fileURLToPath(import.meta.url));
  await note(kernel, reasons, "/", "it is the root file system");
  await note(kernel, reasons, process.execPath, "the service runs from it");
  await note(kernel, reasons, here, "the service runs from it");
  await note(kernel, reasons, options.stateDir, "the service keeps its state on it");
  for (const path of outputFiles()) {
    await note(kernel, reasons, path, "the service writes its log to it");
  }
  for (const path of options.unprotect) {
    const allowed = await locate(kernel, path);
    if (allowed === undefined) options.log.warn("nothing to unprotect there", { path });
    else reasons.delete(allowed.key);
  }
  return {
    check(identity) {
      const why = reasons.get(identity.key);
      if (why === undefined) return undefined;
      return refuse(
        "PROTECTED_FILESYSTEM",
        `this file system is protected: ${why}; the operator can allow it with --unprotect`,
        { path: identity.mountPoint, device: identity.key, why },
      ).refusal;
    },
  };
}

async function locate(kernel: Kernel, path: string): Promise<FilesystemIdentity | undefined> {
  // A file's own directory stands for it: only directories are resolved.
  for (const candidate of [path, dirname(path)]) {
    const by = { kind: "path", path: candidate } as const;
    const found = await kernel.resolve({ by, allowSubdirectory: true });
    if (found.ok) return found.value;
  }
  return undefined;
}

async function note(
  kernel: Kernel,
  reasons: Map<string, string>,
  path: string,
  why: string,
): Promise<void> {
  const identity = await locate(kernel, path);
  if (identity === undefined) return;
  if (!reasons.has(identity.key)) reasons.set(identity.key, why);
  for (const layer of await kernel.layersBelow(identity)) {
    if (!reasons.has(layer.key))
      reasons.set(layer.key, `it stores a file system that is protected: ${why}`);
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
