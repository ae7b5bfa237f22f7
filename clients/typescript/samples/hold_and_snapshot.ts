// Freezes MOUNT_POINT while COMMAND takes a snapshot of it, and keeps the receipt beside the snapshot.
// Usage: hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "@fsfreezed/client";

const [address = "", mountPoint = "", receiptFile = "", command = "", ...args] =
  process.argv.slice(2);
if (command === "") {
  console.error("usage: hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]");
  process.exit(2);
}

async function takeSnapshot(signal: AbortSignal): Promise<void> {
  // Rejects where the command cannot be started, and where the signal stops it.
  const [status, by] = await once(spawn(command, args, { stdio: "inherit", signal }), "close");
  if (status !== 0) throw new Error(`${command} failed: ${status ?? by}`);
}

// [hold]
using client = connect(address);

const { receipt } = await client.withHold(mountPoint, { purpose: "snapshot" }, async (hold) => {
  // Frozen: writers wait, the image is stable. Where that ends too soon, the signal stops the snapshot.
  await takeSnapshot(hold.broken);
});
// Only a freeze that held to the end comes here. Keep its receipt beside the snapshot.
await writeFile(receiptFile, JSON.stringify(receipt));
// [/hold]

console.log(receipt.verdict);
