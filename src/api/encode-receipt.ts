/** A receipt as the contract writes it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { GuardianHealth } from "../channel/messages.js";
import {
  EndCause,
  type FilesystemReceiptSchema,
  type FreezeIntervalSchema,
  IntervalEnd,
  type ReceiptSchema,
  Verdict,
} from "../gen/fsfreeze/v1/receipt_pb.js";
import type {
  FilesystemReceipt,
  IntervalReceipt,
  Receipt,
  Verdict as VerdictName,
} from "../hold/model.js";
import { encodeRefusal } from "./encode-error.js";
import { encodeEvidence } from "./encode-evidence.js";
import { encodeFilesystem } from "./encode-filesystem.js";
import { encodeEffective, encodeKind, encodeOwner, encodeRequested } from "./encode-options.js";
import { bootTime, durationOfUs, spanOf, wallTime } from "./encode-time.js";

/** From good to bad: what a file system's verdict is when its intervals differ. */
const severity: readonly VerdictName[] = ["INTACT", "UNPROVEN", "NOT_INTACT", "NEVER_FROZEN"];

function worstVerdict(intervals: readonly IntervalReceipt[]): VerdictName {
  const indexes = intervals.map((interval) => severity.indexOf(interval.verdict));
  return severity[Math.max(...indexes)] ?? "NEVER_FROZEN";
}

function endOf(interval: IntervalReceipt): IntervalEnd {
  if (interval.thawedByUs) return IntervalEnd.THAWED;
  if (interval.sharedAtEnd) return IntervalEnd.LEFT_FROZEN;
  if (interval.findings.includes("DEVICE_FAILED")) return IntervalEnd.DEVICE_FAILED;
  if (interval.findings.includes("SEEN_THAWED") || interval.findings.includes("GENERATION_MOVED"))
    return IntervalEnd.FOREIGN_THAW;
  return IntervalEnd.UNKNOWN;
}

/** A counter that went backwards (its device was reset) is no number of sectors; the findings tell of it. */
function sectors(count: number): bigint {
  return BigInt(Math.max(0, Math.trunc(count)));
}

function encodeInterval(interval: IntervalReceipt): MessageInitShape<typeof FreezeIntervalSchema> {
  return {
    freezeDuration: durationOfUs(interval.freezeUs),
    frozenTime: wallTime(interval.frozenAt),
    frozenBoottime: bootTime(interval.frozenAt),
    thawedTime: wallTime(interval.endedAt),
    thawedBoottime: bootTime(interval.endedAt),
    intactUntil: wallTime(interval.intactUntil),
    intactUntilBoottime: bootTime(interval.intactUntil),
    ...(interval.sectorsWritten === undefined
      ? {}
      : { sectorsWritten: sectors(interval.sectorsWritten) }),
    ...(interval.sectorsDiscarded === undefined
      ? {}
      : { sectorsDiscarded: sectors(interval.sectorsDiscarded) }),
    evidence: encodeEvidence(interval.findings),
    verdict: Verdict[interval.verdict],
    end: endOf(interval),
  };
}

function encodeFilesystemReceipt(
  receipt: FilesystemReceipt,
): MessageInitShape<typeof FilesystemReceiptSchema> {
  return {
    filesystem: encodeFilesystem(receipt.filesystem),
    intervals: receipt.intervals.map(encodeInterval),
    verdict: Verdict[worstVerdict(receipt.intervals)],
  };
}

/** The freeze that was the latest of all the file systems together; one that failed for some of them does not count. */
function latestSkewUs(filesystems: readonly FilesystemReceipt[]): number | undefined {
  const complete = Math.min(...filesystems.map((f) => f.intervals.length));
  return spanOf(filesystems.map((f) => f.intervals[complete - 1]?.frozenAt))?.us;
}

export type KernelName = GuardianHealth["kernel"];
export type EncodedReceipt = MessageInitShape<typeof ReceiptSchema>;

/** `kernel` is the one that the guardian runs on: what a simulated one says proves nothing, and the receipt must tell. */
export function encodeReceipt(receipt: Receipt, kernel: KernelName): EncodedReceipt {
  const skewUs = latestSkewUs(receipt.filesystems);
  return {
    holdId: receipt.holdId,
    hostName: receipt.host,
    bootId: receipt.bootId,
    owner: encodeOwner(receipt.owner),
    purpose: receipt.purpose,
    requested: encodeRequested(receipt.requested),
    effective: encodeEffective(receipt.effective),
    endCause: EndCause[receipt.endCause],
    verdict: Verdict[receipt.verdict],
    frozenCount: receipt.frozenCount,
    thawedCount: receipt.thawedCount,
    filesystems: receipt.filesystems.map(encodeFilesystemReceipt),
    openTime: wallTime(receipt.openedAt),
    endTime: wallTime(receipt.endedAt),
    ...(skewUs === undefined ? {} : { skew: durationOfUs(skewUs) }),
    ...(receipt.refusal === undefined ? {} : { failure: encodeRefusal(receipt.refusal) }),
    kind: encodeKind(receipt.kind),
    simulated: kernel === "simulated",
  };
}
