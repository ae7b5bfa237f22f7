/** What a HoldFreeze stream is told, one function for each message of the contract. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CommandAnswer } from "../channel/messages.js";
import { FreezeState } from "../gen/fsfreeze/v1/filesystem_pb.js";
import { FreezePhase, type HoldFreezeResponseSchema } from "../gen/fsfreeze/v1/hold_stream_pb.js";
import type { LimitsSchema } from "../gen/fsfreeze/v1/options_pb.js";
import { EndCause } from "../gen/fsfreeze/v1/receipt_pb.js";
import type { Limits } from "../hold/limits.js";
import type { HoldEvent, HoldView } from "../hold/model.js";
import type { Refusal } from "../hold/refusal.js";
import { encodeRefusal } from "./encode-error.js";
import { encodeFilesystem, encodeFilesystemStatus, encodeFrozenBy } from "./encode-filesystem.js";
import { encodeHold } from "./encode-hold.js";
import { encodeReceipt, type KernelName } from "./encode-receipt.js";
import { durationOfMs, wallTime } from "./encode-time.js";

export type StreamMessage = MessageInitShape<typeof HoldFreezeResponseSchema>;

function encodeLimits(limits: Limits): MessageInitShape<typeof LimitsSchema> {
  return {
    maxTtl: durationOfMs(limits.ttlMaxMs),
    maxFreezeTimeout: durationOfMs(limits.freezeTimeoutMaxMs),
    maxLinger: durationOfMs(limits.lingerMaxMs),
    maxFrozen: durationOfMs(limits.epochMaxMs),
  };
}

/** The one message that tells the token. */
export function openedMessage(
  seq: bigint,
  hold: HoldView,
  resumeToken: string,
  kernel: KernelName,
  limits: Limits | undefined,
): StreamMessage {
  return {
    seq,
    event: {
      case: "opened",
      value: {
        hold: encodeHold(hold, kernel),
        resumeToken,
        ...(limits === undefined ? {} : { limits: encodeLimits(limits) }),
      },
    },
  };
}

export function failedMessage(seq: bigint, refusal: Refusal): StreamMessage {
  return { seq, event: { case: "failed", value: encodeRefusal(refusal) } };
}

export function frozenMessage(
  seq: bigint,
  frozen: { readonly hold: HoldView; readonly skewUs: number },
  kernel: KernelName,
): StreamMessage {
  const hold = encodeHold(frozen.hold, kernel, frozen.skewUs);
  return { seq, event: { case: "frozen", value: { hold } } };
}

/** `holdId`: whose stream it is. */
export function answerMessage(
  seq: bigint,
  answer: CommandAnswer,
  holdId: string,
  kernel: KernelName,
): StreamMessage {
  switch (answer.kind) {
    case "frozen":
      return frozenMessage(seq, answer, kernel);
    case "thawed": {
      const holds = answer.stillFrozenBy;
      const stillFrozenBy = holds.length === 0 ? [] : encodeFrozenBy({ kind: "service", holds });
      return { seq, event: { case: "thawed", value: { stillFrozenBy } } };
    }
    case "renewed":
      return {
        seq,
        event: { case: "renewed", value: { expireTime: wallTime(answer.expiresAt) } },
      };
    case "status": {
      const { status } = answer;
      return {
        seq,
        event: {
          case: "status",
          value: {
            state: FreezeState[status.state],
            heldByThis: status.heldByThis,
            filesystems: status.filesystems.map((f) => encodeFilesystemStatus(f, holdId)),
          },
        },
      };
    }
    default:
      return answer satisfies never;
  }
}

/** `frozen` is an answer as much as an event: see frozenMessage. */
export type UnaskedEvent = Exclude<HoldEvent, { readonly kind: "frozen" }>;

/** `seq`: of the command that freezes, for `progress`; the others answer none. */
export function eventMessage(seq: bigint, event: UnaskedEvent, kernel: KernelName): StreamMessage {
  switch (event.kind) {
    case "progress":
      return {
        seq,
        event: {
          case: "progress",
          value: {
            filesystem: encodeFilesystem(event.filesystem),
            phase: FreezePhase[event.phase],
          },
        },
      };
    case "expiring":
      return { event: { case: "expiring", value: { expireTime: wallTime(event.expiresAt) } } };
    case "broken":
      return {
        event: {
          case: "broken",
          value: {
            filesystem: encodeFilesystem(event.filesystem),
            cause: EndCause[event.cause],
          },
        },
      };
    case "ended":
      return {
        event: { case: "ended", value: { receipt: encodeReceipt(event.receipt, kernel) } },
      };
    default:
      return event satisfies never;
  }
}
