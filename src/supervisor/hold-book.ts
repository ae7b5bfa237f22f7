/**
 * Every hold that a guardian told of, living and ended, so that a receipt outlives the process that
 * wrote it.
 */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import type { Journal } from "./journal.js";
import { type RestartFacts, restartRecord } from "./restart-receipts.js";

/**
 * Of ended holds. They share a small tmpfs with the grants, and all of them are read at each start
 * of a guardian.
 */
export interface HoldBookLimits {
  readonly holds: number;
  /** As JSON. */
  readonly bytes: number;
}

interface Living {
  readonly record: HoldRecord;
  /** Which guardian told of it: of two only the dead one's are ended. */
  readonly owner: object | undefined;
}

interface Ended {
  readonly record: HoldRecord;
  readonly bytes: number;
}

export class HoldBook {
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #limits: HoldBookLimits;
  readonly #living = new Map<string, Living>();
  /** The oldest first. */
  readonly #ended = new Map<string, Ended>();
  #endedBytes = 0;

  constructor(
    journal: Journal,
    log: Log,
    limits: HoldBookLimits = { holds: 1_000, bytes: 16 * 1024 * 1024 },
  ) {
    this.#journal = journal;
    this.#log = log;
    this.#limits = limits;
    const byTime = (a: HoldRecord, b: HoldRecord) => endOf(a) - endOf(b);
    for (const record of [...journal.holds()].sort(byTime)) this.#keep(record, undefined);
    this.#forgetOldest();
  }

  note(record: HoldRecord, owner: object): void {
    // A late word of a guardian that was given up; that the hold has ended is the last word about
    // it.
    if (record.hold.receipt === undefined && this.#ended.has(record.hold.holdId)) return;
    this.#write(record, owner);
  }

  /**
   * Writes the receipt of each hold that was living when its guardian died; without an owner, of
   * every one.
   */
  endLiving(facts: RestartFacts, owner?: object): void {
    for (const living of [...this.#living.values()]) {
      if (owner === undefined || living.owner === owner) {
        this.#write(restartRecord(living.record, facts), undefined);
      }
    }
  }

  ended(): readonly HoldRecord[] {
    return [...this.#ended.values()].map((kept) => kept.record);
  }

  #write(record: HoldRecord, owner: object | undefined): void {
    this.#keep(record, owner);
    try {
      this.#journal.writeHold(record);
    } catch (error) {
      // A receipt that outlives this process is worth less than this process.
      this.#log.error("hold cannot be written down", {
        hold: record.hold.holdId,
        error: String(error),
      });
    }
    this.#forgetOldest();
  }

  #keep(record: HoldRecord, owner: object | undefined): void {
    const { holdId, receipt } = record.hold;
    this.#endedBytes -= this.#ended.get(holdId)?.bytes ?? 0;
    this.#ended.delete(holdId);
    this.#living.delete(holdId);
    if (receipt === undefined) {
      this.#living.set(holdId, { record, owner });
      return;
    }
    const bytes = JSON.stringify(record).length;
    this.#ended.set(holdId, { record, bytes });
    this.#endedBytes += bytes;
  }

  #forgetOldest(): void {
    for (const [holdId, { bytes }] of this.#ended) {
      if (this.#ended.size <= this.#limits.holds && this.#endedBytes <= this.#limits.bytes) return;
      this.#ended.delete(holdId);
      this.#endedBytes -= bytes;
      this.#removeFile(holdId);
    }
  }

  #removeFile(holdId: string): void {
    try {
      this.#journal.removeHold(holdId);
    } catch (error) {
      this.#log.error("hold cannot be forgotten", { hold: holdId, error: String(error) });
    }
  }
}

function endOf({ hold }: HoldRecord): number {
  return hold.receipt?.endedAt.wallUs ?? Number.POSITIVE_INFINITY;
}
