/** What opens a hold, the `open` of a stream and Freeze alike, as the domain's request. */
import { createHash } from "node:crypto";
import { create, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type FreezeRequest, FreezeRequestSchema } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import type { HoldOpen } from "../gen/fsfreeze/v1/hold_stream_pb.js";
import { PresyncMode, type PresyncSchema } from "../gen/fsfreeze/v1/options_pb.js";
import type { OpenRequest, Owner, ResumeRequest } from "../hold/model.js";
import type { Result } from "../hold/refusal.js";
import { decodeTargets } from "./decode-target.js";
import { checkBytes, checkHoldId, limits, positiveMs, Validation } from "./validate.js";

/** The fields that `open` and Freeze share. */
type Common = Pick<
  HoldOpen,
  "targets" | "allFreezable" | "ttl" | "freezeTimeout" | "presync" | "hooks" | "purpose"
>;

function checkPresync(
  v: Validation,
  presync: MessageShape<typeof PresyncSchema> | undefined,
): void {
  if (presync === undefined) return;
  positiveMs(v, "presync.timeout", presync.timeout);
  // Off is what happens anyway; everything else would be promised and not done.
  if (presync.mode !== PresyncMode.OFF) v.unsupported("presync");
}

function decodeCommon(v: Validation, request: Common) {
  if (request.allFreezable !== undefined) {
    if (request.targets.length > 0) v.violate("all_freezable", "does not go with targets");
    v.unsupported("all_freezable");
  }
  const targets = decodeTargets(v, "targets", request.targets);
  const ttlMs = positiveMs(v, "ttl", request.ttl);
  const freezeTimeoutMs = positiveMs(v, "freeze_timeout", request.freezeTimeout);
  checkBytes(v, "purpose", request.purpose, limits.purposeBytes);
  checkPresync(v, request.presync);
  if (request.hooks !== undefined) {
    positiveMs(v, "hooks.timeout", request.hooks.timeout);
    v.unsupported("hooks");
  }
  return {
    targets,
    times: {
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(freezeTimeoutMs === undefined ? {} : { freezeTimeoutMs }),
    },
    purpose: request.purpose,
  };
}

/** `callDeadlineMs`: what is left of the gRPC call's own deadline, which bounds the hold. */
export function decodeOpen(
  open: HoldOpen,
  owner: Owner,
  callDeadlineMs: number | undefined,
): Result<OpenRequest> {
  const v = new Validation();
  const common = decodeCommon(v, open);
  const lingerMs = positiveMs(v, "linger", open.linger);
  return v.result({
    kind: "stream",
    owner,
    ...common,
    times: { ...common.times, ...(lingerMs === undefined ? {} : { lingerMs }) },
    freezeOnOpen: open.freezeOnOpen ?? true,
    requestId: "",
    requestDigest: "",
    ...(callDeadlineMs === undefined ? {} : { callDeadlineMs }),
  });
}

/** Either field: one without the other is a fault, not a new hold. */
export function isResume(open: HoldOpen): boolean {
  return open.resumeHoldId !== "" || open.resumeToken !== "";
}

/** What a hold is was said when it was opened; only its times can be changed here. */
export function decodeResume(
  open: HoldOpen,
  owner: Owner,
  callDeadlineMs: number | undefined,
): Result<ResumeRequest> {
  const v = new Validation();
  checkHoldId(v, "resume_hold_id", open.resumeHoldId);
  if (open.resumeToken === "") v.violate("resume_token", "is empty");
  checkBytes(v, "resume_token", open.resumeToken, limits.resumeTokenBytes);
  const others = {
    targets: open.targets.length > 0,
    all_freezable: open.allFreezable !== undefined,
    freeze_timeout: open.freezeTimeout !== undefined,
    presync: open.presync !== undefined,
    freeze_on_open: open.freezeOnOpen !== undefined,
    hooks: open.hooks !== undefined,
    purpose: open.purpose !== "",
  };
  for (const [field, set] of Object.entries(others)) {
    if (set) v.violate(field, "does not go with resume_hold_id");
  }
  const ttlMs = positiveMs(v, "ttl", open.ttl);
  const lingerMs = positiveMs(v, "linger", open.linger);
  return v.result({
    owner,
    holdId: open.resumeHoldId,
    token: open.resumeToken,
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(lingerMs === undefined ? {} : { lingerMs }),
    ...(callDeadlineMs === undefined ? {} : { callDeadlineMs }),
  });
}

export function decodeFreeze(request: FreezeRequest, owner: Owner): Result<OpenRequest> {
  const v = new Validation();
  checkBytes(v, "request_id", request.requestId, limits.requestIdBytes);
  const common = decodeCommon(v, request);
  return v.result({
    kind: "lease",
    owner,
    ...common,
    freezeOnOpen: true,
    requestId: request.requestId,
    requestDigest: request.requestId === "" ? "" : digestOf(request),
  });
}

/** The same for all requests that differ in their `request_id` only, however their fields were ordered on the wire. */
function digestOf(request: FreezeRequest): string {
  const body = toBinary(
    FreezeRequestSchema,
    create(FreezeRequestSchema, { ...request, requestId: "" }),
  );
  return createHash("sha256").update(body).digest("hex");
}
