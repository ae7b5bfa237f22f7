/** The kernel port over a simulated world: for machines without privilege, and for tests of what stands on the port. */
import { ok, type Result, refuse } from "../../hold/refusal.js";
import type {
  CallResult,
  Capabilities,
  Capability,
  FilesystemIdentity,
  GenerationReading,
  Instant,
  Kernel,
  Layer,
  Look,
  OpenFilesystem,
  Probe,
  StateReading,
  TargetSpec,
} from "../port.js";
import type { SimulatedClock } from "./clock.js";
import { filesystemOfDevicePath, filesystemOfNumber, resolveTarget } from "./resolve.js";
import type { SimulatedFilesystem } from "./simulated-filesystem.js";
import type { SimulatedWorld } from "./world.js";

const none: GenerationReading = { kind: "none" };

function unknownState(): StateReading {
  return { state: "UNKNOWN", certainty: "LIKELY", source: "none" };
}

/** The state as far as the world's ways tell it. The fall-backs are blind where the real ones are. */
function readState(world: SimulatedWorld, filesystem: SimulatedFilesystem): StateReading {
  const { phase, type, readOnly } = filesystem;
  switch (world.ways.state) {
    case "exact":
      return {
        state: phase === "frozen" ? "FROZEN" : phase === "freezing" ? "FREEZING" : "THAWED",
        certainty: "CERTAIN",
        source: "simulated",
        userCount: filesystem.userCount,
        kernelCount: 0,
      };
    case "fallback":
      if (readOnly || !(type.startsWith("ext") || type === "xfs")) return unknownState();
      // Neither needs_recovery (ext4) nor the reserve (xfs) tells a freeze in flight.
      return {
        state: phase === "frozen" ? "FROZEN" : "THAWED",
        certainty: "LIKELY",
        source: "simulated",
      };
    case "none":
      return unknownState();
    default:
      return world.ways.state satisfies never;
  }
}

function readGeneration(world: SimulatedWorld, filesystem: SimulatedFilesystem): GenerationReading {
  switch (world.ways.generation) {
    case "exact": {
      const generation = filesystem.generation;
      return generation === undefined
        ? fallbackGeneration(filesystem)
        : { kind: "exact", ...generation };
    }
    case "fallback":
      return fallbackGeneration(filesystem);
    case "none":
      return none;
    default:
      return world.ways.generation satisfies never;
  }
}

function fallbackGeneration(filesystem: SimulatedFilesystem): GenerationReading {
  const { type, logHead, committedVersion } = filesystem;
  if (type === "xfs") return { kind: "fallback", source: "xfs-log-head", value: logHead };
  if (type === "btrfs") {
    return { kind: "fallback", source: "btrfs-generation", value: committedVersion };
  }
  return none;
}

class SimulatedOpenFilesystem implements OpenFilesystem {
  readonly identity: FilesystemIdentity;
  readonly #world: SimulatedWorld;
  readonly #filesystem: SimulatedFilesystem;
  readonly #pid: number;
  readonly #now: () => Instant;
  readonly #release: () => void;
  #running = 0;
  #closed = false;

  constructor(
    identity: FilesystemIdentity,
    world: SimulatedWorld,
    filesystem: SimulatedFilesystem,
    options: { readonly pid: number; readonly now: () => Instant; readonly watch: boolean },
  ) {
    this.identity = identity;
    this.#world = world;
    this.#filesystem = filesystem;
    this.#pid = options.pid;
    this.#now = options.now;
    this.#release = filesystem.open(options.watch);
  }

  freeze(): Promise<CallResult> {
    return this.#privilegedCall(() => this.#filesystem.freeze(this.#pid));
  }

  thaw(): Promise<CallResult> {
    return this.#privilegedCall(() => this.#filesystem.thaw());
  }

  syncfs(): Promise<CallResult> {
    return this.#call(() => this.#filesystem.syncfs());
  }

