import { realClock, type SimulatedClock } from "./clock.js";
import { defaultDescription, type Ways, type WorldDescription } from "./description.js";
import { parseWorld } from "./parse-world.js";
import { SimulatedFilesystem } from "./simulated-filesystem.js";

/** The file systems of a machine that does not exist. */
export class SimulatedWorld {
  readonly filesystems: readonly SimulatedFilesystem[];
  readonly clock: SimulatedClock;
  #privileged: boolean;
  #ways: Ways;

  constructor(description: WorldDescription, clock: SimulatedClock = realClock) {
    this.clock = clock;
    this.#privileged = description.privileged ?? true;
    this.#ways = description.ways ?? { state: "exact", generation: "exact" };
    this.filesystems = description.filesystems.map(
      (one, index) =>
        new SimulatedFilesystem(
          one,
          clock,
          () => (one.layersBelow ?? []).map((mountPoint) => this.at(mountPoint)),
          index + 1,
        ),
    );
  }

  /** The file system whose description has this mount point, mounted or not. */
  at(mountPoint: string): SimulatedFilesystem {
    const found = this.filesystems.find((one) => one.description.mountPoint === mountPoint);
    if (found === undefined) throw new Error(`the simulated world has nothing at ${mountPoint}`);
    return found;
  }

  get privileged(): boolean {
    return this.#privileged;
  }

  get ways(): Ways {
    return this.#ways;
  }

  /** Gives or takes CAP_SYS_ADMIN. */
  setPrivileged(on: boolean): void {
    this.#privileged = on;
  }

  /** Switches ways of looking off and on. */
  setWays(ways: Partial<Ways>): void {
    this.#ways = { ...this.#ways, ...ways };
  }
}

/** A world from the JSON of a `WorldDescription`; throws where it is none. */
export function worldFromJson(text: string, clock?: SimulatedClock): SimulatedWorld {
  return new SimulatedWorld(parseWorld(text), clock);
}

/** /simulated/ext4, /simulated/xfs and /simulated/btrfs, and a root file system. */
export function defaultWorld(clock?: SimulatedClock): SimulatedWorld {
  return new SimulatedWorld(defaultDescription, clock);
}
