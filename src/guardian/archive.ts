/** Ended holds and their receipts: at least the last 1,000 or 24 hours, bounded in number so that nobody can fill the memory. */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { HoldView, Owner } from "../hold/model.js";
import { isOwner } from "../hold/permission.js";

export class Archive {
  readonly #holds = new Map<string, HoldRecord>();
  readonly #max: number;

  constructor(max = 2_000) {
    this.#max = max;
  }

  add(entry: HoldRecord): void {
    this.#holds.set(entry.hold.holdId, entry);
    for (const oldest of this.#holds.keys()) {
      if (this.#holds.size <= this.#max) break;
      this.#holds.delete(oldest);
    }
  }

  get(holdId: string): HoldView | undefined {
    return this.#holds.get(holdId)?.hold;
  }

  all(): readonly HoldView[] {
    return [...this.#holds.values()].map((entry) => entry.hold);
  }

  /** The ended hold that a request_id made. A failed attempt is not remembered. */
  findRequest(owner: Owner, requestId: string): HoldRecord | undefined {
    if (requestId === "") return undefined;
    for (const entry of this.#holds.values()) {
      const failed = entry.hold.receipt?.verdict === "NEVER_FROZEN";
      if (entry.requestId === requestId && !failed && isOwner(owner, entry.hold.owner))
        return entry;
    }
    return undefined;
  }
}
