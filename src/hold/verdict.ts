/**
 * The verdict: whether the evidence proves that an image stood still. Pure. Every doubt goes down: from INTACT to UNPROVEN
 * where a piece is missing, to NOT_INTACT where a piece speaks against it.
 */
import type { DeviceCounters, GenerationReading, Instant, Look } from "../kernel/port.js";
import type { EndCause, Finding, IntervalReceipt, Verdict } from "./model.js";
import type { Baseline, HeldFrom } from "./state.js";

const against: ReadonlySet<Finding> = new Set<Finding>([
  "SEEN_THAWED",
  "GENERATION_MOVED",
  "FALLBACK_MOVED",
  "SECTORS_WRITTEN",
  "SECTORS_DISCARDED",
  "DEADLINE_PASSED",
  "DEVICE_FAILED",
]);

const missing: ReadonlySet<Finding> = new Set<Finding>([
  "STATE_UNKNOWN",
  "GENERATION_UNKNOWN",
  "COUNTERS_OFF",
  "COUNTERS_NOT_PROVEN_ALIVE",
  "DEVICES_UNKNOWN",
  "THAW_NOT_CONFIRMED",
  "NOT_ENDED_BY_OWNER",
]);

/** Missing pieces that a single look can show; they stick to the epoch, because a verdict speaks for all of its time. */
export type Doubt = Extract<Finding, "STATE_UNKNOWN" | "GENERATION_UNKNOWN" | "COUNTERS_OFF">;

/** A proof that is withdrawn where something else was found, so that findings never contradict each other. */
const withdrawnBy: ReadonlyMap<Finding, readonly Finding[]> = new Map<Finding, Finding[]>([
  ["GENERATION_UNCHANGED", ["GENERATION_MOVED", "GENERATION_UNKNOWN"]],
  ["FALLBACK_UNCHANGED", ["FALLBACK_MOVED"]],
  ["ALWAYS_SEEN_FROZEN", ["SEEN_THAWED", "STATE_UNKNOWN"]],
  ["NO_SECTORS_CHANGED", ["COUNTERS_OFF", "DEVICES_UNKNOWN"]],
  ["THAWED_BY_US", ["THAW_NOT_CONFIRMED"]],
]);

const rank: Readonly<Record<Verdict, number>> = {
  INTACT: 0,
  UNPROVEN: 1,
  NOT_INTACT: 2,
  NEVER_FROZEN: 3,
};

export function worst(a: Verdict, b: Verdict): Verdict {
  return rank[a] >= rank[b] ? a : b;
}

/** What one later look says about a freeze of ours. */
export type LookJudgement =
  | { readonly kind: "agrees" }
  /** The freeze is ours for all we know, but this look does not show an unchanged image. */
  | { readonly kind: "doubtful" }
  /** Our claim has ended. `certain` false: only a LIKELY state said so; if it is right, a FITHAW gives EINVAL and does no harm. */
  | { readonly kind: "lost"; readonly finding: Finding; readonly certain: boolean };

/** Compares a look with what was true when our FIFREEZE returned. */
export function judgeLook(baseline: Baseline, look: Look): LookJudgement {
  const first = baseline.after;
  const generation = compareGenerations(first.generation, look.generation);
  // A fall-back cannot move within one freeze (xfs and btrfs on 6.18: not by fstrim, syncfs, reads or waiting), so it ends the claim as well.
  if (generation === "GENERATION_MOVED" || generation === "FALLBACK_MOVED") {
    return { kind: "lost", finding: generation, certain: true };
  }
  // The generation of a read-only superblock stands still. A remount while frozen gives EBUSY, so it was thawed before it.
  if (first.readOnly && !look.readOnly) {
    return { kind: "lost", finding: "SEEN_THAWED", certain: true };
  }
  const { state } = look;
  if (state.state === "THAWED" || state.state === "FREEZING") {
    return { kind: "lost", finding: "SEEN_THAWED", certain: state.certainty === "CERTAIN" };
  }
  const counters = compareCounters(first.devices, look.devices);
  const changed = counters.written > 0 || counters.discarded > 0;
  return { kind: state.state === "FROZEN" && !changed ? "agrees" : "doubtful" };
}

/** What no later look can repair. */
export function doubtsOf(look: Look): ReadonlySet<Doubt> {
  const doubts = new Set<Doubt>();
  if (look.state.state !== "FROZEN" || look.state.certainty !== "CERTAIN") {
    doubts.add("STATE_UNKNOWN");
  }
  if (look.devices.some((device) => !device.counting)) doubts.add("COUNTERS_OFF");
  return doubts;
}

/**
 * Doubts about the freeze itself. One freeze moves the exact generation by 2 (freeze_super syncs twice: 6.1, 6.12, 6.18); after any
 * other distance somebody else froze as well, before ours or after it, and what is frozen now may be theirs.
 */
