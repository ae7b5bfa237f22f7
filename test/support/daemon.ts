/** The built daemon with a state directory of its own, its processes by role, and what it must not leave behind. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ConnectOptions, connect, type FreezeClient } from "@fsfreezed/client";
import { afterAll, afterEach, beforeAll } from "vitest";
import { DescriptorClient } from "./api/descriptor-client.js";
import { openDescriptors } from "./process-tree.js";
import { rigSession } from "./rig-session.js";
import { isDead, readMounts } from "./sweep.mjs";
import { type Exit, startProcess, type TrackedProcess } from "./tracked-process.js";

const program = fileURLToPath(new URL("../../dist/cli/fsfreezed.cjs", import.meta.url));

export type Role = "supervisor" | "guardian" | "api";
/** The sentinel is needed only where others die: holds feel nothing of its own death. */
type AnyRole = Role | "sentinel";

export interface DaemonOptions {
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  /** A program that executes it, with its arguments: ["setpriv", "--reuid=65534", ...]. */
  readonly through?: readonly string[];
  /** Where its state lies, e.g. that of a daemon which died. Default: a directory that it makes itself. */
  readonly stateDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Member {
  readonly pid: number;
  readonly role: AnyRole | undefined;
  readonly startTime: string;
}

/** A process's title begins with its role; the kernel keeps 15 characters of it. */
const roleOfName: Readonly<Record<string, AnyRole>> = {
  "fsfreezed: supe": "supervisor",
  "fsfreezed: guar": "guardian",
  "fsfreezed: api": "api",
  "fsfreezed: sent": "sentinel",
};

/** SIGTERM to exit, as promised. */
const stopMs = 5_000;

export class Daemon {
  readonly stateDir: string;
  readonly socket: string;
  /** As clients write it. */
  readonly address: string;
  /** What it says that it serves on, with the ports that the kernel chose. */
  readonly servesOn: string;
  readonly #process: TrackedProcess;

  private constructor(stateDir: string, child: TrackedProcess, servesOn: string) {
    this.servesOn = servesOn;
    this.stateDir = stateDir;
    this.socket = join(stateDir, "fsfreezed.sock");
    this.address = `unix:${this.socket}`;
    this.#process = child;
  }

