/**
 * The demo where nothing may be frozen: the same service, protocol and client on a simulated kernel. There is no writer and no image,
 * so that only the service can be asked, and what it says here proves nothing about a real file system.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type FreezeClient } from "@fsfreezed/client";
import { version } from "../version.js";
import { monotonicMs } from "./clock.js";
import { checkAbandoned, endedReceipt, holderProgram } from "./kill-the-holder.js";
import { endService, startService } from "./service.js";
import { ms, tellReceipt } from "./tell-receipt.js";
import type { Teller } from "./teller.js";
import type { Workbench } from "./workbench.js";

/** An ext4 of the simulated kernel's default world. */
const mountPoint = "/simulated/ext4";

export async function runSimulated(teller: Teller, bench: Workbench): Promise<void> {
  teller.say(`fsfreezed ${version}`, "bold");
  const service = await startService(bench, ["--simulated"]);
  teller.at(`the service listens on ${service.address}`);
  const client = connect(service.address);

  await holdOnce(teller, client);
  await killHolder(teller, bench, client, service.address);

  teller.heading("The end");
  client.close();
  await endService(teller, service);
}

async function holdOnce(teller: Teller, client: FreezeClient): Promise<void> {
  teller.heading("1. A hold");
  teller.at(`client.hold("${mountPoint}")`);
  await using hold = await client.hold(mountPoint, { ttl: 10_000, purpose: "the demo" });
  teller.at("frozen, says the simulated kernel");
  const during = await client.isFrozen(mountPoint);
  await sleep(1000);
  teller.at("hold.release()");
  const receipt = await hold.release();
  const after = await client.isFrozen(mountPoint);
  tellReceipt(teller, receipt);
  teller.say();
  teller.check(
    during.state === "FROZEN" && after.state === "THAWED",
    `isFrozen said ${during.state} during the hold and ${after.state} after it`,
  );
  teller.check(
    receipt.verdict === "INTACT" && receipt.simulated,
    `the receipt says ${receipt.verdict}${receipt.simulated ? ", and that it was simulated" : ""}`,
  );
}

async function killHolder(
  teller: Teller,
  bench: Workbench,
  client: FreezeClient,
  address: string,
): Promise<void> {
  teller.heading("2. A hold whose holder is killed with SIGKILL");
  const args = [holderProgram, address, mountPoint];
  const holder = await bench.start("the holder", process.execPath, args);
  const [, holdId = ""] = await holder.waitForLine(/^frozen (\S+)$/, 10_000);
  teller.at(`frozen for process ${holder.pid}`);
  await sleep(500);
  const killedMs = monotonicMs();
  holder.kill("SIGKILL");
  teller.at(`kill -9 ${holder.pid}`);
  const receipt = await endedReceipt(client, holdId);
  const endedMs = monotonicMs();
  const { state } = await client.isFrozen(mountPoint);
  tellReceipt(teller, receipt);
  teller.say();
  teller.check(
    state === "THAWED",
    `thawed at most ${ms(endedMs - killedMs)} after the SIGKILL, by the service's own word`,
  );
  checkAbandoned(teller, receipt);
}
