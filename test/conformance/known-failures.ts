/** Reads known-failures.yaml. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export interface KnownFailure {
  readonly driver: string;
  readonly case: string;
  readonly why: string;
}

const file = fileURLToPath(new URL("known-failures.yaml", import.meta.url));

/** Throws where one is malformed. */
export function readKnownFailures(): readonly KnownFailure[] {
  const list: unknown = parse(readFileSync(file, "utf8")) ?? [];
  if (!Array.isArray(list)) throw new Error("known-failures.yaml is not a list");
  return list.map((value: unknown) => {
    const { driver, case: name, why } = value as Readonly<Record<string, unknown>>;
    if (typeof driver !== "string" || typeof name !== "string" || typeof why !== "string")
      throw new Error(`known-failures.yaml: not {driver, case, why}: ${JSON.stringify(value)}`);
    return { driver, case: name, why };
  });
}
