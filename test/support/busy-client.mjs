/**
 *   node busy-client.mjs ADDRESS BLOCK_MS TIMES PATH
 * Holds PATH, then blocks its event loop again and again, as a program does that computes. The moments between are each 100 ms
 * longer than the one before: answers to pings set the time of the next ping, so that with equal ones it would always come at
 * the same point of a block, and never just after its begin. Says "frozen HOLD_ID", then "busy" before each block, then "verdict VERDICT" or "lost REASON".
 */
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@fsfreezed/client";

const [address, blockMs, times, path] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);
// A client that pings would take its own pause for the service's silence.
const client = connect(address, { keepaliveTimeout: 60_000, timeout: 60_000 });
const hold = await client.hold(path, { ttl: 50_000, autoRenew: false });
say(`frozen ${hold.id}`);
const cell = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < Number(times); i++) {
  say("busy");
  Atomics.wait(cell, 0, 0, Number(blockMs));
  await sleep(20 + 100 * i);
}
try {
  say(`verdict ${(await hold.release()).verdict}`);
} catch (error) {
  say(`lost ${error.reason}`);
}
client.close();
