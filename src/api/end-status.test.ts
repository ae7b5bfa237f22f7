import { describe, expect, test } from "vitest";
import { receiptOf } from "../../test/support/api/fake-guardian.js";
import type { EndCause, Receipt, Verdict } from "../hold/model.js";
import { refuse } from "../hold/refusal.js";
import { type EndStatus, streamEndStatus, thawStatus } from "./end-status.js";

const causes: readonly EndCause[] = [
  "RELEASED",
  "CLIENT_GONE",
  "EXPIRED",
  "FREEZE_FAILED",
  "FOREIGN_THAW",
  "DEVICE_FAILED",
  "ADMINISTRATOR",
  "SHUTDOWN",
  "DAEMON_RESTART",
];
const verdicts: readonly Verdict[] = ["INTACT", "NOT_INTACT", "UNPROVEN", "NEVER_FROZEN"];

function receipt(cause: EndCause, verdict: Verdict): Receipt {
  const hold = {
    id: "h1",
    request: {
      kind: "stream",
      owner: { kind: "tcp", address: "127.0.0.1" },
      targets: [],
      times: {},
      freezeOnOpen: true,
      purpose: "",
      requestId: "",
      requestDigest: "",
    },
    listeners: [],
    generation: 1,
    state: "ENDED",
    intervals: 1,
    waiting: [],
    receipt: undefined,
  } as const;
  return receiptOf({ ...hold, listeners: [], waiting: [] }, cause, verdict);
}

function reasonOf(end: EndStatus): string {
  return end.kind === "ok" ? "OK" : end.failure.refusal.reason;
}

describe("the status of a stream", () => {
  test("follows the table, whatever the verdict, unless its owner ended it", () => {
    const table = Object.fromEntries(
      causes.map((cause) => [
        cause,
        [...new Set(verdicts.map((v) => reasonOf(streamEndStatus(receipt(cause, v)))))],
      ]),
    );
    expect(table).toEqual({
      RELEASED: ["OK", "FREEZE_BROKEN", "NOT_FROZEN"],
      CLIENT_GONE: ["CLIENT_GONE"],
      EXPIRED: ["HOLD_EXPIRED"],
      FREEZE_FAILED: ["IO_ERROR"],
      FOREIGN_THAW: ["FREEZE_BROKEN"],
      DEVICE_FAILED: ["FREEZE_BROKEN"],
      ADMINISTRATOR: ["FREEZE_BROKEN"],
      SHUTDOWN: ["SHUTTING_DOWN"],
      DAEMON_RESTART: ["GUARDIAN_UNAVAILABLE"],
    });
  });

  test("a failed freeze ends with its own reason and metadata", () => {
    const { refusal } = refuse("LOWER_LAYER_FROZEN", "below", { path: "/a" });
    const end = streamEndStatus({ ...receipt("FREEZE_FAILED", "NEVER_FROZEN"), refusal });
    expect(end).toEqual({ kind: "failed", failure: { refusal } });
  });

  test("what the guardian knows of a break is told with it", () => {
    const { refusal } = refuse("FREEZE_BROKEN", "fsfreeze thawed /a", { path: "/a" });
    const end = streamEndStatus({ ...receipt("FOREIGN_THAW", "NOT_INTACT"), refusal });
    expect(end).toMatchObject({
      failure: {
        refusal: {
          reason: "FREEZE_BROKEN",
          message: "fsfreeze thawed /a",
          metadata: { path: "/a", hold_id: "h1", cause: "FOREIGN_THAW" },
        },
      },
    });
  });
});

describe("the status of Thaw", () => {
  test("by the verdict where it ended the hold, else that it had ended", () => {
    const table = Object.fromEntries(
      causes.map((cause) => [cause, verdicts.map((v) => reasonOf(thawStatus(receipt(cause, v))))]),
    );
    const byVerdict = ["OK", "FREEZE_BROKEN", "OK", "NOT_FROZEN"];
    const same = (reason: string) => verdicts.map(() => reason);
    expect(table).toEqual({
      RELEASED: byVerdict,
      CLIENT_GONE: same("HOLD_ENDED"),
      EXPIRED: same("HOLD_ENDED"),
      FREEZE_FAILED: same("HOLD_ENDED"),
      FOREIGN_THAW: same("FREEZE_BROKEN"),
      DEVICE_FAILED: same("FREEZE_BROKEN"),
      ADMINISTRATOR: byVerdict,
      SHUTDOWN: same("HOLD_ENDED"),
      DAEMON_RESTART: same("HOLD_ENDED"),
    });
  });
});

test("NOT_INTACT and NEVER_FROZEN are never OK", () => {
  for (const cause of causes) {
    for (const verdict of ["NOT_INTACT", "NEVER_FROZEN"] as const) {
      expect(streamEndStatus(receipt(cause, verdict)).kind).toBe("failed");
      expect(thawStatus(receipt(cause, verdict)).kind).toBe("failed");
    }
  }
});
