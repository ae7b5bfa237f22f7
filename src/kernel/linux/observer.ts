/**
 * Looking at one open file system: exactly through BPF, or by what it shows of itself, or not at
 * all.
 */
import { closeFd } from "../../os/sockets.js";
import type { DeviceCounters, GenerationReading } from "../port.js";
import { CounterReader, devicesOf } from "./counters.js";
import {
  type FallbackSource,
  fallbackGeneration,
  fallbackState,
  unknownState,
} from "./fallbacks.js";
import type { FrozenState } from "./frozen-state.js";
import { readMounts } from "./mountinfo.js";
import type { Observer, Sight } from "./open-filesystem.js";
import type { Opened } from "./opening.js";

export interface ObserverWays {
  readonly frozenState: FrozenState | undefined;
  readonly fallbacks: boolean;
  /** Ends the watching that was started for this handle. */
  readonly unwatch: (() => void) | undefined;
  /** Whether a count found for this superblock is one that goes on. */
  readonly counted: boolean;
}

const none: GenerationReading = { kind: "none" };

export class LinuxObserver implements Observer {
  readonly #opened: Opened;
  readonly #ways: ObserverWays;
  readonly #source: FallbackSource;
  #counters: CounterReader;
  #devices: readonly string[] | undefined;
  #counts: boolean;

  /** `blockDeviceFd`: as from openExtDevice, for ext file systems. Closed with this. */
  constructor(opened: Opened, ways: ObserverWays, blockDeviceFd: number | undefined) {
    this.#opened = opened;
    this.#ways = ways;
    this.#counts = ways.counted;
    const { identity, fd } = opened;
    this.#source = { type: identity.type, key: identity.key, directoryFd: fd, blockDeviceFd };
    this.#devices = devicesOf(this.#source, opened.mount.superOptions);
    this.#counters = new CounterReader(this.#devices);
  }

  see(): Sight {
    const { frozenState, fallbacks } = this.#ways;
    if (frozenState === undefined) {
      const readOnly = this.#readOnly();
      return {
        state: fallbacks ? fallbackState(this.#source, readOnly) : unknownState,
        generation: this.#fallbackGeneration(),
        readOnly,
      };
    }
    const view = frozenState.ofDirectory(this.#opened.fd);
    return {
      state: view.state,
      generation:
        view.generation !== undefined && this.#counts
          ? { kind: "exact", ...view.generation }
          : this.#fallbackGeneration(),
      readOnly: view.readOnly,
      superblock: view.address,
    };
  }

  #fallbackGeneration(): GenerationReading {
    return this.#ways.fallbacks ? fallbackGeneration(this.#source) : none;
  }

  /**
   * A remount may have changed it; the mount options of the mount itself ("ro" of a bind mount) do
   * not count.
   */
  #readOnly(): boolean {
    const { id, superOptions } = this.#opened.mount;
    const mount = readMounts().find((candidate) => candidate.id === id);
    return (mount?.superOptions ?? superOptions).includes("ro");
  }

  counters(): readonly DeviceCounters[] {
    return this.#counters.read();
  }

  refreshDevices(): void {
    const devices = devicesOf(this.#source, this.#opened.mount.superOptions);
    if (devices?.join(" ") === this.#devices?.join(" ")) return;
    this.#counters.close();
    this.#devices = devices;
    this.#counters = new CounterReader(devices);
  }

  checkGeneration(before: GenerationReading): void {
    const { generation } = this.see();
    if (before.kind === "exact" && generation.kind === "exact" && generation.value === before.value)
      this.#counts = false;
  }

  close(): void {
    this.#ways.unwatch?.();
    this.#counters.close();
    if (this.#source.blockDeviceFd !== undefined) closeFd(this.#source.blockDeviceFd);
  }
}
