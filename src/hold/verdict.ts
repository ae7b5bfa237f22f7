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
  /** The image may have changed, the freeze itself is still ours. */
  | { readonly kind: "changed" }
  /** Our claim has ended. `certain` false: a fall-back said so, which a FITHAW of ours may safely contradict. */
  | { readonly kind: "lost"; readonly finding: Finding; readonly certain: boolean };

/** Compares a look with what was true when our FIFREEZE returned. */
export function judgeLook(baseline: Baseline, look: Look): LookJudgement {
  const { state } = look;
  if (state.state === "THAWED" || state.state === "FREEZING") {
    return { kind: "lost", finding: "SEEN_THAWED", certain: state.certainty === "CERTAIN" };
  }
  const generation = compareGenerations(baseline.after.generation, look.generation);
  if (generation === "GENERATION_MOVED") {
    return { kind: "lost", finding: generation, certain: true };
  }
  const counters = compareCounters(baseline.after.devices, look.devices);
  if (generation === "FALLBACK_MOVED" || counters.written !== 0 || counters.discarded !== 0) {
    return { kind: "changed" };
  }
  return { kind: "agrees" };
}

type GenerationFinding =
  | "GENERATION_UNCHANGED"
  | "GENERATION_MOVED"
  | "FALLBACK_UNCHANGED"
  | "FALLBACK_MOVED"
  | "GENERATION_UNKNOWN";

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
    written += b.sectorsWritten - a.sectorsWritten;
    discarded += b.sectorsDiscarded - a.sectorsDiscarded;
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
  readonly countersWereOff: boolean;
  readonly cause: EndCause | "THAW_COMMAND";
  readonly end: IntervalEnd;
  readonly extra: readonly Finding[];
  readonly now: Instant;
}

export function closeInterval(facts: IntervalFacts): IntervalReceipt {
  const findings = new Set<Finding>(facts.extra);
  const { from, endLook, end } = facts;
  let written: number | undefined;
  let discarded: number | undefined;
  if (endLook === undefined) {
    findings.add("STATE_UNKNOWN").add("GENERATION_UNKNOWN").add("DEVICES_UNKNOWN");
  } else {
    stateFinding(endLook, findings);
    findings.add(compareGenerations(from.look.generation, endLook.generation));
    const counters = compareCounters(from.look.devices, endLook.devices);
    if (!counters.known) findings.add("DEVICES_UNKNOWN");
    else {
      written = counters.written;
      discarded = counters.discarded;
      if (written !== 0) findings.add("SECTORS_WRITTEN");
      if (discarded !== 0) findings.add("SECTORS_DISCARDED");
      if (!counters.counting || facts.countersWereOff) findings.add("COUNTERS_OFF");
      else if (!provenAlive(facts.type, from.baseline)) findings.add("COUNTERS_NOT_PROVEN_ALIVE");
      else if (written === 0 && discarded === 0) findings.add("NO_SECTORS_CHANGED");
    }
  }
  endFindings(facts, findings);
  const verdict = verdictOf(findings);
  const covered = endLook !== undefined && verdictOf(evidenceOnly(findings)) === "INTACT";
  return {
    frozenAt: from.look.at,
    endedAt: end.kind === "thawed" && end.after !== undefined ? end.after.at : facts.now,
    freezeUs: from.baseline.freezeUs,
    intactUntil: covered ? endLook.at : facts.lastIntact,
    ...(written === undefined ? {} : { sectorsWritten: written }),
    ...(discarded === undefined ? {} : { sectorsDiscarded: discarded }),
    verdict,
    findings: [...findings],
    thawedByUs: end.kind === "thawed" && end.errno === undefined,
    sharedAtEnd: end.kind === "shared",
  };
}

function stateFinding(look: Look, findings: Set<Finding>): void {
  switch (look.state.state) {
    case "FROZEN":
      findings.add(look.state.certainty === "CERTAIN" ? "ALWAYS_SEEN_FROZEN" : "STATE_UNKNOWN");
      break;
    case "THAWED":
    case "FREEZING":
      findings.add("SEEN_THAWED");
      break;
    case "UNKNOWN":
      findings.add("STATE_UNKNOWN");
      break;
    default:
      look.state.state satisfies never;
  }
}

function endFindings(facts: IntervalFacts, findings: Set<Finding>): void {
  const { cause, end } = facts;
  if (cause === "EXPIRED") findings.add("DEADLINE_PASSED");
  else if (cause === "DEVICE_FAILED") findings.add("DEVICE_FAILED");
  else if (cause !== "RELEASED" && cause !== "THAW_COMMAND") findings.add("NOT_ENDED_BY_OWNER");
  switch (end.kind) {
    case "shared":
      findings.add("THAWED_BY_US");
      break;
    case "lost":
      break;
    case "unconfirmed":
      findings.add("THAW_NOT_CONFIRMED");
      break;
    case "thawed":
      if (end.errno === "EINVAL") findings.add("SEEN_THAWED");
      else if (end.errno !== undefined) findings.add("DEVICE_FAILED");
      else findings.add("THAWED_BY_US");
      // A foreign thaw and refreeze between the last look and our FITHAW shows only here.
      if (
        end.after !== undefined &&
        compareGenerations(facts.from.look.generation, end.after.generation) === "GENERATION_MOVED"
      ) {
        findings.add("GENERATION_MOVED");
        findings.delete("GENERATION_UNCHANGED");
      }
      break;
    default:
      end satisfies never;
  }
}

/** The findings about the image alone, without how the hold ended. */
function evidenceOnly(findings: ReadonlySet<Finding>): ReadonlySet<Finding> {
  const ends: ReadonlySet<Finding> = new Set<Finding>([
    "DEADLINE_PASSED",
    "NOT_ENDED_BY_OWNER",
    "THAW_NOT_CONFIRMED",
  ]);
  return new Set([...findings].filter((f) => !ends.has(f)));
}

export function verdictOf(findings: ReadonlySet<Finding>): Verdict {
  for (const f of findings) if (against.has(f)) return "NOT_INTACT";
  for (const f of findings) if (missing.has(f)) return "UNPROVEN";
  return "INTACT";
}
