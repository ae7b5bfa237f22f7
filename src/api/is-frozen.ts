/** IsFrozen: the kernel's truth about one file system or block device. */
import type { Guardian } from "../channel/messages.js";
import type {
  IsFrozenRequestSchema,
  IsFrozenResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { decodeTarget } from "./decode-target.js";
import { encodeFrozenBy, encodeState, encodeStatusFilesystem } from "./encode-filesystem.js";
import type { UnaryHandler } from "./grpc-adapter.js";
import { Validation } from "./validate.js";

export function isFrozen(
  guardian: Guardian,
): UnaryHandler<typeof IsFrozenRequestSchema, typeof IsFrozenResponseSchema> {
  return async (request) => {
    const v = new Validation();
    const decoded = decodeTarget(v, "target", request.target);
    const target = v.result(decoded);
    if (!target.ok) return { ok: false, failure: { refusal: target.refusal } };
    if (target.value === undefined) throw new Error("a target without a violation is missing");
    const found = await guardian.isFrozen(target.value);
    if (!found.ok) return { ok: false, failure: { refusal: found.refusal } };
    return {
      ok: true,
      value: {
        filesystem: encodeStatusFilesystem(found.value),
        ...encodeState(found.value.reading),
        frozenBy: encodeFrozenBy(found.value.frozenBy),
      },
    };
  };
}
