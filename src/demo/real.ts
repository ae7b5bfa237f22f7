/** The demo on the real kernel: a copy without a freeze, a hold with a snapshot, and a hold whose holder is killed. */

import { release } from "node:os";
import { join } from "node:path";
import { connect, type FreezeClient } from "@fsfreezed/client";
import { version } from "../version.js";
import { holdAndCopy } from "./hold-and-copy.js";
import { copyImage, createImage, type Image, imageMb, judge } from "./image.js";
import { killTheHolder } from "./kill-the-holder.js";
import { endService, startService } from "./service.js";
import type { Teller } from "./teller.js";
import type { Workbench } from "./workbench.js";
import { Writer } from "./writer.js";

export interface Stage {
  readonly teller: Teller;
  readonly bench: Workbench;
  readonly image: Image;
  readonly writer: Writer;
  readonly address: string;
  readonly client: FreezeClient;
}

export const recordsFile = "records";

export async function runReal(teller: Teller, bench: Workbench): Promise<void> {
  teller.say(`fsfreezed ${version} on Linux ${release()}`, "bold");
  const image = await createImage(bench);
  teller.at(`an ext4 of ${imageMb} MB on ${image.device}, mounted at ${image.mountPoint}`);
  const service = await startService(bench, []);
  teller.at(`the service listens on ${service.address}`);
  const writer = await Writer.start(bench, join(image.mountPoint, recordsFile));
  await writer.waitForMore(100);
  teller.at("a writer appends a record and fsyncs it, without pause, knowing nothing of us");
  const client = connect(service.address);
  const stage = { teller, bench, image, writer, address: service.address, client };

  await copyWithoutFreeze(stage);
  await holdAndCopy(stage);
  await killTheHolder(stage);

  teller.heading("The end");
  client.close();
  await writer.stop();
  await endService(teller, service);
}

/** What a snapshot is worth without a freeze; it also shows that the check used below can find fault. */
async function copyWithoutFreeze({ teller, bench, image, writer }: Stage): Promise<void> {
  teller.heading("1. For comparison: a copy of the image without a freeze");
  const copy = bench.path("unfrozen.img");
  const before = writer.writes.length;
  await copyImage(image, copy);
  teller.at(`copied; meanwhile the writer wrote ${writer.writes.length - before} more records`);
  const { clean, needsRecovery, output } = await judge(copy);
  teller.check(
    !clean && needsRecovery,
    needsRecovery
      ? "e2fsck -fn: not clean, its journal needs recovery, as after a power failure"
      : `e2fsck -fn was expected to find fault with it:\n${output.trimEnd()}`,
  );
}
