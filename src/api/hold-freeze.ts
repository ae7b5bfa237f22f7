/** HoldFreeze: the freeze descriptor that the kernel never got. */
import type {
  HoldFreezeRequestSchema,
  HoldFreezeResponseSchema,
} from "../gen/fsfreeze/v1/hold_stream_pb.js";
import type { BidiHandler } from "./grpc-adapter.js";
import { HoldStream, type HoldStreamDeps } from "./hold-stream.js";

export function holdFreeze(
  deps: HoldStreamDeps,
): BidiHandler<typeof HoldFreezeRequestSchema, typeof HoldFreezeResponseSchema> {
  return (call, context) => {
    // It lives by the call's events, and nobody else needs to know it.
    new HoldStream(call, context, deps);
  };
}
