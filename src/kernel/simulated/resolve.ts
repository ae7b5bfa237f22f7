/** From a target to a file system of the simulated world, with the refusals of the real one. */
import { ok, type Refusal, type Result, refuse } from "../../hold/refusal.js";
import { typeVerdict } from "../linux/filesystem-types.js";
import type { DeviceNumber, FilesystemIdentity, TargetSpec } from "../port.js";
import type { SimulatedFilesystem } from "./simulated-filesystem.js";
import type { SimulatedWorld } from "./world.js";

/** PATH_MAX less the final zero. */
const longestPath = 4095;

export interface Found {
  readonly filesystem: SimulatedFilesystem;
  readonly identity: FilesystemIdentity;
}

interface Place {
  readonly filesystem: SimulatedFilesystem;
  readonly mountPoint: string;
  /** "" at the mount point itself. */
  readonly inside: string;
}

export function deviceKey(device: DeviceNumber): string {
  return `${device.major}:${device.minor}`;
}

/** Resolves "." and ".." by text: a simulated world has no symbolic links. */
function normalize(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function locate(world: SimulatedWorld, path: string): Place | undefined {
  let best: Place | undefined;
  for (const filesystem of world.filesystems) {
    for (const mountPoint of filesystem.mountPoints) {
      const prefix = mountPoint === "/" ? "/" : `${mountPoint}/`;
      if (path !== mountPoint && !path.startsWith(prefix)) continue;
      if (best !== undefined && best.mountPoint.length > mountPoint.length) continue;
      const inside = path === mountPoint ? "" : path.slice(prefix.length);
      best = { filesystem, mountPoint, inside };
    }
  }
  return best;
}

function kindAt({ filesystem, inside }: Place): "directory" | "file" | "fifo" | undefined {
  const { directories = [], files = [], fifos = [] } = filesystem.description;
  if (inside === "" || directories.includes(inside)) return "directory";
  if (files.includes(inside)) return "file";
  return fifos.includes(inside) ? "fifo" : undefined;
}

function identityOf(
  filesystem: SimulatedFilesystem,
  mountPoint: string,
  directory: string,
): FilesystemIdentity {
  const { uuid, devices } = filesystem.description;
  return {
    key: filesystem.key,
    device: filesystem.deviceNumber,
    type: filesystem.type,
    mountPoint,
    directory,
    source: devices?.[0]?.path ?? filesystem.type,
    readOnly: filesystem.readOnly,
    ...(uuid === undefined ? {} : { uuid }),
  };
}

function refuseType(path: string, type: string): Result<never> {
  const message = `${path}: file systems of type ${type} cannot be frozen here`;
  return refuse("NOT_FREEZABLE", message, { path, type });
}

function invalidPath(path: string): Result<never> | undefined {
  const violation = !path.startsWith("/")
    ? "not absolute"
    : path.includes("\0")
      ? "contains a zero byte"
      : Buffer.byteLength(path) > longestPath
        ? `longer than ${longestPath} bytes`
        : undefined;
  if (violation === undefined) return undefined;
  const metadata = { field: "path", violation, path: path.slice(0, 256) };
  return refuse("INVALID_REQUEST", `the path is ${violation}`, metadata);
}

function resolvePath(
  world: SimulatedWorld,
  path: string,
  allowSubdirectory: boolean,
): Result<Found> {
  const invalid = invalidPath(path);
  if (invalid !== undefined) return invalid;
  const normal = normalize(path);
  const place = locate(world, normal);
  const kind = place === undefined ? undefined : kindAt(place);
  const missing = () =>
    refuse("TARGET_NOT_FOUND", `look up ${path}: ENOENT`, { path, errno: "ENOENT" });
  if (place === undefined) return missing();
  const { filesystem, mountPoint, inside } = place;
  // Network, autofs and fuse are refused before anything of them is looked at.
  if (typeVerdict(filesystem.type).kind === "untouchable") return refuseType(path, filesystem.type);
  if (kind === undefined)
    return deviceAt(world, normal) === undefined ? missing() : notDirectory(path, "block device");
  if (kind !== "directory") return notDirectory(path, kind);
  if (inside !== "" && !allowSubdirectory) {
    const message = `${path} is not a mount point; it lies on ${mountPoint}`;
    return refuse("NOT_A_MOUNT_POINT", message, { path, mount_point: mountPoint });
  }
  if (typeVerdict(filesystem.type).kind !== "ask-the-kernel")
    return refuseType(path, filesystem.type);
  return ok({ filesystem, identity: identityOf(filesystem, mountPoint, normal) });
}

function notDirectory(path: string, kind: string): Result<never> {
  const message = `${path} is not a directory but a ${kind}`;
  return refuse("NOT_A_DIRECTORY", message, { path, kind });
}

function deviceAt(world: SimulatedWorld, path: string): SimulatedFilesystem | undefined {
  return world.filesystems.find((one) => one.devices.some((device) => device.path === path));
}

function mounted(
  filesystem: SimulatedFilesystem | undefined,
  metadata: Readonly<Record<string, string>>,
): Result<Found> {
  const [mountPoint] = filesystem?.mountPoints ?? [];
  if (filesystem === undefined || mountPoint === undefined) {
    const named = Object.values(metadata).join(" ");
    return refuse("TARGET_NOT_FOUND", `${named}: no mounted file system`, metadata);
  }
  if (typeVerdict(filesystem.type).kind !== "ask-the-kernel") {
    return refuseType(mountPoint, filesystem.type);
  }
  return ok({ filesystem, identity: identityOf(filesystem, mountPoint, mountPoint) });
}

/** The file system of a block device that a path names, be it a ghost. */
export function filesystemOfDevicePath(
  world: SimulatedWorld,
  path: string,
): Result<SimulatedFilesystem> {
  const invalid = invalidPath(path);
  if (invalid !== undefined) return invalid;
  const normal = normalize(path);
  const filesystem = deviceAt(world, normal);
  if (filesystem !== undefined) return ok(filesystem);
  const place = locate(world, normal);
  const kind = place === undefined ? undefined : kindAt(place);
  return kind === undefined
    ? refuse("TARGET_NOT_FOUND", `look up ${path}: ENOENT`, { path, errno: "ENOENT" })
    : refuse("TARGET_MISMATCH", `${path} is not a block device but a ${kind}`, { path, kind });
}

/** The file system that has this number itself, or a device of this number. */
export function filesystemOfNumber(
  world: SimulatedWorld,
  device: DeviceNumber,
): SimulatedFilesystem | undefined {
  const key = deviceKey(device);
  return (
    world.filesystems.find((one) => one.key === key && one.mountPoints.length > 0) ??
    world.filesystems.find((one) => one.devices.some((member) => member.device === key))
  );
}

function resolveUuid(world: SimulatedWorld, uuid: string): Result<Found> {
  const wanted = uuid.toLowerCase();
  const matches = world.filesystems.filter(
    (one) => one.mountPoints.length > 0 && one.description.uuid?.toLowerCase() === wanted,
  );
  if (matches.length === 0) {
    return refuse("TARGET_NOT_FOUND", `no mounted file system has the UUID ${uuid}`, { uuid });
  }
  if (matches.length > 1) {
    const devices = matches.map((match) => match.key).join(" ");
    const message = `${matches.length} mounted file systems have the UUID ${uuid}`;
    const mountPoints = matches.map((match) => match.description.mountPoint).join(" ");
    return refuse("TARGET_AMBIGUOUS", message, { uuid, devices, mount_points: mountPoints });
  }
  return mounted(matches[0], { uuid });
}

function find(world: SimulatedWorld, target: TargetSpec): Result<Found> {
  const { by } = target;
  switch (by.kind) {
    case "path":
      return resolvePath(world, by.path, target.allowSubdirectory);
    case "block-device": {
      const filesystem = filesystemOfDevicePath(world, by.path);
      if (!filesystem.ok) return filesystem;
      const device = filesystem.value.devices[0]?.device ?? filesystem.value.key;
      return mounted(filesystem.value, { path: by.path, device });
    }
    case "device-number":
      return mounted(filesystemOfNumber(world, by.device), { device: deviceKey(by.device) });
    case "uuid":
      return resolveUuid(world, by.uuid);
    default:
      return by satisfies never;
  }
}

/** Compares the caller's expectations with what was found. */
function mismatch({ filesystem, identity }: Found, target: TargetSpec): Refusal | undefined {
  const path = identity.mountPoint;
  if (target.expectUuid !== undefined) {
    const actual = identity.uuid ?? "";
    if (actual.toLowerCase() !== target.expectUuid.toLowerCase()) {
      return {
        reason: "TARGET_MISMATCH",
        message: `${path} has the UUID ${actual === "" ? "(unknown)" : actual}, not ${target.expectUuid}`,
        metadata: { path, expected_uuid: target.expectUuid, actual_uuid: actual },
      };
    }
  }
  if (target.expectDevice === undefined) return undefined;
  const expected = deviceKey(target.expectDevice);
  const members = filesystem.type === "btrfs" ? filesystem.devices.map((one) => one.device) : [];
  if ([identity.key, ...members].includes(expected)) return undefined;
  return {
    reason: "TARGET_MISMATCH",
    message: `${path} is device ${identity.key}, not ${expected}`,
    metadata: { path, expected_device: expected, actual_device: identity.key },
  };
}

export function resolveTarget(world: SimulatedWorld, target: TargetSpec): Result<Found> {
  const found = find(world, target);
  if (!found.ok) return found;
  const refusal = mismatch(found.value, target);
  return refusal === undefined ? found : { ok: false, refusal };
}
