/**
 * What every answer has to keep, whichever case it is of: what it tells in the contract's JSON is that message, and what the
 * wrapper's own types say beside it is the same.
 */
import { type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FilesystemInfoSchema } from "../../src/gen/fsfreeze/v1/filesystem_pb.js";
import {
  ForcedThawSchema,
  IsFrozenResponseSchema,
} from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { HoldSchema } from "../../src/gen/fsfreeze/v1/hold_pb.js";
import { HoldProgressSchema, HoldStatusSchema } from "../../src/gen/fsfreeze/v1/hold_stream_pb.js";
import { PlanSchema } from "../../src/gen/fsfreeze/v1/plan_pb.js";
import { ReceiptSchema } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { differences, shown } from "./match.js";

type Values = Readonly<Record<string, unknown>>;

const schemas: Readonly<Record<string, readonly DescMessage[]>> = {
  hold: [HoldSchema],
  holds: [HoldSchema],
  receipt: [ReceiptSchema],
  // Of a hold, or of IsFrozen; `health` tells a text.
  status: [HoldStatusSchema, IsFrozenResponseSchema],
  forced: [ForcedThawSchema],
  plan: [PlanSchema],
  filesystems: [FilesystemInfoSchema],
  progress: [HoldProgressSchema],
};

/** Empty where all is as it has to be. */
export function messageProblems(told: Values): readonly string[] {
  const problems: string[] = [];
  for (const [name, candidates] of Object.entries(schemas)) {
    const value = told[name];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const message of list) {
      if (typeof message !== "object" || message === null) continue;
      const errors = candidates.map((schema) => jsonProblem(schema, message));
      if (errors.every((error) => error !== undefined))
        problems.push(`\`${name}\` is not the contract's JSON: ${errors.join("; ")}`);
    }
  }
  const { native, hold, receipt } = told;
  if (isValues(native) && isValues(receipt)) problems.push(...compare(native, ofReceipt(receipt)));
  else if (isValues(native) && isValues(hold)) problems.push(...compare(native, ofHold(hold)));
  return problems;
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonProblem(schema: DescMessage, message: object): string | undefined {
  try {
    fromJson(schema, message as JsonValue);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compare(native: Values, expected: Values): readonly string[] {
  return differences(expected, native, "native", true).map(
    (difference) => `${difference}, as the message beside it says: ${shown(native)}`,
  );
}

/** "VERDICT_INTACT" is "INTACT", and 17, which nobody knows yet, "UNKNOWN_17". */
function nameOf(value: unknown, prefix: string): string {
  if (typeof value === "number") return `UNKNOWN_${value}`;
  return String(value ?? "").replace(prefix, "");
}

function ofReceipt(receipt: Values): Values {
  const filesystems = Array.isArray(receipt.filesystems) ? receipt.filesystems : [];
  const intervals = filesystems.flatMap((filesystem: Values) => filesystem.intervals ?? []);
  return {
    holdId: receipt.holdId,
    verdict: nameOf(receipt.verdict, "VERDICT_"),
    endCause: nameOf(receipt.endCause, "END_CAUSE_"),
    frozenCount: receipt.frozenCount ?? 0,
    thawedCount: receipt.thawedCount ?? 0,
    intervals: intervals.length,
  };
}

function ofHold(hold: Values): Values {
  const { effective } = hold;
  const ttl = isValues(effective)
    ? /^(\d+(?:\.\d+)?)s$/.exec(String(effective.ttl))?.[1]
    : undefined;
  return {
    holdId: hold.holdId,
    state: nameOf(hold.state, "HOLD_STATE_"),
    purpose: hold.purpose ?? "",
    ...(ttl === undefined ? {} : { ttlMs: Math.round(Number(ttl) * 1_000) }),
  };
}
