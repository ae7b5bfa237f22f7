/** What a receipt means to whoever must decide whether to keep a snapshot. */
import { FreezeError } from "./errors.js";
import type { FilesystemReceipt, Receipt } from "./model.js";

export interface AcceptOptions {
  /** Take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is missing. Default: false. */
  readonly acceptUnproven?: boolean;
}

/** The pieces of proof that spoke against an intact image, or were missing: "/srv: SECTORS_WRITTEN (loop3: 8)". */
export function shortcomings(receipt: Receipt): readonly string[] {
  return receipt.filesystems.flatMap(shortcomingsOf);
}

function shortcomingsOf({ filesystem, intervals }: FilesystemReceipt): readonly string[] {
  const items = intervals
    .flatMap(({ evidence }) => evidence)
    .filter(({ result }) => result !== "HELD" && result !== "NOT_NEEDED");
  return items.map(({ kind, detail }) => {
    const name = `${filesystem.mountPoint || filesystem.source}: ${kind}`;
    return detail === "" ? name : `${name} (${detail})`;
  });
}

/** The error that a receipt is, however its call ended; undefined where the hold held. */
export function errorOfReceipt(
  receipt: Receipt,
  { acceptUnproven = false }: AcceptOptions,
): FreezeError | undefined {
  const { verdict, holdId } = receipt;
  const metadata = { hold_id: holdId, verdict, cause: receipt.endCause };
  const because = shortcomings(receipt).join("; ");
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
