/**
 * The frozen state as the kernel itself keeps it: `super_block.s_writers`, read by a BPF program of
 * type SYSCALL that runs in our own thread and finds the superblock through our own descriptor
 * table. Mainline has no call that tells it. Verified on Linux 6.1, 6.12, 6.18 and 7.2, also with
 * lockdown=integrity; it changes nothing and takes no lock.
 */
import type { StateReading } from "../port.js";
import { Assembler, helper, type Register, type Width } from "./assembler.js";
import { SyscallProgram } from "./bpf.js";
import type { Btf } from "./btf.js";

/** The structs whose members are looked up. */
export const neededStructs = [
  "task_struct",
  "files_struct",
  "fdtable",
  "file",
  "inode",
  "super_block",
  "sb_writers",
  "address_space",
  "bdev_inode",
  "block_device",
] as const;

/**
 * Where program and reader meet: byte offsets in the program's context. `fd` goes in, the rest
 * comes out.
 */
const slot = {
  fd: 0,
  superblock: 8,
  frozen: 16,
  userCount: 24,
  kernelCount: 32,
  device: 40,
  flags: 48,
  magic: 56,
  uuid: 64,
  privateInfo: 80,
  generation: 88,
  freezer: 96,
  watched: 104,
  ownPid: 112,
  blockDevice: 120,
  superblockDevice: 128,
  holder: 136,
} as const;
const contextSize = 144;

/**
 * Value of the generation map: the superblock, the count, the process that moved it last. See
 * generation.ts.
 */
export const generationValue = { superblock: 0, count: 8, freezer: 16, size: 24 } as const;

/**
 * The states of s_writers.frozen (enum in include/linux/fs.h): 1 to 3 are the steps of a freeze
 * that is in flight.
 */
export const SB_UNFROZEN = 0;
export const SB_FREEZE_PAGEFAULT = 2;
export const SB_FREEZE_COMPLETE = 4;
const SB_RDONLY = 1;
const BTRFS_SUPER_MAGIC = 0x9123683e;

/** What one run of a program saw of a superblock. */
export interface SuperblockView {
  /** Its address, hexadecimal. */
  readonly address: string;
  readonly state: StateReading;
  readonly readOnly: boolean;
  readonly magic: number;
  /** "major:minor" as mountinfo shows it. */
  readonly key: string;
  /** 16 bytes as 32 hexadecimal digits; undefined where the file system has set none. */
  readonly uuid?: string;
  readonly generation?: { readonly value: number; readonly freezerPid: number };
  /** Keys under which its freezes are counted: the superblock's and its s_fs_info's address. */
  readonly address64: bigint;
  readonly privateInfo: bigint;
}

export interface Offsets {
  readonly offset: (struct: string, member: string) => number;
  readonly optional: (struct: string, member: string) => number | undefined;
}

export function offsetsOf(btf: Btf): Offsets {
  const optional = (struct: string, member: string): number | undefined =>
    btf.offset(struct, member);
  return {
    optional,
    offset: (struct, member) => {
      const found = optional(struct, member);
      if (found === undefined) throw new Error(`this kernel's BTF has no ${struct}.${member}`);
      return found;
    },
  };
}

const context: Register = 6;
const object: Register = 7;

/**
 * Leaves `struct file *` of the descriptor in the context's first slot in r7. r6 is the context.
 */
function findFile(program: Assembler, { offset }: Offsets): Assembler {
  return program
    .move(context, 1)
    .call(helper.currentTask)
    .readKernel(object, 0, offset("task_struct", "files"))
    .readKernel(object, object, offset("files_struct", "fdt"))
    .readKernel(object, object, offset("fdtable", "fd"))
    .load(8, context, slot.fd)
    .shiftLeft(8, 3)
    .addRegister(object, 8)
    .readKernel(object, object, 0);
}

/**
 * From the superblock in r7 to the context. The state comes before the generation: that order is
 * what makes the proof.
 */
