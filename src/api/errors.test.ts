import { readFileSync } from "node:fs";
import { create, fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { problemOf } from "../../test/support/api/descriptor-client.js";
import { ErrorReason } from "../gen/fsfreeze/v1/errors_pb.js";
import { ReceiptSchema } from "../gen/fsfreeze/v1/receipt_pb.js";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../gen/google/rpc/status_pb.js";
import { reasons } from "../hold/refusal.js";
import type { Log } from "../observe/log.js";
import { codeOfReason, failure, grpcStatus, internalFailure } from "./errors.js";

test("the table has every reason of the contract, with the code that its comment names", () => {
  const proto = readFileSync(
    new URL("../../proto/fsfreeze/v1/errors.proto", import.meta.url),
    "utf8",
  );
  const documented = Object.fromEntries(
    [
      ...proto.matchAll(
        /\n {2}\/\/ ([A-Z_]+)\. (?:(?!\n {2}ERROR).)*\n {2}ERROR_REASON_([A-Z_]+) = \d+;/gs,
      ),
    ].map(([, code, reason]) => [reason, code]),
  );
  const ours = Object.fromEntries(
    Object.entries(codeOfReason).map(([reason, code]) => [reason, status[code]]),
  );
  expect(ours).toEqual(documented);
  const names = Object.keys(ErrorReason).filter((name) => name !== "UNSPECIFIED");
  expect(Object.keys(codeOfReason).sort()).toEqual(names.sort());
  expect([...reasons].sort()).toEqual(names.sort());
});

test("a failure travels as ErrorInfo of our domain", () => {
  const end = grpcStatus(failure("FROZEN_BY_ANOTHER", "another tool froze it", { path: "/a" }));
  expect(end).toMatchObject({ code: status.FAILED_PRECONDITION, details: "another tool froze it" });
  expect(problemOf(end)).toMatchObject({
    reason: "FROZEN_BY_ANOTHER",
    domain: "fsfreeze.v1",
    metadata: { path: "/a" },
  });
  const bytes = end.metadata.get("grpc-status-details-bin")[0];
  if (!(bytes instanceof Buffer)) throw new Error("no details");
  const details = fromBinary(StatusSchema, bytes);
  expect(details).toMatchObject({
    code: status.FAILED_PRECONDITION,
    message: "another tool froze it",
  });
  expect(details.details.map((any) => any.typeUrl)).toEqual([
    "type.googleapis.com/google.rpc.ErrorInfo",
  ]);
});

/** What a client counts against its limit on headers: name, value and 32 for each (RFC 9113, 6.5.2). */
function trailerBytes(end: ReturnType<typeof grpcStatus>): number {
  const headers = { ...end.metadata.toHttp2Headers(), "grpc-message": encodeURI(end.details) };
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + String(value).length + 32,
    0,
  );
}

test("the longest path and the longest text stay below what every client accepts", () => {
  const path = `/${"ü".repeat(2047)}`;
  const end = grpcStatus(
    failure("NOT_A_MOUNT_POINT", `${path} is no mount point; it is in ${path}`, {
      path,
      mount_point: path,
      purpose: "p".repeat(256),
    }),
  );
  expect(trailerBytes(end)).toBeLessThan(8192);
  const problem = problemOf(end);
  expect(problem.reason).toBe("NOT_A_MOUNT_POINT");
  expect(problem.metadata.path).toMatch(/^\/ü{100,}…$/);
  expect(problem.details).not.toContain("�");
});

test("metadata beyond all measure are cut, the reason stays", () => {
  const metadata = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`key${i}`, "v".repeat(5000)]),
  );
  const end = grpcStatus(failure("HOLD_AMBIGUOUS", "x".repeat(100_000), metadata));
  expect(trailerBytes(end)).toBeLessThan(8192);
  expect(problemOf(end).reason).toBe("HOLD_AMBIGUOUS");
});

test("half a surrogate pair does not throw in grpc-js", () => {
  const end = grpcStatus(failure("TARGET_NOT_FOUND", "no \ud800 here", { path: "/\udc00" }));
  expect(() => encodeURI(end.details)).not.toThrow();
  expect(problemOf(end).metadata.path).toBe("/�");
});

test("a receipt goes with it as long as it fits", () => {
  const receipt = create(ReceiptSchema, { holdId: "h1", purpose: "nightly" });
  const broken = failure("FREEZE_BROKEN", "broken", { hold_id: "h1" });
  expect(problemOf(grpcStatus({ ...broken, receipt })).receipt?.purpose).toBe("nightly");

  const long = create(ReceiptSchema, { holdId: "h1", purpose: "p".repeat(20_000) });
  const end = grpcStatus({ ...broken, receipt: long });
  expect(trailerBytes(end)).toBeLessThan(8192);
  expect(problemOf(end)).toMatchObject({
    reason: "FREEZE_BROKEN",
    receipt: undefined,
    metadata: { hold_id: "h1", receipt: "too long for a status: GetHold has it" },
  });
});

test("a fault of ours tells an id, and the log the rest", () => {
  const lines: unknown[] = [];
  const error: Log["error"] = (message, fields) => lines.push({ message, ...fields });
  const log: Log = { debug: error, info: error, warn: error, error };
  const problem = internalFailure(log, new Error("secret"), "Thaw");
  const { id } = problem.refusal.metadata;
  expect(JSON.stringify(problem)).not.toContain("secret");
  expect(lines).toMatchObject([{ message: "internal fault", id, where: "Thaw" }]);
  expect(JSON.stringify(lines)).toContain("secret");
});

test("ErrorInfo can be read back by its type", () => {
  const bytes = grpcStatus(failure("INTERNAL", "x")).metadata.get("grpc-status-details-bin")[0];
  if (!(bytes instanceof Buffer)) throw new Error("no details");
  const any = fromBinary(StatusSchema, bytes).details[0];
  expect(any && anyUnpack(any, ErrorInfoSchema)?.reason).toBe("INTERNAL");
});
