/**
 * How a hold's end becomes the status of a call. End cause, verdict and status always agree: these two functions are the only
 * place where a receipt becomes a status. Pure.
 */
import type { Receipt } from "../hold/model.js";
import { type Failure, failure } from "./errors.js";

export type EndStatus =
  | { readonly kind: "ok" }
  | { readonly kind: "failed"; readonly failure: Failure };

const ok: EndStatus = { kind: "ok" };

function failed(problem: Failure): EndStatus {
  return { kind: "failed", failure: problem };
}

function about(receipt: Receipt): Readonly<Record<string, string>> {
  return { ...receipt.refusal?.metadata, hold_id: receipt.holdId };
}

/** What was found, where the guardian said it in its own words; else ours. */
function broken(receipt: Receipt, text: string): EndStatus {
  const message = receipt.refusal?.reason === "FREEZE_BROKEN" ? receipt.refusal.message : text;
  return failed(failure("FREEZE_BROKEN", message, { ...about(receipt), cause: receipt.endCause }));
}

/** An owner's own end: by the evidence alone. */
function byVerdict(receipt: Receipt): EndStatus {
  switch (receipt.verdict) {
    case "INTACT":
    case "UNPROVEN":
      return ok;
    case "NOT_INTACT":
      return broken(receipt, "it did not stay frozen and unchanged until its end");
    case "NEVER_FROZEN":
      return failed(
        failure("NOT_FROZEN", "the hold ended before all of it was frozen", about(receipt)),
      );
    default:
      return receipt.verdict satisfies never;
  }
}

/** The status that follows `ended{receipt}` on a hold's own stream. */
export function streamEndStatus(receipt: Receipt): EndStatus {
  switch (receipt.endCause) {
    case "RELEASED":
      return byVerdict(receipt);
    case "CLIENT_GONE":
      return failed(
        failure("CLIENT_GONE", "the client was taken for gone, and the hold ended", about(receipt)),
      );
    case "EXPIRED":
      return failed(failure("HOLD_EXPIRED", "the hold's deadline passed", about(receipt)));
    case "FREEZE_FAILED":
      return failed({
        refusal: receipt.refusal ?? {
          reason: "IO_ERROR",
          message: "freezing failed",
          metadata: about(receipt),
        },
      });
    case "FOREIGN_THAW":
      return broken(receipt, "somebody else thawed it");
    case "DEVICE_FAILED":
      return broken(receipt, "its device failed");
    case "ADMINISTRATOR":
      return broken(receipt, "an administrator ended the hold");
    case "SHUTDOWN":
      return failed(failure("SHUTTING_DOWN", "the service is shutting down", about(receipt)));
    case "DAEMON_RESTART":
      return failed(
        failure("GUARDIAN_UNAVAILABLE", "a process of the service died", about(receipt)),
      );
    default:
      return receipt.endCause satisfies never;
  }
}

/** The status of a Thaw that ended this hold, or found it ended. Whatever is not OK gets the receipt into its details. */
export function thawStatus(receipt: Receipt): EndStatus {
  switch (receipt.endCause) {
    case "RELEASED":
    case "ADMINISTRATOR":
      return byVerdict(receipt);
    case "FOREIGN_THAW":
    case "DEVICE_FAILED":
      return streamEndStatus(receipt);
    case "CLIENT_GONE":
    case "EXPIRED":
    case "FREEZE_FAILED":
    case "SHUTDOWN":
    case "DAEMON_RESTART":
      return failed(
        failure("HOLD_ENDED", "the hold had ended", {
          ...about(receipt),
          end_cause: receipt.endCause,
          verdict: receipt.verdict,
        }),
      );
    default:
      return receipt.endCause satisfies never;
  }
}
