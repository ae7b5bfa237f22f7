/** Every hold that a guardian told of, living and ended, so that a receipt outlives the process that wrote it. */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { Journal } from "./journal.js";
import { type RestartFacts, restartRecord } from "./restart-receipts.js";

const maxEnded = 1_000;

export class HoldBook {
  readonly #journal: Journal;
  readonly #holds = new Map<string, HoldRecord>();

  constructor(journal: Journal) {
    this.#journal = journal;
    const byTime = (a: HoldRecord, b: HoldRecord) =>
      a.hold.openedAt.bootUs - b.hold.openedAt.bootUs;
    for (const record of [...journal.holds()].sort(byTime)) {
      this.#holds.set(record.hold.holdId, record);
    }
  }

  note(record: HoldRecord): void {
    const { holdId } = record.hold;
    if (record.hold.receipt !== undefined) this.#holds.delete(holdId);
    this.#holds.set(holdId, record);
    this.#journal.writeHold(record);
    this.#forgetOldest();
  }

  /** Writes the receipt of each hold that was living when its guardian died. */
  endLiving(facts: RestartFacts): void {
    for (const record of [...this.#holds.values()]) {
      if (record.hold.receipt === undefined) this.note(restartRecord(record, facts));
    }
  }

  ended(): readonly HoldRecord[] {
    return [...this.#holds.values()].filter((record) => record.hold.receipt !== undefined);
  }

  #forgetOldest(): void {
    const ended = this.ended();
    for (const { hold } of ended.slice(0, Math.max(0, ended.length - maxEnded))) {
      this.#holds.delete(hold.holdId);
      this.#journal.removeHold(hold.holdId);
    }
  }
}
