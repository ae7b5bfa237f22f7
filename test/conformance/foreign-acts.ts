/** What other programs do to a file system, by the names that cases use. */
import {
  ForeignFreezer,
  foreignFreeze,
  foreignRawWrite,
  foreignThaw,
  foreignTrim,
} from "../support/foreign.js";
import type { LoopFilesystem } from "../support/loop-filesystem.js";
import { StuckFreeze } from "../support/stuck-freeze.js";

/**
 * `freeze`, `thaw`: fsfreeze(8). `refreeze`: thaws and freezes at once. `trim`, `rawWrite`: change the image past the freeze. `shutDown`:
 * as if the device were lost. `block`: from now on every FIFREEZE hangs in flight, until `unblock`.
 */
export const foreignActs = [
  "freeze",
  "thaw",
  "refreeze",
  "trim",
  "rawWrite",
  "shutDown",
  "block",
  "unblock",
] as const;
export type ForeignAct = (typeof foreignActs)[number];

/** The other programs of one case. */
export class Foreigners {
  #freezer: Promise<ForeignFreezer> | undefined;
  readonly #stuck = new Map<string, StuckFreeze>();

  async act(act: ForeignAct, filesystem: LoopFilesystem): Promise<void> {
    const path = filesystem.mountPoint;
    switch (act) {
      case "freeze":
      case "thaw": {
        const done = await (act === "freeze" ? foreignFreeze(path) : foreignThaw(path));
        if (done.code !== 0) throw new Error(`fsfreeze ${act} of ${path}: ${done.stderr}`);
        return;
      }
      case "refreeze":
      case "shutDown": {
        this.#freezer ??= ForeignFreezer.start();
        const { errno } = await (await this.#freezer)[act](path);
        if (errno !== "") throw new Error(`${act} of ${path}: ${errno}`);
        return;
      }
      case "trim":
        await foreignTrim(path);
        return;
      case "rawWrite":
        return foreignRawWrite(filesystem);
      case "block":
        this.#stuck.set(path, await StuckFreeze.hold(path));
        return;
      case "unblock":
        await this.#stuck.get(path)?.release();
        this.#stuck.delete(path);
        return;
      default:
        act satisfies never;
    }
  }

  async end(): Promise<void> {
    for (const stuck of this.#stuck.values()) await stuck.release();
    await (await this.#freezer)?.stop();
  }
}
