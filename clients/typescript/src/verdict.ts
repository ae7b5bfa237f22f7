/** What a receipt means to whoever must decide whether to keep a snapshot. */
import { FreezeError } from "./errors.js";
import type { EvidenceItem, Filesystem, Receipt } from "./model.js";

export interface AcceptOptions {
  /** Take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is missing. Default: false. */
  readonly acceptUnproven?: boolean;
}

/** A piece of proof that spoke against an intact image (CONTRADICTED), or could not be had (MISSING). */
export interface Shortcoming extends EvidenceItem {
  readonly filesystem: Filesystem;
}

/** Why a receipt is not INTACT: empty where it is. */
export function shortcomings(receipt: Receipt): readonly Shortcoming[] {
  return receipt.filesystems.flatMap(({ filesystem, intervals }) =>
    intervals
      .flatMap(({ evidence }) => evidence)
      .filter(({ result }) => result !== "HELD" && result !== "NOT_NEEDED")
      .map((item) => ({ ...item, filesystem })),
  );
}

function textOf({ filesystem, kind, result, detail }: Shortcoming): string {
  const because = detail === "" ? "" : ` (${detail})`;
  return `${filesystem.mountPoint || filesystem.source}: ${kind} ${result}${because}`;
}

/** The error that a receipt is, however its call ended; undefined where the hold held. */
export function errorOfReceipt(
  receipt: Receipt,
  { acceptUnproven = false }: AcceptOptions,
): FreezeError | undefined {
  const { verdict, holdId } = receipt;
  const metadata = { hold_id: holdId, verdict, cause: receipt.endCause };
  const because = shortcomings(receipt).map(textOf).join("; ");
  switch (verdict) {
    case "INTACT":
      return undefined;
    case "NOT_INTACT":
      return new FreezeError({
        reason: "FREEZE_BROKEN",
        code: "ABORTED",
        message: `the freeze did not hold: ${because || receipt.endCause}`,
        metadata,
        receipt,
      });
    case "NEVER_FROZEN":
      return new FreezeError({
        reason: "NOT_FROZEN",
        code: "FAILED_PRECONDITION",
        message: "the hold ended before all of it was frozen",
        metadata,
        receipt,
      });
    // A verdict that only a newer service knows proves nothing to this client.
    default:
      if (acceptUnproven) return undefined;
      return new FreezeError({
        reason: "UNPROVEN",
        code: "OK",
        message: `nothing wrong was seen, but it is not proven: ${because || verdict}`,
        metadata,
        receipt,
      });
  }
}
