/** What `$name` stands for in a case. Most of it is made when it is first asked for, e.g. a file system. */

/** These are for the matcher. */
const expectations = new Set([
  "$any",
  "$absent",
  "$some",
  "$none",
  "$oneOf",
  "$not",
  "$atLeast",
  "$atMost",
]);

/** Undefined: there is no such name. */
export type Lookup = (name: string) => Promise<unknown>;

const reference = /\$([a-zA-Z]\w*(?:\.[a-zA-Z]\w*)?)/g;

/** Puts values in the place of names, everywhere inside. Throws for a name that stands for nothing. */
export async function resolveNames(value: unknown, lookup: Lookup): Promise<unknown> {
  if (typeof value === "string") return await resolveText(value, lookup);
  if (Array.isArray(value))
    return await Promise.all(value.map((item) => resolveNames(item, lookup)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [
    key,
    await resolveNames(item, lookup),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveText(text: string, lookup: Lookup): Promise<unknown> {
  if (expectations.has(text)) return text;
  const names = [...text.matchAll(reference)].map(([, name = ""]) => name);
  const values = new Map<string, unknown>();
  for (const name of names) {
    const value = await lookup(name);
    if (value === undefined) throw new Error(`$${name} stands for nothing here`);
    values.set(name, value);
  }
  // Alone it keeps its type; within a text it becomes one.
  const [only] = names;
  if (only !== undefined && text === `$${only}`) return values.get(only);
  return text.replace(reference, (_, name: string) => String(values.get(name)));
}
