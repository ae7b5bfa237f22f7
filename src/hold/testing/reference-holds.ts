/**
 * What ought to be, told without the machine's own state: a small model of holds that hears the same inputs, watches the effects, and
 * objects to whatever the contract does not allow.
 */
import type { Look } from "../../kernel/port.js";
import type { Effect, Input, Reply } from "../effects.js";
import type { Limits } from "../limits.js";
import type { EndCause, HoldEvent, HoldKind, Owner, Receipt } from "../model.js";
import type { Reason, Result } from "../refusal.js";
import type { Baseline } from "../state.js";

export interface Period {
  /** Told `frozen`. */
  readonly fromUs: number;
  /** Let go, or lost. */
  toUs?: number;
}

export interface ExpectedHold {
  readonly id: string;
  readonly kind: HoldKind;
  readonly owner: Owner;
  readonly keys: readonly string[];
  /** In effect: that of the last renewal that named one. */
  ttlMs: number;
  readonly freezeTimeoutMs: number;
  callDeadlineUs: number;
  /** Of its stream: who may still speak for it, and until when it waits for another one. */
  generation: number;
  token: string;
  lingerMs: number;
  lingerUntilUs: number;
  readonly requestId: string;
  readonly digest: string;
  /** Its owner wants it frozen, and nothing has ended that. */
  wants: boolean;
  /** ... but its turn comes after a thaw of its own. */
  queued: boolean;
  opening: boolean;
  frozen: boolean;
  /** The step in which it began to want. */
  since: number;
  deadlineUs: number;
  freezeByUs: number;
  /** The first word about its end, and when it was said. */
  cause: EndCause | undefined;
  causeUs: number;
  toldBroken: boolean;
  mustBeBroken: boolean;
  archived: boolean;
  ended: boolean;
  waiters: number;
  answered: boolean;
  readonly periods: Period[];
  /** freeze{} that are not answered: of what it wants, and of what it has given up. */
  readonly freezeTo: Set<string>;
  readonly givenUp: Set<string>;
}

interface ExpectedEpoch {
  readonly id: number;
  kind: "freezing" | "frozen" | "thawing";
  landedUs: number;
  lost: "no" | "likely" | "certain";
}

export interface ReferenceSurroundings {
  readonly limits: Limits;
  readonly layers: ReadonlyMap<string, readonly string[]>;
  readonly nowUs: () => number;
  readonly baseline: (key: string) => Baseline | undefined;
  readonly mayBeBroken: (key: string, epoch: number) => boolean;
  readonly onEnded: (hold: ExpectedHold, receipt: Receipt) => void;
}

const restartable: ReadonlySet<Reason> = new Set<Reason>(["FREEZE_CANCELLED", "DEVICE_SUSPENDED"]);

export class ReferenceHolds {
  readonly holds = new Map<string, ExpectedHold>();
  readonly epochs = new Map<string, ExpectedEpoch>();
  readonly #around: ReferenceSurroundings;
  readonly #answers = new Map<string, number>();
  readonly #lastEpoch = new Map<string, number>();
  #closed = false;
  #step = 0;
  #input: Input = { kind: "tick" };
  #heldBefore: ReadonlySet<string> = new Set();
  #inFlightBefore = 0;

  constructor(around: ReferenceSurroundings) {
    this.#around = around;
  }

  living(): readonly ExpectedHold[] {
    return [...this.holds.values()].filter((hold) => !hold.ended);
  }

  /** Whose FIFREEZE or freeze this is: they wait for it or have it. */
  wanting(key: string): readonly ExpectedHold[] {
    return this.living().filter((h) => h.wants && !h.queued && h.keys.includes(key));
  }

