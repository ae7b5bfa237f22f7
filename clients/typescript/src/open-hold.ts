/** Opens a HoldFreeze stream and waits until it is what was asked for. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { cancelledError } from "./errors.js";
import type { HoldOpenSchema } from "./gen/fsfreeze/v1/hold_stream_pb.js";
import { deliver, end, Hold, type HoldBehaviour } from "./hold.js";
import { errorAfter, type HoldCall, HoldStream, timedOut } from "./hold-stream.js";

export interface OpenParts {
  readonly open: MessageInitShape<typeof HoldOpenSchema>;
  readonly behaviour: HoldBehaviour;
  /** Resolve at `frozen`; else already at `opened`. */
  readonly untilFrozen: boolean;
  /** Milliseconds until opening is given up, which cancels it. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** How long a service may take to hear that a hold is not wanted any more. */
const farewellMs = 2_000;

export function openHold(call: HoldCall, parts: OpenParts): Promise<Hold> {
  const { behaviour, untilFrozen, signal } = parts;
  return new Promise((resolve, reject) => {
    let hold: Hold | undefined;
    const giveUp = (error: Error) => {
      settle();
      reject(error);
      // Cancelled without a word, a hold that lingers would stay frozen for somebody who does not come back.
      stream.send({ case: "release", value: {} });
      setTimeout(() => stream.cancel(), farewellMs).unref();
    };
    const timer = setTimeout(
      () => giveUp(timedOut(`not frozen within ${parts.timeout} ms`)),
      parts.timeout,
    );
    const abort = () => {
      giveUp(cancelledError(signal?.reason));
    };
    signal?.addEventListener("abort", abort, { once: true });
    function settle(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
    function opened(made: Hold): void {
      settle();
      resolve(made);
    }

    const stream = new HoldStream(call, {
      event(event) {
        if (event.case === "opened") {
          try {
            hold = new Hold(stream, event.value, behaviour);
          } catch (error) {
            giveUp(error instanceof Error ? error : new Error(String(error)));
            return;
          }
          if (!untilFrozen) opened(hold);
        } else if (hold !== undefined) {
          deliver(hold, event);
          if (event.case === "frozen" && untilFrozen) opened(hold);
        }
      },
      ended(outcome) {
        settle();
        if (hold !== undefined) end(hold, outcome);
        // Does nothing where the promise is settled: then the hold itself tells.
        reject(errorAfter(outcome));
      },
    });
    stream.send({ case: "open", value: parts.open });
  });
}
