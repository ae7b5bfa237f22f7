/**
 * The kernel's own description of its types (Documentation/bpf/btf.rst), read for the offsets of a
 * few members. They differ from kernel to kernel and from configuration to configuration, so they
 * are never written down here.
 */
import { readFileSync } from "node:fs";

const path = "/sys/kernel/btf/vmlinux";
const magic = 0xeb9f;

const kindStruct = 4;
const kindUnion = 5;
/** Volatile, const, restrict, typedef and type tag: names for another type. */
const transparentKinds: ReadonlySet<number> = new Set([8, 9, 10, 11, 18]);

/**
 * Bytes after the 12 of struct btf_type: a fixed number, and one for each of the type's `vlen`
 * items.
 */
const extraBytes: readonly (readonly [fixed: number, perItem: number] | undefined)[] = [
  undefined, // 0 is void, which has no entry
  [4, 0], // INT
  [0, 0], // PTR
  [12, 0], // ARRAY
  [0, 12], // STRUCT
  [0, 12], // UNION
  [0, 8], // ENUM
  [0, 0], // FWD
  [0, 0], // TYPEDEF
  [0, 0], // VOLATILE
  [0, 0], // CONST
  [0, 0], // RESTRICT
  [0, 0], // FUNC
  [0, 8], // FUNC_PROTO
  [4, 0], // VAR
  [0, 12], // DATASEC
  [0, 0], // FLOAT
  [4, 0], // DECL_TAG
  [0, 0], // TYPE_TAG
  [0, 12], // ENUM64
];

/**
 * struct btf_type.info: vlen in bits 0-15, kind in 24-28, a flag in 31. The bits between are zero
 * (Linux 6.18).
 */
const vlenOf = (info: number): number => info & 0xffff;
const kindOf = (info: number): number => (info >>> 24) & 0x1f;
const flagOf = (info: number): boolean => info >>> 31 === 1;

export class Btf {
  readonly #words: Uint32Array;
  readonly #strings: Buffer;
  /** Where each type starts in `#words`, by type id. */
  readonly #starts: Uint32Array;
  readonly #structs = new Map<string, number>();

  /**
   * `structs`: the names that offsets will be asked for; only they are indexed. Throws on a text
   * that is no BTF.
   */
  constructor(data: Buffer, structs: readonly string[]) {
    if (data.length < 24 || data.readUInt16LE(0) !== magic) throw new Error("not BTF");
    const headerLength = data.readUInt32LE(4);
    const section = (at: number): Buffer => {
      const start = headerLength + data.readUInt32LE(at);
      const end = start + data.readUInt32LE(at + 4);
      if (end > data.length) throw new Error("truncated BTF");
      return data.subarray(start, end);
    };
    const types = section(8);
    this.#strings = section(16);
    // A copy where the section is not aligned for 32-bit numbers.
    const aligned = types.byteOffset % 4 === 0 ? types : Buffer.from(new Uint8Array(types).buffer);
    this.#words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
    const wanted = new Map<number, string>();
    for (const name of structs) {
      const at = this.#strings.indexOf(`\0${name}\0`, 0, "latin1");
      if (at >= 0) wanted.set(at + 1, name);
    }
    this.#starts = this.#index(wanted);
  }

  #index(wanted: ReadonlyMap<number, string>): Uint32Array {
    const words = this.#words;
    // No type is smaller than 3 words.
    const starts = new Uint32Array(Math.floor(words.length / 3) + 2);
    let id = 0;
    let at = 0;
    while (at < words.length) {
      const info = words[at + 1] ?? 0;
      const kind = kindOf(info);
      const extra = extraBytes[kind];
      if (extra === undefined) throw new Error(`BTF has the unknown kind ${kind}`);
      id += 1;
      starts[id] = at;
      if (kind === kindStruct) {
        const name = wanted.get(words[at] ?? 0);
        if (name !== undefined && !this.#structs.has(name)) this.#structs.set(name, id);
      }
      at += 3 + ((extra[0] + extra[1] * vlenOf(info)) >> 2);
    }
    return starts;
  }

  /**
   * Byte offset of a member ("s_writers.frozen"), also of one inside anonymous structs; undefined
   * where there is none.
   */
  offset(struct: string, memberPath: string): number | undefined {
    let id = this.#structs.get(struct);
    let total = 0;
    for (const name of memberPath.split(".")) {
      const found = id === undefined ? undefined : this.#member(id, name, 0);
      if (found === undefined) return undefined;
      total += found.offset;
      id = found.type;
    }
    return total;
  }

  #member(
    struct: number,
    name: string,
    depth: number,
  ): { readonly offset: number; readonly type: number } | undefined {
    const words = this.#words;
    const start = this.#starts[this.#resolve(struct)] ?? 0;
    const info = words[start + 1] ?? 0;
    if (kindOf(info) !== kindStruct && kindOf(info) !== kindUnion) return undefined;
    for (let i = 0; i < vlenOf(info); i++) {
      const at = start + 3 + 3 * i;
      const bits = words[at + 2] ?? 0;
      // With the flag, the upper 8 bits are the width of a bit field.
      const offset = (flagOf(info) ? bits & 0xffffff : bits) >>> 3;
      const type = words[at + 1] ?? 0;
      const memberName = words[at] ?? 0;
      if (memberName === 0 && depth < 8) {
        const inner = this.#member(type, name, depth + 1);
        if (inner !== undefined) return { offset: offset + inner.offset, type: inner.type };
      } else if (this.#named(memberName, name)) return { offset, type };
    }
    return undefined;
  }

  #named(at: number, name: string): boolean {
    const end = at + name.length;
    return this.#strings[end] === 0 && this.#strings.toString("latin1", at, end) === name;
  }

  #resolve(type: number): number {
    let id = type;
    for (let step = 0; step < 32; step++) {
      const start = this.#starts[id] ?? 0;
      if (id === 0 || !transparentKinds.has(kindOf(this.#words[start + 1] ?? 0))) return id;
      id = this.#words[start + 2] ?? 0;
    }
    return id;
  }
}

/** Throws where the kernel has none (CONFIG_DEBUG_INFO_BTF) or it cannot be read. */
export function readKernelBtf(structs: readonly string[]): Btf {
  return new Btf(readFileSync(path), structs);
}
