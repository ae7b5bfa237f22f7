/**
 * One superblock of a simulated world. It behaves as measured on Linux 6.18 (and as 6.12.113 where device-mapper is
 * concerned); tests steer it: its calls can take time, hang, or fail, and "somebody else" can freeze, thaw and write.
 */
import { typeVerdict } from "../linux/filesystem-types.js";
import type { DeviceCounters, DeviceNumber } from "../port.js";
import type { SimulatedClock } from "./clock.js";
import type { FilesystemDescription } from "./description.js";
import { SimulatedDevice } from "./device.js";
import { Gate } from "./gate.js";

export type Phase = "thawed" | "freezing" | "frozen";
export type CallName = "freeze" | "thaw" | "syncfs";

/** The pid under which "somebody else" freezes, unless a test says another. */
export const foreignPid = 4242;

/** Sectors that an idle freeze and a thaw of a writable superblock write (measured, Linux 6.18). */
const sectorsAtFreeze: Readonly<Record<string, number>> = { ext2: 2, ext3: 2, ext4: 2, xfs: 3 };
const sectorsAtThaw: Readonly<Record<string, number>> = { ext2: 2, ext3: 2, ext4: 2 };

export interface Generation {
  readonly value: number;
  readonly freezerPid: number;
}

export class SimulatedFilesystem {
  readonly description: FilesystemDescription;
  readonly devices: readonly SimulatedDevice[];
  readonly #clock: SimulatedClock;
  readonly #layersBelow: () => readonly SimulatedFilesystem[];
  readonly #freezeGate = new Gate();
  readonly #thawGate = new Gate();
  readonly #failures: Record<CallName, string[]> = { freeze: [], thaw: [], syncfs: [] };
  /** Shut while frozen or freezing: writers wait here. */
  readonly #writers = new Gate();
  /** Shut while a freeze is in flight: a second one waits for it (Linux 6.8 and newer). */
  readonly #landing = new Gate();
  /** Shut from a device-mapper suspend to its resume. */
  readonly #resumed = new Gate();
  #phase: Phase = "thawed";
  #userFrozen = false;
  #dmFrozen = false;
  #dmLeaked = false;
  #generation: Generation | undefined;
  #watchers = 0;
  #handles = 0;
  #mounted = true;
  #readOnly: boolean;
  #shutDown = false;
  #dirtySectors = 0;
  #version = 1;
  #committed = 1;
  #logHead = 1;
  #instance: number;
  #freezeMs: number;
  #thawMs: number;
  #counts = { freezes: 0, thaws: 0 };

  constructor(
    description: FilesystemDescription,
    clock: SimulatedClock,
    layersBelow: () => readonly SimulatedFilesystem[],
    instance: number,
  ) {
    this.description = description;
    this.devices = (description.devices ?? []).map((device) => new SimulatedDevice(device));
    this.#clock = clock;
    this.#layersBelow = layersBelow;
    this.#readOnly = description.readOnly ?? false;
    this.#freezeMs = description.freezeMs ?? 0;
    this.#thawMs = description.thawMs ?? 0;
    this.#instance = instance;
    if (description.faults?.hangFreezes === true) this.holdFreezes();
    if (description.faults?.frozenByAnother === true) this.foreignFreeze();
  }

  // What can be seen of it.

  get type(): string {
    return this.description.type;
  }

  get key(): string {
    return this.description.key;
  }

  /** As mountinfo has it: anonymous for btrfs. */
  get deviceNumber(): DeviceNumber {
    return parseNumber(this.key);
  }

  /** Of its main block device. */
  get blockDeviceNumber(): DeviceNumber {
    return parseNumber(this.devices[0]?.device ?? this.key);
  }

