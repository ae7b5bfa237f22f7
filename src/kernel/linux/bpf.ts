/** bpf(2) with nothing between: programs, maps, links and pins. No libbpf. */
import { addressOf, bpf, type Outcome } from "./syscalls.js";

/** enum bpf_cmd (include/uapi/linux/bpf.h). */
const command = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  programLoad: 5,
  objectPin: 6,
  objectGet: 7,
  testRun: 10,
  objectInfo: 15,
  programById: 13,
  rawTracepointOpen: 17,
} as const;

export const programType = { rawTracepoint: 17, syscall: 31 } as const;
/** Programs of type SYSCALL have to be sleepable (kernel/bpf/verifier.c, 5.14 and newer). */
export const BPF_F_SLEEPABLE = 1 << 4;
const BPF_MAP_TYPE_HASH = 1;

/** What went wrong in bpf(2), with the verifier's last words where it had any. */
export class BpfError extends Error {
  override readonly name = "BpfError";
  readonly code: string;

  constructor(what: string, code: string, log = "") {
    super(`${what}: ${code}${log === "" ? "" : `: ${log}`}`);
    this.code = code;
  }
}

function must(what: string, answer: Outcome): number {
  if ("errno" in answer) throw new BpfError(what, answer.errno);
  return answer.value;
}

const license = Buffer.from("GPL\0");
const programName = Buffer.from("fsfreezed");

/** Loads a program; the answer is its descriptor. Throws BpfError with the verifier's log. */
export function loadProgram(type: number, code: Buffer, flags = 0): number {
  const load = (log: Buffer | undefined): Outcome => {
    const attributes = Buffer.alloc(128);
    attributes.writeUInt32LE(type, 0);
    attributes.writeUInt32LE(code.length / 8, 4);
    attributes.writeBigUInt64LE(addressOf(code), 8);
    attributes.writeBigUInt64LE(addressOf(license), 16);
    if (log !== undefined) {
      attributes.writeUInt32LE(1, 24);
      attributes.writeUInt32LE(log.length, 28);
      attributes.writeBigUInt64LE(addressOf(log), 32);
    }
    attributes.writeUInt32LE(flags, 44);
    programName.copy(attributes, 48);
    return bpf(command.programLoad, attributes, code, license, ...(log === undefined ? [] : [log]));
  };
  const first = load(undefined);
  if ("value" in first) return first.value;
  const log = Buffer.alloc(1 << 16);
  const second = load(log);
  if ("value" in second) return second.value;
  const text = log.toString("latin1", 0, Math.max(0, log.indexOf(0)));
  throw new BpfError(
    "load a BPF program",
    second.errno,
    text.trim().split("\n").slice(-3).join("; "),
  );
}

/**
 * Runs a SYSCALL program in this thread, with one context that it reads and writes. Made once, run
 * often.
 */
export class SyscallProgram {
  readonly fd: number;
  readonly context: Buffer;
  readonly #attributes = Buffer.alloc(80);

  constructor(code: Buffer, contextSize: number) {
    this.fd = loadProgram(programType.syscall, code, BPF_F_SLEEPABLE);
    // More than 64 bytes: V8 keeps smaller ones in its own heap, where they may move.
    this.context = Buffer.alloc(Math.max(contextSize, 128));
    this.#attributes.writeUInt32LE(this.fd, 0);
    this.#attributes.writeUInt32LE(this.context.length, 40);
    this.#attributes.writeBigUInt64LE(addressOf(this.context), 48);
  }

