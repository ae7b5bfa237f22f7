/** What a verdict rests on: our findings as the contract's items, one for each kind of proof. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  EvidenceKind,
  EvidenceResult,
  type EvidenceSchema,
} from "../gen/fsfreeze/v1/evidence_pb.js";
import type { Finding } from "../hold/model.js";

type KindName = Exclude<keyof typeof EvidenceKind, "UNSPECIFIED">;
type ResultName = Exclude<keyof typeof EvidenceResult, "UNSPECIFIED">;

interface Item {
  readonly kind: KindName;
  readonly result: ResultName;
  readonly detail?: string;
}

const held = (kind: Item["kind"]): Item => ({ kind, result: "HELD" });
const contradicted = (kind: Item["kind"], detail = ""): Item => ({
  kind,
  result: "CONTRADICTED",
  detail,
});
const missing = (kind: Item["kind"], detail = ""): Item => ({ kind, result: "MISSING", detail });

const itemsOf: Readonly<Record<Finding, readonly Item[]>> = {
  GENERATION_UNCHANGED: [held("FREEZE_GENERATION")],
  FALLBACK_UNCHANGED: [held("GENERATION_FALLBACK")],
  ALWAYS_SEEN_FROZEN: [held("FROZEN_STATE")],
  NO_SECTORS_CHANGED: [held("SECTORS_WRITTEN"), held("SECTORS_DISCARDED"), held("COUNTERS_ALIVE")],
  THAWED_BY_US: [held("THAW_RESULT")],
  SEEN_THAWED: [contradicted("FROZEN_STATE", "it was seen thawed, or FITHAW said so")],
  GENERATION_MOVED: [contradicted("FREEZE_GENERATION", "somebody thawed it and froze it again")],
  FALLBACK_MOVED: [contradicted("GENERATION_FALLBACK")],
  SECTORS_WRITTEN: [contradicted("SECTORS_WRITTEN")],
  SECTORS_DISCARDED: [contradicted("SECTORS_DISCARDED")],
  DEADLINE_PASSED: [contradicted("OWNER_RELEASE", "its deadline passed before its owner ended it")],
  DEVICE_FAILED: [contradicted("DEVICE_HEALTH")],
  STATE_UNKNOWN: [missing("FROZEN_STATE", "its state could not be read for certain")],
  GENERATION_UNKNOWN: [missing("FREEZE_GENERATION", "it could not be read")],
  COUNTERS_OFF: [missing("COUNTERS_ALIVE", "queue/iostats was 0")],
  COUNTERS_NOT_PROVEN_ALIVE: [
    missing("COUNTERS_ALIVE", "they did not move at the freeze, where this type always writes"),
  ],
  DEVICES_UNKNOWN: [
    missing("SECTORS_WRITTEN", "its devices are not known"),
    missing("SECTORS_DISCARDED", "its devices are not known"),
  ],
  THAW_NOT_CONFIRMED: [missing("THAW_RESULT", "the thaw was not confirmed in time")],
  NOT_ENDED_BY_OWNER: [missing("OWNER_RELEASE", "it was not its owner who ended it")],
};

/** What is known of a kind of proof is the worst that was found. */
const rank: Readonly<Record<ResultName, number>> = {
  NOT_NEEDED: 0,
  HELD: 1,
  MISSING: 2,
  CONTRADICTED: 3,
};

export function encodeEvidence(
  findings: readonly Finding[],
): MessageInitShape<typeof EvidenceSchema> {
  const worst = new Map<KindName, Item>();
  const add = (item: Item) => {
    const before = worst.get(item.kind);
    if (before === undefined || rank[item.result] > rank[before.result]) worst.set(item.kind, item);
  };
  for (const finding of findings) itemsOf[finding].forEach(add);
  // No finding speaks against it, so it was its owner who ended it.
  if (!worst.has("OWNER_RELEASE")) add(held("OWNER_RELEASE"));
  // A fall-back stood in for the exact generation.
  if (findings.includes("FALLBACK_UNCHANGED") && !worst.has("FREEZE_GENERATION"))
    add({ kind: "FREEZE_GENERATION", result: "NOT_NEEDED", detail: "a fall-back stood in for it" });
  return {
    items: [...worst].map(([kind, item]) => ({
      kind: EvidenceKind[kind],
      result: EvidenceResult[item.result],
      detail: item.detail ?? "",
    })),
  };
}
