/**
 * Places where a test may have this process die. What must survive any death is proven by dying
 * before and after each effect that somebody else can see: a file of the journal, a message, a call
 * that changes a file system.
 */
import { readFileSync, unlinkSync } from "node:fs";
import type { MessageEffect } from "../channel/message-effects.js";

/** Effects that are no messages. A test finds each of them in the source, and no other. */
export const ownEffects = [
  "grant-file.write",
  "grant-file.rename",
  "grant-file.remove",
  "grant-file.sweep",
  "hold-file.write",
  "hold-file.rename",
  "hold-file.remove",
  "hold-file.sweep",
  "guardian.syncfs",
  "guardian.FIFREEZE",
  "guardian.FITHAW",
  "supervisor.FITHAW",
] as const;

export type OwnEffect = (typeof ownEffects)[number];
export type FailPoint = `${"before" | "after"} ${OwnEffect | MessageEffect}`;

/**
 * Names a file with the point to die at, as NAME or NAME:NTH. It is read at each point, so a test
 * sets it while the service runs, and removed at the death, so that whoever follows lives.
 */
export const failPointVariable = "FSFREEZED_FAIL_POINT";

class Armed {
  readonly #file: string;
  #order = "";
  #times = 0;

  constructor(file: string) {
    this.#file = file;
  }

  reach(point: FailPoint): void {
    const order = this.#read();
    if (order !== this.#order) {
      this.#order = order;
      this.#times = 0;
    }
    const [name, nth = "1"] = order.split(":");
    if (name !== point) return;
    this.#times += 1;
    if (this.#times !== Number(nth)) return;
    unlinkSync(this.#file);
    process.kill(process.pid, "SIGKILL");
  }

  #read(): string {
    try {
      return readFileSync(this.#file, "utf8").trim();
    } catch {
      // No death is asked for now.
      return "";
    }
  }
}

const file = process.env[failPointVariable] ?? "";
/** Undefined in every process but those of a test that asks for it. */
const armed = file === "" ? undefined : new Armed(file);

export function around<T>(effect: OwnEffect | MessageEffect, run: () => T): T {
  if (armed === undefined) return run();
  armed.reach(`before ${effect}`);
  const result = run();
  armed.reach(`after ${effect}`);
  return result;
}

export async function aroundCall<T>(effect: OwnEffect, run: () => Promise<T>): Promise<T> {
  if (armed === undefined) return run();
  armed.reach(`before ${effect}`);
  const result = await run();
  armed.reach(`after ${effect}`);
  return result;
}

/** The effect's name is only made where it is used. */
export function aroundMessage(effect: () => MessageEffect, run: () => void): void {
  if (armed === undefined) run();
  else around(effect(), run);
}
