/**
 * The guardian's side of the grants. The supervisor's word comes before each FIFREEZE; without it
 * nothing is frozen.
 */
import type {
  Grant,
  GrantAnswer,
  GuardianToSupervisor,
  HoldRecord,
  Landing,
} from "../channel/supervisor-protocol.js";
import { ok, type Refusal, type Result } from "../hold/refusal.js";

export interface Grants {
  request(grant: Grant): Promise<Result<undefined>>;
  landed(landing: Landing): void;
  deadline(epoch: number, deadlineUs: number): void;
  ended(epoch: number): void;
  /** The hold as it is now; an ended one has its receipt. Kept over the guardian's death. */
  hold(record: HoldRecord): void;
  /**
   * True once all that was told of holds is written down; false where nobody will do that any more.
   */
  recorded(): Promise<boolean>;
}

/** Grants over the channel to the supervisor. */
export class ChannelGrants implements Grants {
  readonly #say: (message: GuardianToSupervisor) => void;
  readonly #waiting = new Map<number, (result: Result<undefined>) => void>();
  readonly #confirming = new Map<number, (recorded: boolean) => void>();
  #nextConfirmation = 1;
  #lost = false;

  constructor(say: (message: GuardianToSupervisor) => void) {
    this.#say = say;
  }

  request(grant: Grant): Promise<Result<undefined>> {
    if (this.#lost) return Promise.resolve({ ok: false, refusal: supervisorGone });
    return new Promise((resolve) => {
      this.#waiting.set(grant.epoch, resolve);
      this.#say({ grant });
    });
  }

  onGranted({ epoch, refusal }: GrantAnswer): void {
    const resolve = this.#waiting.get(epoch);
    this.#waiting.delete(epoch);
    resolve?.(refusal === undefined ? ok(undefined) : { ok: false, refusal });
  }

  /**
   * The supervisor is gone: nobody will answer any more, and a freeze that waited for ever would
   * keep this process for ever.
   */
  lose(): void {
    this.#lost = true;
    for (const resolve of this.#waiting.values()) resolve({ ok: false, refusal: supervisorGone });
    this.#waiting.clear();
    for (const resolve of this.#confirming.values()) resolve(false);
    this.#confirming.clear();
  }

  landed(landing: Landing): void {
    this.#say({ landed: landing });
  }

  deadline(epoch: number, deadlineUs: number): void {
    this.#say({ deadline: { epoch, deadlineUs } });
  }

  ended(epoch: number): void {
    this.#say({ ended: { epoch } });
  }

  hold(record: HoldRecord): void {
    this.#say({ hold: record });
  }

  recorded(): Promise<boolean> {
    if (this.#lost) return Promise.resolve(false);
    return new Promise((resolve) => {
      const confirm = this.#nextConfirmation++;
      this.#confirming.set(confirm, resolve);
      this.#say({ confirm });
    });
  }

  onConfirmed(confirmed: number): void {
    const resolve = this.#confirming.get(confirmed);
    this.#confirming.delete(confirmed);
    resolve?.(true);
  }
}

const supervisorGone: Refusal = {
  reason: "GUARDIAN_UNAVAILABLE",
  message: "the process that keeps the freezes safe is gone, so nothing was frozen; try again",
  metadata: {},
};