export function doubtsOfFreeze({ before, after }: Baseline): ReadonlySet<Doubt> {
  const doubts = new Set(doubtsOf(after));
  if (after.generation.kind === "exact" && !after.readOnly) {
    const from = before.generation.kind === "exact" ? before.generation.value : undefined;
    if (from === undefined || after.generation.value - from !== 2) doubts.add("GENERATION_UNKNOWN");
  }
  return doubts;
}

type GenerationFinding = Extract<Finding, `GENERATION_${string}` | `FALLBACK_${string}`>;

function compareGenerations(from: GenerationReading, to: GenerationReading): GenerationFinding {
  if (from.kind === "exact" && to.kind === "exact") {
    return from.value === to.value ? "GENERATION_UNCHANGED" : "GENERATION_MOVED";
  }
  if (from.kind === "fallback" && to.kind === "fallback" && from.source === to.source) {
    return from.value === to.value ? "FALLBACK_UNCHANGED" : "FALLBACK_MOVED";
  }
  return "GENERATION_UNKNOWN";
}

interface CounterChange {
  /** The same devices at both ends, and none of their counters went back (a device that was replaced starts at 0). */
  readonly known: boolean;
  readonly counting: boolean;
  readonly written: number;
  readonly discarded: number;
}

function compareCounters(
  from: readonly DeviceCounters[],
  to: readonly DeviceCounters[],
): CounterChange {
  const later = new Map(to.map((d) => [d.device, d]));
  let known = from.length > 0 && from.length === to.length;
  let counting = true;
  let written = 0;
  let discarded = 0;
  for (const a of from) {
    const b = later.get(a.device);
    if (b === undefined) {
      known = false;
      continue;
    }
    counting &&= a.counting && b.counting;
    const more = b.sectorsWritten - a.sectorsWritten;
    const dropped = b.sectorsDiscarded - a.sectorsDiscarded;
    if (more < 0 || dropped < 0) known = false;
    written += Math.max(0, more);
    discarded += Math.max(0, dropped);
  }
  return { known, counting, written, discarded };
}

/** File systems whose idle freeze writes their superblock or log: there the counters must have moved at our own freeze. */
const writesWhenFrozen: ReadonlySet<string> = new Set(["ext2", "ext3", "ext4", "xfs"]);

function provenAlive(type: string, baseline: Baseline): boolean {
  if (baseline.after.readOnly || !writesWhenFrozen.has(type)) return true;
  return compareCounters(baseline.before.devices, baseline.after.devices).written > 0;
}

/** How an interval came to its end. */
export type IntervalEnd =
  /** Our FITHAW: its errno, and a look after it. */
  | {
      readonly kind: "thawed";
      readonly errno: string | undefined;
      readonly after: Look | undefined;
    }
  /** Other holds go on. */
  | { readonly kind: "shared" }
  /** The claim ended before: nothing was thawed by us. */
  | { readonly kind: "lost" }
  /** The thaw was issued and has not been confirmed in time. */
  | { readonly kind: "unconfirmed" };

export interface IntervalFacts {
  readonly type: string;
  readonly from: HeldFrom;
  /** The look at the end, before any thaw; undefined where none could be taken. */
  readonly endLook: Look | undefined;
  readonly lastIntact: Instant;
  readonly doubts: ReadonlySet<Doubt>;
  readonly cause: EndCause | "THAW_COMMAND";
  readonly end: IntervalEnd;
  readonly now: Instant;
}

export function closeInterval(facts: IntervalFacts): IntervalReceipt {
  const { from, endLook, end } = facts;
  const findings = new Set<Finding>(facts.doubts);
  let counters: CounterChange | undefined;
  if (endLook === undefined) {
    findings.add("STATE_UNKNOWN").add("GENERATION_UNKNOWN").add("DEVICES_UNKNOWN");
  } else {
    stateFindings(facts, endLook, findings);
    counters = compareCounters(from.look.devices, endLook.devices);
    counterFindings(facts, counters, findings);
  }
  const disturbed = verdictOf(findings) === "NOT_INTACT";
  const covered = endLook?.state.state === "FROZEN" && !disturbed;
  causeFinding(facts.cause, findings);
  endFindings(facts, findings);
  withdrawContradicted(findings);
  return {
    frozenAt: from.since,
    endedAt: end.kind === "thawed" && end.after !== undefined ? end.after.at : facts.now,
    freezeUs: from.baseline.freezeUs,
    intactUntil: covered ? endLook.at : later(from.since, facts.lastIntact),
    ...(counters?.known
      ? { sectorsWritten: counters.written, sectorsDiscarded: counters.discarded }
      : {}),
    verdict: verdictOf(findings),
    findings: [...findings],
    thawedByUs: end.kind === "thawed" && end.errno === undefined,
    sharedAtEnd: end.kind === "shared",
  };
}

