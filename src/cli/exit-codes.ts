/**
 * Exit codes of fsfreezectl: a contract for scripts. `hold -- COMMAND` exits with COMMAND's own code unless the hold did not hold, so
 * ours lie where programs rarely go: above the 128 + signal of shells, below the 255 of ssh.
 */
import { constants } from "node:os";
import type { FreezeError, Receipt } from "@fsfreezed/client";

export const exitCodes = {
  done: 0,
  /** Shells' own: COMMAND could not be executed, or not be found. Nothing was frozen. */
  commandNotExecutable: 126,
  commandNotFound: 127,
  /** Wrong use; nothing was done. */
  usage: 200,
  /** The service cannot be reached; whether the call took effect is not known. */
  unreachable: 201,
  /** The service refused; it did nothing. */
  refused: 202,
  /** The call failed otherwise: no answer in time, or a fault of the service. */
  failed: 203,
  /** The hold ended before all of it was frozen. */
  neverFrozen: 210,
  /** The image changed, or it was thawed in between: discard what was copied. */
  notIntact: 211,
  /** The same, noticed while it was held: somebody else thawed it, or its device failed. */
  broken: 212,
  /** The deadline passed before the release. */
  expired: 213,
  /** Nothing wrong was seen, but a piece of the proof is missing (--accept-unproven takes it). */
  unproven: 214,
  /** The service ended the hold (shutdown, an administrator), or the connection to it was lost. */
  lost: 215,
  /** COMMAND hung on the file system that it was to keep frozen, and it was thawed. */
  hungOnItself: 216,
  /** It held, but its receipt could not be written. */
  receiptNotWritten: 217,
} as const;

export type ExitCodeName = keyof typeof exitCodes;

/** As grpc_health_probe's, for the verb `health` alone. */
export const healthExitCodes = {
  serving: 0,
  usage: 1,
  noConnection: 2,
  rpcFailed: 3,
  notServing: 4,
} as const;

export const exitCodeHelp = `
Exit codes:
    0  done; hold -- COMMAND: COMMAND's own code, if the hold held
  126  COMMAND cannot be executed      127  COMMAND is not found
  128+N  hold was ended by signal N, or COMMAND was
  200  wrong use                       201  the service cannot be reached
  202  the service refused             203  the call failed
  210  it was never frozen             211  NOT_INTACT: discard what was copied
  212  it broke while it was held      213  its deadline passed
  214  UNPROVEN (--accept-unproven)    215  the service ended it, or was lost
  216  COMMAND hung on what it froze   217  it held, but the receipt could not be written
  health: 0 serving, 1 wrong use, 2 no connection, 3 the call failed, 4 not serving`;

export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** What a receipt means for the exit code. */
export function codeOfReceipt(receipt: Receipt, acceptUnproven: boolean): number {
  switch (receipt.endCause) {
    case "EXPIRED":
      return exitCodes.expired;
    case "FOREIGN_THAW":
    case "DEVICE_FAILED":
      return exitCodes.broken;
    case "FREEZE_FAILED":
      return exitCodes.neverFrozen;
    case "RELEASED":
      break;
    // CLIENT_GONE, ADMINISTRATOR, SHUTDOWN, DAEMON_RESTART, and causes that only a newer service knows.
    default:
      return receipt.verdict === "NEVER_FROZEN" ? exitCodes.neverFrozen : exitCodes.lost;
  }
  switch (receipt.verdict) {
    case "INTACT":
      return exitCodes.done;
    case "NOT_INTACT":
      return exitCodes.notIntact;
    case "NEVER_FROZEN":
      return exitCodes.neverFrozen;
    default:
      return acceptUnproven ? exitCodes.done : exitCodes.unproven;
  }
}

/** What the error of a call or of a hold means for the exit code. */
export function codeOfError(error: FreezeError): number {
  switch (error.reason) {
    case "UNPROVEN":
      return exitCodes.unproven;
    case "HOLD_EXPIRED":
      return exitCodes.expired;
    case "UNREACHABLE":
      return exitCodes.unreachable;
    case "TIMED_OUT":
    case "CANCELLED":
    case "PROTOCOL":
      return exitCodes.failed;
    default:
  }
  if (error.receipt !== undefined) {
    const code = codeOfReceipt(error.receipt, true);
    if (code !== exitCodes.done) return code;
  }
  if (error.reason === "FREEZE_BROKEN") return exitCodes.broken;
  if (error.reason === "FREEZE_TIMEOUT" || error.reason === "FREEZE_CANCELLED")
    return exitCodes.neverFrozen;
  return error.code === "INTERNAL" || error.code === "UNKNOWN"
    ? exitCodes.failed
    : exitCodes.refused;
}
