/** GetHold: one hold, live or ended. */
import type { Guardian } from "../channel/messages.js";
import type {
  GetHoldRequestSchema,
  GetHoldResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { encodeHold } from "./encode-hold.js";
import type { UnaryHandler } from "./grpc-adapter.js";
import { checkHoldId, Validation } from "./validate.js";

export function getHold(
  guardian: Guardian,
): UnaryHandler<typeof GetHoldRequestSchema, typeof GetHoldResponseSchema> {
  return async (request) => {
    const v = new Validation();
    checkHoldId(v, "hold_id", request.holdId);
    const holdId = v.result(request.holdId);
    if (!holdId.ok) return { ok: false, failure: { refusal: holdId.refusal } };
    const found = await guardian.getHold(holdId.value);
    return found.ok
      ? { ok: true, value: { hold: encodeHold(found.value, guardian.health().kernel) } }
      : { ok: false, failure: { refusal: found.refusal } };
  };
}
