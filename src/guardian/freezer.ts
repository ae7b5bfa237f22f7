/**
 * Runs what the hold machine asks of the kernel: freeze one file system, thaw what we froze.
 * Everything here may take as long as the kernel likes; the machine goes on meanwhile and hears of
 * the outcome as an input.
 */
import type { FreezeOutcome, ThawOutcome } from "../hold/effects.js";
import type { Refusal } from "../hold/refusal.js";
import type { Baseline } from "../hold/state.js";
import { judgeLook } from "../hold/verdict.js";
import { isFrozen, type LowerLayers, noLayers, openLowerLayers } from "../kernel/lower-layers.js";
import type {
  CallResult,
  FilesystemIdentity,
  Kernel,
  Look,
  OpenFilesystem,
} from "../kernel/port.js";
import { aroundCall } from "../observe/fail-points.js";
import type { Log } from "../observe/log.js";
import {
  deviceSuspended,
  freezeCancelled,
  freezeFailed,
  ioFailed,
  lowerFrozen,
  thawedAtOnce,
} from "./freeze-refusals.js";
import type { Grants } from "./grants.js";

export interface FreezeTask {
  readonly key: string;
  readonly epoch: number;
  readonly identity: FilesystemIdentity;
  readonly byUs: number;
}

/** What one epoch keeps open, from before its FIFREEZE until after its FITHAW. */
interface Opened {
  readonly epoch: number;
  readonly handle: OpenFilesystem;
  /**
   * File systems that store this one: FITHAW waits while one of them is frozen, because it would
   * hang.
   */
  readonly lower: LowerLayers;
  /** Of a freeze that has landed. */
  readonly baseline?: Baseline;
}

export interface FreezerDependencies {
  readonly kernel: Kernel;
  readonly grants: Grants;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether any hold still waits for this epoch; a freeze that nobody wants is not begun. */
  readonly isWanted: (key: string, epoch: number) => boolean;
  /** When the holds on it will have thawed it at the latest, as far as is known now. */
  readonly deadlineUs: (key: string) => number;
}

const pollMs = 20;
/**
 * So long before the end of its time a freeze that waits for a suspended device is given up: at the
 * end itself the hold would end for the time, and nobody would be told what it waited for.
 */
const giveUpUs = 200_000;
const thawRetryMs = 250;

export class Freezer {
  readonly #opened = new Map<string, Opened>();
  readonly #deps: FreezerDependencies;
  /** Whose look failed before: told once. */
  readonly #blind = new WeakSet<OpenFilesystem>();

  constructor(deps: FreezerDependencies) {
    this.#deps = deps;
  }

  /** Fresh looks at everything that is frozen by us: microseconds each. */
  looks(): ReadonlyMap<string, Look> {
    const looks = new Map<string, Look>();
    for (const [key, { baseline, handle }] of this.#opened) {
      const look = baseline && this.#tryLook(handle);
      if (look !== undefined) looks.set(key, look);
    }
    return looks;
  }

  /**
   * Never rejects. Whatever happens, a failed one has left nothing of ours frozen and nothing open.
   */
  async freeze(task: FreezeTask): Promise<FreezeOutcome> {
    const outcome = await this.#freeze(task).catch((error: unknown) => this.#bug(task, error));
    if (outcome.kind === "failed") this.forget(task.key, task.epoch);
    return outcome;
  }

