/** From what a caller names to the one file system it means. */
import { ok, type Refusal, type Result, refuse } from "../../hold/refusal.js";
import { closeFd } from "../../os/sockets.js";
import type { DeviceNumber, TargetSpec } from "../port.js";
import { btrfsMembers, btrfsOfMember, btrfsUuid, deviceOfNumber } from "./block-devices.js";
import { typeVerdict } from "./filesystem-types.js";
import { deviceKey, type Mount, type MountTable } from "./mountinfo.js";
import {
  entrances,
  type Opened,
  openOn,
  type ResolveContext,
  readTable,
  retry,
  withFreshTable,
} from "./opening.js";
import { textOf } from "./path-bytes.js";
import { fileKind, refuseType, walkPath } from "./path-walk.js";
import { statx } from "./syscalls.js";
import { normalizeUuid } from "./uuid.js";

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

/**
 * All mounts of the superblock that a block device belongs to: by its number, or as a member of a
 * btrfs.
 */
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
  // The descriptor's own word, where the kernel gives it (5.8 and newer): a mount may have gone in
  // between.
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
