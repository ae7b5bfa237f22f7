/**
 * What the guardian process does: serves the api, obeys the supervisor, and when either dies or
 * falls silent thaws everything and ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FromGuardian, ToGuardian } from "../channel/api-protocol.js";
import { LineChannel } from "../channel/line-channel.js";
import type { GuardianHealth } from "../channel/messages.js";
import type { SupervisorToGuardian } from "../channel/supervisor-protocol.js";
import type { Host } from "../hold/draft.js";
import type { Limits } from "../hold/limits.js";
import type { Refusal } from "../hold/refusal.js";
import type { Kernel } from "../kernel/port.js";
import type { Log } from "../observe/log.js";
import type { GuardianConfig } from "../supervisor/config.js";
import { giveWayMs } from "../supervisor/process-life.js";
import { Archive } from "./archive.js";
import { Driver } from "./driver.js";
import { ChannelGrants } from "./grants.js";
import { protect } from "./protection.js";
import { Service } from "./service.js";

export interface GuardianDependencies {
  readonly kernel: Kernel;
  /** Connected sockets. */
  readonly supervisorFd: number;
  readonly apiFd: number;
  /**
   * Has each told of, once, by the first sign that it is dead; its socket ends later. Asked when it
   * gives one: the supervisor from the start, the api with its hello.
   */
  readonly onDeath: Readonly<Record<"supervisor" | "api", (tell: () => void) => void>>;
  readonly config: GuardianConfig;
  readonly limits: Limits;
  readonly host: Host;
  readonly log: Log;
  readonly nowMs: () => number;
  /** This package's, as this process's own files say. */
  readonly version: string;
  /**
   * Ends the process; called once all is thawed, or at once where only the supervisor can be
   * trusted to thaw.
   */
  readonly exit: (code: number) => void;
}

type EndCause = "SHUTDOWN" | "DAEMON_RESTART";

export class GuardianProcess {
  readonly #deps: GuardianDependencies;
  readonly #supervisor: LineChannel;
  readonly #api: LineChannel;
  readonly #grants: ChannelGrants;
  readonly #archive = new Archive();
  readonly #driver: Driver;
  #service: Service | undefined;
  /** Calls that came before everything was loaded. */
  #early: ToGuardian[] = [];
  #ending = false;
  #draining = false;

