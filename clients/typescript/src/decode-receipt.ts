/** Receipts as native values. */
import {
  filesystemOf,
  given,
  holdOptionsOf,
  optionalCount,
  optionalDate,
  optionalError,
  optionalMs,
  ownerOf,
  passedOverOf,
  withJson,
} from "./decode-common.js";
import {
  type EvidenceItem as PbEvidenceItem,
  EvidenceKind as PbEvidenceKind,
  EvidenceResult as PbEvidenceResult,
} from "./gen/fsfreeze/v1/evidence_pb.js";
import { HoldKind as PbHoldKind } from "./gen/fsfreeze/v1/options_pb.js";
import {
  EndCause as PbEndCause,
  type FilesystemReceipt as PbFilesystemReceipt,
  type FreezeInterval as PbFreezeInterval,
  IntervalEnd as PbIntervalEnd,
  type Receipt as PbReceipt,
  Verdict as PbVerdict,
  ReceiptSchema,
} from "./gen/fsfreeze/v1/receipt_pb.js";
import type { EvidenceItem, FilesystemReceipt, FreezeInterval, Receipt } from "./model.js";
import { nameOf, optionalName } from "./names.js";

function evidenceItemOf({ kind, result, detail }: PbEvidenceItem): EvidenceItem {
  return {
    kind: nameOf(PbEvidenceKind, kind),
    result: nameOf(PbEvidenceResult, result),
    detail,
  };
}

function intervalOf(interval: PbFreezeInterval): FreezeInterval {
  return given({
    freezeDuration: optionalMs(interval.freezeDuration),
    frozenTime: optionalDate(interval.frozenTime),
    frozenBoottime: optionalMs(interval.frozenBoottime),
    thawedTime: optionalDate(interval.thawedTime),
    thawedBoottime: optionalMs(interval.thawedBoottime),
    intactUntil: optionalDate(interval.intactUntil),
    intactUntilBoottime: optionalMs(interval.intactUntilBoottime),
    sectorsWritten: optionalCount(interval.sectorsWritten),
    sectorsDiscarded: optionalCount(interval.sectorsDiscarded),
    evidence: (interval.evidence?.items ?? []).map(evidenceItemOf),
    verdict: optionalName(PbVerdict, interval.verdict),
    end: optionalName(PbIntervalEnd, interval.end),
  });
}

function filesystemReceiptOf(receipt: PbFilesystemReceipt): FilesystemReceipt {
  return {
    filesystem: filesystemOf(receipt.filesystem),
    presyncPasses: receipt.presyncPasses.map(({ duration, dirtyBytesLeft }) =>
      given({ duration: optionalMs(duration), dirtyBytesLeft: optionalCount(dirtyBytesLeft) }),
    ),
    intervals: receipt.intervals.map(intervalOf),
    verdict: nameOf(PbVerdict, receipt.verdict),
  };
}

export function receiptOf(receipt: PbReceipt): Receipt {
  return withJson(
    ReceiptSchema,
    receipt,
    given({
      holdId: receipt.holdId,
      kind: optionalName(PbHoldKind, receipt.kind),
      hostName: receipt.hostName,
      bootId: receipt.bootId,
      owner: ownerOf(receipt.owner),
      purpose: receipt.purpose,
      requested: holdOptionsOf(receipt.requested),
      effective: holdOptionsOf(receipt.effective),
      endCause: nameOf(PbEndCause, receipt.endCause),
      verdict: nameOf(PbVerdict, receipt.verdict),
      frozenCount: receipt.frozenCount,
      thawedCount: receipt.thawedCount,
      filesystems: receipt.filesystems.map(filesystemReceiptOf),
      passedOver: receipt.passedOver.map(passedOverOf),
      openTime: optionalDate(receipt.openTime),
      endTime: optionalDate(receipt.endTime),
      failure: optionalError(receipt.failure),
      simulated: receipt.simulated,
    }),
  );
}
