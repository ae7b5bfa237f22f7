/** Holds, states and plans as native values. */
import {
  blockDeviceOf,
  filesystemOf,
  frozenByOf,
  given,
  holdOptionsOf,
  optionalCount,
  optionalDate,
  optionalError,
  optionalMs,
  ownerOf,
  passedOverOf,
  withJson,
} from "./decode-common.js";
import { receiptOf } from "./decode-receipt.js";
import {
  FilesystemInfoSchema,
  Certainty as PbCertainty,
  type FilesystemInfo as PbFilesystemInfo,
  FreezeState as PbFreezeState,
  StateEvidence as PbStateEvidence,
} from "./gen/fsfreeze/v1/filesystem_pb.js";
import {
  ForcedThawSchema,
  type IsFrozenResponse,
  IsFrozenResponseSchema,
  type ForcedThaw as PbForcedThaw,
} from "./gen/fsfreeze/v1/freeze_service_pb.js";
import {
  HoldSchema,
  type Hold as PbHold,
  HoldFilesystemState as PbHoldFilesystemState,
  HoldState as PbHoldState,
} from "./gen/fsfreeze/v1/hold_pb.js";
import {
  HoldProgressSchema,
  HoldStatusSchema,
  FreezePhase as PbFreezePhase,
  type HoldProgress as PbHoldProgress,
  type HoldStatus as PbHoldStatus,
} from "./gen/fsfreeze/v1/hold_stream_pb.js";
import { HoldKind as PbHoldKind, type Limits as PbLimits } from "./gen/fsfreeze/v1/options_pb.js";
import { type Plan as PbPlan, PlanSchema } from "./gen/fsfreeze/v1/plan_pb.js";
import type {
  FilesystemInfo,
  ForcedThaw,
  FrozenStatus,
  HoldInfo,
  HoldStatus,
  Limits,
  Plan,
  Progress,
} from "./model.js";
import { nameOf, optionalName } from "./names.js";

export function holdInfoOf(hold: PbHold): HoldInfo {
  return withJson(
    HoldSchema,
    hold,
    given({
      holdId: hold.holdId,
      kind: nameOf(PbHoldKind, hold.kind),
      state: nameOf(PbHoldState, hold.state),
      owner: ownerOf(hold.owner),
      purpose: hold.purpose,
      filesystems: hold.filesystems.map((of) =>
        given({
          filesystem: filesystemOf(of.filesystem),
          state: nameOf(PbHoldFilesystemState, of.state),
          frozenTime: optionalDate(of.frozenTime),
          frozenBoottime: optionalMs(of.frozenBoottime),
          freezeDuration: optionalMs(of.freezeDuration),
        }),
      ),
      effective: holdOptionsOf(hold.effective),
      openTime: optionalDate(hold.openTime),
      frozenTime: optionalDate(hold.frozenTime),
      skew: optionalMs(hold.skew),
      expireTime: optionalDate(hold.expireTime),
      lingerExpireTime: optionalDate(hold.lingerExpireTime),
      passedOver: hold.passedOver.map(passedOverOf),
      receipt: hold.receipt === undefined ? undefined : receiptOf(hold.receipt),
    }),
  );
}

export function limitsOf(limits: PbLimits | undefined): Limits {
  return given({
    maxTtl: optionalMs(limits?.maxTtl),
    maxFreezeTimeout: optionalMs(limits?.maxFreezeTimeout),
    maxPresyncTimeout: optionalMs(limits?.maxPresyncTimeout),
    maxLinger: optionalMs(limits?.maxLinger),
    maxFrozen: optionalMs(limits?.maxFrozen),
  });
}

export function frozenStatusOf(response: IsFrozenResponse): FrozenStatus {
  return withJson(
    IsFrozenResponseSchema,
    response,
    given({
      filesystem: filesystemOf(response.filesystem),
      state: nameOf(PbFreezeState, response.state),
      certainty: optionalName(PbCertainty, response.certainty),
      frozenBy: response.frozenBy.map(frozenByOf),
      evidence: optionalName(PbStateEvidence, response.evidence),
    }),
  );
}

export function holdStatusOf(status: PbHoldStatus): HoldStatus {
  return withJson(
    HoldStatusSchema,
    status,
    given({
      state: nameOf(PbFreezeState, status.state),
      heldByThis: status.heldByThis,
      filesystems: status.filesystems.map((of) =>
        given({
          filesystem: filesystemOf(of.filesystem),
          state: nameOf(PbFreezeState, of.state),
          certainty: optionalName(PbCertainty, of.certainty),
          heldByThis: of.heldByThis,
          frozenBy: of.frozenBy.map(frozenByOf),
          evidence: optionalName(PbStateEvidence, of.evidence),
        }),
      ),
      expireTime: optionalDate(status.expireTime),
    }),
  );
}

export function progressOf(progress: PbHoldProgress): Progress {
  return withJson(
    HoldProgressSchema,
    progress,
    given({
      filesystem: filesystemOf(progress.filesystem),
      phase: nameOf(PbFreezePhase, progress.phase),
      syncPass: progress.syncPass,
      dirtyBytesLeft: optionalCount(progress.dirtyBytesLeft),
      elapsed: optionalMs(progress.elapsed),
      waitingFor: optionalError(progress.waitingFor),
    }),
  );
}

export function filesystemInfoOf(info: PbFilesystemInfo): FilesystemInfo {
  return withJson(
    FilesystemInfoSchema,
    info,
    given({
      filesystem: filesystemOf(info.filesystem),
      mountPoints: info.mountPoints,
      refusal: optionalError(info.refusal),
      state: nameOf(PbFreezeState, info.state),
      certainty: optionalName(PbCertainty, info.certainty),
      frozenBy: info.frozenBy.map(frozenByOf),
      evidence: optionalName(PbStateEvidence, info.evidence),
    }),
  );
}

export function planOf(plan: PbPlan): Plan {
  return withJson(PlanSchema, plan, {
    filesystems: plan.filesystems.map((of) =>
      given({
        filesystem: filesystemOf(of.filesystem),
        step: of.step,
        dirtyBytes: optionalCount(of.dirtyBytes),
        deviceStack: of.deviceStack.map(blockDeviceOf),
        state: optionalName(PbFreezeState, of.state),
        certainty: optionalName(PbCertainty, of.certainty),
        frozenBy: of.frozenBy.map(frozenByOf),
        refusal: optionalError(of.refusal),
        warnings: of.warnings,
      }),
    ),
    passedOver: plan.passedOver.map(passedOverOf),
    warnings: plan.warnings,
  });
}

export function forcedThawOf(forced: PbForcedThaw): ForcedThaw {
  return withJson(ForcedThawSchema, forced, {
    filesystem: filesystemOf(forced.filesystem),
    frozenBy: forced.frozenBy.map(frozenByOf),
    state: nameOf(PbFreezeState, forced.state),
  });
}
