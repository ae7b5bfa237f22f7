/** The pieces that several of the contract's messages share, as native values. */
import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type ErrorDetail as PbErrorDetail,
  ErrorReason as PbErrorReason,
} from "./gen/fsfreeze/v1/errors_pb.js";
import {
  type BlockDevice as PbBlockDevice,
  DeviceRole as PbDeviceRole,
  type Filesystem as PbFilesystem,
  Freezer as PbFreezer,
  type FrozenBy as PbFrozenBy,
  type PassedOver as PbPassedOver,
} from "./gen/fsfreeze/v1/filesystem_pb.js";
import {
  type HoldOptions as PbHoldOptions,
  PresyncMode as PbPresyncMode,
} from "./gen/fsfreeze/v1/options_pb.js";
import type { Owner as PbOwner } from "./gen/fsfreeze/v1/owner_pb.js";
import type { DeviceNumber as PbDeviceNumber } from "./gen/fsfreeze/v1/target_pb.js";
import type {
  BlockDevice,
  DeviceNumber,
  ErrorDetail,
  Filesystem,
  FrozenBy,
  HoldOptionsInfo,
  Owner,
  PassedOver,
  Presync,
  ProtoJson,
} from "./model.js";
import { nameOf, optionalName } from "./names.js";
import { dateOf, millisecondsOf } from "./times.js";

type Given<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined: "not said" is an absent property. */
export function given<T extends object>(values: T): Given<T> {
  // The type says what the filter does; the compiler cannot see through Object.fromEntries.
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Given<T>;
}

/** Gives a native value its proto3 JSON form, made when it is asked for. */
export function withJson<S extends DescMessage, T extends object>(
  schema: S,
  message: MessageShape<S>,
  value: T,
): T & ProtoJson {
  const json = { value: () => toJson(schema, message) };
  return Object.defineProperty(value, "toJSON", json) as T & ProtoJson;
}

export function optionalMs(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : millisecondsOf(duration);
}

export function optionalDate(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp === undefined ? undefined : dateOf(timestamp);
}

/** uint64 as a number: exact below 2^53, which no count of sectors or bytes of a file system reaches. */
export function optionalCount(count: bigint | undefined): number | undefined {
  return count === undefined ? undefined : Number(count);
}

export function deviceNumberOf(device: PbDeviceNumber | undefined): DeviceNumber {
  return { major: device?.major ?? 0, minor: device?.minor ?? 0 };
}

export function blockDeviceOf(device: PbBlockDevice): BlockDevice {
  return {
    number: deviceNumberOf(device.number),
    name: device.name,
    role: nameOf(PbDeviceRole, device.role),
  };
}

export function filesystemOf(filesystem: PbFilesystem | undefined): Filesystem {
  return given({
    mountPoint: filesystem?.mountPoint ?? "",
    mountPointEscaped: filesystem?.mountPointEscaped ?? false,
    type: filesystem?.type ?? "",
    uuid: filesystem?.uuid === "" ? undefined : filesystem?.uuid,
    device: deviceNumberOf(filesystem?.device),
    devices: (filesystem?.devices ?? []).map(blockDeviceOf),
    readOnly: filesystem?.readOnly ?? false,
    source: filesystem?.source ?? "",
  });
}

export function ownerOf(owner: PbOwner | undefined): Owner {
  const address = owner?.address ?? "";
  switch (owner?.identity.case) {
    case "unixPeer": {
      const { uid, gid, pid } = owner.identity.value;
      return given({ kind: "unix" as const, uid, gid, pid, address });
    }
    case "tlsPeer": {
      const { subject, subjectAltNames, fingerprintSha256 } = owner.identity.value;
      return { kind: "tls", subject, subjectAltNames, fingerprintSha256, address };
    }
    // Also an identity of a kind that only a newer service knows.
    default:
      return { kind: "address", address };
  }
}

export function frozenByOf(holder: PbFrozenBy): FrozenBy {
  return {
    freezer: nameOf(PbFreezer, holder.freezer),
    holds: holder.holds.map(({ holdId, owner, purpose }) =>
      given({ holdId, owner: owner === undefined ? undefined : ownerOf(owner), purpose }),
    ),
    device: holder.device,
  };
}

export function errorDetailOf(detail: PbErrorDetail): ErrorDetail {
  return {
    reason: nameOf(PbErrorReason, detail.reason),
    message: detail.message,
    metadata: detail.metadata,
  };
}

export function optionalError(detail: PbErrorDetail | undefined): ErrorDetail | undefined {
  return detail === undefined ? undefined : errorDetailOf(detail);
}

export function passedOverOf({ filesystem, refusal }: PbPassedOver): PassedOver {
  return given({ filesystem: filesystemOf(filesystem), refusal: optionalError(refusal) });
}

function presyncOf(presync: NonNullable<PbHoldOptions["presync"]>): Presync {
  const mode = optionalName(PbPresyncMode, presync.mode);
  return given({
    mode: mode === "OFF" || mode === "UNTIL_CALM" ? mode : undefined,
    timeout: optionalMs(presync.timeout),
  });
}

export function holdOptionsOf(options: PbHoldOptions | undefined): HoldOptionsInfo {
  const { presync, hooks } = options ?? {};
  return given({
    ttl: optionalMs(options?.ttl),
    freezeTimeout: optionalMs(options?.freezeTimeout),
    presync: presync === undefined ? undefined : presyncOf(presync),
    linger: optionalMs(options?.linger),
    hooks:
      hooks === undefined
        ? undefined
        : given({ names: hooks.names, timeout: optionalMs(hooks.timeout) }),
  });
}