function describeSuperblock(
  program: Assembler,
  { offset, optional }: Offsets,
  mapFd: number | undefined,
): Assembler {
  const member = (at: number, path: string, width: Width = 8): void => {
    program.readKernel(1, object, offset("super_block", path), width).store(context, at, 1);
  };
  program.store(context, slot.superblock, object);
  member(slot.frozen, "s_writers.frozen", 2);
  for (const [at, path] of [
    [slot.userCount, "s_writers.freeze_ucount"],
    [slot.kernelCount, "s_writers.freeze_kcount"],
  ] as const)
    if (optional("super_block", path) !== undefined) member(at, path, 4);
  member(slot.privateInfo, "s_fs_info");
  member(slot.device, "s_dev", 4);
  member(slot.flags, "s_flags");
  member(slot.magic, "s_magic");
  member(slot.superblockDevice, "s_bdev");
  program
    .copyKernel(-24, object, offset("super_block", "s_uuid"), 16)
    .load(1, 10, -24)
    .store(context, slot.uuid, 1)
    .load(1, 10, -16)
    .store(context, slot.uuid + 8, 1);
  if (mapFd !== undefined) {
    addCount(program, mapFd, slot.superblock);
    addCount(program, mapFd, slot.privateInfo);
  }
  return program
    .call(helper.currentPidTgid)
    .shiftRight(0, 32)
    .store(context, slot.ownPid, 0)
    .exit();
}

/** Adds the count that the map has under the key in the context's slot `key`, if any. */
function addCount(program: Assembler, mapFd: number, key: number): void {
  const done = `no count under ${key}`;
  program
    .load(1, context, key)
    .store(10, -8, 1)
    .loadMap(1, mapFd)
    .move(2, 10)
    .add(2, -8)
    .call(helper.mapLookup)
    .jumpIfEqual(0, 0, done)
    // An entry left over from a superblock that is gone may have our key by chance: addresses are
    // used again.
    .load(1, 0, generationValue.superblock)
    .jumpIfDifferent(1, object, done)
    // Adding nothing reads with a barrier: what was read before (the state) is not younger than
    // this.
    .set(1, 0)
    .atomicFetchAdd(0, generationValue.count, 1)
    .load(2, context, slot.generation)
    .addRegister(2, 1)
    .store(context, slot.generation, 2)
    .load(1, 0, generationValue.freezer)
    .store(context, slot.freezer, 1)
    .set(1, 1)
    .store(context, slot.watched, 1)
    .label(done);
}

export function directoryProgram(offsets: Offsets, mapFd: number | undefined): Buffer {
  const program = findFile(new Assembler(), offsets)
    .readKernel(object, object, offsets.offset("file", "f_inode"))
    .readKernel(object, object, offsets.offset("inode", "i_sb"));
  return describeSuperblock(program, offsets, mapFd).bytes();
}

/**
 * From a block device's descriptor: its mapping's host is the bdev inode, which lies in a
 * `bdev_inode` beside the `block_device`. That names the superblock in bd_super (6.1) or, as the
 * exclusive holder, in bd_holder (6.12 and newer).
 */
export function blockDeviceProgram(offsets: Offsets, mapFd: number | undefined): Buffer {
  const { offset, optional } = offsets;
  const superblock = optional("block_device", "bd_super") ?? offset("block_device", "bd_holder");
  const program = findFile(new Assembler(), offsets)
    .readKernel(object, object, offset("file", "f_mapping"))
    .readKernel(object, object, offset("address_space", "host"))
    .add(object, offset("bdev_inode", "bdev") - offset("bdev_inode", "vfs_inode"))
    .store(context, slot.blockDevice, object)
    .readKernel(1, object, offset("block_device", "bd_holder"))
    .store(context, slot.holder, 1)
    .readKernel(object, object, superblock);
  return describeSuperblock(program, offsets, mapFd).bytes();
}

export type BlockDeviceView =
  | { readonly kind: "superblock"; readonly view: SuperblockView }
  /** Nobody holds the device: nothing on it is mounted, nor frozen. */
  | { readonly kind: "free" }
  /**
   * Something else holds it (device-mapper, a multi-device file system on older kernels, swap ...).
   */
  | { readonly kind: "held-otherwise" };

/** The two programs, loaded. Cheap to ask: about 1 us. */
export class FrozenState {
  readonly #directory: SyscallProgram;
  readonly #blockDevice: SyscallProgram | undefined;
  readonly #counts: boolean;
  /** Turning an address into text costs more than the query; it rarely changes. */
  #lastAddress: { readonly value: bigint; readonly text: string } = { value: 0n, text: "0" };

