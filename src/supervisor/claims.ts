/**
 * File systems on which a freeze of ours may still be under way, whichever guardian began it. A
 * guardian that is dying, or lives on only to thaw what is stuck, may yet freeze; so none that
 * follows it is granted the same file system before that is over. Else, where no generation tells
 * whose a freeze is, the rescue of the old one would thaw the new one's.
 */
export class Claims {
  readonly #keys = new Map<string, number>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Each call is undone by one call of what it returns. */
  claim(key: string): () => void {
    this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const others = (this.#keys.get(key) ?? 1) - 1;
      if (others > 0) this.#keys.set(key, others);
      else this.#keys.delete(key);
    };
  }
}