  run(): void {
    const answer = bpf(command.testRun, this.#attributes);
    if ("errno" in answer) throw new BpfError("run a BPF program", answer.errno);
  }
}

export function createHashMap(
  keySize: number,
  valueSize: number,
  entries: number,
  name: string,
): number {
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(BPF_MAP_TYPE_HASH, 0);
  attributes.writeUInt32LE(keySize, 4);
  attributes.writeUInt32LE(valueSize, 8);
  attributes.writeUInt32LE(entries, 12);
  attributes.write(name.slice(0, 15), 28, "latin1");
  return must("create a BPF map", bpf(command.mapCreate, attributes));
}

function elementCall(commandNumber: number, mapFd: number, key: Buffer, value?: Buffer): Outcome {
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(mapFd, 0);
  attributes.writeBigUInt64LE(addressOf(key), 8);
  if (value !== undefined) attributes.writeBigUInt64LE(addressOf(value), 16);
  return bpf(commandNumber, attributes, key, ...(value === undefined ? [] : [value]));
}

/** Throws E2BIG when the map is full. */
export function update(mapFd: number, key: Buffer, value: Buffer): void {
  must("write to a BPF map", elementCall(command.mapUpdate, mapFd, key, value));
}

/** Reads the value of `key` into `value`; false when there is none. */
export function lookup(mapFd: number, key: Buffer, value: Buffer): boolean {
  const answer = elementCall(command.mapLookup, mapFd, key, value);
  if ("errno" in answer && answer.errno === "ENOENT") return false;
  must("read from a BPF map", answer);
  return true;
}

export function remove(mapFd: number, key: Buffer): void {
  const answer = elementCall(command.mapDelete, mapFd, key);
  if ("errno" in answer && answer.errno !== "ENOENT") must("delete from a BPF map", answer);
}

/**
 * Attaches a raw tracepoint program; the answer is the link. ENOENT: no such tracepoint, or its
 * module is not loaded.
 */
export function attachRawTracepoint(programFd: number, tracepoint: string): number {
  const name = Buffer.from(`${tracepoint}\0`);
  const attributes = Buffer.alloc(128);
  attributes.writeBigUInt64LE(addressOf(name), 0);
  attributes.writeUInt32LE(programFd, 8);
  return must(`attach to ${tracepoint}`, bpf(command.rawTracepointOpen, attributes, name));
}

function pathCall(commandNumber: number, path: string, fd: number): Outcome {
  const name = Buffer.from(`${path}\0`);
  const attributes = Buffer.alloc(128);
  attributes.writeBigUInt64LE(addressOf(name), 0);
  attributes.writeUInt32LE(fd, 8);
  return bpf(commandNumber, attributes, name);
}

/** False when the name is taken. */
export function pin(fd: number, path: string): boolean {
  const answer = pathCall(command.objectPin, path, fd);
  if ("errno" in answer && answer.errno === "EEXIST") return false;
  must(`pin at ${path}`, answer);
  return true;
}

/** The object pinned at `path`, undefined where there is none. */
export function pinned(path: string): number | undefined {
  const answer = pathCall(command.objectGet, path, 0);
  if ("errno" in answer && answer.errno === "ENOENT") return undefined;
  return must(`open the pin ${path}`, answer);
}

function info(fd: number, buffer: Buffer, ...pointedTo: Buffer[]): void {
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(fd, 0);
  attributes.writeUInt32LE(buffer.length, 4);
  attributes.writeBigUInt64LE(addressOf(buffer), 8);
  must("ask about a BPF object", bpf(command.objectInfo, attributes, buffer, ...pointedTo));
}

export interface MapInfo {
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** struct bpf_map_info. */
export function mapInfo(fd: number): MapInfo {
  const buffer = Buffer.alloc(128);
  info(fd, buffer);
  return {
    id: buffer.readUInt32LE(4),
    keySize: buffer.readUInt32LE(8),
    valueSize: buffer.readUInt32LE(12),
  };
}

/**
 * Ids of the maps that a link's program uses (struct bpf_link_info, struct bpf_prog_info). `close`
 * closes a descriptor.
 */
export function mapsOfLink(linkFd: number, close: (fd: number) => void): readonly number[] {
  const link = Buffer.alloc(128);
  info(linkFd, link);
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(link.readUInt32LE(8), 0);
  const programFd = must("open a BPF program", bpf(command.programById, attributes));
  try {
    const ids = Buffer.alloc(128);
    const program = Buffer.alloc(256);
    program.writeUInt32LE(8, 52);
    program.writeBigUInt64LE(addressOf(ids), 56);
    info(programFd, program, ids);
    const count = Math.min(program.readUInt32LE(52), 8);
    return Array.from({ length: count }, (_, i) => ids.readUInt32LE(4 * i));
  } finally {
    close(programFd);
  }
}