  unanswered(): readonly string[] {
    return [...this.#answers].filter(([, count]) => count === 0).map(([replyTo]) => replyTo);
  }

  // --- before the step: looks, deadlines, the input ---

  hear(input: Input, looks: ReadonlyMap<string, Look>): void {
    this.#step++;
    this.#input = input;
    this.#heldBefore = new Set(this.living().map((hold) => hold.id));
    this.#inFlightBefore = this.#inFlight();
    this.#compare(looks);
    for (const hold of this.living()) this.#deadlines(hold);
    if ("replyTo" in input) this.#answers.set(input.replyTo, 0);
    this.#accept(input, looks);
  }

  #compare(looks: ReadonlyMap<string, Look>): void {
    const lost = new Set<string>();
    for (const [key, epoch] of this.epochs) {
      const look = looks.get(key);
      const first = this.#around.baseline(key)?.after;
      if (epoch.kind !== "frozen" || look === undefined || first === undefined) continue;
      epoch.lost = howLost(first, look);
      if (epoch.lost !== "no") lost.add(key);
    }
    for (const hold of this.living()) {
      if (!hold.wants || hold.queued || !hold.keys.some((key) => lost.has(key))) continue;
      if (hold.frozen) {
        hold.cause ??= "FOREIGN_THAW";
        hold.mustBeBroken = true;
        this.#letGo(hold);
      } else this.#fail(hold);
    }
  }

  #deadlines(hold: ExpectedHold): void {
    const nowUs = this.#around.nowUs();
    if (hold.cause !== undefined) return;
    const bound = Math.min(hold.callDeadlineUs, hold.frozen ? hold.deadlineUs : Infinity);
    if (nowUs >= hold.lingerUntilUs && hold.lingerUntilUs < bound) this.#end(hold, "CLIENT_GONE");
    if (!hold.wants || hold.queued) return;
    const passed = hold.frozen ? hold.deadlineUs : hold.callDeadlineUs;
    if (nowUs >= Math.min(passed, hold.callDeadlineUs)) {
      hold.cause = "EXPIRED";
      this.#letGo(hold);
    } else if (!hold.frozen && nowUs >= Math.min(hold.freezeByUs, this.#epochEnd(hold))) {
      this.#fail(hold);
    }
  }

  #epochEnd(hold: ExpectedHold): number {
    const ends = hold.keys.flatMap((key) => {
      const epoch = this.epochs.get(key);
      return epoch?.kind === "frozen"
        ? [epoch.landedUs + this.#around.limits.epochMaxMs * 1000]
        : [];
    });
    return Math.min(Number.POSITIVE_INFINITY, ...ends);
  }

