/** Targets of a request as the domain knows them. Nothing is resolved here: only their form is checked. */
import type { MessageShape } from "@bufbuild/protobuf";
import type { DeviceNumberSchema, TargetSchema } from "../gen/fsfreeze/v1/target_pb.js";
import type { DeviceNumber, TargetSpec } from "../kernel/port.js";
import { checkBytes, limits, type Validation } from "./validate.js";

type Target = MessageShape<typeof TargetSchema>;

/** include/linux/kdev_t.h: 12 bits of major, 20 bits of minor. */
const maxMajor = 4095;
const maxMinor = 1_048_575;

function decodeDevice(
  v: Validation,
  field: string,
  device: MessageShape<typeof DeviceNumberSchema>,
): DeviceNumber {
  if (device.major > maxMajor) v.violate(`${field}.major`, `is more than ${maxMajor}`);
  if (device.minor > maxMinor) v.violate(`${field}.minor`, `is more than ${maxMinor}`);
  return { major: device.major, minor: device.minor };
}

function checkPath(v: Validation, field: string, path: string): void {
  if (path === "") v.violate(field, "is empty");
  else if (!path.startsWith("/")) v.violate(field, "is not absolute");
  if (path.includes("\0")) v.violate(field, "contains a NUL");
  checkBytes(v, field, path, limits.pathBytes);
}

function decodeName(v: Validation, field: string, target: Target): TargetSpec["by"] | undefined {
  const name = target.target;
  switch (name.case) {
    case undefined:
      v.violate(field, "names nothing that this version knows");
      return undefined;
    case "path":
      checkPath(v, `${field}.path`, name.value);
      return { kind: "path", path: name.value };
    case "blockDevice":
      checkPath(v, `${field}.block_device`, name.value);
      return { kind: "block-device", path: name.value };
    case "deviceNumber":
      return {
        kind: "device-number",
        device: decodeDevice(v, `${field}.device_number`, name.value),
      };
    case "filesystemUuid":
      if (name.value === "") v.violate(`${field}.filesystem_uuid`, "is empty");
      checkBytes(v, `${field}.filesystem_uuid`, name.value, limits.uuidBytes);
      return { kind: "uuid", uuid: name.value };
    default:
      return name satisfies never;
  }
}

/** Undefined only where a violation was recorded. */
export function decodeTarget(
  v: Validation,
  field: string,
  target: Target | undefined,
): TargetSpec | undefined {
  if (target === undefined) {
    v.violate(field, "is missing");
    return undefined;
  }
  const by = decodeName(v, field, target);
  if (target.allowSubdirectory && by?.kind !== "path")
    v.violate(`${field}.allow_subdirectory`, "goes with a path only");
  checkBytes(v, `${field}.expect_uuid`, target.expectUuid, limits.uuidBytes);
  if (by === undefined) return undefined;
  return {
    by,
    allowSubdirectory: target.allowSubdirectory,
    ...(target.expectUuid === "" ? {} : { expectUuid: target.expectUuid }),
    ...(target.expectDevice === undefined
      ? {}
      : { expectDevice: decodeDevice(v, `${field}.expect_device`, target.expectDevice) }),
  };
}

export function decodeTargets(
  v: Validation,
  field: string,
  targets: readonly Target[],
): readonly TargetSpec[] {
  if (targets.length === 0) v.violate(field, "is empty");
  // Before any of them is looked at: 64 KiB have room for 30,000 empty ones.
  if (targets.length > limits.targets) {
    v.violate(field, `has more than ${limits.targets} elements`);
    return [];
  }
  return targets.flatMap((target, i) => decodeTarget(v, `${field}[${i}]`, target) ?? []);
}
