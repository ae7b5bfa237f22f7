/**
 * The port on a real kernel: resolution, freeze and thaw, exact state and generation where BPF may
 * be used.
 */
import { ok, type Result } from "../../hold/refusal.js";
import { capEffective, inInitialUserNamespace } from "../../os/process.js";
import { closeFd } from "../../os/sockets.js";
import type {
  Capabilities,
  Capability,
  DeviceNumber,
  FilesystemIdentity,
  Kernel,
  Layer,
  OpenFilesystem,
  Probe,
  StateReading,
  TargetSpec,
} from "../port.js";
import { openBlockDevice, readSmallFile } from "./block-devices.js";
import { readKernelBtf } from "./btf.js";
import { openExtDevice, servedByExt4 } from "./ext-superblock.js";
import { isExt, unknownState } from "./fallbacks.js";
import { typeOfMagic } from "./filesystem-types.js";
import { FrozenState, neededStructs, offsetsOf } from "./frozen-state.js";
import { FreezeGeneration } from "./generation.js";
import { devicesOfMount } from "./mount-devices.js";
import { deviceKey, type Mount } from "./mountinfo.js";
import { LinuxObserver } from "./observer.js";
import { LinuxFilesystem, now } from "./open-filesystem.js";
import { type Opened, openIdentity, type ResolveContext, readTable } from "./opening.js";
import { blockDeviceOfPath, openTarget } from "./resolve.js";
import { type Stack, stackBelow } from "./stack.js";
import { suspendedBelowDevice } from "./suspended.js";
import { type Lanes, poolSize, threadLanes } from "./thread-lanes.js";

export interface LinuxKernelOptions {
  /**
   * A directory on a bpffs for pins, so that generations count on across processes; undefined:
   * nothing is pinned.
   */
  readonly bpffs?: string;
  /** False: as if the kernel allowed no BPF. */
  readonly bpf: boolean;
  /** False: as if ext4, xfs and btrfs showed nothing of their state. */
  readonly fallbacks: boolean;
}

/** What BPF gives on this machine, and why not where it does not. */
interface BpfParts {
  readonly btf: Capability;
  readonly frozenState: FrozenState | undefined;
  readonly exactState: Capability;
  readonly generation: FreezeGeneration | undefined;
  readonly counts: Capability;
}

const available: Capability = { available: true, detail: "" };

