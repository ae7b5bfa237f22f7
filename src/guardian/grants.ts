/** The guardian's side of the grants. The supervisor's word comes before each FIFREEZE; without it nothing is frozen. */
import type {
  Grant,
  GrantAnswer,
  GuardianToSupervisor,
  HoldRecord,
  Landing,
} from "../channel/supervisor-protocol.js";
import { ok, type Result, refuse } from "../hold/refusal.js";

export interface Grants {
  request(grant: Grant): Promise<Result<undefined>>;
  landed(landing: Landing): void;
  deadline(epoch: number, deadlineUs: number): void;
  ended(epoch: number): void;
  /** The hold as it is now; an ended one has its receipt. Kept over the guardian's death. */
  hold(record: HoldRecord): void;
}

/** Grants over the channel to the supervisor. */
export class ChannelGrants implements Grants {
  readonly #say: (message: GuardianToSupervisor) => void;
  readonly #waiting = new Map<number, (result: Result<undefined>) => void>();

  constructor(say: (message: GuardianToSupervisor) => void) {
    this.#say = say;
  }

  request(grant: Grant): Promise<Result<undefined>> {
    return new Promise((resolve) => {
      this.#waiting.set(grant.epoch, resolve);
      this.#say({ grant });
    });
  }

  onGranted(answer: GrantAnswer): void {
    const resolve = this.#waiting.get(answer.epoch);
    this.#waiting.delete(answer.epoch);
    resolve?.(
      answer.refusal === undefined
        ? ok(undefined)
        : refuse(
            "IO_ERROR",
            "the supervisor could not write the freeze down, so nothing was frozen",
            {
              detail: answer.refusal,
            },
          ),
    );
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
}
