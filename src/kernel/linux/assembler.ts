/** Writes BPF programs instruction by instruction: they are short, and need no compiler this way. */

/**
 * Registers r0 to r10: r0 result, r1-r5 arguments that a call destroys, r6-r9 kept, r10 the frame.
 */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Numbers of helper functions (enum bpf_func_id). */
export const helper = {
  mapLookup: 1,
  currentPidTgid: 14,
  currentTask: 35,
  probeReadKernel: 113,
} as const;

const loadOpcode = { 8: 0x79, 4: 0x61, 2: 0x69 } as const;
export type Width = keyof typeof loadOpcode;

/**
 * Writes instructions one after another; jumps go forward to labels, since these programs have no
 * loops.
 */
export class Assembler {
  readonly #code: Buffer[] = [];
  readonly #labels = new Map<string, number>();
  readonly #jumps: { readonly at: number; readonly label: string }[] = [];

  #emit(opcode: number, dst: number, src: number, offset: number, immediate: number): this {
    const instruction = Buffer.alloc(8);
    instruction.writeUInt8(opcode, 0);
    instruction.writeUInt8(dst | (src << 4), 1);
    instruction.writeInt16LE(offset, 2);
    instruction.writeInt32LE(immediate | 0, 4);
    this.#code.push(instruction);
    return this;
  }

  move(dst: Register, src: Register): this {
    return this.#emit(0xbf, dst, src, 0, 0);
  }

  set(dst: Register, value: number): this {
    return this.#emit(0xb7, dst, 0, 0, value);
  }

  add(dst: Register, value: number): this {
    return this.#emit(0x07, dst, 0, 0, value);
  }

  addRegister(dst: Register, src: Register): this {
    return this.#emit(0x0f, dst, src, 0, 0);
  }

  shiftLeft(dst: Register, bits: number): this {
    return this.#emit(0x67, dst, 0, 0, bits);
  }

  shiftRight(dst: Register, bits: number): this {
    return this.#emit(0x77, dst, 0, 0, bits);
  }

  load(dst: Register, base: Register, offset: number, width: Width = 8): this {
    return this.#emit(loadOpcode[width], dst, base, offset, 0);
  }

  store(base: Register, offset: number, src: Register): this {
    return this.#emit(0x7b, base, src, offset, 0);
  }

  /** An atomic 64-bit addition. */
  atomicAdd(base: Register, offset: number, src: Register): this {
    return this.#emit(0xdb, base, src, offset, 0);
  }

  /** Adds and leaves the old value in `src`: a full memory barrier on every architecture. */
  atomicFetchAdd(base: Register, offset: number, src: Register): this {
    return this.#emit(0xdb, base, src, offset, 1);
  }

  call(helperId: number): this {
    return this.#emit(0x85, 0, 0, 0, helperId);
  }

  loadMap(dst: Register, mapFd: number): this {
    return this.#emit(0x18, dst, 1, 0, mapFd).#emit(0, 0, 0, 0, 0);
  }

  jumpIfEqual(register: Register, value: number, label: string): this {
    this.#jumps.push({ at: this.#code.length, label });
    return this.#emit(0x15, register, 0, 0, value);
  }

  jumpIfNotEqual(register: Register, value: number, label: string): this {
    this.#jumps.push({ at: this.#code.length, label });
    return this.#emit(0x55, register, 0, 0, value);
  }

  jumpIfDifferent(a: Register, b: Register, label: string): this {
    this.#jumps.push({ at: this.#code.length, label });
    return this.#emit(0x5d, a, b, 0, 0);
  }

  label(name: string): this {
    this.#labels.set(name, this.#code.length);
    return this;
  }

  exit(): this {
    return this.set(0, 0).#emit(0x95, 0, 0, 0, 0);
  }

  /**
   * Reads `width` bytes of kernel memory at `src` + offset into `dst`; a bad address gives 0.
   * Destroys r0-r5.
   */
  readKernel(dst: Register, src: Register, offset: number, width: Width = 8): this {
    const slot = -8;
    return this.copyKernel(slot, src, offset, width).load(dst, 10, slot, width);
  }

  /** The same, to the stack at `slot`. */
  copyKernel(slot: number, src: Register, offset: number, bytes: number): this {
    return this.move(3, src)
      .add(3, offset)
      .move(1, 10)
      .add(1, slot)
      .set(2, bytes)
      .call(helper.probeReadKernel);
  }

  bytes(): Buffer {
    for (const { at, label } of this.#jumps) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new Error(`no label ${label}`);
      this.#code[at]?.writeInt16LE(target - at - 1, 2);
    }
    return Buffer.concat(this.#code);
  }
}