  look(): Look {
    this.#mustBeOpen();
    const exact = this.#world.ways.state === "exact";
    return {
      at: this.#now(),
      state: readState(this.#world, this.#filesystem),
      generation: readGeneration(this.#world, this.#filesystem),
      devices: this.#filesystem.counters(),
      readOnly: this.#filesystem.readOnly,
      ...(exact ? { superblock: this.#filesystem.superblock } : {}),
    };
  }

  /** As the real one: the descriptor stays until the calls with it have returned. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running === 0) this.#release();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error(`${this.identity.mountPoint} was closed`);
  }

  #privilegedCall(run: () => Promise<string | undefined>): Promise<CallResult> {
    return this.#call(async () => (this.#world.privileged ? run() : "EPERM"));
  }

  async #call(run: () => Promise<string | undefined>): Promise<CallResult> {
    this.#mustBeOpen();
    this.#running += 1;
    const startedAt = this.#now();
    try {
      const errno = await run();
      const returnedAt = this.#now();
      return errno === undefined ? { startedAt, returnedAt } : { errno, startedAt, returnedAt };
    } finally {
      this.#running -= 1;
      if (this.#closed && this.#running === 0) this.#release();
    }
  }
}

export interface SimulatedKernelOptions {
  readonly clock?: SimulatedClock;
  /** The pid under which its freezes appear; default this process's. */
  readonly pid?: number;
}

class SimulatedKernel implements Kernel {
  readonly name = "simulated";
  readonly #world: SimulatedWorld;
  readonly #clock: SimulatedClock;
  readonly #pid: number;

  constructor(world: SimulatedWorld, options: SimulatedKernelOptions) {
    this.#world = world;
    this.#clock = options.clock ?? world.clock;
    this.#pid = options.pid ?? process.pid;
  }

  now(): Instant {
    return this.#clock.now();
  }

  capabilities(): Capabilities {
    const { privileged, ways } = this.#world;
    const when = (available: boolean, detail: string): Capability => ({
      available,
      detail: available ? "simulated" : detail,
    });
    const off = "switched off in the simulated world";
    return {
      privileged: when(privileged, "the simulated world gives no CAP_SYS_ADMIN"),
      btf: when(ways.state === "exact", off),
      exactState: when(ways.state === "exact", off),
      generation: when(ways.generation === "exact", off),
      pinned: when(false, "a simulated world ends with its process"),
    };
  }

  async resolve(target: TargetSpec): Promise<Result<FilesystemIdentity>> {
    const found = resolveTarget(this.#world, target);
    return found.ok ? ok(found.value.identity) : found;
  }

  async open(
    identity: FilesystemIdentity,
    options: { readonly watch: boolean },
  ): Promise<Result<OpenFilesystem>> {
    const path = identity.mountPoint;
    const there = this.#world.filesystems.find((one) => one.mountPoints.includes(path));
    const same =
      there !== undefined &&
      there.key === identity.key &&
      there.type === identity.type &&
      (identity.uuid === undefined || there.description.uuid === identity.uuid);
    if (!same) {
      const message = `${path} is not the file system ${identity.key} any more`;
      const actual = there?.key ?? "";
      return refuse("TARGET_MISMATCH", message, {
        path,
        expected_device: identity.key,
        actual_device: actual,
      });
    }
    return ok(
      new SimulatedOpenFilesystem(identity, this.#world, there, {
        pid: this.#pid,
        now: () => this.now(),
        watch: options.watch && this.#world.ways.generation === "exact",
      }),
    );
  }

  async probe(target: TargetSpec): Promise<Result<Probe>> {
    const found = resolveTarget(this.#world, target);
    if (found.ok) {
      const { filesystem, identity } = found.value;
      const reading = readState(this.#world, filesystem);
      const { device, type } = identity;
      return ok({ reading, identity, device, type, ...suspendedPart(filesystem) });
    }
    const unmounted = this.#unmounted(target);
    if (found.refusal.reason !== "TARGET_NOT_FOUND" || unmounted === undefined) return found;
    // Only the exact way leads from a block device to its superblock.
    const exact = this.#world.ways.state === "exact";
    const reading = exact ? readState(this.#world, unmounted) : unknownState();
    const seen = exact && unmounted.phase !== "thawed" ? { type: unmounted.type } : {};
    const device = unmounted.blockDeviceNumber;
    return ok({ reading, device, ...seen, ...suspendedPart(unmounted) });
  }

  /** A file system without a mount, named by its device: a ghost, if it is frozen. */
  #unmounted({ by }: TargetSpec): SimulatedFilesystem | undefined {
    if (by.kind === "device-number") return filesystemOfNumber(this.#world, by.device);
    if (by.kind !== "block-device") return undefined;
    const named = filesystemOfDevicePath(this.#world, by.path);
    return named.ok ? named.value : undefined;
  }

  async layersBelow(identity: FilesystemIdentity): Promise<readonly Layer[]> {
    const found = this.#byKey(identity);
    return (found?.description.layersBelow ?? []).map((mountPoint) => {
      const layer = this.#world.at(mountPoint);
      const source = found?.description.devices?.[0]?.path ?? identity.source;
      const via = `${source.replace("/dev/", "")}:${mountPoint}`;
      return { key: layer.key, mountPoint, via };
    });
  }

  async suspendedDevices(identity: FilesystemIdentity): Promise<readonly string[]> {
    const found = this.#byKey(identity);
    return found?.isSuspended === true ? [suspendedName(found)] : [];
  }

  #byKey(identity: FilesystemIdentity): SimulatedFilesystem | undefined {
    return this.#world.filesystems.find((one) => one.key === identity.key);
  }

  ownFreezerPid(): number | undefined {
    return this.#world.ways.generation === "exact" ? this.#pid : undefined;
  }

  close(): void {
    // A simulated world has nothing to give back.
  }
}

function suspendedPart(filesystem: SimulatedFilesystem): Pick<Probe, "suspendedDevice"> {
  return filesystem.isSuspended ? { suspendedDevice: suspendedName(filesystem) } : {};
}

function suspendedName(filesystem: SimulatedFilesystem): string {
  return (filesystem.devices[0]?.path ?? filesystem.key).replace("/dev/", "");
}

export function createSimulatedKernel(
  world: SimulatedWorld,
  options: SimulatedKernelOptions = {},
): Kernel {
  return new SimulatedKernel(world, options);
}
