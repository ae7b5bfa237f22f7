// Stands in for a guardian or an api: whatever the test writes goes to the supervisor, and back. It
// heartbeats by itself until it is told not to.
import { connect, Socket } from "node:net";

const config = JSON.parse(process.env.FSFREEZED_CHILD_CONFIG ?? "{}");
const supervisor = new Socket({ fd: 3 });
const control = connect(process.env.FSFREEZED_TEST_PUPPETS ?? "");
const tell = (message) => control.write(`${JSON.stringify(message)}\n`);

const beat = setInterval(() => supervisor.write('{"heartbeat":1}\n'), 50);
tell({ role: "listeners" in config ? "api" : "guardian", pid: process.pid });

let heard = "";
supervisor.on("data", (chunk) => {
  heard += chunk;
  const lines = heard.split("\n");
  heard = lines.pop() ?? "";
  for (const line of lines) if (!line.includes("heartbeat")) tell({ heard: JSON.parse(line) });
});
supervisor.on("close", () => tell({ closed: true }));
supervisor.on("error", () => {});

let orders = "";
control.on("data", (chunk) => {
  orders += chunk;
  const lines = orders.split("\n");
  orders = lines.pop() ?? "";
  for (const line of lines) obey(JSON.parse(line));
});
// The test is gone.
control.on("close", () => process.exit(0));
control.on("error", () => process.exit(0));

function obey(order) {
  if ("say" in order) supervisor.write(`${JSON.stringify(order.say)}\n`);
  if ("raw" in order) supervisor.write(order.raw);
  if ("mute" in order) clearInterval(beat);
  if (!("exit" in order)) return;
  // A write after `end` would take what is not sent yet with it.
  clearInterval(beat);
  supervisor.end(() => process.exit(order.exit));
}
