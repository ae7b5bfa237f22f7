/** Episodes of holds and faults on real file systems; the kernel judges after each, and while it lasts. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { FreezeError, type HoldInfo, type Receipt } from "@fsfreezed/client";
import { ClientProcess } from "../support/client-process.js";
import { Daemon, type Role } from "../support/daemon.js";
import { ForeignFreezer, foreignRawWrite, foreignTrim } from "../support/foreign.js";
import { imageDigest } from "../support/image-oracle.js";
import { JournalWatch } from "../support/journal-watch.js";
import {
  createLoopFilesystem,
  type FilesystemType,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { openDescriptors } from "../support/process-tree.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { Writer } from "../support/writer.js";
import { type Course, runClient } from "./clients.js";
import { type Disturbance, judge, nowUs } from "./judge.js";
import type { EpisodePlan } from "./plan.js";

/** From the end of the last hold, or the death of whoever held it, to the thaw: a silence of 2 s, and what a busy machine adds. */
const boundMs = 6_000;
/** A descriptor or thread that a process keeps once it has used it is no leak; one for each episode is. */
const growthMax = 16;

export interface Tally {
  readonly faults: Map<string, number>;
  readonly endCauses: Map<string, number>;
  readonly verdicts: Map<string, number>;
}

export class Soak {
  readonly tally: Tally = { faults: new Map(), endCauses: new Map(), verdicts: new Map() };
  readonly #filesystems: ReadonlyMap<FilesystemType, LoopFilesystem>;
  readonly #foreign: ForeignFreezer;
  readonly #watch: JournalWatch;
  #daemon: Daemon;
  /** Of the daemons before it. */
  #endedLogs = "";
  #writers = new Map<string, Writer>();
  #disturbances: Disturbance[] = [];
  /** Paths that somebody else froze, or is about to. */
  readonly #theirs = new Set<string>();
  readonly #sizes = new Map<number, number>();
  readonly #seen = new Set<number>();

  private constructor(
    filesystems: ReadonlyMap<FilesystemType, LoopFilesystem>,
    foreign: ForeignFreezer,
    daemon: Daemon,
  ) {
    this.#filesystems = filesystems;
    this.#foreign = foreign;
    this.#daemon = daemon;
    this.#watch = new JournalWatch(daemon.stateDir, () =>
      [...this.#writers].flatMap(([path, writer]) => (this.#theirs.has(path) ? [] : [writer])),
    );
  }

  static async start(): Promise<Soak> {
    const filesystems = new Map<FilesystemType, LoopFilesystem>();
    for (const type of filesystemTypes) filesystems.set(type, await createLoopFilesystem({ type }));
    return new Soak(filesystems, await ForeignFreezer.start(), await Daemon.start());
  }

  /** Throws where anything is left. */
  async stop(): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#foreign.stop();
    for (const writer of this.#writers.values()) await writer.stop();
    await this.#daemon.stop();
    for (const filesystem of this.#filesystems.values()) await filesystem.dispose();
  }

  get log(): string {
    return `${this.#endedLogs}${this.#daemon.log}`;
  }

  /** Looks that saw something frozen by the service, and its entry in the journal. */
  get looks(): number {
    return this.#watch.looks;
  }

  #filesystem(type: FilesystemType): LoopFilesystem {
    const found = this.#filesystems.get(type);
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  }

