/** A door that calls pass at once, or wait at while it is shut. */
export class Gate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  shut(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open?.();
    this.#open = undefined;
    this.#opened = undefined;
  }

  get isShut(): boolean {
    return this.#opened !== undefined;
  }

  async pass(): Promise<void> {
    while (this.#opened !== undefined) await this.#opened;
  }
}
