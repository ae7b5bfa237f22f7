/** Thaw: ends a hold by its id or its target, and answers its receipt. */
import type { MessageShape } from "@bufbuild/protobuf";
import type { Guardian, HoldReference } from "../channel/messages.js";
import type {
  ThawRequestSchema,
  ThawResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import type { Refusal, Result } from "../hold/refusal.js";
import { decodeTarget } from "./decode-target.js";
import { encodeReceipt } from "./encode-receipt.js";
import { thawStatus } from "./end-status.js";
import type { Failure } from "./errors.js";
import type { UnaryHandler } from "./grpc-adapter.js";
import { checkHoldId, Validation } from "./validate.js";

export function thaw(
  guardian: Guardian,
): UnaryHandler<typeof ThawRequestSchema, typeof ThawResponseSchema> {
  return async (request, context) => {
    const which = decodeThaw(request);
    if (!which.ok) return { ok: false, failure: { refusal: which.refusal } };
    const thawed = await guardian.thaw(context.owner, which.value);
    if (!thawed.ok) {
      return { ok: false, failure: await withReceipt(guardian, thawed.refusal, which.value) };
    }
    const receipt = encodeReceipt(thawed.value, guardian.health().kernel);
    const end = thawStatus(thawed.value);
    return end.kind === "ok"
      ? { ok: true, value: { receipt } }
      : { ok: false, failure: { ...end.failure, receipt } };
  };
}

function decodeThaw(request: MessageShape<typeof ThawRequestSchema>): Result<HoldReference> {
  const v = new Validation();
  const { subject } = request;
  let which: HoldReference = { kind: "id", holdId: "" };
  switch (subject.case) {
    case undefined:
      v.violate("subject", "is not set, or unknown to this version");
      break;
    case "holdId":
      checkHoldId(v, "hold_id", subject.value);
      if (request.force) v.violate("force", "goes with a target only");
      which = { kind: "id", holdId: subject.value };
      break;
    case "target": {
      const target = decodeTarget(v, "target", subject.value);
      if (request.force) v.unsupported("force");
      if (target !== undefined) which = { kind: "target", target };
      break;
    }
    default:
      subject satisfies never;
  }
  return v.result(which);
}

/** A hold that had ended before is refused, and its receipt belongs to the answer. */
async function withReceipt(
  guardian: Guardian,
  refusal: Refusal,
  which: HoldReference,
): Promise<Failure> {
  if (refusal.reason !== "HOLD_ENDED" && refusal.reason !== "FREEZE_BROKEN") return { refusal };
  const holdId = refusal.metadata.hold_id ?? (which.kind === "id" ? which.holdId : undefined);
  if (holdId === undefined) return { refusal };
  const found = await guardian.getHold(holdId);
  if (!found.ok || found.value.receipt === undefined) return { refusal };
  return { refusal, receipt: encodeReceipt(found.value.receipt, guardian.health().kernel) };
}