  #bug(task: FreezeTask, error: unknown): FreezeOutcome {
    this.#deps.log.error("freeze could not be run", {
      path: task.identity.mountPoint,
      error: error instanceof Error ? error.stack : String(error),
    });
    return failed({
      reason: "INTERNAL",
      message: "an internal error; the log says more",
      metadata: { path: task.identity.mountPoint },
    });
  }

  async #freeze(task: FreezeTask): Promise<FreezeOutcome> {
    const { kernel, isWanted } = this.#deps;
    const unready = (await this.#waitForDevices(task)) ?? (await this.#frozenAlready(task));
    if (unready !== undefined) return failed(unready);
    const opening = await kernel.open(task.identity, { watch: true });
    if (!opening.ok) return failed(opening.refusal);
    const handle = opening.value;
    this.#opened.set(task.key, { epoch: task.epoch, handle, lower: noLayers });
    const lower = await openLowerLayers(kernel, task.identity, this.#deps.log);
    const opened: Opened = { epoch: task.epoch, handle, lower };
    this.#opened.set(task.key, opened);
    const refused = (await this.#prepare(handle, lower)) ?? (await this.#grant(task, handle));
    if (refused !== undefined) return failed(refused);
    if (!isWanted(task.key, task.epoch)) return failed(freezeCancelled);
    return this.#issue(task, opened);
  }

  /**
   * What is frozen already is left alone unwatched: a freeze that an earlier guardian of ours still
   * has to thaw is known by its generation, and to watch it and to stop watching would start that
   * count afresh.
   */
  async #frozenAlready({ identity }: FreezeTask): Promise<Refusal | undefined> {
    const opening = await this.#deps.kernel.open(identity, { watch: false });
    if (!opening.ok) return opening.refusal;
    try {
      if (!isFrozen(opening.value.look())) return undefined;
      return await this.#freezeRefusal(identity, "EBUSY");
    } finally {
      opening.value.close();
    }
  }

  async #prepare(handle: OpenFilesystem, lower: LowerLayers): Promise<Refusal | undefined> {
    const blocked = lower.frozen();
    if (blocked !== undefined) return lowerFrozen(blocked);
    // Kernels of the 5.15 era ignore the error of the flush inside FIFREEZE, so it is asked for
    // here; it also shortens the stall of writers.
    const { errno } = await aroundCall("guardian.syncfs", () => handle.syncfs());
    return errno === undefined ? undefined : ioFailed("syncfs", handle.identity, errno);
  }

  async #grant(task: FreezeTask, handle: OpenFilesystem): Promise<Refusal | undefined> {
    const { kernel, grants, deadlineUs } = this.#deps;
    const seen = handle.look();
    if (isFrozen(seen)) return this.#freezeRefusal(task.identity, "EBUSY");
    const pid = kernel.ownFreezerPid();
    const granted = await grants.request({
      epoch: task.epoch,
      identity: task.identity,
      deadlineUs: deadlineUs(task.key),
      generationBefore: seen.generation,
      ...(seen.superblock === undefined ? {} : { superblock: seen.superblock }),
      ...(pid === undefined ? {} : { freezerPid: pid }),
    });
    return granted.ok ? undefined : granted.refusal;
  }

  async #issue(task: FreezeTask, opened: Opened): Promise<FreezeOutcome> {
    const before = opened.handle.look();
    let call: CallResult;
    try {
      call = await aroundCall("guardian.FIFREEZE", () => opened.handle.freeze());
    } catch (error) {
      return this.#undo(task, opened, before, error);
    }
    if (call.errno !== undefined) {
      return failed(await this.#freezeRefusal(task.identity, call.errno));
    }
    try {
      return this.#landed(task, opened, before, call);
    } catch (error) {
      return this.#undo(task, opened, before, error);
    }
  }

  /**
   * FIFREEZE was issued and something of ours broke: it may have frozen, so it is thawed unless it
   * is seen to be somebody else's.
   */
  async #undo(
    task: FreezeTask,
    opened: Opened,
    before: Look,
    error: unknown,
  ): Promise<FreezeOutcome> {
    const after = this.#tryLook(opened.handle);
    if (after === undefined || !this.#isForeign(before, after)) await this.#thaw(opened);
    return this.#bug(task, error);
  }

  #landed(task: FreezeTask, opened: Opened, before: Look, call: CallResult): FreezeOutcome {
    const after = opened.handle.look();
    const freezeUs = call.returnedAt.bootUs - call.startedAt.bootUs;
    const baseline: Baseline = { before, after, freezeUs };
    if (this.#isForeign(before, after)) return failed(thawedAtOnce(task.identity));
    this.#opened.set(task.key, { ...opened, baseline });
    this.#deps.grants.landed({ epoch: task.epoch, generation: after.generation });
    return { kind: "frozen", baseline };
  }

  /** Whether what is seen right after our successful FIFREEZE is not our freeze any more. */
  #isForeign(before: Look, after: Look): boolean {
    if (after.state.state === "THAWED" && after.state.certainty === "CERTAIN") return true;
    const own = this.#deps.kernel.ownFreezerPid();
    const { generation } = after;
    if (own === undefined || generation.kind !== "exact" || before.generation.kind !== "exact") {
      return false;
    }
    // A freeze moves it by 2: ours, and then at least one of theirs. A stray count is not worth
    // leaving it frozen.
    const freezes = (generation.value - before.generation.value) / 2;
    return freezes >= 2 && generation.freezerPid !== own;
  }

  /**
   * A device-mapper device below that is suspended answers FIFREEZE with EBUSY, or hangs it; LVM
   * suspends for milliseconds.
   */
  async #waitForDevices(task: FreezeTask): Promise<Refusal | undefined> {
    const { kernel } = this.#deps;
    for (;;) {
      const [device] = await kernel.suspendedDevices(task.identity);
      if (device === undefined) return undefined;
      if (!this.#deps.isWanted(task.key, task.epoch)) return freezeCancelled;
      if (kernel.now().bootUs >= task.byUs - giveUpUs)
        return deviceSuspended(task.identity, device);
      await this.#deps.sleep(pollMs);
    }
  }

  async #freezeRefusal(identity: FilesystemIdentity, errno: string): Promise<Refusal> {
    const devices = errno === "EBUSY" ? await this.#deps.kernel.suspendedDevices(identity) : [];
    return freezeFailed(identity, errno, devices[0]);
  }

  /**
   * FITHAW of our own freeze. Resolves when nothing more will be tried, and never rejects but for
   * an epoch that is not open; an I/O error is retried for as long as it is frozen.
   */
  async thaw(key: string, epoch: number): Promise<ThawOutcome> {
    const opened = this.#opened.get(key);
    if (opened?.epoch !== epoch) throw new Error(`nothing of ours is open for ${key}`);
    const outcome = await this.#thaw(opened);
    this.forget(key, epoch);
    return outcome;
  }

  async #thaw({ handle, lower, baseline }: Opened): Promise<ThawOutcome> {
    const { log, sleep } = this.#deps;
    const path = handle.identity.mountPoint;
    for (let attempt = 1; ; attempt++) {
      // Without a turn of the event loop where there is nothing to wait for: it may have much to do.
      if (lower.frozen() !== undefined) await this.#waitForLower(path, lower);
      const last = this.#tryLook(handle);
      if (baseline !== undefined && last !== undefined) {
        const judged = judgeLook(baseline, last);
        if (judged.kind === "lost" && judged.certain) {
          return { errno: undefined, after: last, lost: true };
        }
      }
      const errno = await callThaw(handle);
      const after = this.#tryLook(handle);
      if (errno === undefined && after !== undefined && isFrozen(after)) {
        log.warn("thawed by us and still frozen by another holder", { path });
      }
      if (errno === undefined || errno === "EINVAL") return { errno, after, lost: false };
      log.error("thaw failed, trying again", { path, errno, attempt });
      await sleep(thawRetryMs);
    }
  }

  async #waitForLower(path: string, lower: LowerLayers): Promise<void> {
    let told = false;
    for (;;) {
      const frozen = lower.frozen();
      if (frozen === undefined) return;
      if (!told) {
        this.#deps.log.warn("thaw waits for a frozen lower layer", {
          path,
          lower: frozen.mountPoint,
        });
        told = true;
      }
      await this.#deps.sleep(pollMs);
    }
  }

  /**
   * Nothing of ours is frozen there, or the claim has ended: the descriptors are closed and the
   * grant given back.
   */
  forget(key: string, epoch: number): void {
    const opened = this.#opened.get(key);
    if (opened?.epoch === epoch) {
      this.#opened.delete(key);
      this.#close(opened);
    }
    this.#deps.grants.ended(epoch);
  }

  #close({ handle, lower }: Opened): void {
    for (const one of [handle, lower]) {
      try {
        one.close();
      } catch (error) {
        this.#deps.log.error("descriptor could not be closed", { error: String(error) });
      }
    }
  }

  /** Undefined where the look failed: whoever wanted it goes on without that proof. */
  #tryLook(handle: OpenFilesystem): Look | undefined {
    try {
      return handle.look();
    } catch (error) {
      const path = handle.identity.mountPoint;
      if (!this.#blind.has(handle)) {
        this.#deps.log.error("look failed", { path, error: String(error) });
      }
      this.#blind.add(handle);
      return undefined;
    }
  }
}

/** Its errno; "EIO" where the call threw, so that it is tried again. */
async function callThaw(handle: OpenFilesystem): Promise<string | undefined> {
  try {
    return (await aroundCall("guardian.FITHAW", () => handle.thaw())).errno;
  } catch {
    return "EIO";
  }
}

function failed(refusal: Refusal): FreezeOutcome {
  return { kind: "failed", refusal };
}
