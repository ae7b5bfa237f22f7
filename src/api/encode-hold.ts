/** A hold as the contract writes it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type HoldFilesystemSchema,
  HoldFilesystemState,
  type HoldSchema,
  HoldState,
} from "../gen/fsfreeze/v1/hold_pb.js";
import type { HoldFilesystemView, HoldView } from "../hold/model.js";
import { encodeFilesystem } from "./encode-filesystem.js";
import { encodeEffective, encodeKind, encodeOwner } from "./encode-options.js";
import { encodeReceipt, type KernelName } from "./encode-receipt.js";
import { bootTime, durationOfUs, spanOf, wallTime } from "./encode-time.js";

function encodeHoldFilesystem(
  view: HoldFilesystemView,
): MessageInitShape<typeof HoldFilesystemSchema> {
  return {
    filesystem: encodeFilesystem(view),
    state: HoldFilesystemState[view.state],
    ...(view.frozenAt === undefined
      ? {}
      : { frozenTime: wallTime(view.frozenAt), frozenBoottime: bootTime(view.frozenAt) }),
    ...(view.freezeUs === undefined ? {} : { freezeDuration: durationOfUs(view.freezeUs) }),
  };
}

/** `skewUs` is the guardian's own measure, where it was told; otherwise the frozen times give it. */
export function encodeHold(
  hold: HoldView,
  kernel: KernelName,
  skewUs?: number,
): MessageInitShape<typeof HoldSchema> {
  const frozen =
    hold.state === "FROZEN" ? spanOf(hold.filesystems.map((f) => f.frozenAt)) : undefined;
  return {
    holdId: hold.holdId,
    kind: encodeKind(hold.kind),
    state: HoldState[hold.state],
    owner: encodeOwner(hold.owner),
    purpose: hold.purpose,
    filesystems: hold.filesystems.map(encodeHoldFilesystem),
    effective: encodeEffective(hold.effective),
    openTime: wallTime(hold.openedAt),
    ...(frozen === undefined
      ? {}
      : { frozenTime: wallTime(frozen.last), skew: durationOfUs(skewUs ?? frozen.us) }),
    ...(hold.expiresAt === undefined ? {} : { expireTime: wallTime(hold.expiresAt) }),
    ...(hold.lingerExpiresAt === undefined
      ? {}
      : { lingerExpireTime: wallTime(hold.lingerExpiresAt) }),
    ...(hold.receipt === undefined ? {} : { receipt: encodeReceipt(hold.receipt, kernel) }),
  };
}
