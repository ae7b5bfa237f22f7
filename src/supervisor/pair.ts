/**
 * One guardian and one api: they live and die together. When either dies, hangs or closes its
 * channel, the guardian thaws (or, if it is the one, the supervisor does through its own
 * descriptors), the api ends its streams, and a fresh pair is started. So neither ever has to find
 * out what the other one knows from before.
 */
import { LineChannel } from "../channel/line-channel.js";
import type {
  ApiToSupervisor,
  GuardianToSupervisor,
  TlsMaterial,
} from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import { watchLifeSign } from "../os/life-sign.js";
import { closeFd } from "../os/sockets.js";
import type { Child } from "./child.js";
import { GrantBook, type GrantBookDependencies } from "./grant-book.js";
import type { HoldBook } from "./hold-book.js";
import { type PairStart, startPair } from "./pair-start.js";
import { lastInLine, lifeOf, type ProcessIdentity } from "./process-life.js";

export interface PairDependencies extends GrantBookDependencies, PairStart {
  readonly holds: HoldBook;
  /** null: TCP is plain. */
  readonly tls: TlsMaterial | null;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly host: string;
  readonly onReady: () => void;
  /** After `drain`: its last hold has ended. */
  readonly onDrained: () => void;
  /**
   * The files of the package were replaced under us: no child of that version can be told what this
   * process means.
   */
  readonly onOtherVersion: (version: string) => void;
}

const watchMs = 50;
/** 2 s past a deadline the guardian has failed, and the supervisor thaws. */
const overdueLooks = 40;
/** How long a child may take to leave by itself once its peer is gone. */
const leaveMs = 1_500;
/** How long a killed api may still have the listeners before the next one gets them too. */
const reapMs = 500;
/**
 * How often a guardian is looked at that leaves, until it gives the first sign of its death. The
 * processor belongs to those whom it thaws.
 */
const unsignedPollMs = 20;

export class Pair {
  /**
   * Resolves when another pair can be started: all is thawed but what is stuck in the kernel, every
   * receipt is written.
   */
  readonly over: Promise<void>;
  /** Resolves when nothing of this pair is left, not even in the kernel. */
  readonly settled: Promise<void>;
  readonly #deps: PairDependencies;
  readonly #guardian: Child;
  readonly #guardianLife: number;
  readonly #api: Child;
  readonly #guardianChannel: LineChannel;
  readonly #apiChannel: LineChannel;
  readonly #grants: GrantBook;
  readonly #watch: NodeJS.Timeout;
  #guardianHeard = false;
  #ending = false;
  /** Resolves with the first sign that the guardian is dead. */
  readonly #guardianSign: Promise<void>;
  #signOfGuardian: () => void = () => {};
  #guardianIsDying: () => boolean = () => false;
  #resolveOver: () => void = () => {};
  #resolveSettled: () => void = () => {};

