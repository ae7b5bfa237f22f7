/**
 * `fsfreezed serve`: parent of guardian, api and sentinel, privileged and nearly idle. Never calls
 * FIFREEZE, parses nothing that a client sent.
 */
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createKernel } from "../kernel/choose.js";
import type { Kernel } from "../kernel/port.js";
import type { StderrLog } from "../observe/stderr-log.js";
import { createLifeSign, giveLifeSign } from "../os/life-sign.js";
import { clockBoottimeUs, setOomScoreAdj } from "../os/process.js";
import { listenTcp, listenUnix } from "../os/sockets.js";
import { Claims } from "./claims.js";
import type { Listen, ServeOptions } from "./config.js";
import { HoldBook } from "./hold-book.js";
import { type Journal, openJournal } from "./journal.js";
import { Pair } from "./pair.js";
import type { ProcessIdentity } from "./process-life.js";
import { recover } from "./recovery.js";
import { SentinelKeeper } from "./sentinel-keeper.js";
import { prepareStateDirectory, type StateDirectory } from "./state-directory.js";
import type { TlsKeeper } from "./tls-files.js";

export interface SupervisorDependencies {
  readonly options: ServeOptions;
  /** For TCP; without it that is plain. */
  readonly tls: TlsKeeper | undefined;
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
/** A freeze of a dead service that is still in flight after this is waited for while we serve. */
const recoveryMs = 5_000;

interface Listener {
  readonly kind: "unix" | "tcp";
  readonly fd: number;
  readonly address: string;
  /** Of a Unix socket's file. */
  readonly path?: string;
}

/** The package's files are no longer those that this process runs: only its own restart helps. */
export class OtherVersion extends Error {
  override readonly name = "OtherVersion";
  readonly code = "OTHER_VERSION";
}

/**
 * Resolves after a clean end. Throws where it cannot serve, or no longer; what can be tidied up
 * then is.
 */
export async function supervise(deps: SupervisorDependencies): Promise<void> {
  const { options, log } = deps;
  const state = await prepareStateDirectory(options.stateDir, log);
  const kernel = createKernel(options.kernel, state.bpffs);
  setOomScoreAdj(-1000);
  const ownLife = createLifeSign();
  giveLifeSign(ownLife);
  const journal = openJournal(state.journal, (file, error) =>
    log.error("journal entry cannot be read", { file, error: String(error) }),
  );
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const facts = { host: hostname(), bootId };
  const claims = new Claims();
  const recovery = { kernel, journal, log, sleep, claims, now: kernel.now(), ...facts };
  const { recoverOnlyProven: onlyProven } = options;
  await recover({ ...recovery, onlyProven, patienceMs: recoveryMs });
  const listeners: Listener[] = [];
  const sentinel = sentinelKeeper(deps, state);
  try {
    for (const listen of options.listen) listeners.push(bind(listen, options.socketMode));
    const supervisor = new Supervisor({
      ...deps,
      ...facts,
      ...recovery,
      state,
      ownLife,
      listeners,
      // Not sooner: it would only make a slow machine's start slower.
      onServing(addresses) {
        sentinel?.start();
        deps.onServing(addresses);
      },
      onApi: (api) => sentinel?.watchOver(api),
    });
    process.on("SIGTERM", () => supervisor.stop("SIGTERM"));
    process.on("SIGINT", () => supervisor.stop("SIGINT"));
    process.on("SIGHUP", () => void supervisor.renewTls());
    process.on("SIGUSR1", () => supervisor.drain("SIGUSR1"));
    await supervisor.run();
  } finally {
    for (const { path } of listeners) if (path !== undefined) rmSync(path, { force: true });
    tidyUp({ state, kernel, journal, sentinel }, log);
  }
}

interface Tidied {
  readonly state: StateDirectory;
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly sentinel: SentinelKeeper | undefined;
}

/**
 * What the journal still names is left to be thawed: by the guardian that waits for it, by the
 * sentinel, by `recover`, by the next start.
 */
function tidyUp({ state, kernel, journal, sentinel }: Tidied, log: StderrLog): void {
  const left = journal.grants().size + journal.unreadableGrants().length;
  if (left === 0) {
    sentinel?.end();
    kernel.close();
    state.removeAll();
    return;
  }
  log.error("freezes are not over: they are stuck in the kernel, or could not be looked at", {
    grants: left,
  });
  sentinel?.leave();
  state.release();
}

/** What a simulated kernel has frozen is gone with the process that simulates it. */
function sentinelKeeper(
  { options, log }: SupervisorDependencies,
  { journal, bpffs }: StateDirectory,
): SentinelKeeper | undefined {
  if (options.kernel.kind === "simulated") return undefined;
  return new SentinelKeeper({
    config: {
      supervisorPid: process.pid,
      stateDir: options.stateDir,
      journal,
      ...(bpffs === undefined ? {} : { bpffs }),
      kernel: options.kernel,
      onlyProven: options.recoverOnlyProven,
      logLevel: options.logLevel,
    },
    log,
    nowMs,
    sleep: (ms) => sleep(ms),
  });
}

function bind(listen: Listen, mode: number): Listener {
  if (listen.kind === "unix") {
    const { path } = listen;
    return { kind: "unix", fd: listenUnix(path, mode, 511), address: `unix:${path}`, path };
  }
  if (listen.kind === "passed") return listen.socket;
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const { fd, port } = listenTcp(listen.host, listen.port);
  return { kind: "tcp", fd, address: `${host}:${port}` };
}

interface Parts extends SupervisorDependencies {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly claims: Claims;
  readonly state: StateDirectory;
  readonly ownLife: number;
  readonly listeners: readonly Listener[];
  readonly host: string;
  readonly bootId: string;
  /** Another one was started. */
  readonly onApi: (api: ProcessIdentity) => void;
}

class Supervisor {
  readonly #parts: Parts;
  readonly #holds: HoldBook;
  readonly #pairs = new Set<Pair>();
  #current: Pair | undefined;
  #serving = false;
  #draining = false;
  #stopping: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#holds = new HoldBook(parts.journal, parts.log);
  }

