/**
 * One guardian and one api: they live and die together. When either dies, hangs or closes its channel, the guardian thaws (or, if it is
 * the one, the supervisor does through its own descriptors), the api ends its streams, and a fresh pair is started. So neither ever has
 * to find out what the other one knows from before.
 */
import { LineChannel } from "../channel/line-channel.js";
import type { ApiToSupervisor, GuardianToSupervisor } from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import { closeFd, socketPair } from "../os/sockets.js";
import { type Child, startChild } from "./child.js";
import {
  type ApiConfig,
  firstListenerFd,
  type GuardianConfig,
  type ServeOptions,
} from "./config.js";
import { GrantBook, type GrantBookDependencies } from "./grant-book.js";
import type { HoldBook } from "./hold-book.js";
import { lifeOf } from "./process-life.js";

export interface PairDependencies extends GrantBookDependencies {
  readonly holds: HoldBook;
  readonly options: ServeOptions;
  readonly version: string;
  readonly bpffs: string | undefined;
  readonly listeners: readonly { readonly kind: "unix" | "tcp"; readonly fd: number }[];
  readonly nowMs: () => number;
  readonly log: Log;
  readonly host: string;
  readonly onReady: () => void;
}

/** Threads of the guardian: half for freezes, which may be stuck in them, the rest for lookups and thaws. */
const guardianThreads = "192";
/** Past this the guardian's own deadline has failed, and the supervisor thaws. */
const overdueMs = 2_000;
const watchMs = 50;
/** How long a child may take to leave by itself once its peer is gone. */
const leaveMs = 1_500;

export class Pair {
  /** Resolves when another pair can be started: all is thawed but what is stuck in the kernel, every receipt is written. */
  readonly over: Promise<void>;
  /** Resolves when nothing of this pair is left, not even in the kernel. */
  readonly settled: Promise<void>;
  readonly #deps: PairDependencies;
  readonly #guardian: Child;
  readonly #api: Child;
  readonly #guardianChannel: LineChannel;
  readonly #apiChannel: LineChannel;
  readonly #grants: GrantBook;
  readonly #watch: NodeJS.Timeout;
  #ending = false;
  #resolveOver: () => void = () => {};
  #resolveSettled: () => void = () => {};

  constructor(deps: PairDependencies) {
    this.#deps = deps;
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
    this.settled = new Promise((resolve) => {
      this.#resolveSettled = resolve;
    });
    const [guardianEnd, apiEnd] = socketPair();
    this.#guardian = startChild({
      program: "../guardian/main.js",
      config: this.#guardianConfig(),
      environment: { UV_THREADPOOL_SIZE: guardianThreads },
      descriptors: [guardianEnd],
    });
    this.#api = startChild({
      program: "../api/main.js",
      config: this.#apiConfig(),
      environment: {},
      descriptors: [apiEnd, ...deps.listeners.map((listener) => listener.fd)],
      user: deps.options.apiUser,
    });
    closeFd(guardianEnd);
    closeFd(apiEnd);
    this.#grants = new GrantBook(this.#guardian.identity, deps);
    this.#guardianChannel = this.#channel(this.#guardian, "guardian", (m) =>
      this.#fromGuardian(m as GuardianToSupervisor),
    );
    this.#apiChannel = this.#channel(this.#api, "api", (m) => this.#fromApi(m as ApiToSupervisor));
    this.#guardianChannel.send({ archive: deps.holds.ended() });
    void this.#guardian.gone.then(() => this.#end("guardian is gone"));
    void this.#api.gone.then(() => this.#end("api is gone"));
    this.#watch = setInterval(() => this.#look(), watchMs);
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

  get grantsLeft(): number {
    return this.#grants.size;
  }

  #guardianConfig(): GuardianConfig {
    const { options, version, bpffs } = this.#deps;
    return {
      supervisorPid: process.pid,
      version,
      stateDir: options.stateDir,
      ...(bpffs === undefined ? {} : { bpffs }),
      unprotect: options.unprotect,
      kernel: options.kernel,
      logLevel: options.logLevel,
    };
  }

  #apiConfig(): ApiConfig {
    const { options, version, listeners } = this.#deps;
    return {
      supervisorPid: process.pid,
      version,
      listeners: listeners.map(({ kind }, i) => ({ kind, fd: firstListenerFd + i })),
      keepaliveTimeMs: options.keepaliveTimeMs,
      keepaliveTimeoutMs: options.keepaliveTimeoutMs,
      logLevel: options.logLevel,
    };
  }

  #channel(child: Child, name: string, onMessage: (message: unknown) => void): LineChannel {
    return new LineChannel(child.socket, {
      nowMs: this.#deps.nowMs,
      onMessage,
      onEnd: (why) => {
        // A closed channel is the child leaving, or dead with a thread stuck in the kernel; a silent one is hung.
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
    else if ("hold" in message) this.#deps.holds.note(message.hold);
    else if (message.hello.version !== this.#deps.version) this.#end("guardian of another version");
  }

  #fromApi(_: ApiToSupervisor): void {
    this.#deps.onReady();
  }

  /** A killed process whose thread is stuck in FIFREEZE keeps its sockets open and cannot be reaped: only /proc tells. */
  #look(): void {
    if (this.#ending || this.#grants.size === 0) return;
    if (lifeOf(this.#guardian.identity) !== "alive") this.#end("guardian was killed");
    else if (this.#grants.overdue(overdueMs)) {
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
    const { sleep, holds, kernel, host, bootId } = this.#deps;
    const patience = sleep(leaveMs);
    const apiLeft = this.#letApiLeave(patience);
    const settled = this.#settleGuardian();
    // What is stuck in the kernel is waited for behind the back of the next pair.
    await Promise.race([settled, patience]);
    await apiLeft;
    holds.endLiving({ now: kernel.now(), host, bootId });
    this.#resolveOver();
    await settled;
    this.#guardianChannel.close();
    clearInterval(this.#watch);
    this.#resolveSettled();
  }

  async #letApiLeave(patience: Promise<void>): Promise<void> {
    await Promise.race([this.#api.gone, patience]);
    this.#apiChannel.close();
    this.#api.signal("SIGKILL");
  }

  /**
   * A living guardian whose api is gone thaws by itself and leaves; with a freeze stuck in the kernel it stays until that has landed and
   * is thawed. A dead one leaves it to us.
   */
  async #settleGuardian(): Promise<void> {
    const { sleep, nowMs } = this.#deps;
    const since = nowMs();
    while (lifeOf(this.#guardian.identity) === "alive") {
      if (this.#grants.size === 0 && nowMs() - since > leaveMs) this.#guardian.signal("SIGKILL");
      await sleep(nowMs() - since > leaveMs ? watchMs : 1);
    }
    await this.#grants.rescueAll();
  }
}
