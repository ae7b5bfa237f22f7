import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createLinuxKernel } from "../../src/kernel/linux/linux-kernel.js";
import type { Kernel } from "../../src/kernel/port.js";
import { must } from "../support/command.js";
import { ForeignFreezer, foreignRawWrite, foreignTrim } from "../support/foreign.js";
import { imageDigest } from "../support/image-oracle.js";
import { kernelState } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  type FilesystemType,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { openDescriptors } from "../support/process-tree.js";
import { missing, type Requirement } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { sweep } from "../support/sweep.mjs";
import type { ContractFilesystem, ContractSubject, Oddities, Sight } from "./subject.js";

class LinuxSubjectFilesystem implements ContractFilesystem {
  readonly type: FilesystemType;
  readonly mountPoint: string;
  readonly device: string;
  readonly deviceNumber: string;
  readonly uuid: string;
  readonly loop: LoopFilesystem;
  readonly #foreign: ForeignFreezer;
  readonly #places: string[] = [];
  #count = 0;

  constructor(loop: LoopFilesystem, foreign: ForeignFreezer) {
    this.type = loop.type;
    this.mountPoint = loop.mountPoint;
    this.device = loop.device;
    this.deviceNumber = loop.deviceNumber;
    this.uuid = loop.uuid;
    this.loop = loop;
    this.#foreign = foreign;
  }

  truth(): Promise<"frozen" | "thawed" | "freezing"> {
    return kernelState(this.mountPoint);
  }

  get foreignPid(): number {
    return this.#foreign.pid;
  }

