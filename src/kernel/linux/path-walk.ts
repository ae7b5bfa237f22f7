/**
 * From a path to a place in the tree of mounts, component by component, so that symbolic links work
 * and yet nothing is looked at before the mount table has said what it is. A path that leads
 * through a network file system, an automounter or fuse is refused there, untouched: a dead server
 * would hang the thread, unkillable.
 */

import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { ok, type Result, refuse } from "../../hold/refusal.js";
import { errorCode } from "../../os/libc.js";
import { isUntouchable } from "./filesystem-types.js";
import type { Mount, MountTable, Place } from "./mountinfo.js";
import {
  type ByteString,
  bufferOf,
  bytesOfBuffer,
  bytesOfText,
  components,
  textOf,
} from "./path-bytes.js";
import type { Lane } from "./thread-lanes.js";

/**
 * PATH_MAX less the final zero, and the kernel's limit of links in one path (include/linux/namei.h,
 * MAXSYMLINKS).
 */
const longestPath = 4095;
const mostLinks = 40;

export interface Found {
  readonly place: Place;
  readonly mount: Mount;
  readonly stat: Stats;
}

type Refused = Extract<Result<never>, { readonly ok: false }>;

export function refuseErrno(
  errno: string,
  path: string,
  what: string,
  more: Readonly<Record<string, string>> = {},
): Refused {
  const metadata = { path, errno, ...more };
  switch (errno) {
    case "ENOENT":
    case "ENAMETOOLONG":
    case "ELOOP":
    case "ENODEV":
    case "ENXIO":
      return refuse("TARGET_NOT_FOUND", `${what} ${path}: ${errno}`, metadata);
    case "ENOTDIR":
      return refuse("NOT_A_DIRECTORY", `${what} ${path}: ${errno}`, metadata);
    case "EACCES":
    case "EPERM":
      return refuse("DAEMON_NOT_PRIVILEGED", `${what} ${path}: ${errno}`, metadata);
    default:
      return refuse("IO_ERROR", `${what} ${path}: ${errno}`, metadata);
  }
}

export function refuseType(path: string, type: string): Refused {
  return refuse("NOT_FREEZABLE", `${path}: file systems of type ${type} cannot be frozen here`, {
    path,
    type,
  });
}

function refuseUnknownMount(path: string): Refused {
  return refuse("TARGET_NOT_FOUND", `${path} is on no mount of this mount namespace`, { path });
}

/**
 * The first mount on the way to a path, other than the root's own, that must not be touched. The
 * root's own is exempt: this program runs from it.
 */
export function untouchableOnTheWay(places: readonly Place[]): Mount | undefined {
  const root = places[0]?.mount;
  return places
    .map((place) => place.mount)
    .find((mount) => mount !== undefined && mount !== root && isUntouchable(mount.type));
}

export function fileKind(stat: Stats): string {
  if (stat.isDirectory()) return "directory";
  if (stat.isFile()) return "file";
  if (stat.isFIFO()) return "fifo";
  if (stat.isSocket()) return "socket";
  if (stat.isBlockDevice()) return "block device";
  if (stat.isCharacterDevice()) return "character device";
  return "unknown";
}

function validate(path: string): Refused | undefined {
  const violation = !path.startsWith("/")
    ? "not absolute"
    : path.includes("\0")
      ? "interrupted by a zero byte"
      : Buffer.byteLength(path) > longestPath
        ? `longer than ${longestPath} bytes`
        : undefined;
  if (violation === undefined) return undefined;
  // A huge path is not repeated in the answer.
  const shown = path.slice(0, 256);
  return refuse("INVALID_REQUEST", `the path is ${violation}`, {
    field: "path",
    violation,
    path: shown,
  });
}

/** Lookups run on the pool, because a component may have to come from a slow disk. */
export async function walkPath(
  path: string,
  table: MountTable,
  lane: Lane,
): Promise<Result<Found>> {
  const invalid = validate(path);
  if (invalid !== undefined) return invalid;
  const pending = components(bytesOfText(path));
  const root = await look(table.root(), table.root(), lane);
  if (!root.ok) return root;
  let trail: [Found, ...Found[]] = [root.value];
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const here = trail.at(-1) ?? root.value;
    if (!here.stat.isDirectory())
      return refuse("NOT_A_DIRECTORY", `${textOf(here.place.path)} is not a directory`, {
        path: textOf(here.place.path),
        kind: fileKind(here.stat),
      });
    if (name === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const next = await look(table.step(here.place, name), table.root(), lane);
    if (!next.ok) return next;
    if (!next.value.stat.isSymbolicLink()) {
      trail.push(next.value);
      continue;
    }
    links += 1;
    if (links > mostLinks) return refuseErrno("ELOOP", path, "look up");
    const target = await follow(next.value, here, lane);
    if (!target.ok) return target;
    pending.unshift(...components(target.value));
    if (target.value.startsWith("/")) trail = [root.value];
  }
  return ok(trail.at(-1) ?? root.value);
}

async function look(place: Place, root: Place, lane: Lane): Promise<Result<Found>> {
  const text = textOf(place.path);
  const mount = place.mount;
  if (mount === undefined) return refuseUnknownMount(text);
  if (mount.id !== root.mount?.id && isUntouchable(mount.type)) return refuseType(text, mount.type);
  try {
    const stat = await lane.run(() => lstat(bufferOf(place.path)));
    return ok({ place, mount, stat });
  } catch (error) {
    return refuseErrno(errorCode(error) ?? "EIO", text, "look up");
  }
}

/**
 * The text of a link. In procfs only the links of its top directory (self, mounts, net) are what
 * they say; those below a process (root, cwd, fd/N) lead into another mount namespace, and their
 * text names something else in ours.
 */
async function follow(link: Found, directory: Found, lane: Lane): Promise<Result<ByteString>> {
  const text = textOf(link.place.path);
  if (link.mount.type === "proc" && directory.place.path !== link.mount.mountPoint)
    return refuse(
      "TARGET_NOT_FOUND",
      `${text} leads out of this mount namespace; name the file system by its device number`,
      { path: text, errno: "ELOOP" },
    );
  try {
    return ok(bytesOfBuffer(await lane.run(() => readlink(bufferOf(link.place.path), "buffer"))));
  } catch (error) {
    return refuseErrno(errorCode(error) ?? "EIO", text, "follow");
  }
}
