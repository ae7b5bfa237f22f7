import { FreezeError, type Receipt } from "@fsfreezed/client";
import { describe, expect, it } from "vitest";
import {
  codeOfError,
  codeOfReceipt,
  exitCodeHelp,
  exitCodes,
  signalExitCode,
} from "./exit-codes.js";

function receipt(endCause: Receipt["endCause"], verdict: Receipt["verdict"]): Receipt {
  return {
    holdId: "h",
    hostName: "",
    bootId: "",
    owner: { kind: "address", address: "" },
    purpose: "",
    requested: {},
    effective: {},
    endCause,
    verdict,
    frozenCount: 0,
    thawedCount: 0,
    filesystems: [],
    passedOver: [],
    simulated: false,
    toJSON: () => ({}),
  };
}

describe("exit codes", () => {
  it("are unique, outside of what programs and shells use, and told in --help", () => {
    const codes = Object.values(exitCodes);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) {
      if (code === 0 || code === 126 || code === 127) continue;
      expect(code).toBeGreaterThan(signalExitCode("SIGSYS") + 33);
      expect(code).toBeLessThan(255);
      expect(exitCodeHelp).toMatch(new RegExp(`\\b${code} `));
    }
  });

  it.each([
    ["RELEASED", "INTACT", exitCodes.done],
    ["RELEASED", "NOT_INTACT", exitCodes.notIntact],
    ["RELEASED", "UNPROVEN", exitCodes.unproven],
    ["RELEASED", "NEVER_FROZEN", exitCodes.neverFrozen],
    ["RELEASED", "UNKNOWN_9", exitCodes.unproven],
    ["FOREIGN_THAW", "NOT_INTACT", exitCodes.broken],
    ["DEVICE_FAILED", "NOT_INTACT", exitCodes.broken],
    ["EXPIRED", "NOT_INTACT", exitCodes.expired],
    ["FREEZE_FAILED", "NEVER_FROZEN", exitCodes.neverFrozen],
    ["ADMINISTRATOR", "UNPROVEN", exitCodes.lost],
    ["SHUTDOWN", "UNPROVEN", exitCodes.lost],
    ["DAEMON_RESTART", "UNPROVEN", exitCodes.lost],
    ["CLIENT_GONE", "UNPROVEN", exitCodes.lost],
    ["CLIENT_GONE", "NEVER_FROZEN", exitCodes.neverFrozen],
  ] as const)("tell %s with %s apart", (cause, verdict, code) => {
    expect(codeOfReceipt(receipt(cause, verdict), false)).toBe(code);
  });

  it("take UNPROVEN for good only of a released hold, and only when told to", () => {
    expect(codeOfReceipt(receipt("RELEASED", "UNPROVEN"), true)).toBe(exitCodes.done);
    expect(codeOfReceipt(receipt("SHUTDOWN", "UNPROVEN"), true)).toBe(exitCodes.lost);
    expect(codeOfReceipt(receipt("RELEASED", "NOT_INTACT"), true)).toBe(exitCodes.notIntact);
  });

  it.each([
    ["UNREACHABLE", "UNAVAILABLE", exitCodes.unreachable],
    ["TIMED_OUT", "DEADLINE_EXCEEDED", exitCodes.failed],
    ["FREEZE_TIMEOUT", "DEADLINE_EXCEEDED", exitCodes.neverFrozen],
    ["HOLD_EXPIRED", "DEADLINE_EXCEEDED", exitCodes.expired],
    ["FREEZE_BROKEN", "ABORTED", exitCodes.broken],
    ["NOT_A_MOUNT_POINT", "FAILED_PRECONDITION", exitCodes.refused],
    ["IO_ERROR", "INTERNAL", exitCodes.failed],
    ["SOMETHING_NEW", "ABORTED", exitCodes.refused],
  ] as const)("tell the error %s apart", (reason, code, exitCode) => {
    expect(codeOfError(new FreezeError({ reason, code, message: "" }))).toBe(exitCode);
  });

  it("go by the receipt of an error where it has one", () => {
    const error = new FreezeError({
      reason: "FREEZE_BROKEN",
      code: "ABORTED",
      message: "",
      receipt: receipt("RELEASED", "NOT_INTACT"),
    });
    expect(codeOfError(error)).toBe(exitCodes.notIntact);
  });
});
