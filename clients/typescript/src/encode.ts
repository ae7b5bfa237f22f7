/** What callers write, as the contract's messages. */
import { create } from "@bufbuild/protobuf";
import type { Presync as PbPresync } from "./gen/fsfreeze/v1/options_pb.js";
import {
  HooksSchema,
  type Hooks as PbHooks,
  PresyncMode as PbPresyncMode,
  PresyncSchema,
} from "./gen/fsfreeze/v1/options_pb.js";
import {
  AllFreezableSchema,
  DeviceNumberSchema,
  type AllFreezable as PbAllFreezable,
  type Target as PbTarget,
  TargetSchema,
} from "./gen/fsfreeze/v1/target_pb.js";
import type { DeviceNumber, Hooks, Presync } from "./model.js";
import { durationOf } from "./times.js";

interface Expectations {
  /** Refused with TARGET_MISMATCH unless the file system has this UUID. */
  readonly expectUuid?: string;
  /** Refused with TARGET_MISMATCH unless the file system lies on this device. */
  readonly expectDevice?: DeviceNumber;
}

/**
 * Names one file system. A string is the path of a mount point, in the service's mount namespace.
 *
 * `path` also takes a directory below the mount point, with `allowSubdirectory`. `blockDevice` is a device node's path and means the
 * file system on it.
 */
export type Target =
  | string
  | ({ readonly path: string; readonly allowSubdirectory?: boolean } & Expectations)
  | ({ readonly blockDevice: string } & Expectations)
  | ({ readonly deviceNumber: DeviceNumber } & Expectations)
  | ({ readonly filesystemUuid: string } & Expectations);

/** Every local file system that can be frozen, but those that a pattern matches (`*`, `?`, `**`). */
export interface AllFreezable {
  readonly allFreezable: true;
  readonly exclude?: readonly string[];
}

/** What to freeze, all or nothing: 1 to 256 targets, or all that can be frozen. */
export type Targets = Target | readonly Target[] | AllFreezable;

function named(target: Exclude<Target, string>): PbTarget["target"] {
  if ("path" in target) return { case: "path", value: target.path };
  if ("blockDevice" in target) return { case: "blockDevice", value: target.blockDevice };
  if ("deviceNumber" in target)
    return { case: "deviceNumber", value: create(DeviceNumberSchema, target.deviceNumber) };
  return { case: "filesystemUuid", value: target.filesystemUuid };
}

export function pbTarget(target: Target): PbTarget {
  if (typeof target === "string")
    return create(TargetSchema, { target: { case: "path", value: target } });
  return create(TargetSchema, {
    target: named(target),
    allowSubdirectory: "path" in target && target.allowSubdirectory === true,
    expectUuid: target.expectUuid ?? "",
    ...(target.expectDevice === undefined ? {} : { expectDevice: target.expectDevice }),
  });
}

export interface PbTargets {
  readonly targets?: PbTarget[];
  readonly allFreezable?: PbAllFreezable;
}

export function pbTargets(targets: Targets): PbTargets {
  if (typeof targets === "object" && "allFreezable" in targets)
    return {
      allFreezable: create(AllFreezableSchema, { excludePatterns: [...(targets.exclude ?? [])] }),
    };
  const list: readonly Target[] = isList(targets) ? targets : [targets];
  return { targets: list.map(pbTarget) };
}

// Array.isArray does not narrow a readonly array away from the other members of a union.
function isList(targets: Target | readonly Target[]): targets is readonly Target[] {
  return Array.isArray(targets);
}

/** How a freeze is made; shared by `hold` and `freeze`. Milliseconds. */
export interface FreezeSettings {
  /** How long it lasts from the moment that all are frozen. Default: the service's, 10,000. Clamped by the service. */
  readonly ttl?: number;
  /** How long freezing may take. Default: the service's, 30,000. Clamped by the service. */
  readonly freezeTimeout?: number;
  /** A short text for people, at most 256 bytes: shown to whoever is refused because of this hold. */
  readonly purpose?: string;
  /** Writing back before the freeze. Default: the service's choice. */
  readonly presync?: Presync;
  /** Run the operator's hooks. Default: none. */
  readonly hooks?: Hooks;
}

function pbPresync({ mode, timeout }: Presync): PbPresync {
  return create(PresyncSchema, {
    mode: mode === undefined ? PbPresyncMode.UNSPECIFIED : PbPresyncMode[mode],
    ...(timeout === undefined ? {} : { timeout: durationOf(timeout) }),
  });
}

function pbHooks({ names, timeout }: Hooks): PbHooks {
  return create(HooksSchema, {
    names: [...names],
    ...(timeout === undefined ? {} : { timeout: durationOf(timeout) }),
  });
}

export function pbSettings(settings: FreezeSettings) {
  const { ttl, freezeTimeout, purpose, presync, hooks } = settings;
  return {
    purpose: purpose ?? "",
    ...(ttl === undefined ? {} : { ttl: durationOf(ttl) }),
    ...(freezeTimeout === undefined ? {} : { freezeTimeout: durationOf(freezeTimeout) }),
    ...(presync === undefined ? {} : { presync: pbPresync(presync) }),
    ...(hooks === undefined ? {} : { hooks: pbHooks(hooks) }),
  };
}
