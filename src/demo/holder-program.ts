/**
 * A backup program that is going to be killed: holds a file system frozen through the public client, and never lets go.
 *
 *   node holder-program.js ADDRESS PATH
 *
 * Reports "frozen HOLD_ID" on stdout.
 */
import { connect } from "@fsfreezed/client";

const [, , address, path] = process.argv;
if (address === undefined || path === undefined) {
  throw new Error("usage: holder-program.js ADDRESS PATH");
}
const client = connect(address);
const hold = await client.hold(path, { ttl: 10_000, purpose: "a backup that will be killed" });
process.stdout.write(`frozen ${hold.id}\n`);