  /** Throws where the processes cannot be started; then nothing of them is left. */
  constructor(deps: PairDependencies) {
    this.#deps = deps;
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
    this.settled = new Promise((resolve) => {
      this.#resolveSettled = resolve;
    });
    this.#guardianSign = new Promise((resolve) => {
      this.#signOfGuardian = resolve;
    });
    const { guardian, api, guardianLife } = startPair(deps);
    this.#guardian = guardian;
    this.#guardianLife = guardianLife;
    this.#api = api;
    this.#grants = new GrantBook(guardian.identity, deps);
    this.#guardianChannel = this.#channel(guardian, "guardian", (m) =>
      this.#fromGuardian(m as GuardianToSupervisor),
    );
    this.#apiChannel = this.#channel(api, "api", (m) => this.#fromApi(m as ApiToSupervisor));
    this.#apiChannel.send({ tls: deps.tls });
    for (const archive of deps.holds.ended()) this.#guardianChannel.send({ archive });
    void guardian.gone.then(() => this.#end("guardian is gone"));
    void api.gone.then(() => this.#end("api is gone"));
    // After what has come meanwhile was read.
    this.#watch = setInterval(() => setImmediate(() => this.#look()), watchMs);
  }

  get api(): ProcessIdentity {
    return this.#api.identity;
  }

  /** No new hold; `onDrained` is called when the last one has ended. */
  drain(): void {
    this.#guardianChannel.send({ drain: true });
  }

  /** For connections from now on. */
  renewTls(tls: TlsMaterial): void {
    this.#apiChannel.send({ tls });
  }

  /** A clean end: every hold is ended, every stream answered. */
  shutdown(): void {
    this.#guardianChannel.send({ shutdown: true });
    this.#apiChannel.send({ shutdown: true });
  }

  /** At the end of all patience. The guardian is left to thaw what it still waits for. */
  killApi(): void {
    this.#api.signal("SIGKILL");
  }

  #channel(
    child: Child,
    name: "guardian" | "api",
    onMessage: (message: unknown) => void,
  ): LineChannel {
    return new LineChannel(child.fd, {
      between: ["supervisor", name],
      nowMs: this.#deps.nowMs,
      onMessage,
      onEnd: (why) => {
        if (child === this.#guardian) this.#guardianHeard = true;
        // A closed channel is the child leaving, or dead with a thread stuck in the kernel; a
        // silent one is hung.
        if (why !== "closed") child.signal("SIGKILL");
        this.#end(`${name} ${why}`);
      },
    });
  }

  #fromGuardian(message: GuardianToSupervisor): void {
    if ("grant" in message) {
      void this.#grants
        .grant(message.grant)
        .then((granted) => this.#guardianChannel.send({ granted }));
    } else if ("landed" in message) this.#grants.landed(message.landed);
    else if ("deadline" in message) {
      this.#grants.deadline(message.deadline.epoch, message.deadline.deadlineUs);
    } else if ("ended" in message) this.#grants.ended(message.ended.epoch);
    else if ("hold" in message) this.#deps.holds.note(message.hold, this);
    else if ("confirm" in message) this.#guardianChannel.send({ confirmed: message.confirm });
    else if ("drained" in message) this.#deps.onDrained();
    else this.#meetGuardian(message.hello.version);
  }

  #meetGuardian(version: string): void {
    const putLast = lastInLine(this.#guardian.identity);
    this.#guardianIsDying = watchLifeSign(this.#guardianLife, () => {
      putLast();
      this.#signOfGuardian();
      this.#end("guardian is dead");
    });
    if (version !== this.#deps.version) this.#deps.onOtherVersion(version);
  }

  #fromApi(_: ApiToSupervisor): void {
    this.#deps.onReady();
  }

  /**
   * A killed process whose thread is stuck in FIFREEZE keeps its sockets open and cannot be reaped:
   * only /proc tells.
   */
  #look(): void {
    if (this.#grants.size === 0) return;
    if (lifeOf(this.#guardian.identity) !== "alive") this.#end("guardian was killed");
    else if (this.#grants.look() > overdueLooks) {
      this.#deps.log.error("guardian let a deadline pass", {});
      this.#guardian.signal("SIGKILL");
      this.#end("guardian let a deadline pass");
    }
  }

  #end(why: string): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#deps.log.info("guardian and api end", { why });
    void this.#leave();
  }

  async #leave(): Promise<void> {
    const patience = this.#deps.sleep(leaveMs);
    const apiLeft = this.#letApiLeave(patience);
    const settled = this.#settleGuardian();
    // What is stuck in the kernel is waited for behind the back of the next pair.
    await Promise.race([settled, patience]);
    await apiLeft;
    this.#endHolds();
    this.#resolveOver();
    await settled;
    clearInterval(this.#watch);
    // What it said of its holds after it was given up for the next pair.
    this.#endHolds();
    this.#guardianChannel.close();
    closeFd(this.#guardianLife);
    await this.#api.gone;
    this.#resolveSettled();
  }

  #endHolds(): void {
    const { holds, kernel, host, bootId } = this.#deps;
    holds.endLiving({ now: kernel.now(), host, bootId }, this);
  }

  async #letApiLeave(patience: Promise<void>): Promise<void> {
    await Promise.race([this.#api.gone, patience]);
    this.#apiChannel.close();
    this.#api.signal("SIGKILL");
    await Promise.race([this.#api.gone, this.#deps.sleep(reapMs)]);
  }

  /**
   * A living guardian whose api is gone thaws by itself and leaves; with a freeze stuck in the
   * kernel it stays until that has landed and is thawed. A dead one leaves it to us, and so does,
   * killed by #look, one that does not thaw.
   */
  async #settleGuardian(): Promise<void> {
    const { sleep, nowMs } = this.#deps;
    const since = nowMs();
    this.#grants.hurry();
    while (lifeOf(this.#guardian.identity) === "alive") {
      const late = nowMs() - since > leaveMs;
      if (late && this.#grants.size === 0) this.#guardian.signal("SIGKILL");
      if (late) await sleep(watchMs);
      else if (this.#guardianIsDying()) await sleep(1);
      else await Promise.race([this.#guardianSign, sleep(unsignedPollMs)]);
    }
    await this.#hearLastWords();
    await this.#grants.rescueAll();
  }

  /**
   * That a process has died is known before all that it said is read: what it thawed, and the
   * receipts that it wrote. With a thread stuck in the kernel its socket does not close, so that
   * nothing more comes has to do.
   */
  async #hearLastWords(): Promise<void> {
    const channel = this.#guardianChannel;
    for (let heard = -1; !this.#guardianHeard && channel.heardBytes !== heard; ) {
      heard = channel.heardBytes;
      // A timer may fire again before any socket was read; of two turns one has read them all.
      for (let turns = 0; turns < 2; turns++) await new Promise(setImmediate);
    }
  }
}
