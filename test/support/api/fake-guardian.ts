/**
 * A guardian in memory, for tests of the api room: it keeps holds as the real one does, except that nothing is frozen and that
 * the test says when things happen. What it was told is kept in `heard`.
 */
import type {
  CommandAnswer,
  Guardian,
  GuardianHealth,
  HoldCommand,
  HoldReference,
  OpenedHold,
  ResumedHold,
  StreamEnd,
  StreamEvent,
} from "../../../src/channel/messages.js";
import type {
  EndCause,
  FilesystemStatus,
  FilesystemView,
  HoldState,
  HoldView,
  OpenRequest,
  Owner,
  Receipt,
  ResumeRequest,
  Verdict,
} from "../../../src/hold/model.js";
import { ok, type Refusal, type Result, refuse } from "../../../src/hold/refusal.js";
import type { Instant, TargetSpec } from "../../../src/kernel/port.js";

export function instant(ms: number): Instant {
  return { wallUs: 1_700_000_000_000_000 + ms * 1000, bootUs: 5_000_000_000 + ms * 1000 };
}

export const filesystem: FilesystemView = {
  key: "7:3",
  mountPoint: "/srv/data",
  directory: "/srv/data",
  type: "ext4",
  source: "/dev/loop3",
  device: { major: 7, minor: 3 },
  uuid: "6f1c2a9e-0000-4000-8000-000000000001",
  readOnly: false,
};

export interface FakeHold {
  readonly id: string;
  readonly request: OpenRequest;
  readonly listeners: ((event: StreamEvent) => void)[];
  state: HoldState;
  generation: number;
  intervals: number;
  /** Commands `freeze` that wait for `landFreeze`. */
  waiting: ((result: Result<CommandAnswer>) => void)[];
  receipt: Receipt | undefined;
}

const capability = { available: true, detail: "" };

