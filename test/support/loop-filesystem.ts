import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type CommandResult, must, run } from "./command.js";
import { type RigSession, rigSession } from "./rig-session.js";
import { readLoops, readMounts, sweep } from "./sweep.mjs";

export const filesystemTypes = ["ext4", "xfs", "btrfs"] as const;
export type FilesystemType = (typeof filesystemTypes)[number];

export interface LoopFilesystemOptions {
  readonly type: FilesystemType;
  /** Size of each image (sparse). The default is near the smallest that the file system takes. */
  readonly sizeMb?: number;
  /** Further arguments of mkfs. */
  readonly mkfs?: readonly string[];
  /** Options of mount -o. */
  readonly mountOptions?: string;
  /** Number of devices of a btrfs (default 1; data and metadata are spread over them). */
  readonly members?: number;
  /** Puts the journal (ext4) or the log (xfs) on a second device. */
  readonly externalJournal?: boolean;
  /** Stores the image in this directory of another file system of the rig: two layers of one stack. */
  readonly storedIn?: LoopFilesystem;
  /** The guard thaws the file system so many seconds after the beginning of each test. */
  readonly safetySeconds?: number;
}

const defaultSizeMb = { ext4: 64, xfs: 320, btrfs: 256 } as const;
/** The oldest xfsprogs that refuse small file systems (5.19) want at least 300 MB: the log alone takes 64. */
const logSizeMb = 80;

interface LoopDevice {
  readonly path: string;
  readonly device: string;
  readonly image: string;
}

/** A file system of the given type on loop devices of its own, mounted below the session's directory. */
export class LoopFilesystem {
  readonly type: FilesystemType;
  readonly uuid: string;
  /** Where it is first mounted, and where `mount` mounts it again. */
  readonly mountPoint: string;
  /** The directory that holds images and mount points; on the machine's own disk, never frozen. */
  readonly directory: string;
  /** The main device first, then btrfs members, or the external journal. */
  readonly devices: readonly LoopDevice[];
  readonly safetySeconds: number;
  readonly #session: RigSession;
  readonly #mountOptions: string;
  #count = 0;

  private constructor(
    session: RigSession,
    directory: string,
    uuid: string,
    devices: readonly LoopDevice[],
    options: LoopFilesystemOptions,
  ) {
    this.type = options.type;
    this.uuid = uuid;
    this.directory = directory;
    this.mountPoint = join(directory, "mnt");
    this.devices = devices;
    this.safetySeconds = options.safetySeconds ?? 60;
    this.#session = session;
    const journal = devices[1];
    const own =
      options.type === "xfs" && options.externalJournal === true && journal !== undefined
        ? [`logdev=${journal.path}`]
        : [];
    this.#mountOptions = ["rw", ...own, options.mountOptions ?? ""].filter(Boolean).join(",");
  }

  static async create(options: LoopFilesystemOptions): Promise<LoopFilesystem> {
    const session = await rigSession();
    const directory = session.makeDirectory(options.type);
    const store = options.storedIn?.mountPoint ?? directory;
    const images: string[] = [];
    try {
      const main = options.type === "btrfs" ? (options.members ?? 1) : 1;
      const devices: LoopDevice[] = [];
      const size = options.sizeMb ?? defaultSizeMb[options.type];
      const sizes = Array.from({ length: main }, () => size);
      if (options.externalJournal === true) sizes.push(logSizeMb);
      for (const [index, sizeMb] of sizes.entries()) {
        const image = join(store, `${options.type}-${session.nextNumber()}-${index}.img`);
        images.push(image);
        devices.push(await attach(image, sizeMb));
      }
      const uuid = randomUUID();
      await format(options, uuid, devices);
      const filesystem = new LoopFilesystem(session, directory, uuid, devices, options);
      mkdirSync(filesystem.mountPoint);
      await filesystem.mount();
      return filesystem;
    } catch (error) {
      await sweep({ directory, images });
      throw error;
    }
  }

  /** "/dev/loop3": the device that mountinfo names as the source. */
  get device(): string {
    return this.#main.path;
  }

  /** "7:3". */
  get deviceNumber(): string {
    return this.#main.device;
  }

  get image(): string {
    return this.#main.image;
  }

  /** mountinfo's "major:minor": not the loop device's own number where it is btrfs. */
  get key(): string {
    const mount = readMounts().findLast((entry) => entry.mountPoint === this.mountPoint);
    if (mount === undefined) throw new Error(`${this.mountPoint} is not mounted`);
    return mount.device;
  }

