/**
 * The state directory: on memory, because a write to a frozen disk would hang the very processes that must thaw it. `serve` mounts a
 * tmpfs where it is not, and a bpffs inside it for the pins, and unmounts what it mounted at a clean exit.
 */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../observe/log.js";
import { errorCode } from "../os/libc.js";
import { tryLock } from "../os/lock.js";
import { filesystemTypeOf, mountBpffs, mountTmpfs, unmount } from "../os/mounts.js";

export interface StateDirectory {
  readonly path: string;
  readonly journal: string;
  /** Where BPF objects can be pinned; undefined where no bpffs could be mounted. */
  readonly bpffs: string | undefined;
  /** On tmpfs or ramfs. If not, holds on its file system are refused. */
  readonly onMemory: boolean;
  /** At a clean exit, with nothing left in the journal's grants. */
  removeAll(): void;
  /** Leaves everything for recovery. */
  release(): void;
}

export class StateDirectoryBusy extends Error {
  override readonly name = "StateDirectoryBusy";
}

export function prepareStateDirectory(path: string, log: Log): StateDirectory {
  const created = mkdirSync(path, { recursive: true, mode: 0o755 }) !== undefined;
  let onMemory = isMemory(path);
  const marker = join(path, ".mounted-by-fsfreezed");
  if (!onMemory) {
    onMemory = attempt(log, "tmpfs cannot be mounted on the state directory", path, mountTmpfs);
    // Says at a clean exit, also that of a later process, that the mount is ours to take away.
    if (onMemory) writeFileSync(marker, "");
  }
  const lock = tryLock(join(path, "lock"));
  if (lock === undefined) {
    throw new StateDirectoryBusy(`another fsfreezed serves with the state directory ${path}`);
  }
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
      if (pinned) unmount(pins, { lazy: true });
      rmSync(pins, { recursive: true, force: true });
      rmSync(journal, { recursive: true, force: true });
      rmSync(join(path, "lock"), { force: true });
      lock.release();
      if (existsSync(marker)) unmount(path, { lazy: true });
      if (created) removeIfEmpty(path);
    },
    release() {
      lock.release();
    },
  };
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

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody else keeps something in it: it stays.
  }
}
