/** How calls and holds of the public client went, as values that a test can compare. */
import { FreezeError, type Hold, type Receipt } from "@fsfreezed/client";

/** The error of a call that has to fail. Throws where it succeeds, or fails by a fault. */
export async function refusalOf(call: Promise<unknown>): Promise<FreezeError> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    if (error instanceof FreezeError) return error;
    throw error;
  }
  throw new Error(`it was not refused: ${JSON.stringify(value)}`);
}

export interface HoldOutcome {
  /** Undefined where the hold held. */
  readonly error: FreezeError | undefined;
  readonly receipt: Receipt;
}

/** Releases a hold, however it goes. Throws where there is no receipt. */
export async function release(hold: Hold): Promise<HoldOutcome> {
  try {
    return { error: undefined, receipt: await hold.release() };
  } catch (error) {
    if (!(error instanceof FreezeError) || error.receipt === undefined) throw error;
    return { error, receipt: error.receipt };
  }
}

/** "FROZEN: HELD" and the like: what the receipt's proof says of all intervals. */
export function evidenceOf(receipt: Receipt): readonly string[] {
  return receipt.filesystems.flatMap(({ intervals }) =>
    intervals.flatMap(({ evidence }) => evidence.map(({ kind, result }) => `${kind}: ${result}`)),
  );
}

/** Waits for the signal that tells of a broken hold; throws at the limit. */
export function broken(hold: Hold, limitMs = 5_000): Promise<FreezeError> {
  return new Promise((resolve, reject) => {
    const tell = () => {
      clearTimeout(timer);
      resolve(hold.broken.reason as FreezeError);
    };
    const timer = setTimeout(
      () => reject(new Error(`hold ${hold.id} is not broken after ${limitMs} ms`)),
      limitMs,
    );
    if (hold.broken.aborted) tell();
    else hold.broken.addEventListener("abort", tell, { once: true });
  });
}
