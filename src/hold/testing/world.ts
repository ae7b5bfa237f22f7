/** One run: the machine, simulated file systems, clients and other programs, under a clock that only the run moves. */
import { deepStrictEqual } from "node:assert/strict";
import type { HoldCommand } from "../../channel/messages.js";
import type { Look } from "../../kernel/port.js";
import type { Input } from "../effects.js";
import { defaultLimits, type Limits } from "../limits.js";
import { step } from "../machine.js";
import type { Finding, IntervalReceipt, OpenRequest, Owner, Receipt } from "../model.js";
import type { Reason } from "../refusal.js";
import { emptyState, type State } from "../state.js";
import { brokenBy } from "../verdict.js";
import { check, type ExpectedHold, type Period, ReferenceHolds } from "./reference-holds.js";
import { ada, bob, identity, instant, openRequest, root } from "./samples.js";
import { type Luck, SimulatedDriver } from "./simulated-driver.js";
import { type Sightedness, SimulatedFilesystem } from "./simulated-filesystem.js";

export type Operation =
  | { readonly op: "open"; readonly on: number; readonly who: number; readonly how: OpenChoice }
  | { readonly op: "freeze" | "thaw" | "renew"; readonly hold: number; readonly ms: number }
  /** `late`: of the stream before the present one, which was displaced. */
  | { readonly op: "release" | "gone" | "dismiss"; readonly hold: number; readonly late: boolean }
  | { readonly op: "resume"; readonly hold: number; readonly how: ResumeChoice }
  | { readonly op: "answered" | "abandon"; readonly hold: number }
  | {
      readonly op: "Thaw" | "RenewHold";
      readonly hold: number;
      readonly who: number;
      readonly ms: number;
    }
  | { readonly op: "work"; readonly job: number; readonly luck: Luck }
  | { readonly op: "settle" }
  /** With or without a tick at its end. */
  | { readonly op: "wait" | "stall"; readonly ms: number }
  | {
      readonly op: "others";
      readonly key: number;
      readonly act: "thaw" | "freeze" | "refreeze" | "rewrite" | "begin" | "finish";
    }
  | {
      readonly op: "bypass";
      readonly key: number;
      readonly act: "raw-write" | "discard" | "hidden";
    }
  | { readonly op: "iostats"; readonly key: number; readonly on: boolean }
  | { readonly op: "no-look"; readonly key: number }
  | { readonly op: "end-all"; readonly close: boolean };

export interface OpenChoice {
  readonly lease: boolean;
  readonly freezeOnOpen: boolean;
  readonly ttlMs: number | undefined;
  readonly freezeTimeoutMs: number | undefined;
  readonly lingerMs: number | undefined;
  readonly callDeadlineMs: number | undefined;
  readonly request: number;
}

export interface ResumeChoice {
  readonly who: number;
  readonly token: "right" | "used" | "wrong";
  readonly ttlMs: number | undefined;
  readonly lingerMs: number | undefined;
  readonly callDeadlineMs: number | undefined;
}

export interface Plan {
  readonly sights: readonly Sightedness[];
  readonly pidKnown: boolean;
  readonly operations: readonly Operation[];
}

/** `c` is stored on `a`. */
const keys: readonly string[] = ["a", "b", "c", "d"];
const layers: ReadonlyMap<string, readonly string[]> = new Map([["c", ["a"]]]);
const callers: readonly Owner[] = [ada, bob, root];

export const worldLimits: Limits = {
  ...defaultLimits,
  ttlDefaultMs: 10_000,
  freezeTimeoutDefaultMs: 5_000,
  epochMaxMs: 20_000,
  holdsMax: 5,
  freezesInFlightMax: 2,
};

export class World {
  state: State = emptyState;
  nowUs = 1_000_000_000;
  /** How often each thing that is worth testing came to pass. */
  readonly seen = new Map<string, number>();
  readonly filesystems: ReadonlyMap<string, SimulatedFilesystem>;
  readonly driver: SimulatedDriver;
  readonly reference: ReferenceHolds;
  readonly #provesPurity: boolean;
  readonly #unseen = new Set<string>();
  readonly #blind = new Set<string>();
  #next = 1;

  constructor({ sights, pidKnown }: Plan, provesPurity = false) {
    const clock = () => this.nowUs;
    this.#provesPurity = provesPurity;
    this.filesystems = new Map(
      keys.map((key, i) => [key, new SimulatedFilesystem(key, sights[i] ?? "exact", clock)]),
    );
    this.driver = new SimulatedDriver({
      filesystems: this.filesystems,
      nowUs: clock,
      pidKnown,
      isWanted: (key, epoch) => this.#isWanted(key, epoch),
    });
    this.reference = new ReferenceHolds({
      limits: worldLimits,
      layers,
      nowUs: clock,
      baseline: (key) => this.driver.baseline(key),
      mayBeBroken: (key, epoch) => this.#mayBeBroken(key, epoch),
      onEnded: (hold, receipt) => this.#judge(hold, receipt),
    });
  }