  async foreignFreeze(): Promise<string> {
    return (await this.#foreign.freeze(this.mountPoint)).errno;
  }

  async foreignThaw(): Promise<string> {
    return (await this.#foreign.thaw(this.mountPoint)).errno;
  }

  async foreignRefreeze(): Promise<string> {
    return (await this.#foreign.refreeze(this.mountPoint)).errno;
  }

  async foreignRewrite(): Promise<string> {
    return (await this.#foreign.rewrite(this.mountPoint)).errno;
  }

  async write(): Promise<void> {
    this.#count += 1;
    const script = 'echo "$2" >>"$1/written" && sync "$1/written"';
    await must("sh", ["-c", script, "sh", this.mountPoint, String(this.#count)]);
  }

  async trim(): Promise<void> {
    // What was trimmed once is not trimmed again until it was used: so something is freed first where that is possible.
    await foreignTrim(this.mountPoint);
  }

  rawWrite(): Promise<void> {
    return foreignRawWrite(this.loop);
  }

  setCounting(on: boolean): void {
    for (const { path } of this.loop.devices) {
      writeFileSync(`/sys/block/${basename(path)}/queue/iostats`, on ? "1" : "0");
    }
  }

  async shutDown(): Promise<void> {
    const { errno } = await this.#foreign.shutDown(this.mountPoint);
    if (errno !== "") throw new Error(`shutdown: ${errno}`);
  }

  imageDigest(): Promise<string> {
    return imageDigest(this.loop);
  }

  async bind(): Promise<string> {
    const place = await this.loop.bind();
    this.#places.push(place);
    return place;
  }

  async subvolume(): Promise<string> {
    this.#count += 1;
    const place = await this.loop.mountSubvolume(`subvolume-${this.#count}`);
    this.#places.push(place);
    return place;
  }

  async unbind(): Promise<void> {
    for (const place of this.#places.splice(0)) await must("umount", [place]);
  }

  async directory(): Promise<string> {
    const path = join(this.mountPoint, "directory");
    if (!existsSync(path)) mkdirSync(path);
    return path;
  }

  async file(): Promise<string> {
    const path = join(this.mountPoint, "file");
    writeFileSync(path, "");
    return path;
  }

  async fifo(): Promise<string> {
    const path = join(this.mountPoint, "fifo");
    if (!existsSync(path)) await must("mkfifo", [path]);
    return path;
  }

  async remount(mode: "ro" | "rw"): Promise<void> {
    const result = await this.loop.remount(mode);
    if (result.code !== 0) throw new Error(`remount: ${result.stderr}`);
  }

  async unmount(): Promise<string> {
    const result = await this.loop.unmount();
    if (result.code === 0) return "";
    return result.stderr.includes("busy") ? "EBUSY" : result.stderr;
  }

  mount(): Promise<void> {
    return this.loop.mount();
  }

  makeGhost(): Promise<void> {
    return this.loop.makeGhost();
  }

  recoverGhost(): Promise<void> {
    return this.loop.recoverGhost();
  }

  holdFreezes(): Promise<{ release(): Promise<void> }> {
    return StuckFreeze.hold(this.mountPoint);
  }

  openDescriptors(): number {
    const devices = this.loop.devices.map((device) => device.path);
    return openDescriptors().filter(
      (target) => target.startsWith(this.mountPoint) || devices.includes(target),
    ).length;
  }

  async dispose(): Promise<void> {
    this.setCounting(true);
    await this.#foreign.stop();
    await this.loop.dispose();
  }
}

async function createOddities(): Promise<Oddities> {
  const session = await rigSession();
  const directory = session.makeDirectory("oddities");
  const place = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  };
  const tmpfs = place("tmpfs");
  await must("mount", ["-t", "tmpfs", "fsfreezed-test", tmpfs]);
  // An overlay's upper directory may not lie on an overlay, which the machine's own disk may be: it lies on the tmpfs.
  const [lower, upper, work] = ["lower", "upper", "work"].map((name) => {
    const path = join(tmpfs, name);
    mkdirSync(path);
    return path;
  });
  const overlay = place("overlay");
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  await must("mount", ["-t", "overlay", "-o", options, "fsfreezed-test", overlay]);
  return {
    missing: join(directory, "missing"),
    tmpfs,
    overlay,
    proc: "/proc",
    dispose: async () => {
      await must("umount", [overlay]);
      const { clean, remaining } = await sweep({ directory });
      if (!clean) throw new Error(`left behind: ${remaining.join(", ")}`);
    },
  };
}

const switches = {
  exact: { bpf: true, fallbacks: true },
  fallback: { bpf: false, fallbacks: true },
  none: { bpf: false, fallbacks: false },
} as const;

const names = {
  exact: "Linux with BPF",
  fallback: "Linux with the fall-backs only",
  none: "Linux with every way off",
} as const;

export function linuxSubject(sight: Sight): ContractSubject {
  const general: readonly Requirement[] = ["root", "loop", "python3", "overlay"];
  const needs = sight === "exact" ? ([...general, "bpf"] as const) : general;
  return {
    name: names[sight],
    sight,
    seesBtrfsByDevice: isSince(6, 17),
    syncfsOfLostExt4: isSince(6, 18) ? ["EIO"] : [undefined, "EIO"],
    missing: (type) => missing(...needs, type),
    missingStuckFreeze: () => missing("userfaultfd"),
    createKernel: (): Kernel => createLinuxKernel(switches[sight]),
    createFilesystem: async (type, storedIn) => {
      const under = storedIn instanceof LinuxSubjectFilesystem ? storedIn.loop : undefined;
      const sizeMb = under === undefined ? undefined : { ext4: 32, xfs: 320, btrfs: 120 }[type];
      const loop = await createLoopFilesystem({
        type,
        ...(under === undefined ? {} : { storedIn: under }),
        ...(sizeMb === undefined ? {} : { sizeMb }),
      });
      return new LinuxSubjectFilesystem(loop, await ForeignFreezer.start());
    },
    createOddities,
    countDescriptors: () => openDescriptors().filter((target) => !isNoise(target)).length,
  };
}

/** Pipes to the rig's own children come and go by themselves. */
function isNoise(target: string): boolean {
  return /^(pipe|socket):/.test(target);
}

function isSince(major: number, minor: number): boolean {
  const [ours, part] = kernelRelease();
  return ours > major || (ours === major && part >= minor);
}

/** The kernel's release: some readings exist on newer ones only. */
export function kernelRelease(): readonly [number, number] {
  const [, major = "0", minor = "0"] =
    /^(\d+)\.(\d+)/.exec(readFileSync("/proc/sys/kernel/osrelease", "utf8")) ?? [];
  return [Number(major), Number(minor)];
}
