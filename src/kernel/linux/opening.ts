/** Opening a directory of a mounted file system, and proof, on the descriptor, of what it is. */
import { readFileSync } from "node:fs";
import { ok, type Result, refuse } from "../../hold/refusal.js";
import { closeFd } from "../../os/sockets.js";
import type { DeviceNumber, FilesystemIdentity } from "../port.js";
import type { FrozenState } from "./frozen-state.js";
import { type Mount, MountTable, mountIdOfFdinfo, readMounts } from "./mountinfo.js";
import { type ByteString, bufferOf, bytesOfText, isText, textOf } from "./path-bytes.js";
import { refuseErrno, untouchableOnTheWay } from "./path-walk.js";
import {
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  open,
  openNoSymlinks,
  type StatxAnswer,
  statx,
} from "./syscalls.js";
import type { Lane } from "./thread-lanes.js";
import { uuidOf } from "./uuid.js";

export interface ResolveContext {
  readonly lane: Lane;
  readonly frozenState: FrozenState | undefined;
}

/** An open directory and what it is. Whoever gets it closes it. */
export interface Opened {
  readonly fd: number;
  readonly mount: Mount;
  readonly identity: FilesystemIdentity;
  /** st_dev: differs from the identity's device on a btrfs subvolume. */
  readonly statDevice: DeviceNumber;
}

function mountIdOf(fd: number, stat: StatxAnswer): number | undefined {
  return stat.mountId ?? mountIdOfFdinfo(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
}

/**
 * The mount table of now. The descriptor of "/" tells which of several mounts listed at "/" is
 * really ours.
 */
export function readTable(): MountTable {
  const root = open("/", O_RDONLY | O_DIRECTORY);
  if ("errno" in root) return new MountTable(readMounts(), undefined);
  try {
    const stat = statx(root.value);
    return new MountTable(
      readMounts(),
      "errno" in stat
        ? mountIdOfFdinfo(readFileSync(`/proc/self/fdinfo/${root.value}`, "latin1"))
        : mountIdOf(root.value, stat),
    );
  } finally {
    closeFd(root.value);
  }
}

export const retry = Symbol("the mount changed under us");

/**
 * Opens a directory that lies on `mount` and says what the descriptor is; everything in the answer
 * is read from it.
 */
export async function openOn(
  context: ResolveContext,
  mount: Mount,
  directory: ByteString,
): Promise<Result<Opened> | typeof retry> {
  const text = textOf(directory);
  const opened = await context.lane.run(() =>
    openNoSymlinks(bufferOf(directory), O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
  );
  if ("errno" in opened) return refuseErrno(opened.errno, text, "open");
  const fd = opened.value;
  const stat = statx(fd);
  const mountId = "errno" in stat ? undefined : mountIdOf(fd, stat);
  if ("errno" in stat || mountId !== mount.id) {
    closeFd(fd);
    if ("errno" in stat) return refuseErrno(stat.errno, text, "stat");
    return retry;
  }
  const view = context.frozenState?.ofDirectory(fd);
  const uuid = await uuidOf(fd, mount.type, mount.key, view?.uuid, context.lane);
  const mountPoint = textOf(mount.mountPoint);
  const identity: FilesystemIdentity = {
    key: mount.key,
    device: mount.device,
    type: mount.type,
    mountPoint,
    // A subdirectory whose name is no text could not be found again; its mount point freezes the
    // same.
    directory: isText(directory) ? text : mountPoint,
    source: textOf(mount.source),
    readOnly: view?.readOnly ?? mount.superOptions.includes("ro"),
    ...(uuid === undefined ? {} : { uuid }),
  };
  return ok({ fd, mount, identity, statDevice: stat.device });
}

/** A mount may come or go between the table and the open: then once more with a new table. */
export async function withFreshTable<T>(
  attempt: (table: MountTable) => Promise<Result<T> | typeof retry>,
  path: string,
): Promise<Result<T>> {
  for (let tries = 0; tries < 3; tries++) {
    const answer = await attempt(readTable());
    if (answer !== retry) return answer;
  }
  return refuse("TARGET_MISMATCH", `the mounts at ${path} keep changing`, { path });
}

/**
 * The mounts of one superblock that can be entered safely, the best first: whole file systems
 * before subdirectories.
 */
export function entrances(table: MountTable, mounts: readonly Mount[]): readonly Mount[] {
  return mounts
    .filter(
      (mount) =>
        table.visible(mount) && untouchableOnTheWay(table.walk(mount.mountPoint)) === undefined,
    )
    .sort((a, b) => Number(b.root === "/") - Number(a.root === "/"));
}

/**
 * Opens a file system again that was resolved before, possibly by another process: it must still be
 * the same one.
 */
export async function openIdentity(
  context: ResolveContext,
  identity: FilesystemIdentity,
): Promise<Result<Opened>> {
  const { mountPoint, directory, key } = identity;
  const gone = (actual: string): Result<never> =>
    refuse("TARGET_MISMATCH", `${mountPoint} is not the file system ${key} any more`, {
      path: mountPoint,
      expected_device: key,
      actual_device: actual,
    });
  const opened = await withFreshTable<Opened>(async (table) => {
    const listed = table.mounts.filter((mount) => textOf(mount.mountPoint) === mountPoint);
    const [mount] = entrances(
      table,
      listed.filter((candidate) => candidate.key === key),
    );
    if (mount === undefined) return gone(listed.at(-1)?.key ?? "");
    const path = directory === mountPoint ? mount.mountPoint : bytesOfText(directory);
    const places = table.walk(path);
    const last = places.at(-1)?.mount;
    if (last === undefined || untouchableOnTheWay(places) !== undefined) return gone("");
    return openOn(context, last, path);
  }, mountPoint);
  if (!opened.ok) return opened;
  const actual = opened.value.identity;
  const sameUuid =
    identity.uuid === undefined || actual.uuid === undefined || identity.uuid === actual.uuid;
  if (actual.key === key && actual.type === identity.type && sameUuid) return opened;
  closeFd(opened.value.fd);
  return gone(actual.key);
}
