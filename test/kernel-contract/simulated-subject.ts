import type { Kernel } from "../../src/kernel/port.js";
import {
  foreignPid,
  type SimulatedFilesystem,
} from "../../src/kernel/simulated/simulated-filesystem.js";
import { createSimulatedKernel } from "../../src/kernel/simulated/simulated-kernel.js";
import { SimulatedWorld } from "../../src/kernel/simulated/world.js";
import type { FilesystemType } from "../support/loop-filesystem.js";
import type { ContractFilesystem, ContractSubject, Oddities, Sight } from "./subject.js";

const types = { ext4: 1, xfs: 2, btrfs: 3 } as const;

/** One world holds everything that the suite asks for: three of each kind would be the same as one. */
function buildWorld(sight: Sight): SimulatedWorld {
  const filesystems = Object.entries(types).flatMap(([type, number]) => {
    const describe = (place: string, kind: string, minor: number, layersBelow: string[]) => ({
      mountPoint: place,
      otherMountPoints: [`${place}-bind`, `${place}-subvolume`],
      type: kind,
      key: kind === "btrfs" ? `0:${minor}` : `7:${minor}`,
      uuid: `00000000-0000-4000-8000-${String(minor).padStart(12, "0")}`,
      devices: [{ device: `7:${minor}`, path: `/dev/loop${minor}` }],
      directories: ["directory"],
      files: ["file"],
      fifos: ["fifo"],
      layersBelow,
    });
    const place = `/simulated/${type}`;
    return [
      describe(place, type, number, []),
      describe(`${place}-upper`, "ext4", number + 10, [place]),
    ];
  });
  const plain = (mountPoint: string, type: string, key: string) => ({ mountPoint, type, key });
  return new SimulatedWorld({
    ways: { state: sight, generation: sight },
    filesystems: [
      { ...plain("/", "ext4", "259:1"), devices: [{ device: "259:1", path: "/dev/vda1" }] },
      plain("/proc", "proc", "0:20"),
      plain("/simulated/tmpfs", "tmpfs", "0:21"),
      plain("/simulated/overlay", "overlay", "0:22"),
      ...filesystems,
    ],
  });
}

class SimulatedSubjectFilesystem implements ContractFilesystem {
  readonly type: FilesystemType;
  readonly mountPoint: string;
  readonly device: string;
  readonly deviceNumber: string;
  readonly uuid: string;
  readonly foreignPid = foreignPid;
  readonly #filesystem: SimulatedFilesystem;

  constructor(type: FilesystemType, filesystem: SimulatedFilesystem) {
    const { mountPoint, uuid = "", devices = [] } = filesystem.description;
    this.type = type;
    this.mountPoint = mountPoint;
    this.device = devices[0]?.path ?? "";
    this.deviceNumber = devices[0]?.device ?? "";
    this.uuid = uuid;
    this.#filesystem = filesystem;
  }

  async truth(): Promise<"frozen" | "thawed" | "freezing"> {
    return this.#filesystem.phase;
  }

  async foreignFreeze(): Promise<string> {
    return this.#filesystem.foreignFreeze() ?? "";
  }

  async foreignThaw(): Promise<string> {
    return this.#filesystem.foreignThaw() ?? "";
  }

  async foreignRefreeze(): Promise<string> {
    return this.#filesystem.foreignRefreeze() ?? "";
  }

  async foreignRewrite(): Promise<string> {
    return this.#filesystem.foreignRewrite() ?? "";
  }

  write(): Promise<void> {
    return this.#filesystem.write();
  }

  async trim(): Promise<void> {
    this.#filesystem.trim();
  }

  async rawWrite(): Promise<void> {
    this.#filesystem.rawWrite();
  }

  setCounting(on: boolean): void {
    this.#filesystem.setCounting(on);
  }

  async shutDown(): Promise<void> {
    this.#filesystem.shutDown();
  }

  async imageDigest(): Promise<string> {
    return JSON.stringify(this.#filesystem.counters());
  }

  async bind(): Promise<string> {
    return `${this.mountPoint}-bind`;
  }

  async subvolume(): Promise<string> {
    return `${this.mountPoint}-subvolume`;
  }

  async unbind(): Promise<void> {
    // The other mount points of a simulated file system come and go with it.
  }

  async directory(): Promise<string> {
    return `${this.mountPoint}/directory`;
  }

  async file(): Promise<string> {
    return `${this.mountPoint}/file`;
  }

  async fifo(): Promise<string> {
    return `${this.mountPoint}/fifo`;
  }

  async remount(mode: "ro" | "rw"): Promise<void> {
    this.#filesystem.remount(mode);
  }

  async unmount(): Promise<string> {
    return this.#filesystem.unmount() ?? "";
  }

  async mount(): Promise<void> {
    this.#filesystem.mount();
  }

  async makeGhost(): Promise<void> {
    this.#filesystem.foreignFreeze();
    this.#filesystem.unmount();
  }

  async recoverGhost(): Promise<void> {
    this.#filesystem.mount();
    this.#filesystem.foreignThaw();
  }

  async holdFreezes(): Promise<{ release(): Promise<void> }> {
    this.#filesystem.holdFreezes();
    return { release: async () => this.#filesystem.releaseFreezes() };
  }

  openDescriptors(): number {
    return this.#filesystem.openHandles;
  }

  async dispose(): Promise<void> {
    // It ends with its world.
  }
}

export function simulatedSubject(sight: Sight): ContractSubject {
  const world = buildWorld(sight);
  return {
    name: `simulated kernel (${sight})`,
    sight,
    seesBtrfsByDevice: true,
    syncfsOfLostExt4: ["EIO"],
    missing: () => undefined,
    missingStuckFreeze: () => undefined,
    createKernel: (): Kernel => createSimulatedKernel(world),
    createFilesystem: async (type, storedIn) => {
      const place = storedIn === undefined ? `/simulated/${type}` : `${storedIn.mountPoint}-upper`;
      return new SimulatedSubjectFilesystem(type, world.at(place));
    },
    createOddities: async (): Promise<Oddities> => ({
      missing: "/simulated/missing",
      tmpfs: "/simulated/tmpfs",
      overlay: "/simulated/overlay",
      proc: "/proc",
      dispose: async () => {},
    }),
    countDescriptors: () => world.filesystems.reduce((sum, one) => sum + one.openHandles, 0),
  };
}
