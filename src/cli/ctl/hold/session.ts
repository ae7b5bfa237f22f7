/** One `fsfreezectl hold`: opens it, hands it to COMMAND or to the caller, ends it and says whether it held. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  FreezeError,
  type FreezeSettings,
  type Hold,
  type Progress,
  type Receipt,
  type Targets,
} from "@fsfreezed/client";
import { codeOfError, codeOfReceipt, exitCodes, signalExitCode } from "../../exit-codes.js";
import { formatDuration } from "../duration.js";
import type { JsonMessage, Output } from "../output.js";
import { filesystemName, filesystemNames, instant, receiptLines } from "../render.js";
import type { Context } from "../run.js";
import { muteFilesOnTargets, stillFrozen } from "./own-files.js";
import { ReceiptFile } from "./receipt-file.js";
import { Signals } from "./signals.js";

export interface HoldRequest {
  readonly targets: Targets;
  readonly settings: FreezeSettings;
  /** Milliseconds from `frozen` to the latest end. */
  readonly holdFor: number;
  /** Milliseconds of the short lease under it, renewed while all is well; undefined: none, `holdFor` is the ttl. */
  readonly lease: number | undefined;
  readonly acceptUnproven: boolean;
  /** Path of the file for the receipt. */
  readonly receipt: string | undefined;
  readonly command: readonly string[] | undefined;
}

export interface Session {
  readonly context: Context;
  readonly request: HoldRequest;
  readonly hold: Hold;
  readonly signals: Signals;
  /** Signals that were acted upon so far. */
  heard: number;
  /** Of a hold whose stream was lost: asked for afterwards. */
  laterReceipt: Receipt | undefined;
  say(text: string, json: JsonMessage): void;
}

/** What the hold is for: resolves with the exit code. */
export type Purpose = (session: Session) => Promise<number>;

/** Resolves with the exit code; rejects with the FreezeError of a hold that was refused. */
export async function runHold(
  context: Context,
  request: HoldRequest,
  purpose: Purpose,
): Promise<number> {
  const { client, out } = context;
  const receiptFile = openReceipt(request.receipt, out);
  if (receiptFile === "impossible") return exitCodes.receiptNotWritten;
  const signals = new Signals();
  const muted = await muteFilesOnTargets(client, out, request);
  try {
    const opened = await open(context, request, signals);
    if (opened.kind === "given-up") {
      out.note(`${opened.signal}: given up before it was frozen`);
      return signalExitCode(opened.signal);
    }
    const { hold } = opened;
    const say = sayer(out, request);
    const session: Session = {
      context,
      request,
      hold,
      signals,
      heard: 0,
      laterReceipt: undefined,
      say,
    };
    tellFrozen(session);
    const code = await purpose(session);
    return await keepReceipt(session, receiptFile, code);
  } finally {
    signals.close();
    await receiptFile?.discard(client);
    // Where another hold keeps it frozen, words into a file there would block this process for as long.
    if (!(await stillFrozen(client, muted))) out.unmute();
  }
}

function openReceipt(
  path: string | undefined,
  out: Output,
): ReceiptFile | "impossible" | undefined {
  if (path === undefined) return undefined;
  try {
    return new ReceiptFile(path);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const told = new Error(`nothing was frozen, because the receipt could not be kept: ${problem}`);
    out.error(told, exitCodes.receiptNotWritten);
    return "impossible";
  }
}

/** With COMMAND, stdout is COMMAND's: then our JSON lines go to stderr, too. */
function sayer(out: Output, { command }: HoldRequest): (text: string, json: JsonMessage) => void {
  return (text, json) => {
    if (out.json && command === undefined) out.message(text, json);
    else out.note(text, json);
  };
}

type Opened =
  | { readonly kind: "open"; readonly hold: Hold }
  | { readonly kind: "given-up"; readonly signal: NodeJS.Signals };

async function open(context: Context, request: HoldRequest, signals: Signals): Promise<Opened> {
  const { client, out } = context;
  const { holdFor, lease, settings, targets } = request;
  const say = sayer(out, request);
  const giveUp = new AbortController();
  const signalled = signals.nth(1);
  void signalled.then(() => giveUp.abort());
  try {
    const hold = await client.hold(targets, {
      ...settings,
      ttl: lease ?? holdFor,
      autoRenew: lease !== undefined,
      maxHold: holdFor,
      signal: giveUp.signal,
      onProgress: (progress) => {
        if (out.json) say("", { message_type: "progress", progress });
        else out.progress(progressText(progress));
      },
      onExpiring: (expireTime) =>
        say(`the hold ends at ${instant(expireTime)}`, {
          message_type: "expiring",
          expire_time: expireTime,
        }),
      onRenewFailed: (error) =>
        say(`renewal refused: ${error.message} [${error.reason}]`, {
          message_type: "renew_failed",
          reason: error.reason,
          message: error.message,
        }),
    });
    return { kind: "open", hold };
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
    return { kind: "given-up", signal: await signalled };
  }
}

