// Targets and options as the driver's commands write them, as this client takes them.
import type {
  DeviceNumber,
  FreezeOptions,
  HoldOptions,
  ResumeOptions,
  Target,
  Targets,
} from "@fsfreezed/client";

type Fields = Readonly<Record<string, unknown>>;

function deviceNumber(text: unknown): DeviceNumber {
  const [major = Number.NaN, minor = Number.NaN] = String(text).split(":").map(Number);
  return { major, minor };
}

export function targetOf(value: unknown): Target {
  if (typeof value === "string") return value;
  const { deviceNumber: number, expectDevice, ...rest } = value as Fields;
  return {
    ...rest,
    ...(number === undefined ? {} : { deviceNumber: deviceNumber(number) }),
    ...(expectDevice === undefined ? {} : { expectDevice: deviceNumber(expectDevice) }),
  } as Target;
}

export function targetsOf(value: unknown): Targets {
  return Array.isArray(value) ? value.map(targetOf) : (value as Targets);
}

/** `ttlMs` is `ttl` here: every number is of milliseconds. */
function withoutMs(value: unknown): Fields {
  const entries = Object.entries((value ?? {}) as Fields).map(([name, inner]) => [
    name.replace(/Ms$/, ""),
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? withoutMs(inner) : inner,
  ]);
  return Object.fromEntries(entries) as Fields;
}

export const holdOptions = (value: unknown): HoldOptions => withoutMs(value);
export const resumeOptions = (value: unknown): ResumeOptions => withoutMs(value);
export const freezeOptions = (value: unknown): FreezeOptions => withoutMs(value);
