/** RenewHold: a new deadline, counted from now. */
import type { Guardian } from "../channel/messages.js";
import type {
  RenewHoldRequestSchema,
  RenewHoldResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { encodeHold } from "./encode-hold.js";
import type { UnaryHandler } from "./grpc-adapter.js";
import { checkHoldId, positiveMs, Validation } from "./validate.js";

export function renewHold(
  guardian: Guardian,
): UnaryHandler<typeof RenewHoldRequestSchema, typeof RenewHoldResponseSchema> {
  return async (request, context) => {
    const v = new Validation();
    checkHoldId(v, "hold_id", request.holdId);
    const ttlMs = v.result(positiveMs(v, "ttl", request.ttl));
    if (!ttlMs.ok) return { ok: false, failure: { refusal: ttlMs.refusal } };
    const renewed = await guardian.renew(context.owner, request.holdId, ttlMs.value);
    return renewed.ok
      ? { ok: true, value: { hold: encodeHold(renewed.value, guardian.health().kernel) } }
      : { ok: false, failure: { refusal: renewed.refusal } };
  };
}