  /** Keeps one pair running, never giving up, until it is stopped. */
  async run(): Promise<void> {
    let failures = 0;
    while (this.#stopping === undefined) {
      const startedMs = nowMs();
      await this.#runPair();
      // The holds that were waited for ended with it.
      if (this.#draining) this.stop("drained");
      failures = nowMs() - startedMs < shortLifeMs ? failures + 1 : 0;
      const pause = pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0;
      if (this.#stopping === undefined && pause > 0) await sleep(pause);
    }
    await this.#stopping;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #runPair(): Promise<void> {
    let pair: Pair;
    try {
      pair = this.#startPair();
    } catch (error) {
      // No processes or descriptors left just now; there will be.
      this.#parts.log.error("guardian and api cannot be started", { error: String(error) });
      return;
    }
    await pair.over;
  }

  /** Ends when the last hold has ended by itself; until then the clients that have one are served. */
  drain(why: string): void {
    if (this.#draining || this.#stopping !== undefined) return;
    this.#draining = true;
    this.#parts.log.info("draining", { why });
    this.#current?.drain();
  }

  /** From the same files, for new connections; those that are open stay as they are. */
  async renewTls(): Promise<void> {
    const material = await this.#parts.tls?.renew();
    if (material !== undefined) this.#current?.renewTls(material);
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
    const pair = new Pair({
      ...this.#parts,
      bpffs: this.#parts.state.bpffs,
      tls: this.#parts.tls?.material ?? null,
      holds: this.#holds,
      nowMs,
      sleep: (ms) => sleep(ms),
      onReady: () => this.#onReady(),
      onDrained: () => this.stop("drained"),
      onOtherVersion: (version) => this.#fail(version),
    });
    this.#pairs.add(pair);
    this.#current = pair;
    this.#parts.onApi(pair.api);
    void pair.settled.then(() => this.#pairs.delete(pair));
    return pair;
  }

  #fail(version: string): void {
    this.#failure ??= new OtherVersion(
      `the package was replaced by version ${version}: restart the service`,
    );
    this.stop("another version");
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
