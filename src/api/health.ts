/**
 * grpc.health.v1: `""` says that the daemon lives, `fsfreeze.v1.FreezeService` that it can freeze. Something being frozen is
 * healthy.
 */
import type { Guardian } from "../channel/messages.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import {
  Health,
  type HealthCheckRequestSchema,
  type HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../gen/health/v1/health_pb.js";
import { failure } from "./errors.js";
import {
  type AdapterDeps,
  type GrpcService,
  grpcService,
  type ServerStreamHandler,
} from "./grpc-adapter.js";

export function healthService(guardian: Guardian, deps: AdapterDeps): GrpcService {
  const statusOf = (service: string): ServingStatus | undefined => {
    if (service === "") return ServingStatus.SERVING;
    if (service !== FreezeService.typeName) return undefined;
    return guardian.health().canFreeze ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };
  const watchers = new Set<() => void>();
  guardian.onHealth(() => {
    for (const look of [...watchers]) look();
  });
  return grpcService(
    Health,
    {
      check(request) {
        const status = statusOf(request.service);
        return status === undefined
          ? {
              ok: false,
              // What the health protocol asks for; the metadata name what was asked about.
              failure: notKnown(request.service),
            }
          : { ok: true, value: { status } };
      },
      list() {
        const names = ["", FreezeService.typeName];
        const statuses = Object.fromEntries(
          names.map((name) => [name, { status: statusOf(name) ?? ServingStatus.UNKNOWN }]),
        );
        return { ok: true, value: { statuses } };
      },
      watch: watch(statusOf, watchers),
    },
    deps,
  );
}

function notKnown(service: string) {
  return failure("TARGET_NOT_FOUND", "no health is known of this service", { service });
}

/** Tells each change once. While a slow client has not taken the last one, only the newest is kept. */
function watch(
  statusOf: (service: string) => ServingStatus | undefined,
  watchers: Set<() => void>,
): ServerStreamHandler<typeof HealthCheckRequestSchema, typeof HealthCheckResponseSchema> {
  return (request, stream) => {
    let told: ServingStatus | undefined;
    let sending = false;
    const look = () => {
      const status = statusOf(request.service) ?? ServingStatus.SERVICE_UNKNOWN;
      if (sending || status === told) return;
      told = status;
      sending = true;
      stream.send({ status }, () => {
        sending = false;
        look();
      });
    };
    watchers.add(look);
    stream.onEnd(() => watchers.delete(look));
    look();
  };
}
