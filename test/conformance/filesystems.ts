/** The file systems of one lane: shared by all its cases where that is possible, and made when they are first asked for. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../support/command.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";

/**
 * `ext4`, `xfs`, `btrfs`; `upper`, whose image is stored on `lower`; `twin`, with the UUID of `ext4`; `spare`, that a case may spoil;
 * `log`, which a service may write its log to. Those of `own` are made anew for each case.
 */
export const filesystemNames = [
  "ext4",
  "xfs",
  "btrfs",
  "lower",
  "upper",
  "twin",
  "spare",
  "log",
] as const;
export type FilesystemName = (typeof filesystemNames)[number];

const own: readonly FilesystemName[] = ["twin", "spare"];
export const sharedNames = filesystemNames.filter((name) => !own.includes(name));

/** The longest case, and more. */
const safetySeconds = 180;

export class Filesystems {
  readonly #made = new Map<FilesystemName, Promise<LoopFilesystem>>();

  get(name: FilesystemName): Promise<LoopFilesystem> {
    const found = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, found);
    return found;
  }

  /** Those that were asked for so far. */
  async all(): Promise<readonly LoopFilesystem[]> {
    return await Promise.all(this.#made.values());
  }

  async disposeOwn(): Promise<void> {
    for (const name of own) await this.#dispose(name);
  }

  async dispose(): Promise<void> {
    // What lies on another one goes before it.
    for (const name of filesystemNames.toReversed()) await this.#dispose(name);
  }

  async #dispose(name: FilesystemName): Promise<void> {
    const filesystem = this.#made.get(name);
    this.#made.delete(name);
    await (await filesystem)?.dispose();
  }

  async #make(name: FilesystemName): Promise<LoopFilesystem> {
    switch (name) {
      case "ext4":
        return furnish(await createLoopFilesystem({ type: "ext4", safetySeconds }));
      case "xfs":
      case "btrfs":
        return createLoopFilesystem({ type: name, safetySeconds });
      case "spare":
      case "log":
        return createLoopFilesystem({ type: "ext4", safetySeconds });
      case "lower":
        return createLoopFilesystem({ type: "ext4", sizeMb: 160, safetySeconds });
      case "upper":
        return createLoopFilesystem({
          type: "ext4",
          storedIn: await this.get("lower"),
          safetySeconds,
        });
      case "twin": {
        const { uuid } = await this.get("ext4");
        return createLoopFilesystem({ type: "ext4", mkfs: ["-U", uuid], safetySeconds });
      }
      default:
        return name satisfies never;
    }
  }
}

/** What is no mount point and cannot be frozen: a directory, a link to it, a file, a FIFO. */
async function furnish(filesystem: LoopFilesystem): Promise<LoopFilesystem> {
  const below = (name: string) => join(filesystem.mountPoint, name);
  mkdirSync(below("directory"));
  symlinkSync(below("directory"), below("link"));
  writeFileSync(below("file"), "");
  await must("mkfifo", [below("fifo")]);
  return filesystem;
}
