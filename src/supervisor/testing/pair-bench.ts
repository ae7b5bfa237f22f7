/** A pair whose two processes are puppets: real processes and sockets, and a simulated kernel. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  GuardianToSupervisor,
  SupervisorToGuardian,
} from "../../channel/supervisor-protocol.js";
import { silentLog } from "../../observe/log.js";
import { createLifeSign } from "../../os/life-sign.js";
import { closeFd } from "../../os/sockets.js";
import { Claims } from "../claims.js";
import type { ServeOptions } from "../config.js";
import { HoldBook } from "../hold-book.js";
import { type Journal, openJournal } from "../journal.js";
import { Pair, type PairDependencies } from "../pair.js";
import { bootId, RescueBench } from "./rescue-bench.js";

export const version = "1.2.3";
const program = new URL("puppet.mjs", import.meta.url).href;

export class Puppet {
  readonly pid: number;
  readonly heard: SupervisorToGuardian[] = [];
  closed = false;
  readonly #control: Socket;

  constructor(control: Socket, pid: number) {
    this.#control = control;
    this.pid = pid;
  }

  #order(order: object): void {
    this.#control.write(`${JSON.stringify(order)}\n`);
  }

  say(...messages: readonly GuardianToSupervisor[]): void {
    for (const message of messages) this.#order({ say: message });
  }

  sayRaw(text: string): void {
    this.#order({ raw: text });
  }

  /** No heartbeat any more. */
  mute(): void {
    this.#order({ mute: true });
  }

  /** After all that was said before. */
  exit(code = 0): void {
    this.#order({ exit: code });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    process.kill(this.pid, signal);
  }

  get lives(): boolean {
    try {
      process.kill(this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  hear(message: { readonly heard?: SupervisorToGuardian; readonly closed?: boolean }): void {
    if (message.heard !== undefined) this.heard.push(message.heard);
    if (message.closed === true) this.closed = true;
  }
}

export class PairBench {
  readonly rescue = new RescueBench();
  readonly directory = mkdtempSync(join(tmpdir(), "fsfreezed-pair-"));
  readonly journal: Journal = openJournal(join(this.directory, "journal"), () => {});
  readonly claims = new Claims();
  readonly holds = new HoldBook(this.journal, silentLog);
  readonly told: string[] = [];
  readonly #ownLife = createLifeSign();
  readonly #puppets = new Map<"guardian" | "api", Puppet>();
  readonly #server: Server;
  readonly #pairs: Pair[] = [];

  private constructor() {
    this.#server = createServer((socket) => this.#meet(socket));
  }

  static async start(): Promise<PairBench> {
    const bench = new PairBench();
    const path = join(bench.directory, "puppets");
    await new Promise<void>((resolve) => bench.#server.listen(path, resolve));
    process.env.FSFREEZED_TEST_PUPPETS = path;
    return bench;
  }

  #meet(socket: Socket): void {
    let puppet: Puppet | undefined;
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line);
        if (puppet !== undefined) puppet.hear(message);
        else {
          puppet = new Puppet(socket, message.pid);
          this.#puppets.set(message.role, puppet);
        }
      }
    });
  }

  get serveOptions(): ServeOptions {
    return {
      listen: [],
      stateDir: this.directory,
      socketMode: 0o600,
      unprotect: [],
      recoverOnlyProven: false,
      apiUser: undefined,
      kernel: { kind: "simulated", world: "" },
      keepaliveTimeMs: 500,
      keepaliveTimeoutMs: 1_500,
      logLevel: "error",
    };
  }

  newPair(changed: Partial<PairDependencies> = {}): Pair {
    this.#puppets.clear();
    const pair = new Pair({
      kernel: this.rescue.kernel,
      journal: this.journal,
      claims: this.claims,
      holds: this.holds,
      log: silentLog,
      bootId,
      host: "bench",
      version,
      bpffs: undefined,
      tls: null,
      listeners: [],
      ownLife: this.#ownLife,
      programs: { guardian: program, api: program },
      nowMs: () => performance.now(),
      sleep: (ms) => sleep(ms),
      onReady: () => this.told.push("ready"),
      onDrained: () => this.told.push("drained"),
      onOtherVersion: (other) => this.told.push(`version ${other}`),
      options: this.serveOptions,
      ...changed,
    });
    this.#pairs.push(pair);
    return pair;
  }

  async puppets(): Promise<{ readonly guardian: Puppet; readonly api: Puppet }> {
    const both = () => [this.#puppets.get("guardian"), this.#puppets.get("api")] as const;
    await until(() => both().every((puppet) => puppet !== undefined));
    const [guardian, api] = both();
    if (guardian === undefined || api === undefined) throw new Error("no puppets");
    return { guardian, api };
  }

  /** Both, after they have been heard once: from here on silence counts. */
  async living(): Promise<{ readonly guardian: Puppet; readonly api: Puppet }> {
    const puppets = await this.puppets();
    await sleep(150);
    return puppets;
  }

  /** The puppet is granted a freeze, which is then made in its name, and told of. */
  async frozen(guardian: Puppet, mountPoint = "/a", tells = true) {
    const own = await this.rescue.granted(mountPoint);
    const deadlineUs = this.rescue.kernel.now().bootUs + 600_000_000;
    const grant = { ...own.entry.grant, deadlineUs };
    guardian.say({ grant });
    await until(() => guardian.heard.some((message) => "granted" in message));
    await own.freeze();
    const { landing } = own.landed();
    if (landing !== undefined && tells) guardian.say({ landed: landing });
    own.close();
    await until(() => !tells || [...this.journal.grants().values()].some((e) => e.landing));
    return { grant };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.#puppets.values()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    await Promise.all(this.#pairs.map((pair) => pair.settled));
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    closeFd(this.#ownLife);
    rmSync(this.directory, { recursive: true });
    delete process.env.FSFREEZED_TEST_PUPPETS;
  }
}

/** Waits for real processes. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 20_000) throw new Error("it never came so far");
    await sleep(5);
  }
}
