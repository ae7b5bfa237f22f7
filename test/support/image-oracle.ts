/** Is the image what it should be? Judged by the bytes of the backing files and by each file system's own checker. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "./command.js";
import type { LoopFilesystem } from "./loop-filesystem.js";

/** sha256 over all backing files: equal digests at two moments mean that no byte below the file system changed. */
export async function imageDigest(filesystem: LoopFilesystem): Promise<string> {
  const hash = createHash("sha256");
  for (const { image } of filesystem.devices) {
    for await (const chunk of createReadStream(image, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
    }
  }
  return hash.digest("hex");
}

export interface ImageCheck {
  readonly clean: boolean;
  readonly output: string;
}

/** A copy of all backing files, taken as a backup program would, in a directory on the machine's own disk. */
export class ImageCopy {
  readonly #filesystem: LoopFilesystem;
  readonly directory: string;
  readonly images: readonly string[];

  private constructor(filesystem: LoopFilesystem, directory: string, images: readonly string[]) {
    this.#filesystem = filesystem;
    this.directory = directory;
    this.images = images;
  }

  static async take(filesystem: LoopFilesystem): Promise<ImageCopy> {
    const directory = filesystem.makePlace("copy");
    const images: string[] = [];
    for (const [index, { image }] of filesystem.devices.entries()) {
      const copy = join(directory, `${index}.img`);
      await must("cp", ["--sparse=always", image, copy]);
      images.push(copy);
    }
    return new ImageCopy(filesystem, directory, images);
  }

  /** Copies that somebody else took, one of each backing file in its order. */
  static of(filesystem: LoopFilesystem, images: readonly string[]): ImageCopy {
    return new ImageCopy(filesystem, filesystem.makePlace("copy"), images);
  }

  get #main(): string {
    const [main] = this.images;
    if (main === undefined) throw new Error("a copy without an image");
    return main;
  }

  /**
   * The checker's verdict. ext4: e2fsck -fn, and no journal that needs recovery. btrfs: btrfs check.
   * xfs: a frozen xfs has a dirty log by design (xfs_repair -n answers 1), so the copy is mounted and unmounted first.
   */
  async check(): Promise<ImageCheck> {
    const { type } = this.#filesystem;
    if (this.images.length > 1) {
      return this.#withLoops((devices) => this.#judge(devices));
    }
    return type === "xfs" ? this.#withLoops((devices) => this.#judge(devices)) : this.#judge();
  }

  async #judge(devices: readonly string[] = this.images): Promise<ImageCheck> {
    const [main = this.#main, second] = devices;
    const { type } = this.#filesystem;
    switch (type) {
      case "ext4": {
        const journal = second === undefined ? [] : ["-j", second];
        const check = verdict(await run("e2fsck", ["-fn", ...journal, main], { limitMs: 50_000 }));
        // e2fsck -n answers 0 for a journal that it leaves alone: what it skips is only in its text.
        const recovery = /journal recovery/.test(check.output);
        return { clean: check.clean && !recovery, output: check.output };
      }
      case "btrfs":
        return verdict(await run("btrfs", ["check", "--readonly", main], { limitMs: 50_000 }));
      case "xfs": {
        const place = this.#place("replay");
        const log = second === undefined ? "" : `,logdev=${second}`;
        const replay = await run("mount", ["-t", "xfs", "-o", `nouuid${log}`, main, place]);
        if (replay.code !== 0) return verdict(replay);
        await must("umount", [place]);
        const external = second === undefined ? [] : ["-l", second];
        return verdict(await run("xfs_repair", ["-n", ...external, main], { limitMs: 50_000 }));
      }
      default:
        return type satisfies never;
    }
  }

  /** The bytes of a file in the copy, named relative to the file system's root. The copy's log is not replayed. */
  async readFile(name: string): Promise<string> {
    const { type } = this.#filesystem;
    switch (type) {
      case "ext4":
        return must("debugfs", ["-R", `cat /${name}`, this.#main]);
      case "btrfs": {
        // The original is mounted: a mount of the copy would meet the same UUID, so the file is taken out unmounted.
        const place = this.#place("restored");
        const pattern = `^/(|${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})$`;
        await must("btrfs", ["restore", "--path-regex", pattern, this.#main, place]);
        return must("cat", [join(place, name)]);
      }
      case "xfs":
        return this.#withLoops(async ([main = this.#main]) => {
          const place = this.#place("read");
          await must("mount", ["-t", "xfs", "-o", "ro,norecovery,nouuid", main, place]);
          try {
            return await must("cat", [join(place, name)]);
          } finally {
            await must("umount", [place]);
          }
        });
      default:
        return type satisfies never;
    }
  }

  #place(name: string): string {
    const place = join(this.directory, name);
    if (!existsSync(place)) mkdirSync(place);
    return place;
  }

  async #withLoops<T>(use: (devices: readonly string[]) => Promise<T>): Promise<T> {
    const devices: string[] = [];
    try {
      for (const image of this.images) {
        devices.push((await must("losetup", ["--find", "--show", image])).trim());
      }
      return await use(devices);
    } finally {
      for (const device of devices) await must("losetup", ["-d", device]);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function verdict(result: {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}) {
  return { clean: result.code === 0, output: `${result.stdout}${result.stderr}` };
}
