/**
 * Runs what the hold machine asks of the kernel: freeze one file system, thaw what we froze. Everything here may take as long as the
 * kernel likes; the machine goes on meanwhile and hears of the outcome as an input.
 */
import type { FreezeOutcome, ThawOutcome } from "../hold/effects.js";
import { type Refusal, refuse } from "../hold/refusal.js";
import type { Baseline } from "../hold/state.js";
import { judgeLook } from "../hold/verdict.js";
import type {
  CallResult,
  FilesystemIdentity,
  Kernel,
  Look,
  OpenFilesystem,
} from "../kernel/port.js";
import type { Log } from "../observe/log.js";
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
  /** File systems that store this one: FITHAW waits while one of them is frozen, because it would hang. */
  readonly lower: readonly OpenFilesystem[];
  readonly baseline: Baseline | undefined;
}

export interface FreezerDependencies {
  readonly kernel: Kernel;
  readonly grants: Grants;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether any hold still waits for this epoch; a freeze that nobody wants is not begun. */
  readonly isWanted: (key: string, epoch: number) => boolean;
}

const pollMs = 20;
const thawRetryMs = 250;

export class Freezer {
  readonly #opened = new Map<string, Opened>();
  readonly #deps: FreezerDependencies;

  constructor(deps: FreezerDependencies) {
    this.#deps = deps;
  }

  /** Fresh looks at everything that is frozen by us: microseconds each. */
  looks(): ReadonlyMap<string, Look> {
    const looks = new Map<string, Look>();
    for (const [key, opened] of this.#opened) {
      if (opened.baseline !== undefined) looks.set(key, opened.handle.look());
    }
    return looks;
  }

  async freeze(task: FreezeTask): Promise<FreezeOutcome> {
    const outcome = await this.#freeze(task);
    if (outcome.kind === "failed") {
      this.#close(task.key, task.epoch);
      this.#deps.grants.ended(task.epoch);
    }
    return outcome;
  }

  async #freeze(task: FreezeTask): Promise<FreezeOutcome> {
    const { kernel, grants } = this.#deps;
    const unready = await this.#waitForDevices(task);
    if (unready !== undefined) return failed(unready);
    const opening = await kernel.open(task.identity, { watch: true });
    if (!opening.ok) return failed(opening.refusal);
    const handle = opening.value;
    const lower = await this.#openLower(task.identity);
    this.#opened.set(task.key, { epoch: task.epoch, handle, lower, baseline: undefined });
    const blocked = lower.find((l) => isFrozen(l.look()));
    if (blocked !== undefined) return failed(lowerFrozen(blocked.identity));
    const early = handle.look();
    if (isFrozen(early)) return failed(frozenByAnother(task.identity));
    // Kernels of the 5.15 era ignore the error of the flush inside FIFREEZE, so it is asked for here; it also shortens the stall of writers.
    const synced = await handle.syncfs();
    if (synced.errno !== undefined) return failed(ioRefusal("syncfs", task.identity, synced.errno));
    const pid = kernel.ownFreezerPid();
    const granted = await grants.request({
      epoch: task.epoch,
      identity: task.identity,
      deadlineUs: task.byUs,
      generationBefore: early.generation,
      ...(early.superblock === undefined ? {} : { superblock: early.superblock }),
      ...(pid === undefined ? {} : { freezerPid: pid }),
    });
    if (!granted.ok) return failed(granted.refusal);
    if (!this.#deps.isWanted(task.key, task.epoch)) return failed(cancelled);
    const before = handle.look();
    const call = await handle.freeze();
    if (call.errno !== undefined)
      return failed(await this.#freezeRefusal(task.identity, call.errno));
    return this.#landed(task, handle, lower, before, call);
  }

  #landed(
    task: FreezeTask,
    handle: OpenFilesystem,
    lower: readonly OpenFilesystem[],
    before: Look,
    call: CallResult,
  ): FreezeOutcome {
    const after = handle.look();
    const freezeUs = call.returnedAt.bootUs - call.startedAt.bootUs;
    const baseline: Baseline = { before, after, freezeUs };
    if (this.#isForeign(before, after)) {
      return failed({
        reason: "FREEZE_BROKEN",
        message: "somebody else thawed the file system the moment it was frozen; try again",
        metadata: { path: task.identity.mountPoint },
      });
    }
    this.#opened.set(task.key, { epoch: task.epoch, handle, lower, baseline });
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
    return generation.value !== before.generation.value && generation.freezerPid !== own;
  }

  /** A device-mapper device below that is suspended answers FIFREEZE with EBUSY, or hangs it; LVM suspends for milliseconds. */
  async #waitForDevices(task: FreezeTask): Promise<Refusal | undefined> {
    const { kernel } = this.#deps;
    for (;;) {
      const [device] = await kernel.suspendedDevices(task.identity);
      if (device === undefined) return undefined;
      if (!this.#deps.isWanted(task.key, task.epoch)) return cancelled;
      if (kernel.now().bootUs >= task.byUs) return deviceSuspended(task.identity, device);
      await this.#deps.sleep(pollMs);
    }
  }