export class FakeGuardian implements Guardian {
  readonly holds = new Map<string, FakeHold>();
  readonly heard: string[] = [];
  readonly resumes: ResumeRequest[] = [];
  /** Freezes complete by themselves; otherwise when the test calls `landFreeze`. */
  autoFreeze = true;
  /** `ended` follows the end of a stream by itself; otherwise when the test calls `end`. */
  autoEnd = true;
  /** What an undisturbed release is worth. */
  releaseVerdict: Verdict = "INTACT";
  refuseResume: Refusal | undefined;
  refuseOpen: Refusal | undefined;
  refuseCommand: Refusal | undefined;
  /** Answers wait for this promise, so that a test can act in between. */
  openGate: Promise<void> = Promise.resolve();
  commandGate: Promise<void> = Promise.resolve();
  /** How many file systems an answer to `status` has: many make it large. */
  statusFilesystems = 1;
  /** A bug of ours: every call rejects. */
  broken = false;
  frozenStatus: Result<FilesystemStatus> = refuse("TARGET_NOT_FOUND", "nothing there");
  #health: GuardianHealth = {
    canFreeze: true,
    detail: "",
    kernel: "linux",
    capabilities: {
      privileged: capability,
      btf: capability,
      exactState: capability,
      generation: capability,
      pinned: capability,
    },
  };
  readonly #healthListeners: ((health: GuardianHealth) => void)[] = [];
  #next = 1;

  // The interface.

  async open(
    request: OpenRequest,
    onEvent: (event: StreamEvent) => void,
  ): Promise<Result<OpenedHold>> {
    this.#hear(`open ${request.kind} ${request.targets.length}`);
    await this.openGate;
    if (this.refuseOpen !== undefined) return { ok: false, refusal: this.refuseOpen };
    const known = [...this.holds.values()].find(
      (h) => request.requestId !== "" && h.request.requestId === request.requestId,
    );
    if (known !== undefined) return this.#join(known, request, onEvent);
    const hold: FakeHold = {
      id: `hold-${this.#next++}`,
      request,
      listeners: [onEvent],
      state: request.freezeOnOpen ? "FREEZING" : "OPEN",
      generation: 1,
      intervals: 0,
      waiting: [],
      receipt: undefined,
    };
    this.holds.set(hold.id, hold);
    const view = this.view(hold);
    if (request.freezeOnOpen) {
      this.emit(hold.id, { kind: "progress", filesystem, phase: "FREEZING" });
      if (this.autoFreeze) this.landFreeze(hold.id);
    }
    return ok({ hold: view, ticket: this.#ticket(hold) });
  }

  #ticket({ id, generation }: FakeHold): { generation: number; resumeToken: string } {
    return { generation, resumeToken: `secret-${id}-${generation}` };
  }

  /** As channel/guardian-client.ts does it: in one turn, the old listeners first. */
  async resume(
    request: ResumeRequest,
    onEvent: (event: StreamEvent) => void,
  ): Promise<Result<ResumedHold>> {
    this.resumes.push(request);
    this.#hear(`resume ${request.holdId}`);
    await this.openGate;
    if (this.refuseResume !== undefined) return { ok: false, refusal: this.refuseResume };
    const hold = this.#get(request.holdId);
    hold.generation++;
    const { refusal } = refuse("HOLD_TAKEN_OVER", "taken over", { hold_id: hold.id });
    for (const listener of hold.listeners.splice(0)) listener({ kind: "taken-over", refusal });
    hold.listeners.push(onEvent);
    const view = this.view(hold);
    if (hold.state === "FROZEN") onEvent({ kind: "frozen", hold: view, skewUs: 12 });
    return ok({ hold: view, ticket: this.#ticket(hold) });
  }

  #join(hold: FakeHold, request: OpenRequest, onEvent: (event: StreamEvent) => void) {
    if (hold.request.requestDigest !== request.requestDigest)
      return refuse("INVALID_REQUEST", "another body", { field: "request_id" });
    if (hold.receipt !== undefined) return refuse("HOLD_ENDED", "ended", { hold_id: hold.id });
    hold.listeners.push(onEvent);
    if (hold.state === "FROZEN")
      setImmediate(() => onEvent({ kind: "frozen", hold: this.view(hold), skewUs: 12 }));
    return ok({ hold: this.view(hold) });
  }

  async command(
    holdId: string,
    _generation: number,
    command: HoldCommand,
  ): Promise<Result<CommandAnswer>> {
    this.#hear(`command ${holdId} ${command.kind}`);
    const hold = this.#get(holdId);
    if (command.kind === "freeze") return this.#freeze(hold);
    await this.commandGate;
    if (this.refuseCommand !== undefined) return { ok: false, refusal: this.refuseCommand };
    switch (command.kind) {
      case "thaw":
        for (const answer of hold.waiting.splice(0))
          answer(refuse("FREEZE_CANCELLED", "cancelled", { hold_id: holdId }));
        hold.state = "OPEN";
        return ok({
          kind: "thawed",
          stillFrozenBy: [{ id: "hold-other", owner: hold.request.owner, purpose: "backup" }],
        });
      case "renew":
        return ok({ kind: "renewed", expiresAt: instant(command.ttlMs ?? 10_000) });
      case "status":
        return ok({
          kind: "status",
          status: {
            state: hold.state === "FROZEN" ? "FROZEN" : "THAWED",
            heldByThis: hold.state === "FROZEN",
            filesystems: Array.from({ length: this.statusFilesystems }, () => this.#status(hold)),
          },
        });
      default:
        return command satisfies never;
    }
  }

  #freeze(hold: FakeHold): Promise<Result<CommandAnswer>> {
    if (this.refuseCommand !== undefined)
      return Promise.resolve({ ok: false, refusal: this.refuseCommand });
    hold.state = "FREEZING";
    return new Promise((resolve) => {
      hold.waiting.push(resolve);
      if (this.autoFreeze) this.landFreeze(hold.id);
    });
  }

  streamEnded(holdId: string, generation: number, how: StreamEnd): void {
    this.#hear(`streamEnded ${holdId} ${how}`);
    const hold = this.#get(holdId);
    if (generation !== hold.generation) return;
    if (hold.state === "THAWING" || hold.state === "ENDED") return;
    const wasFrozen = hold.state === "FROZEN" || hold.intervals > 0;
    hold.state = "THAWING";
    if (!this.autoEnd) return;
    if (how !== "released")
      this.end(holdId, "CLIENT_GONE", wasFrozen ? "UNPROVEN" : "NEVER_FROZEN");
    else this.end(holdId, "RELEASED", wasFrozen ? this.releaseVerdict : "NEVER_FROZEN");
  }

  abandon(holdId: string): void {
    this.#hear(`abandon ${holdId}`);
    const hold = this.#get(holdId);
    if (hold.receipt === undefined) this.end(holdId, "RELEASED", "NEVER_FROZEN");
  }

  answered(holdId: string): void {
    this.#hear(`answered ${holdId}`);
  }

  async thaw(_caller: Owner, which: HoldReference): Promise<Result<Receipt>> {
    this.#hear(`thaw ${which.kind}`);
    const hold =
      which.kind === "id" ? this.holds.get(which.holdId) : [...this.holds.values()].at(-1);
    if (hold === undefined) return refuse("HOLD_NOT_FOUND", "no such hold");
    if (hold.receipt !== undefined) {
      const broken = hold.receipt.endCause === "FOREIGN_THAW";
      return refuse(broken ? "FREEZE_BROKEN" : "HOLD_ENDED", "ended", { hold_id: hold.id });
    }
    return ok(
      this.end(hold.id, "RELEASED", hold.intervals > 0 ? this.releaseVerdict : "NEVER_FROZEN"),
    );
  }

  async renew(
    _caller: Owner,
    holdId: string,
    ttlMs: number | undefined,
  ): Promise<Result<HoldView>> {
    this.#hear(`renew ${holdId} ${ttlMs}`);
    const hold = this.holds.get(holdId);
    if (hold === undefined) return refuse("HOLD_NOT_FOUND", "no such hold", { hold_id: holdId });
    return ok({ ...this.view(hold), expiresAt: instant(ttlMs ?? 10_000) });
  }

  async isFrozen(target: TargetSpec): Promise<Result<FilesystemStatus>> {
    this.#hear(`isFrozen ${target.by.kind}`);
    return this.frozenStatus;
  }

  async getHold(holdId: string): Promise<Result<HoldView>> {
    this.#hear(`getHold ${holdId}`);
    const hold = this.holds.get(holdId);
    if (hold === undefined) return refuse("HOLD_NOT_FOUND", "no such hold", { hold_id: holdId });
    return ok(this.view(hold));
  }

  async listHolds(page: { readonly size: number; readonly after: string }) {
    this.#hear(`listHolds ${page.size} ${page.after}`);
    const all = [...this.holds.values()].reverse();
    const from = page.after === "" ? 0 : all.findIndex((h) => h.id === page.after) + 1;
    const holds = all.slice(from, from + page.size).map((h) => this.view(h));
    return ok({ holds, more: from + holds.length < all.length });
  }

  health(): GuardianHealth {
    return this.#health;
  }

  onHealth(listener: (health: GuardianHealth) => void): void {
    this.#healthListeners.push(listener);
  }

  // What a test makes happen.

  setHealth(change: Partial<GuardianHealth>): void {
    this.#health = { ...this.#health, ...change };
    for (const listener of this.#healthListeners) listener(this.#health);
  }

  /** The only hold, or the latest. */
  get last(): FakeHold {
    const hold = [...this.holds.values()].at(-1);
    if (hold === undefined) throw new Error("no hold was opened");
    return hold;
  }

  emit(holdId: string, event: StreamEvent): void {
    for (const listener of this.#get(holdId).listeners) listener(event);
  }

  landFreeze(holdId: string): void {
    const hold = this.#get(holdId);
    hold.state = "FROZEN";
    hold.intervals++;
    const waiting = hold.waiting.splice(0);
    if (waiting.length === 0)
      this.emit(holdId, { kind: "frozen", hold: this.view(hold), skewUs: 12 });
    for (const answer of waiting) answer(ok({ kind: "frozen", hold: this.view(hold), skewUs: 12 }));
  }

  end(holdId: string, cause: EndCause, verdict: Verdict, refusal?: Refusal): Receipt {
    const hold = this.#get(holdId);
    for (const answer of hold.waiting.splice(0))
      answer(refuse("FREEZE_CANCELLED", "cancelled", { hold_id: holdId }));
    const receipt = receiptOf(hold, cause, verdict, refusal);
    hold.receipt = receipt;
    hold.state = "ENDED";
    this.emit(holdId, { kind: "ended", receipt });
    return receipt;
  }

  /** The channel to the guardian broke. */
  lose(): void {
    for (const hold of this.holds.values()) {
      const { refusal } = refuse("GUARDIAN_UNAVAILABLE", "gone", { hold_id: hold.id });
      this.emit(hold.id, { kind: "lost", refusal });
    }
  }

  view(hold: FakeHold): HoldView {
    const frozen = hold.state === "FROZEN";
    return {
      holdId: hold.id,
      kind: hold.request.kind,
      state: hold.state,
      owner: hold.request.owner,
      purpose: hold.request.purpose,
      requested: hold.request.times,
      effective: {
        ttlMs: hold.request.times.ttlMs ?? 10_000,
        freezeTimeoutMs: 30_000,
        lingerMs: hold.request.times.lingerMs ?? 0,
      },
      openedAt: instant(0),
      ...(frozen ? { expiresAt: instant(10_000) } : {}),
      filesystems: [
        {
          ...filesystem,
          state: frozen ? "FROZEN" : hold.state === "FREEZING" ? "FREEZING" : "OPEN",
          ...(frozen ? { frozenAt: instant(5), freezeUs: 4321 } : {}),
        },
      ],
      ...(hold.receipt === undefined ? {} : { receipt: hold.receipt }),
    };
  }

  #status(hold: FakeHold): FilesystemStatus {
    const frozen = hold.state === "FROZEN";
    return {
      filesystem,
      device: filesystem.device,
      reading: {
        state: frozen ? "FROZEN" : "THAWED",
        certainty: "CERTAIN",
        source: "superblock",
      },
      frozenBy: frozen
        ? { kind: "service", holds: [{ id: hold.id, ...hold.request }] }
        : { kind: "nobody" },
    };
  }

  #hear(what: string): void {
    this.heard.push(what);
    if (this.broken) throw new Error("a bug in the guardian: secret text");
  }

  #get(holdId: string): FakeHold {
    const hold = this.holds.get(holdId);
    if (hold === undefined) throw new Error(`the api named a hold that never was: ${holdId}`);
    return hold;
  }
}

