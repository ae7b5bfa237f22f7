// Takes a hold over from a client that lost its connection, without a gap in the freeze.
// Usage: resume ADDRESS MOUNT_POINT
import { connect } from "@fsfreezed/client";

const [address = "", mountPoint = ""] = process.argv.slice(2);
if (mountPoint === "") {
  console.error("usage: resume ADDRESS MOUNT_POINT");
  process.exit(2);
}

// [resume]
using client = connect(address);
const first = await client.hold(mountPoint, { linger: 5_000 });
// Keep these two where the next process finds them. The token is a secret.
const { id, resumeToken } = first;

// The stream is lost; the hold waits 5 s for somebody who knows its token.
first.cancel();

using successor = connect(address);
const hold = await successor.resume(id, resumeToken);
const receipt = await hold.release();
// [/resume]

console.log(receipt.verdict);
