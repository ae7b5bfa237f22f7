/**
 * The freeze generation: a number that moves with every freeze of a writable superblock, whoever
 * makes it. A raw tracepoint program on the file system's sync_fs counts only while
 * s_writers.frozen is SB_FREEZE_PAGEFAULT, a state that only freeze_super() passes through, before
 * frozen becomes 4, and only what the freezing task itself does. One freeze moves it by 2 (freeze_super syncs twice: 6.1, 6.12, 6.18). FROZEN
 * now and the number as it was after our own FIFREEZE means: never thawed in between, however
 * rarely one looks.
 *
 * Map and links can be pinned in bpffs; then they count on while no process of ours runs.
 */
import { unlinkSync } from "node:fs";
import { clockBoottimeUs } from "../../os/process.js";
import { closeFd } from "../../os/sockets.js";
import { Assembler, helper } from "./assembler.js";
import {
  attachRawTracepoint,
  BpfError,
  createHashMap,
  loadProgram,
  lookup,
  mapInfo,
  mapsOfLink,
  pin,
  pinned,
  programType,
  remove,
  update,
} from "./bpf.js";
import { generationValue, SB_FREEZE_PAGEFAULT, type SuperblockView } from "./frozen-state.js";

/**
 * One entry for each watched file system, of which a hold names at most 256; the rest is for
 * leftovers.
 */
const mapEntries = 4096;

/**
 * The version is that of the value's layout and of what counts: processes that disagree about them
 * must not share a map.
 */
const pinName = "freeze-generation-v2";

interface Tracing {
  readonly tracepoint: string;
  /** What the tracepoint's first argument points to, and so the key that its program looks up. */
  readonly argument: "superblock" | "private-info";
}

/**
 * include/trace/events/{ext4,btrfs,f2fs}.h, fs/xfs/xfs_trace.h. The ext4 driver also serves ext2
 * and ext3.
 */
const tracingByType: Readonly<Record<string, Tracing>> = {
  ext2: { tracepoint: "ext4_sync_fs", argument: "superblock" },
  ext3: { tracepoint: "ext4_sync_fs", argument: "superblock" },
  ext4: { tracepoint: "ext4_sync_fs", argument: "superblock" },
  xfs: { tracepoint: "xfs_fs_sync_fs", argument: "private-info" },
  btrfs: { tracepoint: "btrfs_sync_fs", argument: "private-info" },
  f2fs: { tracepoint: "f2fs_sync_fs", argument: "superblock" },
};

/** Where the counting program finds what it asks for, in bytes from the start of super_block. */
export interface GenerationOffsets {
  /** s_writers.frozen. */
  readonly frozen: number;
  /** s_umount.owner: the task that holds it for writing. A kernel with PREEMPT_RT has none. */
  readonly lockOwner: number | undefined;
}

/**
 * Counts a sync_fs of a watched superblock by the task that is freezing it, and remembers by whom.
 *
 * That task alone holds s_umount for writing meanwhile (freeze_super, Linux 6.1 to 6.18). Others may
 * call sync_fs within a freeze: BTRFS_IOC_SYNC needs no privilege and takes no lock, and would look
 * like somebody else's freeze (6.18: in 80 of 200 freezes of btrfs, while two processes called it).
 */
export function countingProgram(offsets: GenerationOffsets, mapFd: number): Buffer {
  const value = 7;
  const superblock = 6;
  const program = new Assembler()
    .load(1, 1, 0)
    .store(10, -8, 1)
    .loadMap(1, mapFd)
    .move(2, 10)
    .add(2, -8)
    .call(helper.mapLookup)
    .jumpIfEqual(0, 0, "done")
    .move(value, 0)
    .load(superblock, value, generationValue.superblock)
    .readKernel(1, superblock, offsets.frozen, 2)
    .jumpIfNotEqual(1, SB_FREEZE_PAGEFAULT, "done");
  if (offsets.lockOwner !== undefined) {
    program
      .readKernel(8, superblock, offsets.lockOwner)
      .call(helper.currentTask)
      .jumpIfDifferent(0, 8, "done");
  }
  return (
    program
      .call(helper.currentPidTgid)
      .shiftRight(0, 32)
      // The process before the count, which is a barrier: who sees the new count sees the process
      // that moved it.
      .store(value, generationValue.freezer, 0)
      .set(1, 1)
      .atomicFetchAdd(value, generationValue.count, 1)
      .label("done")
      .exit()
      .bytes()
  );
}

function keyBuffer(address: bigint): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64LE(address);
  return key;
}

export class FreezeGeneration {
  readonly mapFd: number;
  /** Why pins are not used, where they are not. */
  readonly notPinned: string | undefined;
  readonly #offsets: GenerationOffsets;
  readonly #directory: string | undefined;
  readonly #mapId: number;
  readonly #links = new Map<string, number>();
  /** Open handles of this process for each key. */
  readonly #watchers = new Map<bigint, number>();
  #programFd: number | undefined;
  #closed = false;