  /** Throws BpfError where the kernel refuses, and Error where its BTF lacks a member. */
  constructor(btf: Btf, mapFd: number | undefined) {
    const offsets = offsetsOf(btf);
    this.#counts = offsets.optional("super_block", "s_writers.freeze_ucount") !== undefined;
    this.#directory = new SyscallProgram(directoryProgram(offsets, mapFd), contextSize);
    this.#blockDevice = loadOptional(() => blockDeviceProgram(offsets, mapFd));
  }

  get programFds(): readonly number[] {
    return [this.#directory.fd, ...(this.#blockDevice === undefined ? [] : [this.#blockDevice.fd])];
  }

  /** From any descriptor of the file system, O_PATH too. */
  ofDirectory(fd: number): SuperblockView {
    return this.#view(run(this.#directory, fd));
  }

  /** The tgid of this process in the initial pid namespace, as the generation records it. */
  ownPid(): number {
    // The descriptor does not matter: one that is closed leads to a null pointer, which reads as
    // zeros.
    return run(this.#directory, 0).readUInt32LE(slot.ownPid);
  }

  /**
   * From a block device's descriptor (not O_PATH); undefined where this kernel's layout is not
   * known.
   */
  ofBlockDevice(fd: number): BlockDeviceView | undefined {
    if (this.#blockDevice === undefined) return undefined;
    const seen = run(this.#blockDevice, fd);
    if (seen.readBigUInt64LE(slot.holder) === 0n) return { kind: "free" };
    // Held, but by nothing that bd_super tells: on 6.1 also by a btrfs, mounted or a ghost.
    if (seen.readBigUInt64LE(slot.superblock) === 0n) return { kind: "held-otherwise" };
    const device = seen.readBigUInt64LE(slot.superblockDevice);
    const magic = Number(seen.readBigUInt64LE(slot.magic));
    // A holder need not be a superblock. One that points back is; btrfs' has no device (6.18, 7.2),
    // but its magic number.
    const isSuperblock =
      device === seen.readBigUInt64LE(slot.blockDevice) ||
      (device === 0n && magic === BTRFS_SUPER_MAGIC);
    return isSuperblock
      ? { kind: "superblock", view: this.#view(seen) }
      : { kind: "held-otherwise" };
  }

  #view(seen: Buffer): SuperblockView {
    const address64 = seen.readBigUInt64LE(slot.superblock);
    if (address64 !== this.#lastAddress.value)
      this.#lastAddress = { value: address64, text: address64.toString(16) };
    const device = seen.readUInt32LE(slot.device);
    const uuid = seen.toString("hex", slot.uuid, slot.uuid + 16);
    return {
      address: this.#lastAddress.text,
      address64,
      privateInfo: seen.readBigUInt64LE(slot.privateInfo),
      state: this.#state(seen),
      readOnly: (seen.readUInt32LE(slot.flags) & SB_RDONLY) !== 0,
      magic: Number(seen.readBigUInt64LE(slot.magic)),
      // dev_t inside the kernel: 12 bits of major, 20 of minor (include/linux/kdev_t.h).
      key: `${device >>> 20}:${device & 0xfffff}`,
      ...(/^0*$/.test(uuid) ? {} : { uuid }),
      ...(seen.readUInt8(slot.watched) === 0
        ? {}
        : {
            generation: {
              value: Number(seen.readBigUInt64LE(slot.generation)),
              freezerPid: seen.readUInt32LE(slot.freezer),
            },
          }),
    };
  }

  #state(seen: Buffer): StateReading {
    const frozen = seen.readUInt16LE(slot.frozen);
    return {
      state:
        frozen === SB_UNFROZEN ? "THAWED" : frozen < SB_FREEZE_COMPLETE ? "FREEZING" : "FROZEN",
      certainty: "CERTAIN",
      source: "superblock",
      ...(this.#counts
        ? {
            userCount: seen.readInt32LE(slot.userCount),
            kernelCount: seen.readInt32LE(slot.kernelCount),
          }
        : {}),
    };
  }
}

function run(program: SyscallProgram, fd: number): Buffer {
  program.context.fill(0);
  program.context.writeUInt32LE(fd, slot.fd);
  program.run();
  return program.context;
}

function loadOptional(code: () => Buffer): SyscallProgram | undefined {
  try {
    return new SyscallProgram(code(), contextSize);
  } catch {
    // Without it block devices are asked through their mount; only ghosts stay unseen.
    return undefined;
  }
}