  /** The problems that were found; none, where all held. */
  async run(plan: EpisodePlan): Promise<readonly string[]> {
    const types = [...new Set(plan.clients.flatMap(({ targets }) => targets))];
    const used = types.map((type) => this.#filesystem(type));
    for (const filesystem of used) {
      filesystem.arm(60);
      const writer = await Writer.start("buffered", filesystem.mountPoint, 3);
      this.#writers.set(filesystem.mountPoint, writer);
    }
    this.#disturbances = [];
    const main = this.#filesystem(plan.main);
    const problems: string[] = [];
    const receipts = new Map<string, Receipt>();
    const holdIds = await this.#hold(plan, main, problems, receipts);
    for (const [path, writer] of this.#writers) {
      // As `run` began it: by hand frozen ones are thawed by now.
      await writer.waitForProgress(boundMs).catch((error: unknown) => {
        problems.push(`${path} is not written to after everything ended: ${error}`);
      });
    }
    if (problems.length === 0) {
      problems.push(
        ...(await this.#judgeHolds(plan, holdIds, receipts)),
        ...(await this.#judgeService()),
      );
    }
    problems.push(...this.#watch.violations);
    for (const writer of this.#writers.values()) await writer.stop();
    this.#writers = new Map();
    add(this.tally.faults, plan.fault);
    return problems;
  }

  /** Runs the clients and the fault; the ids of all holds that were frozen. */
  async #hold(
    plan: EpisodePlan,
    main: LoopFilesystem,
    problems: string[],
    receipts: Map<string, Receipt>,
  ): Promise<readonly string[]> {
    const holdIds: string[] = [];
    let isFrozen: () => void = () => {};
    const frozen = new Promise<void>((resolve) => {
      isFrozen = resolve;
    });
    let faultIsDone: () => void = () => {};
    const faultDone = new Promise<void>((resolve) => {
      faultIsDone = resolve;
    });
    let faultBegan = false;
    // What the guardian says to a supervisor that never reads it again is lost with both: a hold that joined a freeze
    // just then is thawed, and nobody knows it afterwards.
    const mayForget = () => faultBegan && /supervisor|all-kill/.test(plan.fault);
    const path = main.mountPoint;
    if (plan.fault === "foreign-freeze") await this.#byHand("freeze", path);
    const stuck = plan.fault === "stuck-freeze" ? await StuckFreeze.hold(path) : undefined;
    const courses = plan.clients.map(
      (client, n): Course => ({
        plan: client,
        paths: client.targets.map((type) => this.#filesystem(type).mountPoint),
        daemon: () => this.#daemon,
        purpose: `episode ${plan.index}`,
        lingers: plan.fault === "take-over" && n === 0,
        faultDone,
        onReceipt: (receipt) => receipts.set(receipt.holdId, receipt),
        onFrozen: (holdId) => {
          if (!mayForget()) holdIds.push(holdId);
          if (n === 0) isFrozen();
        },
      }),
    );
    const all = Promise.all(courses.map((course) => runClient(course)));
    // Handled below, where it is waited for.
    all.catch(() => {});
    if (stuck === undefined) await Promise.race([frozen, all, sleep(8_000)]);
    await sleep(plan.faultMs);
    try {
      const before = plan.digest ? await this.#digest(main) : undefined;
      faultBegan = true;
      if (plan.coin && plan.fault.startsWith("foreign-")) faultIsDone();
      await this.#fault(plan, main, courses[0], problems);
      await stuck?.release();
      if (before !== undefined) await this.#compare(main, before);
    } finally {
      faultIsDone();
    }
    const ended = await Promise.race([all.then(() => true), sleep(40_000, false, { ref: false })]);
    if (!ended) problems.push("a client neither ends nor is told anything");
    if (this.#theirs.has(path)) await this.#thawTheirs(path, problems);
    return holdIds;
  }

  async #digest(
    filesystem: LoopFilesystem,
  ): Promise<{ readonly sum: string; readonly us: number }> {
    const us = nowUs();
    return { sum: await imageDigest(filesystem), us };
  }

  /** A changed image is a disturbance of everything that spans both looks. */
  async #compare(
    filesystem: LoopFilesystem,
    before: { readonly sum: string; readonly us: number },
  ): Promise<void> {
    const sum = await imageDigest(filesystem);
    if (sum === before.sum) return;
    const what = "its image changed";
    const path = filesystem.mountPoint;
    this.#disturbances.push({ path, what, fromUs: before.us, toUs: nowUs() });
  }

  async #byHand(what: "freeze" | "thaw" | "refreeze" | "rewrite", path: string): Promise<boolean> {
    if (what !== "thaw") this.#theirs.add(path);
    const fromUs = nowUs();
    const { errno, step } = await this.#foreign[what](path);
    // A thaw that succeeded and a freeze that did not are a disturbance all the same.
    if (what !== "freeze" && step !== "thaw") {
      this.#disturbances.push({ path, what: `a ${what} by hand`, fromUs, toUs: nowUs() });
    }
    if (errno !== "" && what !== "thaw") this.#theirs.delete(path);
    return errno === "";
  }

  /** Theirs must still be there: whoever thawed it, it was not they. */
  async #thawTheirs(path: string, problems: string[]): Promise<void> {
    const { errno } = await this.#foreign.thaw(path);
    if (errno !== "") problems.push(`a foreign freeze of ${path} was thawed (${errno})`);
    this.#theirs.delete(path);
  }

  async #fault(
    plan: EpisodePlan,
    main: LoopFilesystem,
    first: Course | undefined,
    problems: string[],
  ): Promise<void> {
    const path = main.mountPoint;
    switch (plan.fault) {
      case "none":
      case "foreign-freeze":
      case "stuck-freeze":
      case "deadline":
        return;
      case "client-kill":
        return first?.process?.signal("SIGKILL");
      case "client-stop":
        return this.#stopClient(first);
      case "take-over":
        return this.#takeOver(plan, first, problems);
      case "api-kill":
        return this.#kill("api");
      case "guardian-kill":
        return this.#kill("guardian");
      case "pair-kill":
        return this.#kill("api", "guardian");
      case "api-stop":
        return this.#stopOne("api");
      case "guardian-stop":
        return this.#stopOne("guardian");
      case "supervisor-kill":
        return this.#kill("supervisor");
      case "guardian-and-supervisor-kill":
        return this.#kill("guardian", "supervisor");
      case "all-kill":
        return this.#kill("supervisor", "guardian", "api");
      case "supervisor-stop":
        return this.#stopSupervisor(plan.coin);
      case "restart":
        await this.#daemon.terminate();
        return this.#startAnew();
      case "foreign-thaw":
        await this.#byHand("thaw", path);
        return;
      case "foreign-refreeze":
        await this.#byHand("refreeze", path);
        return;
      case "foreign-rewrite":
        await this.#byHand("rewrite", path);
        return;
      case "trim":
        await foreignTrim(path);
        return;
      case "raw-write":
        return foreignRawWrite(main);
      default:
        plan.fault satisfies never;
    }
  }

  async #stopClient(course: Course | undefined): Promise<void> {
    course?.process?.signal("SIGSTOP");
    // Longer than keepalive's time and timeout.
    await sleep(3_500);
    course?.process?.signal("SIGCONT");
  }

