/** Keeps one sentinel running for as long as the supervisor lives. */
import { LineChannel } from "../channel/line-channel.js";
import type { SupervisorToSentinel } from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import { type Child, startChild } from "./child.js";
import type { SentinelConfig } from "./config.js";
import { identify, type ProcessIdentity } from "./process-life.js";
import { writeSentinelFile } from "./sentinel-file.js";

export interface SentinelKeeperDependencies {
  readonly config: SentinelConfig;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** It is needed only where others die too: no haste, no flood. */
const pauseMs = 1_000;

export class SentinelKeeper {
  readonly #deps: SentinelKeeperDependencies;
  #child: Child | undefined;
  #channel: LineChannel | undefined;
  #api: ProcessIdentity | undefined;
  #over = false;

  constructor(deps: SentinelKeeperDependencies) {
    this.#deps = deps;
  }

  start(): void {
    void this.#keep();
  }

  /** The api of now, which the sentinel ends should it outlive us. */
  watchOver(api: ProcessIdentity): void {
    this.#api = api;
    this.#tellApi();
  }

  #tellApi(): void {
    if (this.#api === undefined) return;
    this.#channel?.send({ api: this.#api } satisfies SupervisorToSentinel);
  }

  /** Ends it: nothing of the service is left frozen. */
  end(): void {
    this.#over = true;
    this.#child?.signal("SIGKILL");
  }

  /** Lets it outlive this process, to thaw what is left. */
  leave(): void {
    this.#over = true;
  }

  async #keep(): Promise<void> {
    const { log, sleep } = this.#deps;
    while (!this.#over) {
      try {
        await this.#run();
      } catch (error) {
        // No processes or descriptors left just now; there will be.
        log.error("sentinel cannot be started", { error: String(error) });
      }
      if (!this.#over) await sleep(pauseMs);
    }
  }

  /** Resolves when it is gone. */
  async #run(): Promise<void> {
    const { config, log, nowMs } = this.#deps;
    const child = startChild({
      program: "./sentinel-main.js",
      config,
      environment: {},
      descriptors: [],
      onError: (error) => log.error("sentinel failed", { error: error.message }),
    });
    this.#child = child;
    const channel = new LineChannel(child.fd, {
      between: ["supervisor", "sentinel"],
      nowMs,
      onMessage: () => {},
      // It takes us for dead, or hangs: another one is to watch.
      onEnd: () => child.signal("SIGKILL"),
    });
    this.#channel = channel;
    this.#tellApi();
    this.#writeDown(child);
    await child.gone;
    channel.close();
    if (!this.#over) log.warn("sentinel is gone, starting another one", {});
  }

  #writeDown({ identity: sentinel }: Child): void {
    const { config, log } = this.#deps;
    const supervisor = identify(process.pid);
    if (supervisor === undefined) return;
    try {
      writeSentinelFile(config.stateDir, { supervisor, sentinel });
    } catch (error) {
      // It watches all the same; only a successor would not wait for it.
      log.error("sentinel cannot be written down", { error: String(error) });
    }
  }
}
