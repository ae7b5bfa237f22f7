/** Every RPC of fsfreeze.v1.FreezeService and who answers it. */
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { freeze } from "./freeze.js";
import { getHold } from "./get-hold.js";
import { type GrpcService, grpcService } from "./grpc-adapter.js";
import { holdFreeze } from "./hold-freeze.js";
import type { HoldStreamDeps } from "./hold-stream.js";
import { isFrozen } from "./is-frozen.js";
import { listHolds } from "./list-holds.js";
import { renewHold } from "./renew-hold.js";
import { thaw } from "./thaw.js";
import { unsupportedServerStream, unsupportedUnary } from "./unsupported.js";

export function freezeService(deps: HoldStreamDeps): GrpcService {
  const { guardian } = deps;
  return grpcService(
    FreezeService,
    {
      freeze: freeze(guardian),
      thaw: thaw(guardian),
      renewHold: renewHold(guardian),
      isFrozen: isFrozen(guardian),
      holdFreeze: holdFreeze(deps),
      planFreeze: unsupportedUnary("PlanFreeze"),
      listFilesystems: unsupportedUnary("ListFilesystems"),
      getHold: getHold(guardian),
      listHolds: listHolds(guardian),
      watchHolds: unsupportedServerStream("WatchHolds"),
    },
    deps,
  );
}