  get #main(): LoopDevice {
    const [first] = this.devices;
    if (first === undefined) throw new Error("a file system without a device");
    return first;
  }

  get isMounted(): boolean {
    return readMounts().some((entry) => entry.mountPoint === this.mountPoint);
  }

  /** Mounts it at its own mount point and arms the guard. */
  async mount(options = this.#mountOptions): Promise<void> {
    await must("mount", ["-t", this.type, "-o", options, this.device, this.mountPoint]);
    this.arm(this.safetySeconds);
  }

  /** umount(8) of a mount point of this file system; for a test to judge, so it does not throw. */
  async unmount(mountPoint = this.mountPoint, ...options: string[]): Promise<CommandResult> {
    this.#session.assertOurs(mountPoint);
    const result = await run("umount", [...options, mountPoint]);
    if (result.code === 0 && mountPoint === this.mountPoint) this.#session.disarm(mountPoint);
    return result;
  }

  /** Thaws it after so many seconds from now, in case the test does not. */
  arm(seconds: number): void {
    this.#session.arm(this.mountPoint, seconds);
  }

  /** Another empty directory beside the mount point, on the machine's own disk. */
  makePlace(name: string): string {
    this.#count += 1;
    const place = join(this.directory, `${name}-${this.#count}`);
    mkdirSync(place);
    return place;
  }

  /** A bind mount of the file system, or of a directory in it, at a new place. */
  async bind(from = this.mountPoint): Promise<string> {
    const place = this.makePlace("bind");
    await must("mount", ["--bind", from, place]);
    return place;
  }

  /** Makes a btrfs subvolume and mounts it at a place of its own. */
  async mountSubvolume(name: string): Promise<string> {
    await must("btrfs", ["subvolume", "create", join(this.mountPoint, name)]);
    const place = this.makePlace("subvolume");
    await must("mount", ["-t", "btrfs", "-o", `subvol=${name}`, this.device, place]);
    return place;
  }

  async remount(mode: "ro" | "rw"): Promise<CommandResult> {
    this.#session.assertOurs(this.mountPoint);
    return run("mount", ["-o", `remount,${mode}`, this.mountPoint]);
  }

  /**
   * Makes an unmounted file system that is still frozen: fsfreeze(8) freezes it, every mount of it is unmounted. Needs
   * that nobody has a descriptor on it.
   */
  async makeGhost(): Promise<void> {
    this.#session.assertOurs(this.mountPoint);
    await must("fsfreeze", ["-f", this.mountPoint]);
    await this.#unmountAll();
    this.#session.disarm(this.mountPoint);
  }

  /** umount of every mount point, frozen or not. */
  async #unmountAll(): Promise<void> {
    const key = this.key;
    for (const mount of readMounts().toReversed()) {
      if (mount.device === key) await must("umount", [mount.mountPoint]);
    }
  }

  /** Mounts a ghost again, thaws it, and leaves it mounted. */
  async recoverGhost(): Promise<void> {
    await this.mount();
    await must("fsfreeze", ["-u", this.mountPoint]);
  }

  /** Thaws, unmounts, detaches and removes all of it; throws where something stays. */
  async dispose(): Promise<void> {
    this.#session.disarm(this.mountPoint);
    const images = this.devices.map((device) => device.image);
    const result = await sweep({ directory: this.directory, images, limitMs: 10_000 });
    if (!result.clean) throw new Error(`left behind: ${result.remaining.join(", ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

async function attach(image: string, sizeMb: number): Promise<LoopDevice> {
  writeFileSync(image, "");
  truncateSync(image, sizeMb * 1024 * 1024);
  const path = (await must("losetup", ["--find", "--show", image])).trim();
  const found = readLoops().find((loop) => loop.path === path && loop.backingFile === image);
  if (found === undefined) {
    rmSync(image, { force: true });
    throw new Error(`${path} does not belong to ${image}`);
  }
  // A loop device keeps this setting when it is detached, so whoever had it before may have switched it off.
  writeFileSync(`/sys/block/${basename(path)}/queue/iostats`, "1");
  return { path, device: found.device, image };
}

/** Formats the devices. Lazy initialisation is off: an idle file system must write nothing by itself. */
async function format(
  options: LoopFilesystemOptions,
  uuid: string,
  devices: readonly LoopDevice[],
): Promise<void> {
  const extra = options.mkfs ?? [];
  const [main, second] = devices.map((device) => device.path);
  if (main === undefined) throw new Error("no device to format");
  switch (options.type) {
    case "ext4": {
      const journal = options.externalJournal === true && second !== undefined;
      if (journal) await must("mkfs.ext4", ["-q", "-F", "-O", "journal_dev", "-b", "4096", second]);
      const lazy = "lazy_itable_init=0,lazy_journal_init=0";
      const place = journal ? ["-J", `device=${second}`, "-b", "4096"] : [];
      await must("mkfs.ext4", ["-q", "-F", "-U", uuid, "-E", lazy, ...place, ...extra, main]);
      return;
    }
    case "xfs": {
      const log =
        options.externalJournal === true && second !== undefined ? ["-l", `logdev=${second}`] : [];
      await must("mkfs.xfs", ["-q", "-f", "-m", `uuid=${uuid}`, ...log, ...extra, main]);
      return;
    }
    case "btrfs":
      await must("mkfs.btrfs", [
        ...["-q", "-f", "-U", uuid, ...extra],
        ...devices.map((device) => device.path),
      ]);
      return;
    default:
      options.type satisfies never;
  }
}

/** A mounted loop file system; `dispose()` in a finally or an after hook takes all of it away again. */
export function createLoopFilesystem(options: LoopFilesystemOptions): Promise<LoopFilesystem> {
  return LoopFilesystem.create(options);
}
