/**
 * A freezer alone on a simulated kernel: what it asks of the kernel and tells the supervisor, in
 * order.
 */
import type { Grant, HoldRecord, Landing } from "../../channel/supervisor-protocol.js";
import type { Reason, Refusal, Result } from "../../hold/refusal.js";
import type { FilesystemIdentity, Kernel, OpenFilesystem } from "../../kernel/port.js";
import type { SimulatedFilesystem } from "../../kernel/simulated/simulated-filesystem.js";
import { createSimulatedKernel } from "../../kernel/simulated/simulated-kernel.js";
import type { SimulatedWorld } from "../../kernel/simulated/world.js";
import { silentLog } from "../../observe/log.js";
import { Freezer, type FreezeTask } from "../freezer.js";
import type { Grants } from "../grants.js";
import { benchWorld, target } from "./bench.js";

export class FreezerBench implements Grants {
  readonly world: SimulatedWorld = benchWorld();
  readonly kernel: Kernel = createSimulatedKernel(this.world);
  readonly steps: string[] = [];
  readonly grants: Grant[] = [];
  readonly landings: Landing[] = [];
  readonly freezer: Freezer;
  refusal: Refusal | undefined;
  wanted = true;
  /** Sleeps so far; each is a turn of the event loop. */
  slept = 0;
  onSleep: (count: number) => void = () => {};
  /** Breaks or watches what the kernel gives out. */
  wrap: (handle: OpenFilesystem) => OpenFilesystem = (handle) => handle;

  constructor() {
    this.freezer = new Freezer({
      kernel: this.#spied(),
      grants: this,
      log: silentLog,
      sleep: async () => {
        this.slept += 1;
        this.onSleep(this.slept);
        await new Promise((resolve) => setImmediate(resolve));
      },
      isWanted: () => this.wanted,
      deadlineUs: () => 77,
    });
  }

  #spied(): Kernel {
    const open: Kernel["open"] = async (identity, options) => {
      const opened = await this.kernel.open(identity, options);
      if (!opened.ok) return opened;
      this.steps.push(`open ${identity.mountPoint}${options.watch ? " watched" : ""}`);
      return { ok: true, value: this.wrap(this.#spiedHandle(opened.value)) };
    };
    return new Proxy(this.kernel, {
      get: (kernel, name) => {
        if (name === "open") return open;
        const value: unknown = Reflect.get(kernel, name);
        return typeof value === "function" ? value.bind(kernel) : value;
      },
    });
  }

  #spiedHandle(handle: OpenFilesystem): OpenFilesystem {
    const at = handle.identity.mountPoint;
    return {
      identity: handle.identity,
      freeze: () => {
        this.steps.push(`freeze ${at}`);
        return handle.freeze();
      },
      thaw: () => {
        this.steps.push(`thaw ${at}`);
        return handle.thaw();
      },
      syncfs: () => {
        this.steps.push(`syncfs ${at}`);
        return handle.syncfs();
      },
      look: () => handle.look(),
      close: () => handle.close(),
    };
  }

  // Grants.

  async request(grant: Grant): Promise<Result<undefined>> {
    this.steps.push(`grant ${grant.epoch}`);
    this.grants.push(grant);
    return this.refusal === undefined
      ? { ok: true, value: undefined }
      : { ok: false, refusal: this.refusal };
  }

  landed(landing: Landing): void {
    this.steps.push(`landed ${landing.epoch}`);
    this.landings.push(landing);
  }

  deadline(): void {}

  ended(epoch: number): void {
    this.steps.push(`ended ${epoch}`);
  }

  hold(_: HoldRecord): void {}

  recorded(): Promise<boolean> {
    return Promise.resolve(true);
  }

  // The test's hands.

  fs(mountPoint: string): SimulatedFilesystem {
    return this.world.at(mountPoint);
  }

  async identity(mountPoint: string): Promise<FilesystemIdentity> {
    const resolved = await this.kernel.resolve(target(mountPoint));
    if (!resolved.ok) throw new Error(resolved.refusal.message);
    return resolved.value;
  }

  async task(mountPoint: string, epoch = 1, byMs = 1_000): Promise<FreezeTask> {
    const identity = await this.identity(mountPoint);
    const byUs = this.kernel.now().bootUs + byMs * 1000;
    return { key: identity.key, epoch, identity, byUs };
  }

  async freeze(mountPoint: string, epoch = 1) {
    return this.freezer.freeze(await this.task(mountPoint, epoch));
  }

  /** Freezes, and throws where that fails. */
  async frozen(mountPoint: string, epoch = 1): Promise<string> {
    const task = await this.task(mountPoint, epoch);
    const outcome = await this.freezer.freeze(task);
    if (outcome.kind !== "frozen") throw new Error(`not frozen: ${outcome.refusal.reason}`);
    this.steps.length = 0;
    return task.key;
  }

  async reason(mountPoint: string): Promise<Reason | "frozen"> {
    const outcome = await this.freeze(mountPoint);
    return outcome.kind === "frozen" ? "frozen" : outcome.refusal.reason;
  }

  /** All descriptors that are open, in the whole world. */
  get open(): number {
    return this.world.filesystems.reduce((sum, fs) => sum + fs.openHandles, 0);
  }
}

/** A handle of which one call is another. */
export function withCall(handle: OpenFilesystem, changed: Partial<OpenFilesystem>): OpenFilesystem {
  return { ...handle, ...changed };
}
