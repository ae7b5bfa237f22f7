/** From what a caller names to the one file system it means, and proof, on an open descriptor, that it is that one. */
import { readFileSync } from "node:fs";
import { ok, type Refusal, type Result, refuse } from "../../hold/refusal.js";
import { closeFd } from "../../os/sockets.js";
import type { DeviceNumber, FilesystemIdentity, TargetSpec } from "../port.js";
import { btrfsMembers, btrfsOfMember, btrfsUuid, deviceOfNumber } from "./block-devices.js";
import { typeVerdict } from "./filesystem-types.js";
import type { FrozenState } from "./frozen-state.js";
import { deviceKey, type Mount, MountTable, mountIdOfFdinfo, readMounts } from "./mountinfo.js";
import { type ByteString, bufferOf, bytesOfText, isText, textOf } from "./path-bytes.js";
import { fileKind, refuseErrno, refuseType, untouchableOnTheWay, walkPath } from "./path-walk.js";
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
import { normalizeUuid, uuidOf } from "./uuid.js";

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

/** The mount table of now. The descriptor of "/" tells which of several mounts listed at "/" is really ours. */
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

const retry = Symbol("the mount changed under us");

/** Opens a directory that lies on `mount` and says what the descriptor is; everything in the answer is read from it. */
async function openOn(
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
    // A subdirectory whose name is no text could not be found again; its mount point freezes the same.
    directory: isText(directory) ? text : mountPoint,
    source: textOf(mount.source),
    readOnly: view?.readOnly ?? mount.superOptions.includes("ro"),
    ...(uuid === undefined ? {} : { uuid }),
  };
  return ok({ fd, mount, identity, statDevice: stat.device });
}

/** A mount may come or go between the table and the open: then once more with a new table. */
async function withFreshTable<T>(
  attempt: (table: MountTable) => Promise<Result<T> | typeof retry>,
  path: string,
): Promise<Result<T>> {
  for (let tries = 0; tries < 3; tries++) {
    const answer = await attempt(readTable());
    if (answer !== retry) return answer;
  }
  return refuse("TARGET_MISMATCH", `the mounts at ${path} keep changing`, { path });
}

/** The mounts of one superblock that can be entered safely, the best first: whole file systems before subdirectories. */
function entrances(table: MountTable, mounts: readonly Mount[]): readonly Mount[] {
  return mounts
    .filter(
      (mount) =>
        table.visible(mount) && untouchableOnTheWay(table.walk(mount.mountPoint)) === undefined,
    )
    .sort((a, b) => Number(b.root === "/") - Number(a.root === "/"));
}

async function openMounted(
  context: ResolveContext,
  table: MountTable,
  mounts: readonly Mount[],
  metadata: Readonly<Record<string, string>>,
): Promise<Result<Opened> | typeof retry> {
  const [first] = mounts;
  const named = Object.values(metadata).join(" ");
  if (first === undefined)
    return refuse("TARGET_NOT_FOUND", `${named}: no mounted file system`, metadata);
  if (typeVerdict(first.type).kind !== "ask-the-kernel")
    return refuseType(textOf(first.mountPoint), first.type);
  const [entrance] = entrances(table, mounts);
  if (entrance === undefined)
    return refuse("TARGET_NOT_FOUND", `${named}: mounted, but covered by another mount`, {
      ...metadata,
      mount_point: textOf(first.mountPoint),
    });
  return openOn(context, entrance, entrance.mountPoint);
}

/** All mounts of the superblock that a block device belongs to: by its number, or as a member of a btrfs. */
async function mountsOfDevice(
  context: ResolveContext,
  table: MountTable,
  key: string,
): Promise<readonly Mount[]> {
  const direct = table.mounts.filter((mount) => mount.key === key);
  if (direct.length > 0) return direct;
  const uuid = btrfsOfMember(key);
  if (uuid === undefined) return [];
  for (const [, mounts] of mountsByKey(table, (mount) => mount.type === "btrfs")) {
    const [entrance] = entrances(table, mounts);
    if (entrance === undefined) continue;
    const opened = await openOn(context, entrance, entrance.mountPoint);
    if (opened === retry || !opened.ok) continue;
    const found = btrfsUuid(opened.value.fd);
    closeFd(opened.value.fd);
    if (found === uuid) return mounts;
  }
  return [];
}

function mountsByKey(
  table: MountTable,
  wanted: (mount: Mount) => boolean,
): ReadonlyMap<string, readonly Mount[]> {
  const groups = new Map<string, Mount[]>();
  for (const mount of table.mounts) {
    if (!wanted(mount)) continue;
    const group = groups.get(mount.key);
    if (group === undefined) groups.set(mount.key, [mount]);
    else group.push(mount);
  }
  return groups;
}

async function openPath(
  context: ResolveContext,
  table: MountTable,
  path: string,
  allowSubdirectory: boolean,
): Promise<Result<Opened> | typeof retry> {
  const found = await walkPath(path, table, context.lane);
  if (!found.ok) return found;
  const { place, mount, stat } = found.value;
  if (!stat.isDirectory())
    return refuse("NOT_A_DIRECTORY", `${path} is not a directory but a ${fileKind(stat)}`, {
      path,
      kind: fileKind(stat),
    });
  if (place.path !== mount.mountPoint && !allowSubdirectory)
    return refuse(
      "NOT_A_MOUNT_POINT",
      `${path} is not a mount point; it lies on ${textOf(mount.mountPoint)}`,
      {
        path,
        mount_point: textOf(mount.mountPoint),
      },
    );
  if (typeVerdict(mount.type).kind !== "ask-the-kernel") return refuseType(path, mount.type);
  const opened = await openOn(context, mount, place.path);
  if (opened === retry || !opened.ok || allowSubdirectory) return opened;
  // The descriptor's own word, where the kernel gives it (5.8 and newer): a mount may have gone in between.
  const again = statx(opened.value.fd);
  if ("errno" in again || again.mountRoot !== false) return opened;
  closeFd(opened.value.fd);
  return retry;
}