/** Where what ended an interval was that the freeze was broken: why. */
export function brokenBy(interval: IntervalReceipt): "FOREIGN_THAW" | "DEVICE_FAILED" | undefined {
  if (thawedByOthers.some((finding) => interval.findings.includes(finding))) return "FOREIGN_THAW";
  return interval.findings.includes("DEVICE_FAILED") ? "DEVICE_FAILED" : undefined;
}

const thawedByOthers: readonly Finding[] = ["SEEN_THAWED", "GENERATION_MOVED", "FALLBACK_MOVED"];

function stateFindings(facts: IntervalFacts, look: Look, findings: Set<Finding>): void {
  const judged = judgeLook(facts.from.baseline, look);
  if (judged.kind === "lost") findings.add(judged.finding);
  else if (look.state.state === "FROZEN" && look.state.certainty === "CERTAIN") {
    findings.add("ALWAYS_SEEN_FROZEN");
  } else findings.add("STATE_UNKNOWN");
  findings.add(compareGenerations(facts.from.baseline.after.generation, look.generation));
}

function counterFindings(
  facts: IntervalFacts,
  counters: CounterChange,
  findings: Set<Finding>,
): void {
  if (!counters.known) findings.add("DEVICES_UNKNOWN");
  if (counters.written > 0) findings.add("SECTORS_WRITTEN");
  if (counters.discarded > 0) findings.add("SECTORS_DISCARDED");
  if (!counters.counting) findings.add("COUNTERS_OFF");
  else if (!provenAlive(facts.type, facts.from.baseline)) findings.add("COUNTERS_NOT_PROVEN_ALIVE");
  else if (counters.written === 0 && counters.discarded === 0) findings.add("NO_SECTORS_CHANGED");
}

function causeFinding(cause: IntervalFacts["cause"], findings: Set<Finding>): void {
  if (cause === "EXPIRED") findings.add("DEADLINE_PASSED");
  else if (cause === "DEVICE_FAILED") findings.add("DEVICE_FAILED");
  else if (cause !== "RELEASED" && cause !== "THAW_COMMAND") findings.add("NOT_ENDED_BY_OWNER");
}

function endFindings({ from, end }: IntervalFacts, findings: Set<Finding>): void {
  switch (end.kind) {
    case "shared":
      findings.add("THAWED_BY_US");
      break;
    case "lost":
      if (!thawedByOthers.some((finding) => findings.has(finding))) findings.add("SEEN_THAWED");
      break;
    case "unconfirmed":
      findings.add("THAW_NOT_CONFIRMED");
      break;
    case "thawed":
      thawFindings(from, end, findings);
      break;
    default:
      end satisfies never;
  }
}

function thawFindings(
  from: HeldFrom,
  { errno, after }: IntervalEnd & { kind: "thawed" },
  findings: Set<Finding>,
): void {
  const generation = after && generationAfterThaw(from.baseline.after, after, errno);
  if (generation !== undefined) findings.add(generation);
  if (errno === undefined) {
    findings.add(after === undefined ? "THAW_NOT_CONFIRMED" : "THAWED_BY_US");
  } else if (errno !== "EINVAL") {
    findings.add("DEVICE_FAILED");
  } else if (after !== undefined && generation === "GENERATION_UNCHANGED" && isFrozen(after)) {
    // Linux 6.8 to 6.12.110: EINVAL although our freeze was dropped, because a device-mapper suspend still holds it frozen.
    findings.add("THAW_NOT_CONFIRMED");
  } else {
    findings.add("SEEN_THAWED");
  }
}

/**
 * A foreign thaw and refreeze between the last look and our FITHAW shows only here. A fall-back moves at our own thaw too, so it says
 * nothing.
 */
function generationAfterThaw(
  first: Look,
  after: Look,
  errno: string | undefined,
): GenerationFinding | undefined {
  const from = first.generation;
  const to = after.generation;
  if (from.kind !== "exact") return undefined;
  const found = compareGenerations(from, to);
  // FITHAW did thaw, and one freeze later it is frozen: somebody froze it after us, who were the first to thaw it.
  const frozenAfterUs = to.kind === "exact" && to.value === from.value + 2 && isFrozen(after);
  return errno === undefined && frozenAfterUs ? "GENERATION_UNKNOWN" : found;
}

function isFrozen({ state, readOnly }: Look): boolean {
  return state.state === "FROZEN" && state.certainty === "CERTAIN" && !readOnly;
}

function withdrawContradicted(findings: Set<Finding>): void {
  for (const [proof, contradictions] of withdrawnBy) {
    if (contradictions.some((finding) => findings.has(finding))) findings.delete(proof);
  }
}

function later(a: Instant, b: Instant): Instant {
  return a.bootUs >= b.bootUs ? a : b;
}

export function verdictOf(findings: ReadonlySet<Finding>): Verdict {
  for (const f of findings) if (against.has(f)) return "NOT_INTACT";
  for (const f of findings) if (missing.has(f)) return "UNPROVEN";
  return "INTACT";
}
