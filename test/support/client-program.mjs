// A program that uses the public client, to be killed and stopped: one command (JSON) a line on stdin, events on stdout.
// Usage: node client-program.mjs. Commands: {do, ...}, see below. It ends when stdin does.
import { createInterface } from "node:readline";
import { connect } from "@fsfreezed/client";

const say = (event, values = {}) =>
  process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);
const told = (error) => ({
  reason: error?.reason,
  message: error?.message,
  receipt: error?.receipt,
});

let hold;

const commands = {
  async hold({ address, targets, options }) {
    hold = await connect(address).hold(targets, { onRenewFailed() {}, ...options });
    hold.broken.addEventListener("abort", () => say("broken", told(hold.broken.reason)), {
      once: true,
    });
    return { holdId: hold.id, resumeToken: hold.resumeToken, state: hold.info.state };
  },
  async resume({ address, holdId, resumeToken }) {
    hold = await connect(address).resume(holdId, resumeToken);
    return { holdId: hold.id, resumeToken: hold.resumeToken, state: hold.info.state };
  },
  renew: ({ ttl }) => hold.renew(ttl).then((expireTime) => ({ expireTime })),
  status: () => hold.status().then((status) => ({ status })),
  freeze: () => hold.freeze().then(({ state }) => ({ state })),
  thaw: () => hold.thaw().then(() => ({})),
  release: () => hold.release({ timeout: 20_000 }).then((receipt) => ({ receipt })),
  async cancel() {
    hold.cancel();
    return {};
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    commands[command.do](command).then(
      (answer) => say(`done:${command.do}`, answer),
      (error) => say(`failed:${command.do}`, told(error)),
    );
  })
  .on("close", () => process.exit(0));
say("ready");