/** The number of the block device that a path names. */
export async function blockDeviceOfPath(
  context: ResolveContext,
  path: string,
): Promise<Result<DeviceNumber>> {
  const found = await walkPath(path, readTable(), context.lane);
  if (!found.ok) return found;
  const { stat } = found.value;
  if (stat.isBlockDevice()) return ok(deviceOfNumber(stat.rdev));
  const kind = fileKind(stat);
  return refuse("TARGET_MISMATCH", `${path} is not a block device but a ${kind}`, { path, kind });
}

async function openUuid(
  context: ResolveContext,
  table: MountTable,
  uuid: string,
): Promise<Result<Opened> | typeof retry> {
  const wanted = normalizeUuid(uuid);
  const matches: Opened[] = [];
  const local = (mount: Mount): boolean => typeVerdict(mount.type).kind === "ask-the-kernel";
  for (const [, mounts] of mountsByKey(table, local)) {
    const [entrance] = entrances(table, mounts);
    if (entrance === undefined) continue;
    const opened = await openOn(context, entrance, entrance.mountPoint);
    if (opened === retry || !opened.ok) continue;
    const found = opened.value.identity.uuid;
    if (found !== undefined && normalizeUuid(found) === wanted) matches.push(opened.value);
    else closeFd(opened.value.fd);
  }
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return ok(only);
  for (const { fd } of matches) closeFd(fd);
  if (only === undefined)
    return refuse("TARGET_NOT_FOUND", `no mounted file system has the UUID ${uuid}`, { uuid });
  return refuse(
    "TARGET_AMBIGUOUS",
    `${matches.length} mounted file systems have the UUID ${uuid}`,
    {
      uuid,
      devices: matches.map((match) => match.identity.key).join(" "),
      mount_points: matches.map((match) => match.identity.mountPoint).join(" "),
    },
  );
}

/** Compares the caller's expectations with what was really opened. */
function mismatch(opened: Opened, target: TargetSpec): Refusal | undefined {
  const { identity } = opened;
  const path = identity.mountPoint;
  if (target.expectUuid !== undefined) {
    const actual = identity.uuid ?? "";
    if (normalizeUuid(actual) !== normalizeUuid(target.expectUuid))
      return {
        reason: "TARGET_MISMATCH",
        message: `${path} has the UUID ${actual === "" ? "(unknown)" : actual}, not ${target.expectUuid}`,
        metadata: { path, expected_uuid: target.expectUuid, actual_uuid: actual },
      };
  }
  if (target.expectDevice === undefined) return undefined;
  const expected = deviceKey(target.expectDevice);
  // A btrfs is known by its own number, by its subvolume's (what stat shows), and by its devices'.
  const members = identity.type === "btrfs" ? btrfsMembers(btrfsUuid(opened.fd) ?? "") : undefined;
  const actual = [identity.key, deviceKey(opened.statDevice), ...(members ?? [])];
  if (actual.includes(expected)) return undefined;
  return {
    reason: "TARGET_MISMATCH",
    message: `${path} is device ${identity.key}, not ${expected}`,
    metadata: { path, expected_device: expected, actual_device: identity.key },
  };
}

function nameOf(target: TargetSpec): string {
  const { by } = target;
  switch (by.kind) {
    case "path":
    case "block-device":
      return by.path;
    case "device-number":
      return deviceKey(by.device);
    case "uuid":
      return by.uuid;
    default:
      return by satisfies never;
  }
}

/** Opens the directory that a target means. The caller closes it. */
export async function openTarget(
  context: ResolveContext,
  target: TargetSpec,
): Promise<Result<Opened>> {
  const { by } = target;
  let attempt: (table: MountTable) => Promise<Result<Opened> | typeof retry>;
  switch (by.kind) {
    case "path":
      attempt = (table) => openPath(context, table, by.path, target.allowSubdirectory);
      break;
    case "uuid":
      attempt = (table) => openUuid(context, table, by.uuid);
      break;
    case "block-device":
    case "device-number": {
      const device =
        by.kind === "block-device" ? await blockDeviceOfPath(context, by.path) : ok(by.device);
      if (!device.ok) return device;
      const key = deviceKey(device.value);
      const metadata =
        by.kind === "block-device" ? { path: by.path, device: key } : { device: key };
      attempt = async (table) =>
        openMounted(context, table, await mountsOfDevice(context, table, key), metadata);
      break;
    }
    default:
      return by satisfies never;
  }
  const opened = await withFreshTable(attempt, nameOf(target));
  if (!opened.ok) return opened;
  const refusal = mismatch(opened.value, target);
  if (refusal === undefined) return opened;
  closeFd(opened.value.fd);
  return { ok: false, refusal };
}

/** Opens a file system again that was resolved before, possibly by another process: it must still be the same one. */
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
