/**
 * Ended holds and their receipts: at least the last 1,000 or 24 hours, bounded in number and size
 * so that nobody can fill the memory.
 */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { HoldView, Owner } from "../hold/model.js";
import { isOwner } from "../hold/permission.js";

export interface ArchiveLimits {
  readonly holds: number;
  /** As JSON: a usual receipt has 2 KiB, one of 256 file systems 300 KiB. */
  readonly bytes: number;
}

interface Entry {
  readonly record: HoldRecord;
  readonly bytes: number;
}

export class Archive {
  readonly #holds = new Map<string, Entry>();
  readonly #limits: ArchiveLimits;
  #bytes = 0;

  constructor(limits: ArchiveLimits = { holds: 2_000, bytes: 64 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  /** The newest is kept, whatever its size. */
  add(record: HoldRecord): void {
    const { holdId } = record.hold;
    this.#forget(holdId);
    const bytes = JSON.stringify(record).length;
    this.#holds.set(holdId, { record, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#holds.keys()) {
      if (this.#fits() || oldest === holdId) break;
      this.#forget(oldest);
    }
  }

  #fits(): boolean {
    return this.#holds.size <= this.#limits.holds && this.#bytes <= this.#limits.bytes;
  }

  #forget(holdId: string): void {
    this.#bytes -= this.#holds.get(holdId)?.bytes ?? 0;
    this.#holds.delete(holdId);
  }

  get(holdId: string): HoldView | undefined {
    return this.#holds.get(holdId)?.record.hold;
  }

  all(): readonly HoldView[] {
    return [...this.#holds.values()].map((entry) => entry.record.hold);
  }

  /** The ended hold that a request_id made. A failed attempt is not remembered. */
  findRequest(owner: Owner, requestId: string): HoldRecord | undefined {
    if (requestId === "") return undefined;
    for (const { record } of this.#holds.values()) {
      const failed = record.hold.receipt?.verdict === "NEVER_FROZEN";
      if (record.requestId === requestId && !failed && isOwner(owner, record.hold.owner)) {
        return record;
      }
    }
    return undefined;
  }
}
