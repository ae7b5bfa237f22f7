/**
 * A file system that a guardian froze, and the guardian dead or dying: what the supervisor finds.
 */
import { quiet, turn } from "../../channel/testing/sockets.js";
import { benchWorld, target } from "../../guardian/testing/bench.js";
import { type LowerLayers, openLowerLayers } from "../../kernel/lower-layers.js";
import type { FilesystemIdentity, Kernel, OpenFilesystem } from "../../kernel/port.js";
import type { SimulatedFilesystem } from "../../kernel/simulated/simulated-filesystem.js";
import { createSimulatedKernel } from "../../kernel/simulated/simulated-kernel.js";
import type { SimulatedWorld } from "../../kernel/simulated/world.js";
import { silentLog } from "../../observe/log.js";
import type { JournalledGrant } from "../journal.js";
import type { Life } from "../process-life.js";
import { type Rescue, type RescueDependencies, rescue } from "../rescue.js";

export const guardianPid = 4711;
export const bootId = "boot-1";

export class RescueBench {
  readonly world: SimulatedWorld = benchWorld();
  /** The supervisor's, and the guardian's: the generation tells them apart. */
  readonly kernel: Kernel = createSimulatedKernel(this.world, { pid: 4710 });
  readonly guardianKernel: Kernel = createSimulatedKernel(this.world, { pid: guardianPid });
  life: Life = "gone";
  slept = 0;
  onSleep: (count: number) => void = () => {};

  fs(mountPoint = "/a"): SimulatedFilesystem {
    return this.world.at(mountPoint);
  }

  async identity(mountPoint: string): Promise<FilesystemIdentity> {
    const resolved = await this.kernel.resolve(target(mountPoint));
    if (!resolved.ok) throw new Error(mountPoint);
    return resolved.value;
  }

  async open(mountPoint: string, kernel = this.kernel, watch = false): Promise<OpenFilesystem> {
    const opened = await kernel.open(await this.identity(mountPoint), { watch });
    if (!opened.ok) throw new Error(opened.refusal.message);
    return opened.value;
  }

  /**
   * The guardian's descriptor stays open: the generation goes on counting, as a pinned one does.
   */
  async granted(mountPoint = "/a"): Promise<{
    readonly entry: JournalledGrant;
    readonly freeze: () => Promise<void>;
    readonly landed: () => JournalledGrant;
    readonly close: () => void;
  }> {
    const handle = await this.open(mountPoint, this.guardianKernel, true);
    const before = handle.look();
    const own = this.guardianKernel.ownFreezerPid();
    const entry: JournalledGrant = {
      bootId,
      guardian: { pid: guardianPid, startTicks: "99" },
      grant: {
        epoch: 1,
        identity: handle.identity,
        deadlineUs: 0,
        generationBefore: before.generation,
        ...(before.superblock === undefined ? {} : { superblock: before.superblock }),
        ...(own === undefined ? {} : { freezerPid: own }),
      },
    };
    return {
      entry,
      freeze: async () => {
        const { errno } = await handle.freeze();
        if (errno !== undefined) throw new Error(errno);
      },
      landed: () => ({ ...entry, landing: { epoch: 1, generation: handle.look().generation } }),
      close: () => handle.close(),
    };
  }

  get deps(): RescueDependencies {
    return { log: silentLog, sleep: () => this.sleep(), life: () => this.life };
  }

  async sleep(): Promise<void> {
    this.slept += 1;
    this.onSleep(this.slept);
    await turn();
  }

  async rescue(
    entry: JournalledGrant | (() => JournalledGrant),
    changed: {
      readonly handle?: OpenFilesystem;
      readonly isOver?: () => boolean;
      readonly onlyProven?: boolean;
    } = {},
  ): Promise<Rescue> {
    const given = typeof entry === "function" ? entry : () => entry;
    const { mountPoint } = given().grant.identity;
    const handle = changed.handle ?? (await this.open(mountPoint));
    const lower: LowerLayers = await openLowerLayers(this.kernel, handle.identity, silentLog);
    const { isOver, onlyProven } = changed;
    const task = {
      entry: given,
      handle,
      lower,
      onlyProven,
      ...(isOver === undefined ? {} : { isOver }),
    };
    const how = await rescue(task, this.deps);
    handle.close();
    lower.close();
    return how;
  }

  /** Whether it is still undecided after everything that could happen has happened. */
  async isPending(rescuing: Promise<unknown>): Promise<boolean> {
    let done = false;
    void rescuing.then(() => {
      done = true;
    });
    await quiet();
    return !done;
  }
}
