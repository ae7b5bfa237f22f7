/**
 * The state directory: on memory, because a write to a frozen disk would hang the very processes
 * that must thaw it. `serve` mounts a tmpfs where it is not, and a bpffs inside it for the pins,
 * and unmounts what it mounted at a clean exit.
 */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSilenceMs } from "../channel/line-channel.js";
import type { Log } from "../observe/log.js";
import { errorCode } from "../os/libc.js";
import { type Lock, tryLockDirectory } from "../os/lock.js";
import { filesystemTypeOf, mountBpffs, mountTmpfs, unmount } from "../os/mounts.js";
import { grantsFolder, holdsFolder } from "./journal.js";
import { lockState, sentinelFileName } from "./sentinel-file.js";

export interface StateDirectory {
  readonly path: string;
  readonly journal: string;
  /** Where BPF objects can be pinned; undefined where no bpffs could be mounted. */
  readonly bpffs: string | undefined;
  /** On tmpfs or ramfs. If not, holds on its file system are refused. */
  readonly onMemory: boolean;
  /**
   * At a clean exit, with nothing left in the journal's grants. The receipts stay for the next start
   * where the place was on memory before us; a tmpfs of our own goes with them.
   */
  removeAll(): void;
  /** Leaves everything for recovery. */
  release(): void;
}

export class StateDirectoryBusy extends Error {
  override readonly name = "StateDirectoryBusy";
}

/** Says at a clean exit, also that of a later process, that the mount is ours to take away. */
const markerName = ".mounted-by-fsfreezed";

/**
 * How long a sentinel that clears up after a dead service is left to it. What takes longer hangs in
 * the kernel, and our own recovery waits for that while we serve.
 */
const sentinelMs = defaultSilenceMs / 2;

export async function prepareStateDirectory(path: string, log: Log): Promise<StateDirectory> {
  const created = mkdirSync(path, { recursive: true, mode: 0o755 }) !== undefined;
  const { lock, onMemory } = await lockOnMemory(path, log);
  const pins = join(path, "bpf");
  mkdirSync(pins, { recursive: true, mode: 0o700 });
  const pinned =
    filesystemTypeOf(pins) === "bpffs" ||
    attempt(
      log,
      "bpffs cannot be mounted, freeze generations do not outlive the service",
      pins,
      mountBpffs,
    );
  const journal = join(path, "journal");
  return {
    path,
    journal,
    bpffs: pinned ? pins : undefined,
    onMemory,
    removeAll() {
      if (pinned) detach(log, pins);
      // The mount goes with all that is on it while the lock is held, so that whoever locks next
      // finds the place as it was.
      const unmounted = existsSync(join(path, markerName)) && detach(log, path);
      if (!unmounted) {
        const names = ["bpf", markerName, sentinelFileName, "lock"];
        for (const gone of [grantsFolder(journal), ...names.map((name) => join(path, name))]) {
          rmSync(gone, { recursive: true, force: true });
        }
        for (const folder of [holdsFolder(journal), journal]) removeIfEmpty(folder);
      }
      lock.release();
      if (created) removeIfEmpty(path);
    },
    release() {
      lock.release();
    },
  };
}

/**
 * The directory below is locked while it is mounted over: two that start at once would each have a
 * mount, and a lock, of its own.
 */
async function lockOnMemory(
  path: string,
  log: Log,
): Promise<{ readonly lock: Lock; readonly onMemory: boolean }> {
  const below = tryLockDirectory(path);
  if (below === undefined) throw busy(path);
  try {
    let onMemory = isMemory(path);
    if (!onMemory) {
      onMemory = attempt(log, "tmpfs cannot be mounted on the state directory", path, mountTmpfs);
      if (onMemory) writeFileSync(join(path, markerName), "");
    }
    const lock = await lockState(path, sentinelMs);
    if (lock === undefined) throw busy(path);
    return { lock, onMemory };
  } finally {
    below.release();
  }
}

function busy(path: string): StateDirectoryBusy {
  return new StateDirectoryBusy(`another fsfreezed serves with the state directory ${path}`);
}

function isMemory(path: string): boolean {
  const type = filesystemTypeOf(path);
  return type === "tmpfs" || type === "ramfs";
}

function attempt(log: Log, message: string, path: string, mount: (path: string) => void): boolean {
  try {
    mount(path);
    return true;
  } catch (error) {
    log.warn(message, { path, errno: errorCode(error) ?? String(error) });
    return false;
  }
}

/** Lazily: whoever still has something open there keeps it until it is closed. */
function detach(log: Log, path: string): boolean {
  return attempt(log, "what was mounted cannot be unmounted", path, (mounted) =>
    unmount(mounted, { lazy: true }),
  );
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody keeps something in it: it stays.
  }
}
