/** Who owns a hold, and what was asked for and granted, as the contract writes them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { HoldKind, type HoldOptionsSchema } from "../gen/fsfreeze/v1/options_pb.js";
import type { OwnerSchema } from "../gen/fsfreeze/v1/owner_pb.js";
import type {
  EffectiveTimes,
  HoldKind as HoldKindName,
  Owner,
  RequestedTimes,
} from "../hold/model.js";
import { durationOfMs } from "./encode-time.js";

export function encodeOwner(owner: Owner): MessageInitShape<typeof OwnerSchema> {
  switch (owner.kind) {
    case "unix":
      return {
        identity: {
          case: "unixPeer",
          value: { uid: owner.uid, gid: owner.gid, pid: owner.pid },
        },
        address: "unix:",
      };
    case "tls":
      return {
        identity: {
          case: "tlsPeer",
          value: {
            subject: owner.subject,
            subjectAltNames: [...owner.subjectAltNames],
            fingerprintSha256: owner.fingerprintSha256,
          },
        },
        address: `tcp:${owner.address}`,
      };
    case "tcp":
      return { address: `tcp:${owner.address}` };
    default:
      return owner satisfies never;
  }
}

type HoldOptions = MessageInitShape<typeof HoldOptionsSchema>;

export function encodeRequested(times: RequestedTimes): HoldOptions {
  return {
    ...(times.ttlMs === undefined ? {} : { ttl: durationOfMs(times.ttlMs) }),
    ...(times.freezeTimeoutMs === undefined
      ? {}
      : { freezeTimeout: durationOfMs(times.freezeTimeoutMs) }),
    ...(times.lingerMs === undefined ? {} : { linger: durationOfMs(times.lingerMs) }),
  };
}

export function encodeEffective(times: EffectiveTimes): HoldOptions {
  return {
    ttl: durationOfMs(times.ttlMs),
    freezeTimeout: durationOfMs(times.freezeTimeoutMs),
    ...(times.lingerMs > 0 ? { linger: durationOfMs(times.lingerMs) } : {}),
  };
}

export function encodeKind(kind: HoldKindName): HoldKind {
  switch (kind) {
    case "stream":
      return HoldKind.STREAM;
    case "lease":
      return HoldKind.LEASE;
    default:
      return kind satisfies never;
  }
}