  /** Resolves when it serves. */
  static async start(options: DaemonOptions = {}): Promise<Daemon> {
    if (!existsSync(program)) throw new Error("the daemon is not built: npm run build");
    const session = await rigSession();
    const stateDir = options.stateDir ?? join(session.directory, `state-${session.nextNumber()}`);
    const command = [
      ...(options.through ?? []),
      ...[process.execPath, program, "serve", "--state-dir", stateDir, ...(options.args ?? [])],
    ];
    const [first = "", ...rest] = command;
    // A session of its own: what belongs to this daemon is found by it, also when its parent is gone.
    const child = await startProcess(first, rest, {
      detached: true,
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    return new Daemon(stateDir, child, await child.waitForLine(/^fsfreezed serves on /, 20_000));
  }

  connect(options: ConnectOptions = {}): FreezeClient {
    return connect(this.address, options);
  }

  /** A grpc-js client without the comforts of ours. */
  connectRaw(options: Readonly<Record<string, string | number>> = {}): DescriptorClient {
    return new DescriptorClient(this.address, {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 500,
      ...options,
    });
  }

  /** Its log so far: one JSON object a line. */
  get log(): string {
    return this.#process.stderr;
  }

  /** Living processes of this daemon; one that was killed but whose thread is stuck in the kernel is dead. */
  get members(): readonly Member[] {
    return readdirSync("/proc").flatMap((name) => {
      const found = /^\d+$/.test(name) ? readMember(name) : undefined;
      if (found?.session !== this.#process.pid) return [];
      return isDead(found.pid, found.startTime) ? [] : [found];
    });
  }

  /** Undefined where there is none now. */
  find(role: AnyRole): number | undefined {
    const found = this.members.filter((member) => member.role === role);
    // A pair that leaves and the next one may overlap.
    return found.toSorted((a, b) => Number(a.startTime) - Number(b.startTime)).at(-1)?.pid;
  }

  pid(role: AnyRole): number {
    const pid = this.find(role);
    if (pid === undefined) throw new Error(`no ${role} process: ${this.log}`);
    return pid;
  }

  /** Pids of all three, by role: equal before and after, where none has died. */
  pids(): Readonly<Record<Role, number>> {
    return {
      supervisor: this.pid("supervisor"),
      guardian: this.pid("guardian"),
      api: this.pid("api"),
    };
  }

  kill(role: AnyRole, signal: NodeJS.Signals = "SIGKILL"): void {
    process.kill(this.pid(role), signal);
  }

  /** SIGKILL to all of them at one moment: none of them has time to do anything for the others. */
  killAll(): void {
    process.kill(-this.#process.pid, "SIGKILL");
  }

  /** Waits until another process than this one has the role. */
  async waitForNew(role: AnyRole, oldPid: number, limitMs = 10_000): Promise<number> {
    const start = performance.now();
    for (;;) {
      const pid = this.find(role);
      if (pid !== undefined && pid !== oldPid) return pid;
      if (performance.now() - start > limitMs) throw new Error(`no new ${role}: ${this.log}`);
      await sleep(20);
    }
  }

  /** It is started when the service serves. */
  sentinel(): Promise<number> {
    return this.waitForNew("sentinel", 0);
  }

  /** What the descriptors of the guardian point to. */
  guardianDescriptors(): readonly string[] {
    return openDescriptors(this.pid("guardian"));
  }

  /** Waits until the kernel has so many threads of the guardian in FIFREEZE. */
  async waitUntilFreezing(threads = 1, limitMs = 10_000): Promise<void> {
    const pid = this.pid("guardian");
    const start = performance.now();
    while (freezingThreads(pid) < threads) {
      if (performance.now() - start > limitMs) throw new Error(`no freeze in flight: ${this.log}`);
      await sleep(20);
    }
  }

  /** SIGTERM; throws where it has not ended in the time that it promises. */
  async terminate(): Promise<Exit> {
    this.#process.kill("SIGTERM");
    return this.#process.waitForExit(stopMs);
  }

  waitForExit(limitMs = stopMs): Promise<Exit> {
    return this.#process.waitForExit(limitMs);
  }

  /** What is still there of a daemon that has ended: processes, mounts, files. Waits a moment for them to go. */
  async leftovers(limitMs = 2_000): Promise<readonly string[]> {
    const start = performance.now();
    for (;;) {
      const left = [
        ...this.members.map(({ pid, role }) => `process ${pid} (${role ?? "?"})`),
        ...readMounts()
          .filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${this.stateDir}/`))
          .map(({ mountPoint, type }) => `${type} on ${mountPoint}`),
        ...filesIn(this.stateDir),
      ];
      if (left.length === 0 || performance.now() - start > limitMs) return left;
      await sleep(20);
    }
  }

  /** Ends it as an operator would, if it still runs. Throws where it fails in that, or leaves something behind. */
  async stop(): Promise<void> {
    const exit = this.#process.exit ?? (await this.terminate());
    const left = await this.leftovers();
    for (const { pid } of this.members) process.kill(pid, "SIGKILL");
    if (exit.code !== 0 || left.length > 0) {
      const end = `exit code ${exit.code ?? exit.signal}`;
      throw new Error(`the daemon leaves ${left.join(", ") || "nothing"}, ${end}: ${this.log}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** All but the receipts, which stay where the place was on memory before the daemon came. */
function filesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name !== "journal" || `${readdirSync(join(directory, name))}` !== "holds")
    .map((name) => `file ${join(directory, name)}`);
}

/** Readable also while something is frozen, unlike a process's command line. */
function readMember(name: string): (Member & { readonly session: number }) | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${name}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const title = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number(name),
    role: roleOfName[title],
    session: Number(fields[3]),
    startTime: fields[19] ?? "",
  };
}

/** Threads inside FIFREEZE. */
function freezingThreads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).filter((thread) => {
    try {
      return /freeze_super|percpu/.test(readFileSync(`/proc/${pid}/task/${thread}/wchan`, "utf8"));
    } catch {
      // It ended while the directory was read.
      return false;
    }
  }).length;
}

/**
 * A daemon for all tests of a file or a describe, and a client of it. It is stopped after them, and must leave nothing. Where
 * a test fails, its log is shown.
 */
export function useDaemon(options: DaemonOptions = {}): () => Daemon {
  let daemon: Daemon | undefined;
  const get = (): Daemon => {
    if (daemon === undefined) throw new Error("the daemon is started in beforeAll");
    return daemon;
  };
  let shown = 0;
  beforeAll(async () => {
    daemon = await Daemon.start(options);
  });
  afterEach(async ({ task }) => {
    const { log } = get();
    if (task.result?.state === "fail") {
      process.stderr.write(log.slice(shown));
      await endAllHolds(get());
    }
    shown = log.length;
  });
  afterAll(async () => {
    await daemon?.stop();
  });
  return get;
}

/** A test that failed must not fail the next one. */
async function endAllHolds(daemon: Daemon): Promise<void> {
  using client = daemon.connect();
  try {
    for await (const hold of client.listHolds()) {
      if (hold.state !== "ENDED") await client.thaw({ holdId: hold.holdId }).catch(() => {});
    }
  } catch {
    // It does not serve any more; the guard thaws.
  }
}