export function receiptOf(
  hold: FakeHold,
  endCause: EndCause,
  verdict: Verdict,
  refusal?: Refusal,
): Receipt {
  return {
    holdId: hold.id,
    host: "node7",
    bootId: "9a5d2a9e-0000-4000-8000-00000000000b",
    kind: hold.request.kind,
    owner: hold.request.owner,
    purpose: hold.request.purpose,
    requested: hold.request.times,
    effective: { ttlMs: 10_000, freezeTimeoutMs: 30_000, lingerMs: 0 },
    openedAt: instant(0),
    endedAt: instant(900),
    endCause,
    verdict,
    frozenCount: hold.intervals,
    thawedCount: hold.intervals,
    filesystems: [
      {
        filesystem,
        intervals: Array.from({ length: hold.intervals }, () => ({
          frozenAt: instant(5),
          endedAt: instant(900),
          freezeUs: 4321,
          intactUntil: instant(899),
          sectorsWritten: 0,
          sectorsDiscarded: 0,
          verdict,
          findings: ["GENERATION_UNCHANGED", "ALWAYS_SEEN_FROZEN", "NO_SECTORS_CHANGED"] as const,
          thawedByUs: true,
          sharedAtEnd: false,
        })),
      },
    ],
    ...(refusal === undefined ? {} : { refusal }),
  };
}
