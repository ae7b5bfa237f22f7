/** ListHolds: live and ended holds, newest first, in pages. */
import { create, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { Guardian } from "../channel/messages.js";
import type {
  ListHoldsRequestSchema,
  ListHoldsResponseSchema,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { type Hold, HoldSchema } from "../gen/fsfreeze/v1/hold_pb.js";
import type { Result } from "../hold/refusal.js";
import { encodeHold } from "./encode-hold.js";
import type { UnaryHandler } from "./grpc-adapter.js";
import { decodePageToken, encodePageToken } from "./page-token.js";
import { limits, Validation } from "./validate.js";

/** gRPC clients refuse messages of more than 4 MiB by default; a page is cut short before that. */
const pageBytes = 3 * 1024 * 1024;

export function listHolds(
  guardian: Guardian,
): UnaryHandler<typeof ListHoldsRequestSchema, typeof ListHoldsResponseSchema> {
  return async (request) => {
    const asked = decodePage(request);
    if (!asked.ok) return { ok: false, failure: { refusal: asked.refusal } };
    const page = await guardian.listHolds(asked.value);
    if (!page.ok) return { ok: false, failure: { refusal: page.refusal } };

    const { kernel } = guardian.health();
    const holds: Hold[] = [];
    let bytes = 0;
    for (const view of page.value.holds) {
      const hold = create(HoldSchema, encodeHold(view, kernel));
      bytes += toBinary(HoldSchema, hold).length;
      if (bytes > pageBytes && holds.length > 0) break;
      holds.push(hold);
    }
    const more = page.value.more || holds.length < page.value.holds.length;
    const last = holds.at(-1);
    return {
      ok: true,
      value: {
        holds,
        nextPageToken: more && last !== undefined ? encodePageToken(last.holdId) : "",
      },
    };
  };
}

function decodePage(
  request: MessageShape<typeof ListHoldsRequestSchema>,
): Result<{ readonly size: number; readonly after: string }> {
  const v = new Validation();
  if (request.pageSize < 0) v.violate("page_size", "is negative");
  const size = request.pageSize === 0 ? limits.pageSizeDefault : request.pageSize;
  let after = "";
  if (request.pageToken !== "") {
    const known =
      request.pageToken.length <= limits.pageTokenChars
        ? decodePageToken(request.pageToken)
        : undefined;
    if (known === undefined) v.violate("page_token", "is not a token of this list");
    else after = known;
  }
  return v.result({ size: Math.min(size, limits.pageSizeMax), after });
}
