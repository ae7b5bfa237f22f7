/**
 * What is read back from the journal is not taken on trust: a file that an older version wrote, or
 * that somebody touched, must not keep the service from starting, nor a later entry from being
 * recovered.
 */
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { JournalledGrant } from "./journal.js";

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the object has all of these, each of its type. */
function has(value: unknown, types: Readonly<Record<string, "string" | "number" | "object">>) {
  return (
    isFields(value) &&
    Object.entries(types).every(
      ([name, type]) => typeof value[name] === type && value[name] !== null,
    )
  );
}

/** Throws an Error that says what is wrong with it. */
export function asJournalledGrant(value: unknown): JournalledGrant {
  const entry = isFields(value) ? value : {};
  const grant = isFields(entry.grant) ? entry.grant : {};
  const identity = isFields(grant.identity) ? grant.identity : {};
  const whole =
    has(entry, { bootId: "string", guardian: "object", grant: "object" }) &&
    has(entry.guardian, { pid: "number", startTicks: "string" }) &&
    has(grant, { epoch: "number", deadlineUs: "number", identity: "object" }) &&
    has(grant.generationBefore, { kind: "string" }) &&
    has(identity, { key: "string", type: "string", mountPoint: "string", directory: "string" }) &&
    has(identity.device, { major: "number", minor: "number" }) &&
    (entry.landing === undefined || has(entry.landing, { epoch: "number", generation: "object" }));
  if (!whole) throw new Error("not a grant as this version writes them");
  return value as JournalledGrant;
}

export function asHoldRecord(value: unknown): HoldRecord {
  const record = isFields(value) ? value : {};
  const hold = isFields(record.hold) ? record.hold : {};
  const whole =
    has(record, { hold: "object", requestId: "string", requestDigest: "string" }) &&
    has(hold, { holdId: "string", kind: "string", state: "string", purpose: "string" }) &&
    has(hold, { owner: "object", requested: "object", effective: "object", openedAt: "object" }) &&
    has(hold.openedAt, { wallUs: "number", bootUs: "number" }) &&
    Array.isArray(hold.filesystems) &&
    hold.filesystems.every((fs) => has(fs, { key: "string", mountPoint: "string" })) &&
    (hold.receipt === undefined ||
      has(hold.receipt, { endCause: "string", verdict: "string", endedAt: "object" }));
  if (!whole) throw new Error("not a hold as this version writes them");
  return value as HoldRecord;
}
