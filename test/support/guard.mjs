/**
 * The rig's safety guard: one detached process for each process that makes loop file systems.
 *
 *   node guard.mjs DIRECTORY OWNER_PID OWNER_START_TIME
 *
 * It thaws a mount whose time has run out, and when its owner dies (even by SIGKILL, even with a thread stuck in D state)
 * it undoes everything below DIRECTORY. It reads one JSON message a line on stdin; the end of stdin means that the
 * owner is gone.
 *   {"arm": MOUNT_POINT, "seconds": N}   {"disarm": MOUNT_POINT}   {"watch": PID}   {"end": true}
 */
import { createInterface } from "node:readline";
import { attempt, isDead, readProcess, sweep } from "./sweep.mjs";

const [directory, ownerPid, ownerStartTime] = process.argv.slice(2);
if (directory === undefined || ownerPid === undefined || ownerStartTime === undefined) {
  throw new Error("usage: guard.mjs DIRECTORY OWNER_PID OWNER_START_TIME");
}

const armed = new Map();
const processes = new Map();
let ending = false;

process.title = "fsfreezed-rig-guard";
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => finish());
// The owner may be gone when the guard speaks.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

async function finish() {
  if (ending) return;
  ending = true;
  for (const timer of armed.values()) clearTimeout(timer);
  const result = await sweep({ directory, processes: [...processes.values()], limitMs: 20_000 });
  if (!result.clean)
    process.stderr.write(`rig guard: left behind: ${result.remaining.join(", ")}\n`);
  process.exit(result.clean ? 0 : 1);
}

function disarm(mountPoint) {
  clearTimeout(armed.get(mountPoint));
  armed.delete(mountPoint);
}

function arm(mountPoint, seconds) {
  disarm(mountPoint);
  const fire = async () => {
    // EINVAL (nothing frozen) is what is expected: then the guard has not been needed, and stays silent.
    if (await attempt("fsfreeze", ["-u", mountPoint], 5000)) {
      process.stdout.write(`${JSON.stringify({ thawed: mountPoint })}\n`);
    }
    if (armed.has(mountPoint)) armed.set(mountPoint, setTimeout(fire, seconds * 1000));
  };
  armed.set(mountPoint, setTimeout(fire, seconds * 1000));
}

function obey(message) {
  if (typeof message.arm === "string") arm(message.arm, message.seconds);
  if (typeof message.disarm === "string") disarm(message.disarm);
  if (typeof message.watch === "number") {
    const found = readProcess(message.watch);
    // The start time keeps a later process of the same number safe.
    if (found !== undefined)
      processes.set(message.watch, { pid: message.watch, startTime: found.startTime });
  }
  if (message.end === true) void finish();
}

createInterface({ input: process.stdin })
  .on("line", (line) => obey(JSON.parse(line)))
  .on("close", () => void finish());
setInterval(() => {
  if (isDead(Number(ownerPid), ownerStartTime)) void finish();
}, 300);
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