  #letGo(hold: ExpectedHold): void {
    const period = hold.periods.at(-1);
    if (hold.frozen && period !== undefined) period.toUs = this.#around.nowUs();
    for (const replyTo of hold.freezeTo) hold.givenUp.add(replyTo);
    hold.freezeTo.clear();
    hold.wants = false;
    hold.queued = false;
    hold.frozen = false;
  }

  #fail(hold: ExpectedHold): void {
    if (hold.opening) hold.cause ??= "FREEZE_FAILED";
    this.#letGo(hold);
  }

  #end(hold: ExpectedHold, cause: EndCause): void {
    hold.cause ??= cause;
    this.#letGo(hold);
  }

  #accept(input: Input, looks: ReadonlyMap<string, Look>): void {
    const hold = "holdId" in input ? this.holds.get(input.holdId) : undefined;
    switch (input.kind) {
      case "command":
        if (hold === undefined || hold.ended || hold.cause !== undefined) break;
        if (input.generation !== hold.generation) break;
        if (input.command.kind === "thaw") this.#letGo(hold);
        if (input.command.kind === "freeze" && !hold.frozen) {
          hold.freezeTo.add(input.replyTo);
          if (hold.wants) break;
          Object.assign(hold, { wants: true, queued: true, opening: false, since: this.#step });
        }
        break;
      case "stream-ended":
        if (hold?.generation !== input.generation) break;
        if (input.how === "gone" && hold.lingerMs > 0) {
          if (hold.cause === undefined) {
            hold.lingerUntilUs = this.#around.nowUs() + hold.lingerMs * 1000;
          }
        } else this.#end(hold, input.how === "released" ? "RELEASED" : "CLIENT_GONE");
        break;
      case "thaw":
        if (hold === undefined || !mayEnd(input.caller, hold.owner)) break;
        this.#end(hold, owns(input.caller, hold.owner) ? "RELEASED" : "ADMINISTRATOR");
        break;
      case "abandoned":
        if (hold === undefined || hold.ended) break;
        hold.waiters = Math.max(0, hold.waiters - 1);
        if (hold.waiters === 0 && !hold.answered) this.#end(hold, "CLIENT_GONE");
        break;
      case "answered":
        if (hold === undefined || hold.ended) break;
        hold.waiters = Math.max(0, hold.waiters - 1);
        hold.answered = true;
        break;
      case "end-all":
        this.#closed ||= input.close;
        for (const each of this.living()) this.#end(each, input.cause);
        break;
      case "froze":
        this.#froze(input, looks);
        break;
      case "thawed":
        this.epochs.delete(input.key);
        break;
      case "close":
        this.#closed = true;
        break;
      case "open":
      case "resume":
      case "renew":
      case "tick":
        break;
      default:
        input satisfies never;
    }
  }

  #froze(
    { key, epoch, outcome }: Input & { kind: "froze" },
    looks: ReadonlyMap<string, Look>,
  ): void {
    const expected = this.epochs.get(key);
    check(expected?.id === epoch && expected.kind === "freezing", `an outcome for ${key}`);
    if (outcome.kind === "failed") {
      this.epochs.delete(key);
      if (restartable.has(outcome.refusal.reason)) return;
      for (const hold of this.wanting(key)) this.#fail(hold);
      return;
    }
    const { after } = outcome.baseline;
    expected.kind = "frozen";
    expected.landedUs = after.at.bootUs;
    expected.lost = howLost(after, looks.get(key) ?? after);
    if (expected.lost !== "no") for (const hold of this.wanting(key)) this.#fail(hold);
  }

  // --- after the step: what it said and did ---

  see(effects: readonly Effect[]): void {
    for (const effect of effects) this.#see(effect);
    for (const hold of this.living()) this.#afterStep(hold);
    for (const effect of effects) if (effect.kind === "thaw") this.#wasLast(effect.key);
    for (const [key, { kind, lost }] of this.epochs) {
      check(kind !== "frozen" || lost === "no", `${key} is lost and still counts as frozen`);
    }
  }

  #see(effect: Effect): void {
    switch (effect.kind) {
      case "freeze":
        this.#freezeIssued(effect);
        break;
      case "thaw": {
        const epoch = this.epochs.get(effect.key);
        check(epoch?.id === effect.epoch && epoch.kind === "frozen", `thaw of ${effect.key}`);
        check(epoch.lost !== "certain", `thaw of ${effect.key}, which is not ours any more`);
        this.epochs.set(effect.key, { ...epoch, kind: "thawing", lost: "no" });
        break;
      }
      case "forget": {
        const epoch = this.epochs.get(effect.key);
        check(epoch?.id === effect.epoch && epoch.kind === "frozen", `forget of ${effect.key}`);
        check(epoch.lost === "certain", `forget of ${effect.key}, which is ours`);
        this.epochs.delete(effect.key);
        break;
      }
      case "reply":
        this.#answered(effect.replyTo, effect.result);
        break;
      case "archive": {
        const hold = this.#alive(effect.hold.holdId);
        check(!hold.archived, `${hold.id} archived twice`);
        hold.archived = true;
        // The word that Freeze was answered may come in the step that ends it, and is too late then.
        const remembered = effect.requestId === (hold.answered ? hold.requestId : "");
        check(remembered || this.#input.kind === "answered", "the request remembered");
        break;
      }
      case "event":
        this.#told(this.#alive(effect.holdId), effect.event);
        break;
      default:
        effect satisfies never;
    }
  }

  #alive(holdId: string): ExpectedHold {
    const hold = this.holds.get(holdId);
    check(hold !== undefined && !hold.ended, `something of ${holdId}, which is not open`);
    return hold;
  }

  #freezeIssued({ key, epoch }: Effect & { kind: "freeze" }): void {
    check(!this.epochs.has(key), `FIFREEZE of ${key}, which has an epoch`);
    check(!this.#layerInHands(key), `FIFREEZE of ${key} while its stack is in our hands`);
    this.#lastEpoch.set(key, epoch);
    this.epochs.set(key, { id: epoch, kind: "freezing", landedUs: 0, lost: "no" });
    const { freezesInFlightMax } = this.#around.limits;
    check(this.#inFlight() <= freezesInFlightMax, "more freezes in flight than allowed");
  }

  #inFlight(): number {
    return [...this.epochs.values()].filter((epoch) => epoch.kind === "freezing").length;
  }

  #layerInHands(key: string): boolean {
    const below = this.#around.layers.get(key) ?? [];
    return [...this.epochs.keys()].some(
      (other) => below.includes(other) || this.#around.layers.get(other)?.includes(key),
    );
  }

  #told(hold: ExpectedHold, event: HoldEvent): void {
    check(!hold.archived || event.kind === "ended", `${event.kind} of an archived hold`);
    switch (event.kind) {
      case "progress":
        if (hold.queued) this.#turnHasCome(hold);
        break;
      case "frozen":
        check(hold.opening && !hold.frozen, `${hold.id} told frozen`);
        this.#isFrozen(hold);
        break;
      case "expiring":
        this.#toldExpiring(hold);
        break;
      case "broken":
        this.#toldBroken(hold, event.filesystem.key);
        break;
      case "ended":
        this.#hasEnded(hold, event.receipt);
        break;
      default:
        event satisfies never;
    }
  }

  /** Also in the step whose input lets it go. */
  #toldExpiring(hold: ExpectedHold): void {
    const nowUs = this.#around.nowUs();
    const frozen = hold.frozen || hold.periods.at(-1)?.toUs === nowUs;
    check(frozen && nowUs < hold.deadlineUs, `${hold.id} told expiring`);
  }

  #toldBroken(hold: ExpectedHold, key: string): void {
    const epoch = this.#lastEpoch.get(key);
    const broken = epoch !== undefined && this.#around.mayBeBroken(key, epoch);
    check(broken, `${hold.id} told broken, and nobody broke ${key}`);
    check(hold.periods.length > 0, `${hold.id} told broken, and it was never frozen`);
    hold.toldBroken = true;
    hold.cause ??= "FOREIGN_THAW";
    this.#letGo(hold);
  }

  #turnHasCome(hold: ExpectedHold): void {
    hold.queued = false;
    hold.since = this.#step;
    hold.freezeByUs = this.#around.nowUs() + hold.freezeTimeoutMs * 1000;
  }

  #isFrozen(hold: ExpectedHold): void {
    const all = hold.keys.every((key) => this.epochs.get(key)?.kind === "frozen");
    check(hold.wants && !hold.queued && all, `${hold.id} told frozen before all are`);
    hold.frozen = true;
    hold.periods.push({ fromUs: this.#around.nowUs() });
    hold.deadlineUs = this.#deadline(hold);
  }

  #deadline(hold: ExpectedHold): number {
    const own = Math.min(this.#around.nowUs() + hold.ttlMs * 1000, hold.callDeadlineUs);
    return Math.min(own, this.#epochEnd(hold));
  }

  #hasEnded(hold: ExpectedHold, receipt: Receipt): void {
    if (receipt.endCause === "FREEZE_FAILED" && this.#cannotGoOn(hold, receipt.refusal?.reason)) {
      this.#fail(hold);
    }
    const expired = this.#around.nowUs() >= hold.callDeadlineUs && hold.cause === undefined;
    const first = expired ? "EXPIRED" : hold.cause;
    const cause = hold.toldBroken && first !== "EXPIRED" ? "FOREIGN_THAW" : first;
    // The call's deadline may pass while it lets go after a thaw{}; then either word may have come first.
    const either = receipt.endCause === "EXPIRED" && this.#around.nowUs() >= hold.callDeadlineUs;
    check(receipt.endCause === cause || either, `${hold.id}: ${receipt.endCause}, not ${cause}`);
    check(hold.archived, `${hold.id} ended, not archived`);
    check(hold.toldBroken || !hold.mustBeBroken, `${hold.id} was not told that it is broken`);
    this.#letGo(hold);
    hold.ended = true;
    this.#around.onEnded(hold, receipt);
  }

  /** What it waited for is thawed, or given up by who began it, and cannot be frozen now. */
  #cannotGoOn(hold: ExpectedHold, reason: Reason | undefined): boolean {
    const input = this.#input;
    if (input.kind !== "thawed" && input.kind !== "froze") return false;
    if (reason === undefined || !this.wanting(input.key).includes(hold)) return false;
    return !this.epochs.has(input.key) && this.#cannotStart([input.key]).has(reason);
  }

  #answered(replyTo: string, result: Result<Reply>): void {
    check(this.#answers.get(replyTo) === 0, `${replyTo} answered unasked, or twice`);
    this.#answers.set(replyTo, 1);
    const input = this.#input;
    if (input.kind === "open" && input.replyTo === replyTo) this.#opened(input, result);
    if (input.kind === "resume" && input.replyTo === replyTo) this.#resumed(input, result);
    if (input.kind === "command" && input.replyTo === replyTo && result.ok) {
      const { generation, id } = this.#alive(input.holdId);
      check(generation === input.generation, `a displaced stream commands ${id}`);
    }
    for (const hold of this.living()) {
      if (hold.freezeTo.delete(replyTo)) this.#freezeAnswered(hold, result);
      if (hold.givenUp.delete(replyTo)) check(!result.ok, `a freeze{} of ${hold.id} came true`);
    }
    if (!result.ok) return;
    const { value } = result;
    if (input.kind === "renew" && value.kind === "hold") {
      this.#renewed(this.#alive(input.holdId), input.ttlMs, value.hold.expiresAt?.bootUs);
    }
    if (input.kind === "command" && input.command.kind === "renew" && value.kind === "renewed") {
      this.#renewed(this.#alive(input.holdId), input.command.ttlMs, value.expiresAt.bootUs);
    }
  }

  #resumed({ request, ...digests }: Input & { kind: "resume" }, result: Result<Reply>): void {
    const hold = this.holds.get(request.holdId);
    const may =
      hold?.kind === "stream" &&
      owns(request.owner, hold.owner) &&
      hold.token === digests.tokenDigest;
    if (!result.ok) {
      const { reason } = result.refusal;
      const over = hold === undefined || hold.ended || hold.cause !== undefined;
      check(over || !may, `resume of ${request.holdId} refused with ${reason} for no reason`);
      check(reason !== "RESUME_REFUSED" || !may, "the right token is refused");
      return;
    }
    check(may && !hold.ended && hold.cause === undefined, `${request.holdId} resumed`);
    hold.generation++;
    hold.token = digests.newTokenDigest;
    hold.lingerMs = request.lingerMs ?? hold.lingerMs;
    hold.ttlMs = request.ttlMs ?? hold.ttlMs;
    hold.lingerUntilUs = Number.POSITIVE_INFINITY;
    const callMs = request.callDeadlineMs ?? Number.POSITIVE_INFINITY;
    hold.callDeadlineUs = this.#around.nowUs() + callMs * 1000;
    if (hold.wants && !hold.frozen) hold.opening = true;
    if (!hold.frozen) return;
    if (request.ttlMs !== undefined) hold.deadlineUs = this.#deadline(hold);
    hold.deadlineUs = Math.min(hold.deadlineUs, hold.callDeadlineUs);
    const { value } = result;
    const told = value.kind === "resumed" ? value.hold.expiresAt?.bootUs : undefined;
    check(told === hold.deadlineUs, `${hold.id} resumed until another time`);
  }

  #renewed(hold: ExpectedHold, ttlMs: number | undefined, toldUs: number | undefined): void {
    check(hold.frozen, `${hold.id} renewed while it is not frozen`);
    hold.ttlMs = ttlMs ?? hold.ttlMs;
    hold.deadlineUs = this.#deadline(hold);
    check(toldUs === hold.deadlineUs, `${hold.id} renewed to another time`);
  }

  #freezeAnswered(hold: ExpectedHold, result: Result<Reply>): void {
    if (result.ok) {
      if (!hold.frozen) this.#isFrozen(hold);
      return;
    }
    const { reason } = result.refusal;
    if (this.#input.kind === "resume" && reason === "HOLD_TAKEN_OVER") {
      check(hold.queued, `freeze{} of ${hold.id} was on its way`);
      this.#letGo(hold);
      return;
    }
    const here = this.#input.kind === "froze" || this.#input.kind === "thawed";
    check(hold.queued || here, `freeze{} of ${hold.id} refused with ${reason}`);
    const allowed = hold.queued ? this.#cannotFreeze(hold.keys) : this.#cannotStart(hold.keys);
    check(allowed.has(reason), `freeze{} of ${hold.id} refused with ${reason} for no reason`);
    this.#fail(hold);
  }

  #cannotFreeze(keys: readonly string[]): ReadonlySet<Reason> {
    const reasons = new Set<Reason>(this.#closed ? ["SHUTTING_DOWN"] : []);
    const { epochMaxMs, joinMinMs } = this.#around.limits;
    const missing: string[] = [];
    for (const key of keys) {
      const epoch = this.epochs.get(key);
      if (epoch === undefined || epoch.kind === "thawing") missing.push(key);
      const leftUs = (epoch?.landedUs ?? 0) + epochMaxMs * 1000 - this.#around.nowUs();
      if (epoch?.kind === "frozen" && leftUs < joinMinMs * 1000) reasons.add("FROZEN_TOO_LONG");
    }
    return new Set([...reasons, ...this.#cannotStart(missing)]);
  }

  #cannotStart(keys: readonly string[]): ReadonlySet<Reason> {
    const reasons = new Set<Reason>();
    // In the step in which one has landed, what waited may have been judged before or after that.
    const wouldBe = Math.max(this.#inFlight(), this.#inFlightBefore) + keys.length;
    if (keys.length > 0 && wouldBe > this.#around.limits.freezesInFlightMax) {
      reasons.add("TOO_MANY_STUCK_FREEZES");
    }
    if (keys.some((key) => this.#layerInHands(key))) {
      reasons.add("LOWER_LAYER_FROZEN").add("UNSUPPORTED");
    }
    return reasons;
  }

  #opened(input: Input & { kind: "open" }, result: Result<Reply>): void {
    const { request } = input;
    const keys = input.filesystems.map((fs) => fs.identity.key);
    const same = this.living().filter(
      (h) =>
        request.requestId !== "" &&
        h.requestId === request.requestId &&
        owns(h.owner, request.owner),
    );
    if (!result.ok) {
      const allowed = new Set(this.#cannotFreeze(request.freezeOnOpen ? keys : []));
      if (this.living().length >= this.#around.limits.holdsMax) allowed.add("TOO_MANY_HOLDS");
      const earlier = [...this.holds.values()].filter(
        (h) => h.requestId === request.requestId && owns(h.owner, request.owner),
      );
      if (earlier.some((h) => h.answered && h.cause !== undefined)) {
        allowed.add("HOLD_ENDED").add("FREEZE_BROKEN");
      }
      // Also of one that ended within this very step.
      const known = earlier.filter((h) => this.#heldBefore.has(h.id));
      if (known.some((h) => h.digest !== request.requestDigest)) allowed.add("INVALID_REQUEST");
      const within = keys.some((key) =>
        this.#around.layers.get(key)?.some((l) => keys.includes(l)),
      );
      if (within) allowed.add("UNSUPPORTED");
      const { reason } = result.refusal;
      check(allowed.has(reason), `open of ${keys} refused with ${reason} for no reason`);
      return;
    }
    check(result.value.kind === "hold", "open answered with something else");
    if (result.value.joined) {
      const hold = this.#alive(result.value.hold.holdId);
      check(same.includes(hold) && hold.cause === undefined, `joined ${hold.id}`);
      hold.waiters++;
      return;
    }
    check(!same.some((h) => h.cause === undefined), "a second hold for one request_id");
    check(!this.#closed, "opened after shutdown");
    this.holds.set(input.holdId, this.#expect(input, keys));
  }

  #expect(input: Input & { kind: "open" }, keys: readonly string[]): ExpectedHold {
    const { holdId: id, request, tokenDigest: token } = input;
    const nowUs = this.#around.nowUs();
    const { limits } = this.#around;
    const freezeTimeoutMs = request.times.freezeTimeoutMs ?? limits.freezeTimeoutDefaultMs;
    const call = request.callDeadlineMs ?? Number.POSITIVE_INFINITY;
    return {
      id,
      kind: request.kind,
      owner: request.owner,
      keys,
      ttlMs: request.times.ttlMs ?? limits.ttlDefaultMs,
      freezeTimeoutMs,
      callDeadlineUs: nowUs + call * 1000,
      generation: 1,
      token,
      lingerMs: request.times.lingerMs ?? 0,
      lingerUntilUs: Number.POSITIVE_INFINITY,
      requestId: request.requestId,
      digest: request.requestDigest,
      wants: request.freezeOnOpen,
      queued: false,
      opening: true,
      frozen: false,
      since: this.#step,
      deadlineUs: Number.POSITIVE_INFINITY,
      freezeByUs: nowUs + freezeTimeoutMs * 1000,
      cause: undefined,
      causeUs: Number.POSITIVE_INFINITY,
      toldBroken: false,
      mustBeBroken: false,
      archived: false,
      ended: false,
      waiters: 1,
      answered: false,
      periods: [],
      freezeTo: new Set(),
      givenUp: new Set(),
    };
  }

  #afterStep(hold: ExpectedHold): void {
    if (hold.wants && !hold.queued && !hold.frozen) this.#mustBeOnItsWay(hold);
    // Found broken at a thaw{}, it ends when the rest is thawed, and answers then.
    check(hold.toldBroken || hold.givenUp.size === 0, `a freeze{} of ${hold.id} is not answered`);
    const expected = this.#heldBefore.has(hold.id) || hold.since === this.#step;
    check(expected, `${hold.id} came from nowhere`);
    if (hold.cause !== undefined) hold.causeUs = Math.min(hold.causeUs, this.#around.nowUs());
    const answerByUs = hold.causeUs + this.#around.limits.thawAnswerMs * 1000;
    check(this.#around.nowUs() < answerByUs, `${hold.id} waits for a thaw for ever`);
  }

  /** Whoever waits is frozen as soon as all are, and each missing one is being frozen, or thawed before that. */
  #mustBeOnItsWay(hold: ExpectedHold): void {
    const missing = hold.keys.filter((key) => !this.epochs.has(key));
    if (missing.length > 0) {
      const { kind } = this.#input;
      const reasons = this.#cannotStart(missing);
      check(
        (kind === "froze" || kind === "thawed") && reasons.size > 0,
        `nobody freezes ${missing}`,
      );
      this.#fail(hold);
      return;
    }
    const all = hold.keys.every((key) => this.epochs.get(key)?.kind === "frozen");
    check(!all, `all of ${hold.id} is frozen, and it was not told`);
  }

  /** Who began to want it within this step waits for the thaw; everybody else must have let go. */
  #wasLast(key: string): void {
    const others = this.wanting(key).filter((hold) => hold.since !== this.#step);
    check(
      others.length === 0,
      `thaw of ${key}, which ${others.map((hold) => hold.id)} still holds`,
    );
  }
}

function howLost(first: Look, look: Look): "no" | "likely" | "certain" {
  const generations = [first.generation, look.generation].map((g) =>
    g.kind === "none" ? undefined : `${g.kind}=${g.value}`,
  );
  const [before, now] = generations;
  if (before !== undefined && now !== undefined && before !== now) return "certain";
  if (look.state.state !== "THAWED" && look.state.state !== "FREEZING") return "no";
  return look.state.certainty === "CERTAIN" ? "certain" : "likely";
}

function owns(caller: Owner, owner: Owner): boolean {
  return caller.kind === "unix" && owner.kind === "unix" && caller.uid === owner.uid;
}

function mayEnd(caller: Owner, owner: Owner): boolean {
  return owns(caller, owner) || (caller.kind === "unix" && caller.uid === 0);
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
