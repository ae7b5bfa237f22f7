// A client process that opens a HoldFreeze stream and then does nothing, so that a test can kill or stop it.
// Usage: node holder.mjs TARGET METHOD_PATH OPEN_MESSAGE_BASE64. Prints "event" for each message that comes.
import { Client, credentials } from "@grpc/grpc-js";

const [target, path, open] = process.argv.slice(2);
const client = new Client(target, credentials.createInsecure());
const same = (bytes) => bytes;
const call = client.makeBidiStreamRequest(path, same, same);
call.on("data", () => process.stdout.write("event\n"));
call.on("error", (error) => process.stdout.write(`error ${error.code}\n`));
call.write(Buffer.from(open, "base64"));
process.stdin.on("data", (line) => {
  if (String(line).startsWith("half-close")) call.end();
});
