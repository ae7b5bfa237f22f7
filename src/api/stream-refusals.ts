/** What a HoldFreeze stream itself refuses; everything else is refused by the guardian. */
import { type Refusal, refuse } from "../hold/refusal.js";
import { malformed } from "./decode-command.js";

export const notOpened = malformed("open", "must be the first message").refusal;
export const openedTwice = malformed("open", "came a second time").refusal;
export const notAMessage = malformed("", "is not a HoldFreezeRequest").refusal;

export function tooManyWaiting(capacity: number): Refusal {
  return malformed("command", `came while ${capacity} others were waiting`).refusal;
}

export function notReading(holdId: string): Refusal {
  const text = "the client did not read what it was told, and its hold was ended";
  return refuse("CLIENT_GONE", text, { hold_id: holdId }).refusal;
}

export function cancelled(holdId: string): Refusal {
  const text = "the freeze was cancelled before all file systems were frozen";
  return refuse("FREEZE_CANCELLED", text, { hold_id: holdId }).refusal;
}

export function overtaken(holdId: string): Refusal {
  const text = "the hold was released before this command's turn";
  return refuse("HOLD_ENDED", text, { hold_id: holdId }).refusal;
}
