/** An ext4 in an image file on a loop device, and copies of that image, judged without mounting them. */
import { mkdirSync, readFileSync } from "node:fs";
import { copyFile, truncate, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { must, run } from "./command.js";
import type { Workbench } from "./workbench.js";

export const imageMb = 64;

/** Programs that the demo needs, and Debian's name of the package that has them. */
export const needed: Readonly<Record<string, string>> = {
  "mkfs.ext4": "e2fsprogs",
  e2fsck: "e2fsprogs",
  debugfs: "e2fsprogs",
  losetup: "util-linux (or mount)",
  mount: "util-linux (or mount)",
  umount: "util-linux (or mount)",
  fsfreeze: "util-linux",
};

export interface Image {
  readonly file: string;
  readonly mountPoint: string;
  /** "/dev/loop3" */
  readonly device: string;
}

export async function createImage(bench: Workbench): Promise<Image> {
  const file = bench.path("disk.img");
  const mountPoint = bench.path("mnt");
  await writeFile(file, "");
  await truncate(file, imageMb << 20);
  // Lazy initialisation would write to the image by itself for a while.
  const eager = "lazy_itable_init=0,lazy_journal_init=0";
  await must("mkfs.ext4", ["-q", "-F", "-L", "demo", "-E", eager, file]);
  const device = (await must("losetup", ["--find", "--show", file])).trim();
  // A loop device keeps this setting when it is detached: whoever had it before may have switched it off.
  await writeFile(`/sys/block/${basename(device)}/queue/iostats`, "1");
  mkdirSync(mountPoint);
  await must("mount", ["-t", "ext4", device, mountPoint]);
  bench.arm(mountPoint, 25);
  return { file, mountPoint, device };
}

export interface Sectors {
  readonly written: number;
  readonly discarded: number;
}

/** What the kernel's block layer counted (Documentation/block/stat.rst: fields 7 and 14, sectors of 512 bytes). */
export function readSectors(image: Image): Sectors {
  const text = readFileSync(`/sys/block/${basename(image.device)}/stat`, "utf8");
  const fields = text.trim().split(/\s+/).map(Number);
  const [written, discarded] = [fields[6], fields[13]];
  if (written === undefined || discarded === undefined) throw new Error(`${image.device}: ${text}`);
  return { written, discarded };
}

/** In a thread: the event loop must go on, because a client that is silent for 2 s loses its hold. */
export async function copyImage(image: Image, copy: string): Promise<void> {
  await copyFile(image.file, copy);
}

export interface Judgement {
  readonly clean: boolean;
  readonly needsRecovery: boolean;
  readonly output: string;
}

/** `e2fsck -fn`: a whole check that changes nothing. It leaves a journal alone that needs recovery, and says so in its text. */
export async function judge(copy: string): Promise<Judgement> {
  const { code, output } = await run("e2fsck", ["-fn", copy]);
  const needsRecovery = /recover/i.test(output);
  return { clean: code === 0 && !needsRecovery, needsRecovery, output };
}

/** The lines of a file in the copy, read by debugfs(8) from the image as it is: no mount, no journal replay. */
export async function readRecords(copy: string, name: string): Promise<readonly string[]> {
  const lines = (await must("debugfs", ["-R", `cat /${name}`, copy])).split("\n");
  // The text ends with a newline; where it does not, its last record is not whole, and stays in the list for the caller to see.
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
