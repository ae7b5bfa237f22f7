/** Is an answer what a case expects? Tells every difference with its place. */

/** What proto3 JSON leaves out: an expected 0 is met by nothing at all, too. */
function isDefault(value: unknown): boolean {
  return (
    value === 0 || value === false || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) return "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}

/**
 * The differences; empty where `expected` is a part of `actual`. Below `native` a default must be written out, everywhere else it
 * may be left out, as proto3 JSON does.
 */
export function differences(
  expected: unknown,
  actual: unknown,
  path = "",
  strict = false,
): readonly string[] {
  const differs = (what: string) => [`${path === "" ? "it" : path}: ${what}`];
  const is = `is ${shown(actual)}`;
  if (expected === "$any") return isNothing(actual) ? differs("is not there") : [];
  if (expected === "$absent") return isNothing(actual) ? [] : differs(`${is}, not absent`);
  if (typeof expected === "string") {
    const pattern = /^\/(.*)\/$/s.exec(expected)?.[1];
    const equal =
      pattern === undefined
        ? actual === expected || (!strict && expected === "" && isNothing(actual))
        : typeof actual === "string" && new RegExp(pattern).test(actual);
    return equal ? [] : differs(`${is}, not ${expected}`);
  }
  if (isNothing(actual) && isDefault(expected) && !strict) return [];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return differs(`${is}, not a list`);
    if (actual.length !== expected.length)
      return differs(`has ${actual.length} items, not ${expected.length}: ${shown(actual)}`);
    return expected.flatMap((item, index) =>
      differences(item, actual[index], `${path}[${index}]`, strict),
    );
  }
  if (isRecord(expected)) {
    const operator = operatorOf(expected);
    if (operator !== undefined) return operator(actual, path, strict);
    if (!isRecord(actual)) return differs(`${is}, not a mapping`);
    return Object.entries(expected).flatMap(([key, value]) => {
      const place = path === "" ? key : `${path}.${key}`;
      return differences(value, actual[key], place, strict || key === "native");
    });
  }
  return actual === expected ? [] : differs(`${is}, not ${shown(expected)}`);
}

type Operator = (actual: unknown, path: string, strict: boolean) => readonly string[];

/** `{ $some: ITEM }`, `{ $none: ITEM }`, `{ $oneOf: [...] }`, `{ $atLeast: N }`, `{ $atMost: N }`, `{ $not: VALUE }`. */
function operatorOf(expected: Readonly<Record<string, unknown>>): Operator | undefined {
  const [key, ...others] = Object.keys(expected);
  if (key === undefined || others.length > 0 || !key.startsWith("$")) return undefined;
  const value = expected[key];
  const fits = (wanted: unknown, actual: unknown, strict: boolean) =>
    differences(wanted, actual, "", strict).length === 0;
  const judge =
    (what: string, good: (actual: unknown, strict: boolean) => boolean): Operator =>
    (actual, path, strict) =>
      good(actual, strict) ? [] : [`${path}: is ${shown(actual)}, not ${what} ${shown(value)}`];
  const items = (actual: unknown): readonly unknown[] => (Array.isArray(actual) ? actual : []);
  switch (key) {
    case "$some":
      return judge("a list with", (actual, strict) =>
        items(actual).some((item) => fits(value, item, strict)),
      );
    case "$none":
      return judge("a list without", (actual, strict) =>
        items(actual).every((item) => !fits(value, item, strict)),
      );
    case "$oneOf":
      return judge("one of", (actual, strict) =>
        items(value).some((wanted) => fits(wanted, actual, strict)),
      );
    case "$not":
      return judge("other than", (actual, strict) => !fits(value, actual, strict));
    case "$atLeast":
      return judge("at least", (actual) => Number(actual) >= Number(value));
    case "$atMost":
      return judge("at most", (actual) => Number(actual) <= Number(value));
    default:
      throw new Error(`no such expectation: ${key}`);
  }
}

/** `hold.filesystems.0.state` of an answer; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner: unknown, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isRecord(inner) ? inner[key] : undefined;
  }, value);
}