  constructor(deps: GuardianDependencies) {
    this.#deps = deps;
    const { nowMs } = deps;
    this.#grants = new ChannelGrants((message) => this.#supervisor.send(message));
    this.#driver = new Driver({
      ...deps,
      grants: this.#grants,
      archive: this.#archive,
      onEvent: (holdId, event) => this.#toApi({ holdId, event }),
      // Before our last words, our end and the start of our successor.
      afterThaw: () => (this.#ending ? sleep(giveWayMs) : Promise.resolve()),
      // The supervisor thaws through its own descriptors what this process can no longer be trusted
      // with.
      onBug: () => deps.exit(1),
    });
    this.#supervisor = new LineChannel(deps.supervisorFd, {
      between: ["guardian", "supervisor"],
      nowMs,
      onMessage: (message) => this.#fromSupervisor(message as SupervisorToGuardian),
      onEnd: (why) => this.loseSupervisor(why),
    });
    this.#api = new LineChannel(deps.apiFd, {
      between: ["guardian", "api"],
      nowMs,
      onMessage: (message) => this.#fromApi(message as ToGuardian),
      onEnd: (why) => this.end(`api ${why}`, "DAEMON_RESTART"),
    });
    deps.onDeath.supervisor(() => this.loseSupervisor("is dead"));
  }

  async start(): Promise<void> {
    const { kernel, config, log } = this.#deps;
    this.#supervisor.send({ hello: { version: this.#deps.version } });
    const protection = await protect(kernel, { ...config, log });
    this.#service = new Service({
      kernel,
      driver: this.#driver,
      archive: this.#archive,
      protection,
      log,
    });
    this.#toApi({ hello: { version: this.#deps.version, health: this.#health() } });
    for (const message of this.#early.splice(0)) this.#fromApi(message);
  }

  /** Nobody is left to grant anything: thaws and ends. Idempotent. */
  loseSupervisor(why: string): void {
    this.#grants.lose();
    this.end(`supervisor ${why}`, "DAEMON_RESTART");
  }

  /**
   * Ends every hold, waits for the last thaw, also of a freeze that is still in flight, then ends
   * this process.
   */
  end(why: string, cause: EndCause): void {
    if (this.#ending) return;
    this.#ending = true;
    const holds = this.#driver.state.holds.size;
    this.#driver.dispatch({ kind: "end-all", cause, close: true, refusal: endRefusal(cause) });
    this.#deps.log.info("guardian ends", { why, holds });
    this.#toApi({ health: this.#health() });
    void this.#driver
      .idle()
      .then(() => Promise.all([this.#api.finish(), this.#supervisor.finish()]))
      .finally(() => this.#deps.exit(0));
  }

  /** What is held goes on until it ends by itself; nothing begins any more. */
  #drain(): void {
    if (this.#draining || this.#ending) return;
    this.#draining = true;
    this.#deps.log.info("guardian drains", { holds: this.#driver.state.holds.size });
    this.#driver.dispatch({ kind: "close", refusal: drainRefusal });
    // Before everything is loaded the hello tells it.
    if (this.#service !== undefined) this.#toApi({ health: this.#health() });
    void this.#driver.empty().then(() => this.#supervisor.send({ drained: true }));
  }

  #toApi(message: FromGuardian): void {
    this.#api.send(message);
  }

  #fromSupervisor(message: SupervisorToGuardian): void {
    if ("granted" in message) this.#grants.onGranted(message.granted);
    else if ("confirmed" in message) this.#grants.onConfirmed(message.confirmed);
    else if ("archive" in message) this.#archive.add(message.archive);
    else if ("drain" in message) this.#drain();
    else this.end("asked by the supervisor", "SHUTDOWN");
  }

  #fromApi(message: ToGuardian): void {
    if ("hello" in message) {
      this.#meetApi(message.hello.version);
    } else if (this.#service === undefined) {
      this.#early.push(message);
    } else if ("id" in message) {
      const { id, call } = message;
      this.#service.call(call, (result) => this.#toApi({ id, result }));
    } else if (message.notice === "streamEnded") {
      const { holdId, generation, how } = message;
      this.#driver.dispatch({ kind: "stream-ended", holdId, generation, how });
    } else if (message.notice === "abandon") {
      this.#driver.dispatch({ kind: "abandoned", holdId: message.holdId });
    } else {
      this.#driver.dispatch({ kind: "answered", holdId: message.holdId });
    }
  }

  #meetApi(version: string): void {
    if (version !== this.#deps.version) this.end("the api is of another version", "SHUTDOWN");
    else this.#deps.onDeath.api(() => this.end("api is dead", "DAEMON_RESTART"));
  }

  #health(): GuardianHealth {
    const { kernel } = this.#deps;
    const capabilities = kernel.capabilities();
    const { privileged } = capabilities;
    const leaving = this.#ending || this.#draining;
    return {
      canFreeze: privileged.available && !leaving,
      detail: leaving ? "the service is shutting down" : privileged.detail,
      kernel: kernel.name,
      capabilities,
    };
  }
}

const drainRefusal: Refusal = {
  reason: "SHUTTING_DOWN",
  message: "the service ends when its last hold has ended, and begins none; try again later",
  metadata: {},
};

function endRefusal(cause: EndCause): Refusal {
  return cause === "SHUTDOWN"
    ? {
        reason: "SHUTTING_DOWN",
        message:
          "the service is shutting down and has thawed this hold; open a new one when it is back",
        metadata: {},
      }
    : {
        reason: "GUARDIAN_UNAVAILABLE",
        message: "a process of the service died, so this hold was thawed; open a new one",
        metadata: {},
      };
}