  /**
   * Throws BpfError where the kernel refuses a map. `bpffs`: a directory on a
   * bpffs, undefined to pin nothing.
   */
  constructor(offsets: GenerationOffsets, bpffs: string | undefined) {
    this.#offsets = offsets;
    const opened = openMap(bpffs);
    this.mapFd = opened.mapFd;
    this.notPinned = opened.notPinned;
    this.#directory = opened.notPinned === undefined ? bpffs : undefined;
    this.#mapId = mapInfo(this.mapFd).id;
  }

  /** Throws BpfError where the kernel refuses the program: nothing can be counted then. */
  checkProgram(): void {
    this.#program();
  }

  #program(): number {
    this.#programFd ??= loadProgram(
      programType.rawTracepoint,
      countingProgram(this.#offsets, this.mapFd),
    );
    return this.#programFd;
  }

  /**
   * Whether freezes of this type are counted from now on. A file system's module may be loaded only
   * at its first mount, so this is asked at each open.
   */
  counts(type: string): boolean {
    const tracing = tracingByType[type];
    if (tracing === undefined) return false;
    if (this.#links.has(tracing.tracepoint)) return true;
    try {
      const link = this.#link(tracing.tracepoint);
      if (link !== undefined) this.#links.set(tracing.tracepoint, link);
      return link !== undefined;
    } catch (error) {
      if (error instanceof BpfError) return false;
      throw error;
    }
  }

  #link(tracepoint: string): number | undefined {
    const path =
      this.#directory === undefined ? undefined : `${this.#directory}/${pinName}-${tracepoint}`;
    if (path !== undefined) {
      const existing = pinned(path);
      if (existing !== undefined) {
        // A link that counts into another map than ours proves nothing.
        if (mapsOfLink(existing, closeFd).includes(this.#mapId)) return existing;
        closeFd(existing);
        unlinkSync(path);
      }
    }
    const link = attachRawTracepoint(this.#program(), tracepoint);
    if (path === undefined || pin(link, path)) return link;
    // Another process of ours pinned one meanwhile; with both attached each freeze would count
    // twice.
    closeFd(link);
    return pinned(path);
  }

  /**
   * Starts counting, or goes on with the count that is there. A count starts at the time of boot in
   * microseconds, so that two counts of one address, or of two runs of the service, are never equal
   * by chance.
   */
  watch(type: string, view: SuperblockView): (() => void) | undefined {
    const tracing = tracingByType[type];
    if (tracing === undefined || !this.counts(type)) return undefined;
    const address = tracing.argument === "superblock" ? view.address64 : view.privateInfo;
    const key = keyBuffer(address);
    const value = Buffer.alloc(generationValue.size);
    const known =
      lookup(this.mapFd, key, value) &&
      value.readBigUInt64LE(generationValue.superblock) === view.address64;
    if (!known) {
      value.fill(0);
      value.writeBigUInt64LE(view.address64, generationValue.superblock);
      value.writeBigUInt64LE(BigInt(clockBoottimeUs()), generationValue.count);
      try {
        update(this.mapFd, key, value);
      } catch (error) {
        if (error instanceof BpfError) return undefined;
        throw error;
      }
    }
    this.#watchers.set(address, (this.#watchers.get(address) ?? 0) + 1);
    return () => this.#unwatch(address, key);
  }

  /**
   * The address may belong to another file system once the descriptor is closed: then it starts
   * afresh.
   */
  #unwatch(address: bigint, key: Buffer): void {
    const others = (this.#watchers.get(address) ?? 1) - 1;
    if (others > 0) {
      this.#watchers.set(address, others);
      return;
    }
    this.#watchers.delete(address);
    // A handle may outlive the kernel it came from; the map's descriptor may be another file's by
    // then.
    if (!this.#closed) remove(this.mapFd, key);
  }

  /** Handles that are still open go on without: what they watched stays in a pinned map. */
  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) closeFd(link);
    this.#links.clear();
    if (this.#programFd !== undefined) closeFd(this.#programFd);
    this.#programFd = undefined;
    closeFd(this.mapFd);
  }
}

function openMap(bpffs: string | undefined): {
  readonly mapFd: number;
  readonly notPinned: string | undefined;
} {
  const create = (): number => createHashMap(8, generationValue.size, mapEntries, "fsfreezed_gen");
  if (bpffs === undefined) return { mapFd: create(), notPinned: "no bpffs directory was given" };
  const path = `${bpffs}/${pinName}`;
  let created: number | undefined;
  try {
    const existing = pinned(path);
    if (existing !== undefined) return { mapFd: existing, notPinned: undefined };
    created = create();
    if (pin(created, path)) return { mapFd: created, notPinned: undefined };
    // Another process of ours was first.
    const theirs = pinned(path);
    if (theirs === undefined) return { mapFd: created, notPinned: `${path} comes and goes` };
    closeFd(created);
    return { mapFd: theirs, notPinned: undefined };
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    // EPERM from obj_pin is also the answer where the directory is on no bpffs
    // (kernel/bpf/inode.c).
    const detail = `${error.message} (a directory of a bpffs is needed)`;
    return { mapFd: created ?? create(), notPinned: detail };
  }
}