  /** As the guardian asks the machine's state. */
  #isWanted(key: string, epoch: number): boolean {
    const current = this.state.epochs.get(key);
    if (current?.kind !== "FREEZING" || current.id !== epoch) return false;
    return [...this.state.holds.values()].some(
      (hold) => hold.filesystems.get(key)?.member.kind === "WAITING",
    );
  }

  input(input: Input): void {
    const looks = this.driver.looks();
    for (const key of this.#unseen) looks.delete(key);
    this.reference.hear(input, looks);
    const around = { limits: worldLimits, host: { name: "host", bootId: "boot" } };
    const before = this.#provesPurity ? structuredClone(this.state) : undefined;
    const next = step(this.state, input, instant(this.nowUs), looks, around);
    if (before !== undefined) {
      deepStrictEqual(this.state, before, "a step changed the state that it was given");
      const again = step(before, input, instant(this.nowUs), looks, around);
      deepStrictEqual(again, next, "the same step came out differently");
    }
    this.state = next.state;
    for (const effect of next.effects) this.driver.run(effect);
    this.reference.see(next.effects);
    this.#unseen.clear();
    this.#checkTruth(looks);
  }

  #checkTruth(looks: ReadonlyMap<string, Look>): void {
    const { holds, epochs } = this.state;
    check(holds.size === this.reference.living().length, "the state's holds are not the living");
    const known = [...this.reference.epochs.keys()].sort().join();
    check([...epochs.keys()].sort().join() === known, "the state's epochs are not the true ones");
    for (const [key, filesystem] of this.filesystems) {
      if (filesystem.owner?.by !== "us") continue;
      const { epoch } = filesystem.owner;
      const wanted = this.reference.wanting(key).length > 0;
      const onItsWay = this.driver.isFreezing(key, epoch) || this.driver.isThawing(key, epoch);
      check(wanted || onItsWay, `${key} is frozen by us, and no hold wants it`);
    }
    for (const hold of this.reference.living()) {
      if (!hold.frozen) continue;
      check(this.nowUs < hold.deadlineUs, `${hold.id} is frozen past its deadline`);
      check(this.nowUs < hold.lingerUntilUs, `${hold.id} is frozen, and nobody came back for it`);
      for (const key of hold.keys) if (looks.has(key)) this.#mustBeOurs(key, hold.id);
    }
  }

  /** What was looked at within this step, and could be seen, is frozen by us as long as it is said to be. */
  #mustBeOurs(key: string, holdId: string): void {
    const filesystem = this.#filesystem(key);
    const exact = filesystem.sight === "exact" || filesystem.sight === "log-head";
    if (!exact || this.driver.isAmbiguous(key)) return;
    check(filesystem.owner?.by === "us", `${holdId} holds ${key}, which is not frozen by us`);
  }

  /** Others who freeze and thaw it between our FITHAW and the look after it cannot be told from who thawed ours. */
  #mayBeBroken(key: string, epoch: number): boolean {
    const { brokenEpochs, freezesSinceOurThaw, state } = this.#filesystem(key);
    const blurred = freezesSinceOurThaw > (state === "FROZEN" ? 1 : 0);
    return brokenEpochs.has(epoch) || blurred;
  }

  #filesystem(key: string): SimulatedFilesystem {
    const found = this.filesystems.get(key);
    if (found === undefined) throw new Error(`no file system ${key}`);
    return found;
  }

  #note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  // --- the receipt against the truth ---

  #judge(hold: ExpectedHold, receipt: Receipt): void {
    const { endCause, verdict, refusal } = receipt;
    this.#note(`${endCause} ${verdict}`);
    check(allowed[endCause].includes(verdict), `${endCause} with ${verdict}`);
    check((verdict === "NEVER_FROZEN") === (hold.periods.length === 0), `${verdict}: ${hold.id}`);
    const reasons = reasonsOf[endCause];
    check(
      reasons === undefined || reasons.has(refusal?.reason),
      `${endCause} says ${refusal?.reason}`,
    );
    check(verdict !== "NOT_INTACT" || refusal !== undefined, "NOT_INTACT, and no word why");
    check(receipt.frozenCount === hold.keys.length * hold.periods.length, "frozen_count");
    for (const { filesystem, intervals } of receipt.filesystems) {
      check(intervals.length === hold.periods.length, `intervals of ${filesystem.key}`);
      for (const [i, interval] of intervals.entries()) {
        const period = hold.periods[i];
        if (period !== undefined) this.#judgeInterval(filesystem.key, interval, period);
        check(
          brokenBy(interval) === undefined || hold.toldBroken,
          `${hold.id} broken, not told so`,
        );
      }
    }
  }

  #judgeInterval(key: string, interval: IntervalReceipt, period: Period): void {
    const filesystem = this.#filesystem(key);
    const fromUs = interval.frozenAt.bootUs;
    const toUs = period.toUs ?? this.nowUs;
    check(fromUs <= period.fromUs, `${key} frozen after it was told so`);
    const still = filesystem.stoodStill(fromUs, toUs);
    if (interval.verdict === "INTACT") {
      this.#note("intact interval");
      check(still, `${key} is INTACT, and its image changed`);
      // Without BPF nobody can tell whose freeze it was right after ours.
      const ours = filesystem.wasOurs(fromUs, toUs) || filesystem.sight === "log-head";
      check(ours, `${key} is INTACT, and was not frozen by us throughout`);
      const broken = filesystem.brokenEpochs.has(filesystem.epochAt(fromUs));
      check(
        interval.sharedAtEnd || filesystem.sight === "log-head" || !broken,
        `${key} is INTACT, and another thawed it before our FITHAW`,
      );
    }
    if (!filesystem.countersWereOff && filesystem.sight === "exact") {
      const untilUs = interval.intactUntil.bootUs;
      check(untilUs >= fromUs, `${key} intact until before it was frozen`);
      check(filesystem.stoodStill(fromUs, untilUs), `${key} changed before intact_until`);
    }
    if (this.#undisturbed(filesystem)) this.#mustBeProven(key, interval, toUs);
  }

  #undisturbed({ key, disturbed, countersWereOff, sight }: SimulatedFilesystem): boolean {
    return sight === "exact" && !disturbed && !countersWereOff && !this.#blind.has(key);
  }

  #mustBeProven(key: string, { findings, verdict }: IntervalReceipt, letGoUs: number): void {
    this.#note(`undisturbed ${verdict}`);
    const lowered: readonly Finding[] = [
      "NOT_ENDED_BY_OWNER",
      "DEADLINE_PASSED",
      "THAW_NOT_CONFIRMED",
    ];
    const others = findings.filter((finding) => !proofs.includes(finding));
    check(
      others.every((f) => lowered.includes(f)),
      `${key} was undisturbed: ${findings}`,
    );
    const late = this.nowUs >= letGoUs + worldLimits.thawAnswerMs * 1000;
    check(late || !findings.includes("THAW_NOT_CONFIRMED"), `${key}'s thaw was confirmed in time`);
  }

  // --- what may happen ---

  run(operation: Operation): void {
    this.nowUs++;
    switch (operation.op) {
      case "open":
        this.#open(operation);
        break;
      case "freeze":
      case "thaw":
      case "renew":
        this.#command(operation);
        break;
      case "release":
      case "gone":
      case "dismiss":
        this.#endStream(operation);
        break;
      case "resume":
        this.#resume(operation);
        break;
      case "answered":
      case "abandon": {
        const hold = this.#pick(operation.hold, (h) => h.kind === "lease" && h.waiters > 0);
        const kind = operation.op === "answered" ? "answered" : "abandoned";
        // Freeze is answered when all is frozen.
        if (hold && (kind === "abandoned" || hold.frozen)) this.input({ kind, holdId: hold.id });
        break;
      }
      case "Thaw":
      case "RenewHold":
        this.#unary(operation);
        break;
      case "work":
        this.#work(operation.job, operation.luck);
        break;
      case "settle":
        this.settle();
        break;
      case "stall":
        this.nowUs += operation.ms * 1000;
        break;
      case "wait":
        this.nowUs += operation.ms * 1000;
        this.input({ kind: "tick" });
        break;
      default:
        this.#disturb(operation);
    }
  }

  #disturb(
    operation: Extract<Operation, { op: "others" | "bypass" | "iostats" | "no-look" | "end-all" }>,
  ): void {
    if (operation.op === "end-all") {
      const cause = operation.close ? "SHUTDOWN" : "DAEMON_RESTART";
      const refusal = { reason: "SHUTTING_DOWN", message: "", metadata: {} } as const;
      this.input({ kind: "end-all", cause, refusal, close: operation.close });
      return;
    }
    const key = keys[operation.key % keys.length] ?? "a";
    const filesystem = this.#filesystem(key);
    switch (operation.op) {
      case "others":
        if (filesystem.owner?.by === "us") this.#note("others acted on our freeze");
        filesystem.act(operation.act);
        break;
      case "bypass":
        if (operation.act === "hidden") this.#writeUncounted(filesystem);
        else filesystem.bypass(operation.act);
        break;
      case "iostats":
        filesystem.count(operation.on);
        if (!operation.on) this.#lookAt(filesystem);
        break;
      case "no-look":
        this.#unseen.add(key);
        this.#blind.add(key);
        break;
      default:
        operation satisfies never;
    }
  }

  /** While queue/iostats is 0, which some look sees. */
  #writeUncounted(filesystem: SimulatedFilesystem): void {
    const { counting } = filesystem;
    filesystem.count(false);
    filesystem.bypass("raw-write");
    this.#lookAt(filesystem);
    filesystem.count(counting);
  }

  /** Counters that are switched off and on again between two looks are not seen off, nor is that claimed. */
  #lookAt({ key }: SimulatedFilesystem): void {
    this.#unseen.delete(key);
    this.input({ kind: "tick" });
  }

  #pick(n: number, fits: (hold: ExpectedHold) => boolean): ExpectedHold | undefined {
    const fitting = this.reference.living().filter(fits);
    return fitting[n % Math.max(1, fitting.length)];
  }

  #replyTo(): string {
    return `r${this.#next++}`;
  }

  #open({ on, who, how }: Operation & { op: "open" }): void {
    const chosen = keys.filter((_, i) => ((1 + (on % 15)) >> i) & 1);
    const { request, lease } = how;
    const changed: Partial<OpenRequest> = {
      kind: lease ? "lease" : "stream",
      owner: callers[who % callers.length] ?? ada,
      freezeOnOpen: lease || how.freezeOnOpen,
      times: {
        ...(how.ttlMs === undefined ? {} : { ttlMs: how.ttlMs }),
        ...(how.freezeTimeoutMs === undefined ? {} : { freezeTimeoutMs: how.freezeTimeoutMs }),
        ...(how.lingerMs === undefined ? {} : { lingerMs: how.lingerMs }),
      },
      requestId: lease && request > 0 ? `q${request % 3}` : "",
      requestDigest: request > 3 ? "other" : "same",
      ...(lease || how.callDeadlineMs === undefined ? {} : { callDeadlineMs: how.callDeadlineMs }),
    };
    const filesystems = chosen.map((key) => ({
      identity: identity(key),
      below: layers.get(key) ?? [],
    }));
    const holdId = `h${this.#next}`;
    this.input({
      kind: "open",
      replyTo: this.#replyTo(),
      holdId,
      request: openRequest(changed),
      filesystems,
      tokenDigest: `${holdId}/1`,
    });
  }

  #endStream({ op, hold, late }: Operation & { op: "release" | "gone" | "dismiss" }): void {
    const picked = this.#pick(hold, (h) => h.kind === "stream");
    if (picked === undefined) return;
    const generation = picked.generation - (late ? 1 : 0);
    // A stream that waits for nobody has ended once already.
    if (!late && picked.lingerUntilUs < Number.POSITIVE_INFINITY) return;
    const hows = { release: "released", gone: "gone", dismiss: "dismissed" } as const;
    this.input({ kind: "stream-ended", holdId: picked.id, generation, how: hows[op] });
  }

  #resume({ hold, how }: Operation & { op: "resume" }): void {
    // Those that wait for it are few.
    const waits = (h: ExpectedHold) => h.lingerUntilUs < Number.POSITIVE_INFINITY;
    const picked = (hold % 2 === 0 && this.#pick(hold, waits)) || this.#pick(hold, () => true);
    if (picked === undefined) return;
    const { ttlMs, lingerMs, callDeadlineMs } = how;
    const owner = how.who === 0 ? (callers[1] ?? bob) : picked.owner;
    const tokens = { right: picked.token, used: `${picked.id}/0`, wrong: "wrong" };
    const lingered = picked.lingerUntilUs < Number.POSITIVE_INFINITY;
    const before = picked.generation;
    this.input({
      kind: "resume",
      replyTo: this.#replyTo(),
      request: {
        owner,
        holdId: picked.id,
        ...(ttlMs === undefined ? {} : { ttlMs }),
        ...(lingerMs === undefined ? {} : { lingerMs }),
        ...(callDeadlineMs === undefined ? {} : { callDeadlineMs }),
      },
      tokenDigest: tokens[how.token],
      newTokenDigest: `${picked.id}/${before + 1}`,
    });
    if (picked.generation > before) this.#note(lingered ? "resumed lingering" : "resumed living");
    else this.#note("resume refused");
  }

  #command({ op, hold, ms }: Operation & { op: "freeze" | "thaw" | "renew" }): void {
    const picked = this.#pick(hold, (h) => h.kind === "stream");
    if (picked === undefined) return;
    const renew = { kind: "renew", ...(ms === 0 ? {} : { ttlMs: ms }) } as const;
    const command: HoldCommand = op === "renew" ? renew : { kind: op };
    this.input({
      kind: "command",
      replyTo: this.#replyTo(),
      holdId: picked.id,
      generation: picked.generation,
      command,
    });
  }

  #unary({ op, hold, who, ms }: Operation & { op: "Thaw" | "RenewHold" }): void {
    const picked = this.#pick(hold, () => true);
    if (picked === undefined) return;
    const caller = callers[who % callers.length] ?? ada;
    const asked = { replyTo: this.#replyTo(), caller, holdId: picked.id };
    if (op === "Thaw") this.input({ kind: "thaw", ...asked });
    else this.input({ kind: "renew", ...asked, ttlMs: ms === 0 ? undefined : ms });
  }

  #work(n: number, luck: Luck): void {
    const { jobs } = this.driver;
    const job = jobs[n % Math.max(1, jobs.length)];
    if (job === undefined) return;
    if (luck === "badly" && job.kind === "thaw" && job.stage === "called") this.#blind.add(job.key);
    const input = this.driver.advance(job, luck);
    if (input !== undefined) this.input(input);
  }

  /** Everything that is on its way comes out well, but what waits for somebody else. */
  settle(): void {
    for (let round = 0; round < 30 && this.driver.jobs.length > 0; round++) {
      this.nowUs++;
      this.#work(round, "well");
    }
  }

  /** Every client ends, every call returns: nothing may be left. */
  drain(): void {
    for (const filesystem of this.filesystems.values()) {
      if (filesystem.state === "FREEZING") filesystem.act("finish");
    }
    for (const hold of this.reference.living()) {
      this.nowUs++;
      const released = {
        kind: "stream-ended",
        holdId: hold.id,
        generation: hold.generation,
        how: "released",
      } as const;
      const asked = { replyTo: this.#replyTo(), caller: root, holdId: hold.id };
      this.input(hold.kind === "stream" ? released : { kind: "thaw", ...asked });
    }
    this.settle();
    this.settle();
    check(this.driver.jobs.length === 0, "a freeze or a thaw never came out");
    check(this.state.holds.size === 0 && this.state.epochs.size === 0, "the state has grown");
    for (const filesystem of this.filesystems.values()) {
      check(filesystem.owner?.by !== "us", `${filesystem.key} is left frozen`);
    }
    check(this.reference.unanswered().length === 0, `unanswered: ${this.reference.unanswered()}`);
  }
}

