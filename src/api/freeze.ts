/** Freeze: a hold tied to nothing but its deadline, answered when all are frozen. */
import type { Guardian, StreamEvent } from "../channel/messages.js";
import type {
  FreezeRequestSchema,
  FreezeResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import type { HoldView } from "../hold/model.js";
import { decodeFreeze } from "./decode-open.js";
import { encodeHold } from "./encode-hold.js";
import { streamEndStatus } from "./end-status.js";
import { type Failure, failure } from "./errors.js";
import type { UnaryHandler } from "./grpc-adapter.js";

type Outcome =
  | { readonly kind: "frozen"; readonly hold: HoldView; readonly skewUs: number }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Nobody waits for the answer any more. */
  | { readonly kind: "cancelled" };

const cancelled = failure("FREEZE_CANCELLED", "the call ended before all file systems were frozen");

export function freeze(
  guardian: Guardian,
): UnaryHandler<typeof FreezeRequestSchema, typeof FreezeResponseSchema> {
  return async (request, context) => {
    const decoded = decodeFreeze(request, context.owner);
    if (!decoded.ok) return { ok: false, failure: { refusal: decoded.refusal } };

    // Both may come before the guardian's acceptance is read, so whoever listens is there first.
    let settle: (outcome: Outcome) => void = () => {};
    const outcome = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    context.onCancelled(() => settle({ kind: "cancelled" }));
    const opened = await guardian.open(decoded.value, (event) => {
      const settled = outcomeOf(event);
      if (settled !== undefined) settle(settled);
    });
    if (!opened.ok) return { ok: false, failure: { refusal: opened.refusal } };
    const { holdId } = opened.value.hold;

    const result = await outcome;
    // Cancelled counts also when all were frozen at the same moment: the client never learns of the hold.
    if (result.kind === "cancelled" || context.cancelled) {
      guardian.abandon(holdId);
      return { ok: false, failure: cancelled };
    }
    if (result.kind === "failed") return { ok: false, failure: result.failure };
    guardian.answered(holdId);
    const { kernel } = guardian.health();
    return { ok: true, value: { hold: encodeHold(result.hold, kernel, result.skewUs) } };
  };
}

function outcomeOf(event: StreamEvent): Outcome | undefined {
  switch (event.kind) {
    case "frozen":
      return { kind: "frozen", hold: event.hold, skewUs: event.skewUs };
    case "lost":
    case "taken-over":
      return { kind: "failed", failure: { refusal: event.refusal } };
    case "ended": {
      const end = streamEndStatus(event.receipt);
      // Thawed before it was frozen, by somebody who found its id in a list.
      return { kind: "failed", failure: end.kind === "ok" ? cancelled : end.failure };
    }
    case "progress":
    case "expiring":
    case "broken":
      return undefined;
    default:
      return event satisfies never;
  }
}
