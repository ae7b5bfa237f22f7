/**
 * /proc/self/mountinfo (proc(5)), as text: what is mounted where, known before anything is touched.
 * A dead network server makes every look at its mount hang, so the table decides first whether a
 * path may be looked at.
 */
import { readFileSync } from "node:fs";
import type { DeviceNumber } from "../port.js";
import { type ByteString, bytesOfBuffer, components, join } from "./path-bytes.js";

export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** "major:minor" of the superblock: one for all bind mounts and subvolumes. */
  readonly key: string;
  readonly device: DeviceNumber;
  /**
   * Which directory of the file system is its root: "/" unless it is a bind mount or a subvolume.
   */
  readonly root: ByteString;
  readonly mountPoint: ByteString;
  readonly type: string;
  readonly source: ByteString;
  readonly superOptions: readonly string[];
}

/**
 * mountinfo writes space, tab, newline, backslash (and # in the source) as three octal digits
 * (fs/proc_namespace.c).
 */
function unescapeField(field: string): ByteString {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  ) as ByteString;
}

/** "7:3" as two numbers; undefined for anything else. */
export function parseDevice(text: string): DeviceNumber | undefined {
  const match = /^(\d+):(\d+)$/.exec(text.trim());
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

export function deviceKey(device: DeviceNumber): string {
  return `${device.major}:${device.minor}`;
}

function parseLine(line: string): Mount | undefined {
  // Optional fields ("shared:2") end at a lone dash; their number varies.
  const [before = "", after = ""] = line.split(" - ", 2);
  const [id, parentId, key, root, mountPoint] = before.split(" ");
  const [type, source, superOptions] = after.split(" ");
  const device = parseDevice(key ?? "");
  if (device === undefined || root === undefined || mountPoint === undefined || !type)
    return undefined;
  return {
    id: Number(id),
    parentId: Number(parentId),
    key: deviceKey(device),
    device,
    root: unescapeField(root),
    mountPoint: unescapeField(mountPoint),
    type,
    source: unescapeField(source ?? ""),
    superOptions: (superOptions ?? "").split(","),
  };
}

export function parseMountinfo(text: Buffer): Mount[] {
  const mounts: Mount[] = [];
  for (const line of bytesOfBuffer(text).split("\n")) {
    const mount = parseLine(line);
    if (mount !== undefined) mounts.push(mount);
  }
  return mounts;
}

/** A place in the tree of mounts: which mount one is in, and by which path. */
export interface Place {
  readonly mount: Mount | undefined;
  readonly path: ByteString;
}

/**
 * The mount table of one instant. Which mount a path leads into follows from ids alone, as the
 * kernel does it: a mount is entered from its parent at its mount point, and one mounted over it is
 * entered from it. So a covered mount is not mistaken for the visible one, whatever the order of
 * the lines.
 */
export class MountTable {
  readonly mounts: readonly Mount[];
  readonly #byId = new Map<number, Mount>();
  readonly #entrances = new Map<string, Mount>();
  readonly #rootId: number | undefined;

  /** `rootId`: the id of the mount that this process's "/" is in. */
  constructor(mounts: readonly Mount[], rootId: number | undefined) {
    this.mounts = mounts;
    this.#rootId = rootId;
    for (const mount of mounts) {
      this.#byId.set(mount.id, mount);
      // The first mount of all is its own parent (fs/namespace.c), and nobody enters it from
      // itself.
      if (mount.parentId !== mount.id)
        this.#entrances.set(`${mount.parentId} ${mount.mountPoint}`, mount);
    }
  }

  byId(id: number): Mount | undefined {
    return this.#byId.get(id);
  }

  /**
   * The first entry for "/" whose parent is not listed is the root's own; the descriptor's id,
   * where known, is exact.
   */
  root(): Place {
    const path = "/" as ByteString;
    const known = this.#rootId === undefined ? undefined : this.#byId.get(this.#rootId);
    const top = this.mounts.find(
      (mount) =>
        mount.mountPoint === "/" &&
        (mount.parentId === mount.id || !this.#byId.has(mount.parentId)),
    );
    return { mount: known ?? (top === undefined ? undefined : this.#topmost(top)), path };
  }

  #topmost(mount: Mount): Mount {
    let top = mount;
    // A mount cannot be its own ancestor, so this ends; the bound is for a text that was cut while
    // it was read.
    for (let step = 0; step < this.mounts.length; step++) {
      const over = this.#entrances.get(`${top.id} ${top.mountPoint}`);
      if (over === undefined) return top;
      top = over;
    }
    return top;
  }

  /** One component down, by name only: nothing is touched. */
  step(place: Place, name: ByteString): Place {
    const path = join(place.path, name);
    if (place.mount === undefined) return { mount: undefined, path };
    const entered = this.#entrances.get(`${place.mount.id} ${path}`);
    return { mount: entered === undefined ? place.mount : this.#topmost(entered), path };
  }

  /** All places from the root down to a path without symbolic links. */
  walk(path: ByteString): Place[] {
    const places = [this.root()];
    for (const name of components(path)) {
      const last = places.at(-1) ?? this.root();
      places.push(this.step(last, name));
    }
    return places;
  }

  /**
   * True when the mount point's path leads into this very mount and not into one that covers it.
   */
  visible(mount: Mount): boolean {
    return this.walk(mount.mountPoint).at(-1)?.mount?.id === mount.id;
  }
}

/** The mount id in /proc/self/fdinfo/FD (proc(5), Linux 3.15). */
export function mountIdOfFdinfo(text: string): number | undefined {
  const id = /^mnt_id:\s*(\d+)$/m.exec(text)?.[1];
  return id === undefined ? undefined : Number(id);
}

export function readMounts(): Mount[] {
  return parseMountinfo(readFileSync("/proc/self/mountinfo"));
}
