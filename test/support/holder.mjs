/**
 *   node holder.mjs ADDRESS PATH...
 * Holds the file systems until it is killed, and tells of it on stdout: "frozen HOLD_ID", "broken REASON". A line on stdin ends it: "release",
 * "cancel", or "exit" without a word to the service.
 */
import { createInterface } from "node:readline";
import { connect } from "@fsfreezed/client";

const [address, ...paths] = process.argv.slice(2);
const client = connect(address);
const hold = await client.hold(paths, { ttl: 50_000 });
hold.broken.addEventListener("abort", () => console.log(`broken ${hold.broken.reason.reason}`));
console.log(`frozen ${hold.id}`);

const endings = {
  release: async () => console.log(`verdict ${(await hold.release()).verdict}`),
  cancel: () => hold.cancel(),
  exit: () => process.exit(3),
};
createInterface({ input: process.stdin }).on("line", (line) => endings[line]?.());