  get mountPoints(): readonly string[] {
    if (!this.#mounted) return [];
    return [this.description.mountPoint, ...(this.description.otherMountPoints ?? [])];
  }

  get phase(): Phase {
    return this.#phase;
  }

  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** dm's suspend counts as a user freeze, too; freeze_kcount stays 0 (measured, 6.12 and 7.2). */
  get userCount(): number {
    return Number(this.#userFrozen) + Number(this.#dmFrozen);
  }

  get isSuspended(): boolean {
    return this.#resumed.isShut;
  }

  /** Open descriptors on it: while there are any, umount says EBUSY. */
  get openHandles(): number {
    return this.#handles;
  }

  /** How many freezes and thaws took effect, whoever asked for them. */
  get counts(): { readonly freezes: number; readonly thaws: number } {
    return this.#counts;
  }

  /** Counts only while it is watched, as the BPF program does. */
  get generation(): Generation | undefined {
    return this.#watchers > 0 ? this.#generation : undefined;
  }

  get logHead(): string {
    return `1:${this.#logHead}`;
  }

  /** btrfs' generation: moves with the commit of a change. */
  get committedVersion(): string {
    return String(this.#committed);
  }

  get superblock(): string {
    return (0xffff_8880_0000_0000n + BigInt(this.#instance) * 0x1000n).toString(16);
  }

  counters(): readonly DeviceCounters[] {
    return this.devices.map((device) => device.counters());
  }

  // What the kernel's callers do with it.

  open(watch: boolean): () => void {
    this.#handles += 1;
    if (watch) this.#watch();
    return () => {
      this.#handles -= 1;
      if (watch) this.#watchers -= 1;
    };
  }

  #watch(): void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#generation = { value: this.#clock.now().bootUs, freezerPid: 0 };
    }
  }

  /** FIFREEZE: the errno, or undefined on success. */
  async freeze(pid: number): Promise<string | undefined> {
    if (typeVerdict(this.type).kind !== "ask-the-kernel") return "EOPNOTSUPP";
    const failure = this.#failures.freeze.shift() ?? this.description.faults?.freeze;
    while (this.#phase === "freezing") await this.#landing.pass();
    if (this.#phase === "frozen") return "EBUSY";
    this.#phase = "freezing";
    this.#landing.shut();
    this.#writers.shut();
    await this.#pause(this.#freezeMs);
    await this.#freezeGate.pass();
    if (!this.#readOnly) await this.#lowerThawed();
    const errno = failure ?? (this.#shutDown ? "EIO" : undefined);
    if (errno === undefined) this.#becomeFrozen(pid);
    else this.#becomeThawed();
    if (errno === undefined) this.#userFrozen = true;
    this.#landing.open();
    if (errno === undefined) this.#meetSomebodyElse();
    return errno;
  }

  /** The interference that the description asks for, some time after each freeze. */
  #meetSomebodyElse(): void {
    const { faults } = this.description;
    if (faults?.thawedByAnotherAfterMs !== undefined) {
      void this.#clock.sleep(faults.thawedByAnotherAfterMs).then(() => this.foreignThaw());
    }
    if (faults?.rewrittenByAnotherAfterMs !== undefined) {
      void this.#clock.sleep(faults.rewrittenByAnotherAfterMs).then(() => this.foreignRewrite());
    }
  }

  /**
   * FITHAW. While a FIFREEZE is in flight it says EINVAL at once and changes nothing. It takes one holder away, be it
   * device-mapper: then the suspended device is thawed and dm's count leaks (measured, 6.1 to 7.2).
   */
  async thaw(): Promise<string | undefined> {
    const failure = this.#failures.thaw.shift() ?? this.description.faults?.thaw;
    if (failure !== undefined) return failure;
    if (this.#phase !== "frozen") return "EINVAL";
    await this.#pause(this.#thawMs);
    await this.#thawGate.pass();
    // ext4 writes its superblock before it lets writers go; xfs and btrfs write nothing.
    const writes = this.type.startsWith("ext") && !this.#readOnly;
    if (writes) await this.#lowerThawed();
    if (this.#phase !== "frozen") return "EINVAL";
    if (this.#userFrozen) {
      this.#userFrozen = false;
    } else {
      this.#dmFrozen = false;
      this.#dmLeaked = true;
      if (writes) await this.#resumed.pass();
    }
    if (this.userCount === 0) this.#becomeThawed();
    return undefined;
  }

  async syncfs(): Promise<string | undefined> {
    const failure = this.#failures.syncfs.shift() ?? this.description.faults?.syncfs;
    if (failure !== undefined) return failure;
    if (this.#shutDown) return "EIO";
    this.#flush();
    return undefined;
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms);
  }

  /** What writes to a frozen lower layer hangs, unkillable, until that is thawed. */
  async #lowerThawed(): Promise<void> {
    for (const layer of this.#layersBelow()) await layer.#writers.pass();
  }

  #becomeFrozen(pid: number): void {
    this.#flush();
    if (!this.#readOnly) {
      this.#writeSectors(sectorsAtFreeze[this.type] ?? 0);
      this.#logHead += 1;
      // freeze_super() of a writable superblock calls sync_fs twice with pagefaults blocked: the count moves by 2.
      if (this.#generation !== undefined) {
        this.#generation = { value: this.#generation.value + 2, freezerPid: pid };
      }
    }
    this.#writers.shut();
    this.#phase = "frozen";
    this.#counts = { ...this.#counts, freezes: this.#counts.freezes + 1 };
  }

  #becomeThawed(): void {
    if (this.#phase === "frozen") {
      if (!this.#readOnly && !this.#shutDown) this.#writeSectors(sectorsAtThaw[this.type] ?? 0);
      this.#counts = { ...this.#counts, thaws: this.#counts.thaws + 1 };
    }
    this.#phase = "thawed";
    this.#writers.open();
  }

  #flush(): void {
    if (this.#phase === "frozen" || this.#dirtySectors === 0) return;
    this.#writeSectors(this.#dirtySectors);
    this.#dirtySectors = 0;
    this.#committed = this.#version;
  }

  #writeSectors(sectors: number): void {
    this.devices[0]?.write(sectors);
  }

  // How tests steer it.

  /** Freezes and thaws take so long from now on. */
  takeTime(times: { readonly freezeMs?: number; readonly thawMs?: number }): void {
    this.#freezeMs = times.freezeMs ?? this.#freezeMs;
    this.#thawMs = times.thawMs ?? this.#thawMs;
  }

  /** Every FIFREEZE hangs in flight from now on, until released. */
  holdFreezes(): void {
    this.#freezeGate.shut();
  }

  releaseFreezes(): void {
    this.#freezeGate.open();
  }

  holdThaws(): void {
    this.#thawGate.shut();
  }

  releaseThaws(): void {
    this.#thawGate.open();
  }

  /** The next so many calls answer with this errno. A failing freeze takes its time first, and leaves it thawed. */
  fail(call: CallName, errno: string, times = 1): void {
    this.#failures[call].push(...Array.from({ length: times }, () => errno));
  }

  /** Another program's FIFREEZE, at once; the errno or undefined. */
  foreignFreeze(pid = foreignPid): string | undefined {
    if (this.#phase !== "thawed") return "EBUSY";
    this.#becomeFrozen(pid);
    this.#userFrozen = true;
    return undefined;
  }

  /** Another program's FITHAW, at once. */
  foreignThaw(): string | undefined {
    if (this.#phase !== "frozen" || !this.#userFrozen) return "EINVAL";
    this.#userFrozen = false;
    if (this.userCount === 0) this.#becomeThawed();
    return undefined;
  }

  foreignRefreeze(pid = foreignPid): string | undefined {
    return this.foreignThaw() ?? this.foreignFreeze(pid);
  }

  /** Thaw, write, refreeze. */
  foreignRewrite(sectors = 8, pid = foreignPid): string | undefined {
    const errno = this.foreignThaw();
    if (errno !== undefined) return errno;
    this.#change(sectors);
    return this.foreignFreeze(pid);
  }

  /** A program's write: done at once, or when it is thawed. It is dirty until the next sync, freeze or flush. */
  async write(sectors = 8): Promise<void> {
    while (this.#phase !== "thawed") await this.#writers.pass();
    this.#change(sectors);
  }

  #change(sectors: number): void {
    this.#dirtySectors += sectors;
    this.#version += 1;
  }

  /** A write past the file system: to the raw device, or into a swap file. A freeze does not stop it. */
  rawWrite(sectors = 8): void {
    this.#writeSectors(sectors);
  }

  /** fstrim: a freeze does not stop it, and only the discarded sectors tell. */
  trim(sectors = 2048): void {
    this.devices[0]?.discard(sectors);
  }

  /** queue/iostats of all its devices. */
  setCounting(on: boolean): void {
    for (const device of this.devices) device.setCounting(on);
  }

  /** The device is lost: freezes and syncs say EIO; a thaw of what is frozen still works (ext4 and xfs, Linux 6.18). */
  shutDown(): void {
    this.#shutDown = true;
  }

  remount(mode: "ro" | "rw"): string | undefined {
    if (this.#phase !== "thawed") return "EBUSY";
    this.#flush();
    this.#readOnly = mode === "ro";
    return undefined;
  }

  /** A frozen one becomes a ghost: it lives on, and only its device leads to it. */
  unmount(): string | undefined {
    if (!this.#mounted) return "EINVAL";
    if (this.#handles > 0) return "EBUSY";
    this.#mounted = false;
    return undefined;
  }

  /** Mounts it again: a ghost is the same superblock as before, anything else is a new one. */
  mount(): void {
    this.#mounted = true;
    if (this.#phase !== "thawed") return;
    this.#instance += 1000;
    this.#shutDown = false;
    this.#generation = undefined;
  }

  /** dmsetup suspend of the device below: freezes it as a second holder; btrfs is not frozen by it. */
  suspend(): string | undefined {
    if (this.#resumed.isShut) return undefined;
    this.#resumed.shut();
    if (this.type === "btrfs" || this.#dmLeaked) return undefined;
    if (this.#phase === "thawed") this.#becomeFrozen(0);
    this.#dmFrozen = true;
    return undefined;
  }

  resume(): void {
    this.#resumed.open();
    if (!this.#dmFrozen) return;
    this.#dmFrozen = false;
    if (this.userCount === 0) this.#becomeThawed();
  }
}

function parseNumber(text: string): DeviceNumber {
  const [major = 0, minor = 0] = text.split(":").map(Number);
  return { major, minor };
}