const proofs: readonly Finding[] = [
  "GENERATION_UNCHANGED",
  "ALWAYS_SEEN_FROZEN",
  "NO_SECTORS_CHANGED",
  "THAWED_BY_US",
];

/** The contract's table of ends. */
const allowed: Readonly<Record<Receipt["endCause"], readonly Receipt["verdict"][]>> = {
  RELEASED: ["INTACT", "UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
  CLIENT_GONE: ["UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
  EXPIRED: ["NOT_INTACT", "NEVER_FROZEN"],
  FREEZE_FAILED: ["UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
  FOREIGN_THAW: ["NOT_INTACT"],
  DEVICE_FAILED: ["NOT_INTACT"],
  ADMINISTRATOR: ["UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
  SHUTDOWN: ["UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
  DAEMON_RESTART: ["UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"],
};

const reasonsOf: Partial<Record<Receipt["endCause"], ReadonlySet<Reason | undefined>>> = {
  EXPIRED: new Set<Reason>(["HOLD_EXPIRED"]),
  FOREIGN_THAW: new Set<Reason>(["FREEZE_BROKEN"]),
  RELEASED: new Set<Reason | undefined>(["FREEZE_BROKEN", undefined]),
  FREEZE_FAILED: new Set<Reason>([
    "IO_ERROR",
    "FROZEN_BY_ANOTHER",
    "FREEZE_BROKEN",
    "FREEZE_TIMEOUT",
    "FROZEN_TOO_LONG",
    "DEVICE_SUSPENDED",
    "TOO_MANY_STUCK_FREEZES",
    "LOWER_LAYER_FROZEN",
    "UNSUPPORTED",
  ]),
};
