/** Reads a world's description from JSON. What is not understood is refused: a typing error must not pass silently. */
import type {
  DeviceDescription,
  Faults,
  FilesystemDescription,
  Ways,
  WorldDescription,
} from "./description.js";

type Fields = Readonly<Record<string, unknown>>;
type Reader<T> = (value: unknown, where: string) => T;

class WorldError extends Error {}

function fail(where: string, wanted: string): never {
  throw new WorldError(`simulated world: ${where} is not ${wanted}`);
}

const text: Reader<string> = (value, where) =>
  typeof value === "string" ? value : fail(where, "a text");

const flag: Reader<boolean> = (value, where) =>
  typeof value === "boolean" ? value : fail(where, "true or false");

const duration: Reader<number> = (value, where) =>
  typeof value === "number" && value >= 0 && value < 2 ** 31
    ? value
    : fail(where, "a number of milliseconds");

const path: Reader<string> = (value, where) =>
  typeof value === "string" && /^\/([^/]+(\/[^/]+)*)?$/.test(value)
    ? value
    : fail(where, "an absolute path");

const deviceNumber: Reader<string> = (value, where) =>
  typeof value === "string" && /^\d+:\d+$/.test(value) ? value : fail(where, '"major:minor"');

function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, where) =>
    Array.isArray(value)
      ? value.map((one, index) => item(one, `${where}[${index}]`))
      : fail(where, "a list");
}

function oneOf<T extends string>(...names: readonly T[]): Reader<T> {
  return (value, where) => names.find((name) => name === value) ?? fail(where, names.join(" or "));
}

function fields(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(where, "an object");
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) fail(`${where}.${name}`, `one of ${known.join(", ")}`);
  }
  return { ...value };
}

type Readers<T> = { readonly [K in keyof Required<T>]: Reader<Exclude<T[K], undefined>> };

/** An object with the given fields: required ones fail where they are missing, others stay away. */
function object<T>(readers: Readers<T>, required: readonly (keyof T & string)[]): Reader<T> {
  const known = Object.keys(readers);
  return (value, where) => {
    const found = fields(value, where, known);
    for (const name of required) if (found[name] === undefined) fail(`${where}.${name}`, "given");
    const entries = Object.entries<Reader<unknown>>(readers).flatMap(([name, read]) =>
      found[name] === undefined ? [] : [[name, read(found[name], `${where}.${name}`)]],
    );
    return Object.fromEntries(entries);
  };
}

const device = object<DeviceDescription>({ device: deviceNumber, path, counting: flag }, [
  "device",
  "path",
]);

const errno: Reader<string> = (value, where) =>
  typeof value === "string" && /^E[A-Z0-9]+$/.test(value)
    ? value
    : fail(where, 'the name of an errno, such as "EIO"');

const faults = object<Faults>(
  {
    freeze: errno,
    thaw: errno,
    syncfs: errno,
    hangFreezes: flag,
    frozenByAnother: flag,
    thawedByAnotherAfterMs: duration,
    rewrittenByAnotherAfterMs: duration,
  },
  [],
);

const filesystem = object<FilesystemDescription>(
  {
    mountPoint: path,
    type: text,
    key: deviceNumber,
    uuid: text,
    readOnly: flag,
    devices: list(device),
    otherMountPoints: list(path),
    directories: list(text),
    files: list(text),
    fifos: list(text),
    layersBelow: list(path),
    freezeMs: duration,
    thawMs: duration,
    faults,
  },
  ["mountPoint", "type", "key"],
);

const way = oneOf("exact", "fallback", "none");

const world = object<WorldDescription>(
  {
    filesystems: list(filesystem),
    privileged: flag,
    ways: object<Ways>({ state: way, generation: way }, ["state", "generation"]),
  },
  ["filesystems"],
);

export function parseWorld(json: string): WorldDescription {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new WorldError(`simulated world: not JSON: ${String(error)}`);
  }
  const parsed = world(value, "world");
  const mountPoints = new Set<string>();
  for (const { mountPoint } of parsed.filesystems) {
    if (mountPoints.has(mountPoint)) fail(`mount point ${mountPoint}`, "named once");
    mountPoints.add(mountPoint);
  }
  for (const one of parsed.filesystems) {
    for (const layer of one.layersBelow ?? []) {
      if (!mountPoints.has(layer)) fail(`layer ${layer}`, "the mount point of a file system here");
    }
  }
  return parsed;
}
