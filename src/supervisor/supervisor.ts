/** `fsfreezed serve`: parent of guardian and api, privileged and nearly idle. Never calls FIFREEZE, parses nothing that a client sent. */
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createKernel } from "../kernel/choose.js";
import type { Kernel } from "../kernel/port.js";
import type { StderrLog } from "../observe/stderr-log.js";
import { clockBoottimeUs, setOomScoreAdj } from "../os/process.js";
import { listenTcp, listenUnix } from "../os/sockets.js";
import type { Listen, ServeOptions } from "./config.js";
import { HoldBook } from "./hold-book.js";
import { type Journal, openJournal } from "./journal.js";
import { Pair } from "./pair.js";
import { recover } from "./recovery.js";
import { prepareStateDirectory, type StateDirectory } from "./state-directory.js";

export interface SupervisorDependencies {
  readonly options: ServeOptions;
  readonly version: string;
  readonly log: StderrLog;
  /** Called when the first pair serves, with the addresses as clients write them. */
  readonly onServing: (addresses: readonly string[]) => void;
}

/** A pair that ended sooner than this is followed by a pause, which grows up to a second. */
const shortLifeMs = 2_000;
const pausesMs = [0, 100, 250, 500, 1_000] as const;
/** SIGTERM to exit: within 5 s, whatever clients and kernel do. */
const shutdownMs = 4_000;

interface Listener {
  readonly kind: "unix" | "tcp";
  readonly fd: number;
  readonly address: string;
}

export async function supervise(deps: SupervisorDependencies): Promise<void> {
  const { options, log } = deps;
  const state = prepareStateDirectory(options.stateDir, log);
  const kernel = createKernel(options.kernel, state.bpffs);
  setOomScoreAdj(-1000);
  const journal = openJournal(state.journal, (file, error) =>
    log.error("journal entry cannot be read", { file, error: String(error) }),
  );
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const facts = { host: hostname(), bootId };
  await recover({ kernel, journal, log, sleep, now: kernel.now(), ...facts });
  const listeners = options.listen.map((listen) => bind(listen, options.socketMode));
  const supervisor = new Supervisor({ ...deps, ...facts, kernel, journal, state, listeners });
  process.on("SIGTERM", () => supervisor.stop("SIGTERM"));
  process.on("SIGINT", () => supervisor.stop("SIGINT"));
  process.on("SIGHUP", () => {});
  await supervisor.run();
  const clean = supervisor.grantsLeft === 0;
  for (const listen of options.listen)
    if (listen.kind === "unix") rmSync(listen.path, { force: true });
  kernel.close();
  if (clean) state.removeAll();
  else {
    log.error("a freeze is stuck in the kernel; the guardian stays to thaw it when it lands", {
      grants: supervisor.grantsLeft,
    });
    state.release();
  }
}

function bind(listen: Listen, mode: number): Listener {
  if (listen.kind === "unix") {
    return { kind: "unix", fd: listenUnix(listen.path, mode, 511), address: `unix:${listen.path}` };
  }
  if (listen.kind === "passed") return listen.socket;
  const { fd, port } = listenTcp(listen.host, listen.port);
  return { kind: "tcp", fd, address: `${listen.host}:${port}` };
}

interface Parts extends SupervisorDependencies {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly state: StateDirectory;
  readonly listeners: readonly Listener[];
  readonly host: string;
  readonly bootId: string;
}

class Supervisor {
  readonly #parts: Parts;
  readonly #holds: HoldBook;
  readonly #pairs = new Set<Pair>();
  #current: Pair | undefined;
  #serving = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#holds = new HoldBook(parts.journal);
  }

  get grantsLeft(): number {
    let left = 0;
    for (const pair of this.#pairs) left += pair.grantsLeft;
    return left;
  }

  /** Keeps one pair running, never giving up, until it is stopped. */
  async run(): Promise<void> {
    let failures = 0;
    while (this.#stopping === undefined) {
      const startedMs = nowMs();
      await this.#startPair().over;
      failures = nowMs() - startedMs < shortLifeMs ? failures + 1 : 0;
      const pause = pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0;
      if (this.#stopping === undefined && pause > 0) await sleep(pause);
    }
    await this.#stopping;
  }

  stop(why: string): void {
    if (this.#stopping !== undefined) return;
    this.#parts.log.info("shutting down", { why });
    this.#stopping = this.#shutDown();
  }

  async #shutDown(): Promise<void> {
    this.#current?.shutdown();
    const all = Promise.all([...this.#pairs].map((pair) => pair.settled));
    await Promise.race([all, sleep(shutdownMs)]);
    for (const pair of this.#pairs) pair.killApi();
  }

  #startPair(): Pair {
    const { kernel, journal, log, bootId, host, options, version, state, listeners } = this.#parts;
    const pair = new Pair({
      kernel,
      journal,
      log,
      bootId,
      host,
      options,
      version,
      bpffs: state.bpffs,
      listeners,
      holds: this.#holds,
      nowMs,
      sleep: (ms) => sleep(ms),
      onReady: () => this.#onReady(),
    });
    this.#pairs.add(pair);
    this.#current = pair;
    void pair.settled.then(() => this.#pairs.delete(pair));
    return pair;
  }

  #onReady(): void {
    const addresses = this.#parts.listeners.map((listener) => listener.address);
    this.#parts.log.info("serving", { addresses });
    if (this.#serving) return;
    this.#serving = true;
    this.#parts.onServing(addresses);
  }
}

function nowMs(): number {
  return clockBoottimeUs() / 1000;
}

export function defaultSocket(stateDir: string): string {
  return join(stateDir, "fsfreezed.sock");
}
