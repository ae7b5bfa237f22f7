/** What a client says on its stream, as the commands of the stream's own hold. */
import type { HoldCommand } from "../channel/messages.js";
import type { HoldFreezeRequest, HoldOpen } from "../gen/fsfreeze/v1/hold_stream_pb.js";
import { type Refusal, refuse } from "../hold/refusal.js";
import { positiveMs, Validation } from "./validate.js";

export type ClientMessage =
  | { readonly kind: "open"; readonly seq: bigint; readonly open: HoldOpen }
  | { readonly kind: "command"; readonly seq: bigint; readonly command: HoldCommand }
  | { readonly kind: "release"; readonly seq: bigint }
  /** Understood and refused: the hold stays as it is. */
  | { readonly kind: "refused"; readonly seq: bigint; readonly refusal: Refusal }
  /** Not understood: the stream ends. */
  | { readonly kind: "malformed"; readonly refusal: Refusal };

export function decodeClientMessage(request: HoldFreezeRequest): ClientMessage {
  const { seq, command } = request;
  switch (command.case) {
    case undefined:
      return malformed("command", "is not set, or unknown to this version");
    case "open":
      return { kind: "open", seq, open: command.value };
    case "freeze":
      return { kind: "command", seq, command: { kind: "freeze" } };
    case "thaw":
      return { kind: "command", seq, command: { kind: "thaw" } };
    case "status":
      return { kind: "command", seq, command: { kind: "status" } };
    case "release":
      return { kind: "release", seq };
    case "renew": {
      const v = new Validation();
      const ttlMs = positiveMs(v, "renew.ttl", command.value.ttl);
      const decoded = v.result<HoldCommand>({
        kind: "renew",
        ...(ttlMs === undefined ? {} : { ttlMs }),
      });
      return decoded.ok
        ? { kind: "command", seq, command: decoded.value }
        : { kind: "refused", seq, refusal: decoded.refusal };
    }
    default:
      return command satisfies never;
  }
}

export function malformed(
  field: string,
  violation: string,
): { readonly kind: "malformed"; readonly refusal: Refusal } {
  const text = `${field === "" ? "the message" : field} ${violation}`;
  return {
    kind: "malformed",
    refusal: refuse("INVALID_REQUEST", text, { field, violation }).refusal,
  };
}