function unavailable(detail: string): Capability {
  return { available: false, detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why the kernel may have refused BPF, in the words of someone who could change it. */
function bpfRefusal(error: unknown): string {
  const lockdown = readSmallFile("/sys/kernel/security/lockdown");
  if (lockdown?.includes("[confidentiality]") === true)
    return `lockdown=confidentiality forbids BPF to read kernel memory; lockdown=integrity allows it (${messageOf(error)})`;
  if (!capEffective())
    return `needs CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON (${messageOf(error)})`;
  return messageOf(error);
}

function loadBpf(options: LinuxKernelOptions): BpfParts {
  const off = (why: Capability, btf: Capability = why): BpfParts => ({
    btf,
    frozenState: undefined,
    exactState: why,
    generation: undefined,
    counts: why,
  });
  if (!options.bpf) return off(unavailable("switched off"));
  let btf: ReturnType<typeof readKernelBtf>;
  try {
    btf = readKernelBtf(neededStructs);
  } catch (error) {
    return off(
      unavailable(
        `the kernel does not describe its types: it needs CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux: ${messageOf(error)})`,
      ),
    );
  }
  let generation: FreezeGeneration | undefined;
  let counts = available;
  try {
    const { offset, optional } = offsetsOf(btf);
    const offsets = {
      frozen: offset("super_block", "s_writers.frozen"),
      lockOwner: optional("super_block", "s_umount.owner"),
    };
    generation = new FreezeGeneration(offsets, options.bpffs);
    generation.checkProgram();
  } catch (error) {
    generation?.close();
    generation = undefined;
    counts = unavailable(bpfRefusal(error));
  }
  try {
    const frozenState = new FrozenState(btf, generation?.mapFd);
    return { btf: available, frozenState, exactState: available, generation, counts };
  } catch (error) {
    // Without the query program nobody could read the counts.
    generation?.close();
    return off(unavailable(bpfRefusal(error)), available);
  }
}

function privilege(): Capability {
  if (capEffective()) return available;
  return unavailable(
    inInitialUserNamespace()
      ? "FIFREEZE needs CAP_SYS_ADMIN: run as root, or give the service AmbientCapabilities=CAP_SYS_ADMIN"
      : "FIFREEZE needs CAP_SYS_ADMIN in the initial user namespace: this process is in another one (a rootless container?)",
  );
}

class LinuxKernel implements Kernel {
  readonly name = "linux";
  readonly #options: LinuxKernelOptions;
  readonly #parts: BpfParts;
  readonly #lanes: Lanes;
  readonly #context: ResolveContext;
  readonly #ownPid: number | undefined;
  readonly now = now;

  constructor(options: LinuxKernelOptions) {
    this.#options = options;
    this.#parts = loadBpf(options);
    this.#lanes = threadLanes(poolSize(process.env));
    this.#context = { lane: this.#lanes.lookup, frozenState: this.#parts.frozenState };
    this.#ownPid = this.#parts.frozenState?.ownPid();
  }

  capabilities(): Capabilities {
    const { btf, exactState, counts, generation } = this.#parts;
    return {
      privileged: privilege(),
      btf,
      exactState,
      generation: counts,
      pinned:
        generation === undefined
          ? counts
          : generation.notPinned === undefined
            ? available
            : unavailable(generation.notPinned),
    };
  }

  async resolve(target: TargetSpec): Promise<Result<FilesystemIdentity>> {
    const opened = await openTarget(this.#context, target);
    if (!opened.ok) return opened;
    closeFd(opened.value.fd);
    return ok(opened.value.identity);
  }

  async open(
    identity: FilesystemIdentity,
    options: { readonly watch: boolean },
  ): Promise<Result<OpenFilesystem>> {
    const opened = await openIdentity(this.#context, identity);
    if (!opened.ok) return opened;
    const { fd, identity: actual } = opened.value;
    const observer = await this.#observe(opened.value, options.watch);
    return ok(new LinuxFilesystem(fd, actual, observer, this.#lanes));
  }

  async #observe(opened: Opened, watch: boolean): Promise<LinuxObserver> {
    const { frozenState, generation } = this.#parts;
    const { type, key } = opened.identity;
    const blockDeviceFd = isExt(type) ? await openExtDevice(key, this.#lanes.lookup) : undefined;
    const counted = (generation?.counts(type) ?? false) && (!isExt(type) || servedByExt4(key));
    const view = watch && counted ? frozenState?.ofDirectory(opened.fd) : undefined;
    const unwatch = view === undefined ? undefined : generation?.watch(type, view);
    const { fallbacks } = this.#options;
    return new LinuxObserver(opened, { frozenState, fallbacks, counted, unwatch }, blockDeviceFd);
  }

  async probe(target: TargetSpec): Promise<Result<Probe>> {
    const opened = await openTarget(this.#context, target);
    if (!opened.ok) return this.#probeUnmounted(target, opened);
    const observer = await this.#observe(opened.value, false);
    try {
      const { identity, mount } = opened.value;
      const [suspended] = this.#stack(mount, opened.value.fd).suspended;
      return ok({
        reading: observer.see().state,
        identity,
        device: identity.device,
        type: identity.type,
        ...(suspended === undefined ? {} : { suspendedDevice: suspended }),
      });
    } finally {
      observer.close();
      closeFd(opened.value.fd);
    }
  }

  /** A block device that no reachable mount leads to may hold a ghost: frozen, then unmounted. */
  async #probeUnmounted(
    target: TargetSpec,
    refused: Extract<Result<Opened>, { readonly ok: false }>,
  ): Promise<Result<Probe>> {
    const { by } = target;
    if (refused.refusal.reason !== "TARGET_NOT_FOUND") return refused;
    if (by.kind !== "block-device" && by.kind !== "device-number") return refused;
    const device: Result<DeviceNumber> =
      by.kind === "block-device" ? await blockDeviceOfPath(this.#context, by.path) : ok(by.device);
    if (!device.ok) return device;
    const key = deviceKey(device.value);
    const opened = openBlockDevice(key);
    if ("errno" in opened) return refused;
    try {
      const seen = this.#parts.frozenState?.ofBlockDevice(opened.value);
      const suspended = suspendedBelowDevice(key);
      const type = seen?.kind === "superblock" ? typeOfMagic(seen.view.magic) : undefined;
      return ok({
        reading: unmountedReading(seen),
        device: device.value,
        ...(type === undefined ? {} : { type }),
        ...(suspended === undefined ? {} : { suspendedDevice: suspended }),
      });
    } finally {
      closeFd(opened.value);
    }
  }

  #stack(top: Mount, fd: number): Stack {
    return stackBelow(readTable(), top, (mount) =>
      devicesOfMount(mount, mount.key === top.key ? fd : undefined),
    );
  }

  async #stackOf(identity: FilesystemIdentity): Promise<Stack> {
    const opened = await openIdentity(this.#context, identity);
    if (!opened.ok) return { layers: [], suspended: [] };
    try {
      return this.#stack(opened.value.mount, opened.value.fd);
    } finally {
      closeFd(opened.value.fd);
    }
  }

  async layersBelow(identity: FilesystemIdentity): Promise<readonly Layer[]> {
    return (await this.#stackOf(identity)).layers;
  }

  async suspendedDevices(identity: FilesystemIdentity): Promise<readonly string[]> {
    return (await this.#stackOf(identity)).suspended;
  }

  ownFreezerPid(): number | undefined {
    return this.#ownPid;
  }

  close(): void {
    this.#parts.generation?.close();
    for (const fd of this.#parts.frozenState?.programFds ?? []) closeFd(fd);
  }
}

function unmountedReading(seen: ReturnType<FrozenState["ofBlockDevice"]>): StateReading {
  switch (seen?.kind) {
    case "superblock":
      return seen.view.state;
    case "free":
      return { state: "THAWED", certainty: "CERTAIN", source: "superblock" };
    case "held-otherwise":
    case undefined:
      return unknownState;
    default:
      return seen satisfies never;
  }
}

export function createLinuxKernel(options: LinuxKernelOptions): Kernel {
  return new LinuxKernel(options);
}
