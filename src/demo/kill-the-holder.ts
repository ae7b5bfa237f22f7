/** A hold whose holder is killed with SIGKILL while it is frozen. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FreezeClient, Receipt } from "@fsfreezed/client";
import { monotonicMs } from "./clock.js";
import type { Stage } from "./real.js";
import { ms, tellReceipt } from "./tell-receipt.js";
import type { Teller } from "./teller.js";

export const holderProgram = fileURLToPath(new URL("holder-program.js", import.meta.url));

/** The hold's ttl is 10 s: what goes on sooner than this was not waiting for it. */
const longestMs = 3000;

export async function killTheHolder(stage: Stage): Promise<void> {
  const { teller, bench, image, writer, address, client } = stage;
  teller.heading("3. A hold whose holder is killed with SIGKILL");
  const args = [holderProgram, address, image.mountPoint];
  const holder = await bench.start("the holder", process.execPath, args);
  const [, holdId = ""] = await holder.waitForLine(/^frozen (\S+)$/, 10_000);
  teller.at(`frozen for process ${holder.pid}`);
  const blocked = await writer.waitUntilBlocked();
  teller.at(`the writer hangs in record ${blocked.lastSynced + 1}`);
  await sleep(500);

  const killedMs = monotonicMs();
  holder.kill("SIGKILL");
  teller.at(`kill -9 ${holder.pid}`);
  const { startedMs, syncedMs } = await writer.waitFor(blocked.lastSynced + 1);
  teller.at("thawed: the writer goes on");
  const receipt = await endedReceipt(client, holdId);
  teller.more("");
  tellReceipt(teller, receipt);
  teller.say();
  const goesOnMs = syncedMs - killedMs;
  teller.check(
    startedMs < killedMs && goesOnMs > 0 && goesOnMs < longestMs,
    `the writer went on ${ms(goesOnMs)} after the SIGKILL, by the writer's own clock`,
  );
  checkAbandoned(teller, receipt);
}

/** The owner did not end it: nothing wrong was seen, and yet it is not proven. */
export function checkAbandoned(teller: Teller, { endCause, verdict }: Receipt): void {
  teller.check(
    endCause === "CLIENT_GONE" && verdict === "UNPROVEN",
    `the receipt says ${verdict}: its owner did not live to end it (${endCause})`,
  );
}

export async function endedReceipt(client: FreezeClient, holdId: string): Promise<Receipt> {
  const limit = performance.now() + 5000;
  for (;;) {
    const { receipt } = await client.getHold(holdId);
    if (receipt !== undefined) return receipt;
    if (performance.now() > limit) throw new Error(`${holdId} has not ended`);
    await sleep(10);
  }
}
