// Holds MOUNT_POINT through work of unknown length: each piece that is done renews the deadline, so that a program that
// hangs loses its freeze after 3 s.
// Usage: renew ADDRESS MOUNT_POINT
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@fsfreezed/client";

const [address = "", mountPoint = ""] = process.argv.slice(2);
if (mountPoint === "") {
  console.error("usage: renew ADDRESS MOUNT_POINT");
  process.exit(2);
}
const pieces = [1, 2, 3, 4, 5];
const copyPiece = (_piece: number) => sleep(1_000);

// [renew]
using client = connect(address);
// Released at the end of this scope, whatever happens in it.
await using hold = await client.hold(mountPoint, { ttl: 3_000, autoRenew: false });

for (const piece of pieces) {
  await copyPiece(piece);
  hold.throwIfBroken();
  const deadline = await hold.renew();
  console.log(`piece ${piece} is done, frozen until ${deadline?.toISOString()}`);
}
const receipt = await hold.release();
// [/renew]

console.log(receipt.verdict);