function progressText({ filesystem, phase, elapsed, waitingFor }: Progress): string {
  const long = elapsed === undefined ? "" : ` ${formatDuration(elapsed)}`;
  const why = waitingFor === undefined ? "" : `: ${waitingFor.message}`;
  return `${filesystemName(filesystem)}: ${phase.toLowerCase()}${long}${why}`;
}

function tellFrozen({ hold, request, context, say }: Session): void {
  const { info } = hold;
  const took = Math.max(0, ...info.filesystems.map((of) => of.freezeDuration ?? 0));
  say(
    `frozen: ${filesystemNames(info)} in ${formatDuration(took)}, at the latest until ` +
      `${instant(hold.expireTime)}${request.lease === undefined ? "" : " if not renewed"} (hold ${hold.id})`,
    { message_type: "frozen", hold: info },
  );
  const asked = request.lease ?? request.holdFor;
  const granted = info.effective.ttl;
  const { maxFrozen } = hold.limits;
  const short =
    granted !== undefined && granted < asked
      ? granted
      : maxFrozen !== undefined && maxFrozen < request.holdFor
        ? maxFrozen
        : undefined;
  if (short !== undefined)
    context.out.note(`the service grants ${formatDuration(short)} only: that is its limit`);
}

/** Ends the hold and tells the verdict. `told`: the error that the caller of this has told already. */
export async function conclude(
  session: Session,
  options: { readonly timeout?: number; readonly told?: boolean } = {},
): Promise<number> {
  const { hold, request, context, signals, say } = session;
  // Whoever presses Ctrl-C now waits for nothing but the verdict.
  let impatient: NodeJS.Signals | undefined;
  void signals.nth(session.heard + 1).then((signal) => {
    impatient = signal;
    hold.cancel();
  });
  try {
    const { timeout } = options;
    const receipt = await hold.release({
      acceptUnproven: true,
      ...(timeout === undefined ? {} : { timeout }),
    });
    const code = codeOfReceipt(receipt, request.acceptUnproven);
    say(receiptLines(receipt).join("\n"), { message_type: "ended", receipt });
    return code;
  } catch (error) {
    if (!(error instanceof FreezeError)) throw error;
    const code = impatient === undefined ? codeOfHoldError(error) : signalExitCode(impatient);
    if (error.receipt !== undefined)
      say(receiptLines(error.receipt).join("\n"), {
        message_type: "ended",
        receipt: error.receipt,
      });
    if (options.told !== true) context.out.error(error, code);
    return code;
  }
}

/** Tells that the hold broke while it was held, and gives its exit code. */
export function tellBroken({ hold, context }: Session): number {
  const error: unknown = hold.broken.reason;
  // The signal's reason is the client's own error; anything else is a bug of ours.
  if (!(error instanceof FreezeError)) throw error;
  const code = codeOfHoldError(error);
  if (error.reason !== "UNREACHABLE") {
    context.out.error(error, code);
    return code;
  }
  // What the client says is right for a call; here the service thawed, and is perhaps back in a second.
  const told = `lost the service while it was held, which thaws it: discard what was copied (${error.message})`;
  context.out.error(new Error(told), code);
  return code;
}

/** Milliseconds: the service is restarted within a second, and knows then how its holds ended. */
const receiptPatience = { total: 3_000, pause: 250, call: 1_000 } as const;

/** After the break of a hold whose stream could not tell its receipt. */
export async function conclusionOfLost(session: Session): Promise<void> {
  const { hold, context, say } = session;
  await conclude(session, { told: true });
  if (hold.receipt !== undefined) return;
  const until = performance.now() + receiptPatience.total;
  do {
    try {
      const { receipt } = await context.client.getHold(hold.id, { timeout: receiptPatience.call });
      if (receipt !== undefined) {
        session.laterReceipt = receipt;
        say(receiptLines(receipt).join("\n"), { message_type: "ended", receipt });
        return;
      }
    } catch (error) {
      if (!(error instanceof FreezeError)) throw error;
      if (error.reason === "HOLD_NOT_FOUND") return;
    }
    await sleep(receiptPatience.pause);
  } while (performance.now() < until);
}

const lostReasons: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "TIMED_OUT",
  "CANCELLED",
  "PROTOCOL",
  "SHUTTING_DOWN",
  "GUARDIAN_UNAVAILABLE",
  "HOLD_ENDED",
  "HOLD_TAKEN_OVER",
  "CLIENT_GONE",
]);

/** As of a call, but what the service did to a hold that was frozen is a loss, not a refusal. */
export function codeOfHoldError(error: FreezeError): number {
  return lostReasons.has(error.reason) ? exitCodes.lost : codeOfError(error);
}

async function keepReceipt(
  { hold, context, laterReceipt }: Session,
  file: ReceiptFile | undefined,
  code: number,
): Promise<number> {
  const receipt = hold.receipt ?? laterReceipt;
  if (file === undefined || receipt === undefined) return code;
  const written = await file.write(receipt, context.client);
  if (written.ok) return code;
  const lost = code === exitCodes.done ? exitCodes.receiptNotWritten : code;
  const told = `the receipt was not written: ${written.problem}; get it with: fsfreezectl --json receipt ${receipt.holdId}`;
  context.out.error(new Error(told), lost);
  return lost;
}
