/**
 * The process that is left when supervisor and guardian die at one moment. It does nothing while
 * the supervisor lives; when that is dead it takes the state directory's lock and recovers what the
 * journal names, as `fsfreezed recover` would, without having to be started for it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { defaultSilenceMs, LineChannel } from "../channel/line-channel.js";
import type { SupervisorToSentinel } from "../channel/supervisor-protocol.js";
import type { Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import { type Lock, tryLock } from "../os/lock.js";
import { namesFreezes, openJournal } from "./journal.js";
import { identify, killProcess, lifeOf, type ProcessIdentity } from "./process-life.js";
import { recover } from "./recovery.js";
import type { RestartFacts } from "./restart-receipts.js";
import { lockPath } from "./sentinel-file.js";

export interface SentinelDependencies extends Pick<RestartFacts, "host" | "bootId"> {
  /** A connected socket to the supervisor. */
  readonly supervisorFd: number;
  readonly supervisorPid: number;
  readonly stateDir: string;
  readonly journal: string;
  readonly onlyProven: boolean;
  readonly kernel: Kernel;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Called once, when nothing of the dead service is left frozen. */
  readonly exit: () => void;
}

const pollMs = 10;
/** A guardian that lives thaws by itself at once, and needs the processor more than this process. */
const headStartMs = 50;
/**
 * An api tells its clients of their receipts and leaves, in less than this. Less than a next start
 * waits for us, too.
 */
const apiMs = defaultSilenceMs / 4;
/**
 * A guardian whose supervisor fell silent has begun to thaw when this sentinel hears nothing
 * either. Some time after that a supervisor that hangs with something in its journal is killed: the
 * guardian may hang, too.
 */
const hungMs = defaultSilenceMs / 2;

export class Sentinel {
  readonly #deps: SentinelDependencies;
  readonly #supervisor: ProcessIdentity | undefined;
  readonly #channel: LineChannel;
  #api: ProcessIdentity | undefined;
  #recovering = false;

  constructor(deps: SentinelDependencies) {
    this.#deps = deps;
    this.#supervisor = identify(deps.supervisorPid);
    this.#channel = new LineChannel(deps.supervisorFd, {
      between: ["sentinel", "supervisor"],
      nowMs: deps.nowMs,
      onMessage: (message) => {
        this.#api = (message as SupervisorToSentinel).api;
      },
      onEnd: (why) => this.supervisorLost(why),
    });
  }

  /** Idempotent: the kernel tells of the death, and the channel of its end. */
  supervisorLost(why: string): void {
    if (this.#recovering) return;
    this.#recovering = true;
    this.#channel.close();
    this.#deps.log.warn("sentinel takes over", { why });
    void this.#recover();
  }

  get #supervisorLives(): boolean {
    return this.#supervisor !== undefined && lifeOf(this.#supervisor) === "alive";
  }

  async #recover(): Promise<void> {
    const { journal: directory, log, exit } = this.#deps;
    const apiEnded = this.#endApi();
    await sleep(headStartMs);
    const lock = await this.#lock();
    const journal = openJournal(directory, (file, error) =>
      log.error("journal entry cannot be read", { file, error: String(error) }),
    );
    const { kernel } = this.#deps;
    const report = await recover({ ...this.#deps, journal, sleep, now: kernel.now() });
    log.warn("sentinel has recovered", { thawed: report.thawed, failed: report.failed });
    await apiEnded;
    lock.release();
    exit();
  }

  /** One that is stopped would keep the addresses from the next start. */
  async #endApi(): Promise<void> {
    const api = this.#api;
    for (let waitedMs = 0; api !== undefined && lifeOf(api) === "alive"; waitedMs += pollMs) {
      if (waitedMs >= apiMs && !this.#supervisorLives) killProcess(api.pid);
      await sleep(pollMs);
    }
  }

  /** A dying supervisor keeps it until its last thread has left the kernel. */
  async #lock(): Promise<Lock> {
    const { stateDir, nowMs } = this.#deps;
    const since = nowMs();
    for (;;) {
      const lock = tryLock(lockPath(stateDir));
      if (lock !== undefined) return lock;
      if (nowMs() - since > hungMs) this.#killHungSupervisor();
      await sleep(pollMs);
    }
  }

  /** Where nothing is frozen, a supervisor that hangs harms nobody, and may go on some time. */
  #killHungSupervisor(): void {
    const { journal: directory, log } = this.#deps;
    const supervisor = this.#supervisor;
    if (supervisor === undefined || !this.#supervisorLives) return;
    if (!namesFreezes(directory)) return;
    log.error("supervisor hangs and something may be frozen, killing it", { pid: supervisor.pid });
    killProcess(supervisor.pid);
  }
}