  async #openLower(identity: FilesystemIdentity): Promise<readonly OpenFilesystem[]> {
    const { kernel, log } = this.#deps;
    const opened: OpenFilesystem[] = [];
    for (const layer of await kernel.layersBelow(identity)) {
      const by = { kind: "path", path: layer.mountPoint } as const;
      const found = await kernel.resolve({ by, allowSubdirectory: false });
      const handle = found.ok ? await kernel.open(found.value, { watch: false }) : found;
      if (handle.ok) opened.push(handle.value);
      // Not a local file system that we can look at: it cannot be frozen under us by FIFREEZE either.
      else
        log.debug("lower layer cannot be looked at", { path: layer.mountPoint, ...handle.refusal });
    }
    return opened;
  }

  async #freezeRefusal(identity: FilesystemIdentity, errno: string): Promise<Refusal> {
    const metadata = { path: identity.mountPoint, errno };
    switch (errno) {
      case "EBUSY": {
        const [device] = await this.#deps.kernel.suspendedDevices(identity);
        return device === undefined ? frozenByAnother(identity) : deviceSuspended(identity, device);
      }
      case "EOPNOTSUPP":
        return {
          reason: "NOT_FREEZABLE",
          message: "this file system type cannot be frozen",
          metadata: { ...metadata, type: identity.type },
        };
      case "EPERM":
        return {
          reason: "DAEMON_NOT_PRIVILEGED",
          message: "the service lacks CAP_SYS_ADMIN; run `fsfreezed doctor`",
          metadata,
        };
      default:
        return ioRefusal("FIFREEZE", identity, errno);
    }
  }

  /** FITHAW of our own freeze. Resolves when nothing more will be tried; retries an I/O error for as long as it is frozen. */
  async thaw(key: string, epoch: number): Promise<ThawOutcome> {
    const opened = this.#opened.get(key);
    if (opened?.epoch !== epoch) throw new Error(`nothing of ours is open for ${key}`);
    const outcome = await this.#thaw(opened);
    this.#close(key, epoch);
    this.#deps.grants.ended(epoch);
    return outcome;
  }

  async #thaw({ handle, lower, baseline }: Opened): Promise<ThawOutcome> {
    const { log, sleep } = this.#deps;
    const path = handle.identity.mountPoint;
    for (let attempt = 1; ; attempt++) {
      await this.#waitForLower(path, lower);
      const last = handle.look();
      if (baseline !== undefined) {
        const judged = judgeLook(baseline, last);
        if (judged.kind === "lost" && judged.certain) {
          return { errno: undefined, after: last, lost: true };
        }
      }
      const { errno } = await handle.thaw();
      const after = handle.look();
      if (errno === undefined && isFrozen(after)) {
        log.warn("thawed by us and still frozen by another holder", { path });
      }
      if (errno === undefined || errno === "EINVAL") return { errno, after, lost: false };
      log.error("thaw failed, trying again", { path, errno, attempt });
      await sleep(thawRetryMs);
    }
  }

  async #waitForLower(path: string, lower: readonly OpenFilesystem[]): Promise<void> {
    let told = false;
    for (;;) {
      const frozen = lower.find((l) => isFrozen(l.look()));
      if (frozen === undefined) return;
      if (!told) {
        this.#deps.log.warn("thaw waits for a frozen lower layer", {
          path,
          lower: frozen.identity.mountPoint,
        });
        told = true;
      }
      await this.#deps.sleep(pollMs);
    }
  }

  /** The claim has ended: the freeze is not ours any more. */
  forget(key: string, epoch: number): void {
    this.#close(key, epoch);
    this.#deps.grants.ended(epoch);
  }

  /** A look at one file system that we froze. */
  lookAt(key: string): Look | undefined {
    return this.#opened.get(key)?.handle.look();
  }

  #close(key: string, epoch: number): void {
    const opened = this.#opened.get(key);
    if (opened?.epoch !== epoch) return;
    this.#opened.delete(key);
    opened.handle.close();
    for (const lower of opened.lower) lower.close();
  }
}

function isFrozen(look: Look): boolean {
  return look.state.state === "FROZEN" || look.state.state === "FREEZING";
}

function failed(refusal: Refusal): FreezeOutcome {
  return { kind: "failed", refusal };
}

const cancelled: Refusal = {
  reason: "FREEZE_CANCELLED",
  message: "the freeze was given up before it began",
  metadata: {},
};

function frozenByAnother(identity: FilesystemIdentity): Refusal {
  return refuse(
    "FROZEN_BY_ANOTHER",
    "another tool has frozen this file system; thaw it there first (fsfreeze -u), it is not ours to thaw",
    { path: identity.mountPoint, errno: "EBUSY" },
  ).refusal;
}

function deviceSuspended(identity: FilesystemIdentity, device: string): Refusal {
  return refuse(
    "DEVICE_SUSPENDED",
    "a device-mapper device below this file system is suspended; resume it (dmsetup resume) and try again",
    { path: identity.mountPoint, device },
  ).refusal;
}

function lowerFrozen(lower: FilesystemIdentity): Refusal {
  return refuse(
    "LOWER_LAYER_FROZEN",
    "a file system that stores this one is frozen, and freezing this one now would hang; thaw that one first",
    { lower_path: lower.mountPoint, lower_device: lower.key },
  ).refusal;
}

function ioRefusal(call: string, identity: FilesystemIdentity, errno: string): Refusal {
  return refuse("IO_ERROR", `${call} failed; look into the kernel log for the device's errors`, {
    path: identity.mountPoint,
    errno,
    call,
  }).refusal;
}