  async #takeOver(
    plan: EpisodePlan,
    course: Course | undefined,
    problems: string[],
  ): Promise<void> {
    if (course?.resume === undefined) return void problems.push("there is no hold to take over");
    const { holdId, token } = course.resume;
    await using successor = await ClientProcess.start();
    // Of a living holder, or after its death.
    if (plan.coin) course.process?.signal("SIGKILL");
    const taken = await successor.resume(this.#daemon.address, holdId, token);
    if (taken.holdId !== holdId) problems.push(`not taken over: ${JSON.stringify(taken)}`);
    // The library answers so only where the verdict is INTACT.
    const released = await successor.ask({ do: "release" });
    if (released.event !== "done:release") {
      problems.push(`taken over, and not INTACT: ${JSON.stringify(released)}`);
    }
    course.process?.signal("SIGKILL");
  }

  async #kill(...roles: readonly Role[]): Promise<void> {
    const before = this.#daemon.pids();
    // At one moment. One that had begun to thaw for another would be killed inside FITHAW, after which
    // btrfs is read-only (docs/what-dies.md).
    for (const signal of roles.length > 1 ? (["SIGSTOP", "SIGKILL"] as const) : ["SIGKILL"]) {
      for (const role of roles) process.kill(before[role], signal);
    }
    if (roles.includes("supervisor")) return this.#startAnew();
    await this.#daemon.waitForNew("guardian", before.guardian, boundMs + 10_000);
  }

  async #stopOne(role: "api" | "guardian"): Promise<void> {
    const before = this.#daemon.pids();
    process.kill(before[role], "SIGSTOP");
    await this.#daemon.waitForNew(role, before[role], boundMs + 10_000);
  }

  /** Nobody else sees that it hangs but its children: they thaw and leave. */
  async #stopSupervisor(goesOn: boolean): Promise<void> {
    const before = this.#daemon.pids();
    process.kill(before.supervisor, "SIGSTOP");
    for (const writer of this.#writers.values()) await writer.waitForProgress(boundMs);
    process.kill(before.supervisor, goesOn ? "SIGCONT" : "SIGKILL");
    if (!goesOn) return this.#startAnew();
    await this.#daemon.waitForNew("guardian", before.guardian, boundMs + 10_000);
  }

  async #startAnew(): Promise<void> {
    await this.#daemon.waitForExit(10_000);
    this.#endedLogs += this.#daemon.log;
    this.#daemon = await Daemon.start({ stateDir: this.#daemon.stateDir });
  }

  async #judgeHolds(
    plan: EpisodePlan,
    holdIds: readonly string[],
    receipts: Map<string, Receipt>,
  ): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { holdId, state, receipt } of await this.#holdsOf(`episode ${plan.index}`)) {
      if (receipt === undefined) problems.push(`hold ${holdId} is ${state} and has no receipt`);
      else receipts.set(holdId, receipt);
    }
    // A service that is asked to leave leaves nothing; its clients were told.
    const known = plan.fault === "restart" ? [] : holdIds;
    for (const holdId of known) {
      if (!receipts.has(holdId)) problems.push(`hold ${holdId} is forgotten`);
    }
    for (const receipt of receipts.values()) {
      problems.push(...judge(receipt, this.#writers, this.#disturbances));
      add(this.tally.endCauses, receipt.endCause);
      add(this.tally.verdicts, receipt.verdict);
    }
    return problems;
  }

  /** All of this purpose, ended; waits for the service to be back. */
  async #holdsOf(purpose: string): Promise<readonly HoldInfo[]> {
    using client = this.#daemon.connect({ timeout: 5_000 });
    for (const start = performance.now(); ; ) {
      try {
        const holds: HoldInfo[] = [];
        for await (const hold of client.listHolds()) {
          if (hold.purpose === purpose) holds.push(hold);
        }
        const late = performance.now() - start > boundMs;
        if (late || holds.every(({ state }) => state === "ENDED")) return holds;
      } catch (error) {
        if (!(error instanceof FreezeError) || performance.now() - start > 20_000) throw error;
      }
      await sleep(50);
    }
  }

  /** What is left when nothing is held: entries of the journal, descriptors, threads. */
  async #judgeService(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const start = performance.now(); this.#watch.entries.length > 0; await sleep(20)) {
      if (performance.now() - start < 2_000) continue;
      problems.push(`left in the journal: ${this.#watch.entries.join(", ")}`);
      break;
    }
    for (const { pid, role } of this.#daemon.members) {
      const size = sizeOf(pid);
      const first = this.#sizes.get(pid);
      // At the first sight it may just be starting.
      if (!this.#seen.has(pid)) this.#seen.add(pid);
      else if (first === undefined) this.#sizes.set(pid, size);
      else if (size > first + growthMax) problems.push(`${role} grows from ${first} to ${size}`);
    }
    return problems;
  }
}

/** Descriptors and threads; 0 of a process that leaves just now. */
function sizeOf(pid: number): number {
  try {
    // The guardian's pool of threads is as large as it may be from its first use on.
    return openDescriptors(pid).length + Math.max(200, readdirSync(`/proc/${pid}/task`).length);
  } catch {
    return 0;
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
