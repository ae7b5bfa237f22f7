/**
 * How long a writer waits after the death of a holder or of one of the service's own processes, on the writer's own clock: from SIGKILL
 * until the kernel lets its blocked call go on ("thawed"), and until its write is on the disk ("written"; what competes with it by then
 * is the end of the killed process and the start of the next one). In the same run, as the measure of what the machine can do at all:
 * from a bare FITHAW by hand.
 *
 *   node bench/thaw-latency.mjs [--kills 200] [--type ext4] [--who client,api,guardian,supervisor]
 *
 * Needs root, mkfs and a built tree (npm ci). Makes its own loop image under $TMPDIR, and thaws it whatever happens.
 */
import { execFileSync, fork, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "@fsfreezed/client";
import koffi from "koffi";

const FIFREEZE = 0xc0045877n;
const FITHAW = 0xc0045878n;
const here = fileURLToPath(import.meta.url);
const program = fileURLToPath(new URL("../dist/cli/fsfreezed.cjs", import.meta.url));

/** Those that run, to be ended on an interrupt. */
const services = new Set();

const roles = { holder, writer, bench };
const [role = "bench", ...words] = process.argv.slice(2);
if (Object.hasOwn(roles, role)) await roles[role](...words);
else await bench();

/** The client to be killed: freezes, says so, stays. */
async function holder(address, mountPoint) {
  const hold = await connect(address).hold(mountPoint, { ttl: 60_000 });
  process.send("frozen");
  await new Promise((resolve) => hold.broken.addEventListener("abort", resolve));
}

/**
 * Writes without pause and tells each time that it was blocked, by a call that took longer than 50 ms: when that began, when it ended,
 * and when what it wrote was on the disk, in nanoseconds.
 */
async function writer(file) {
  const { fsyncSync, writeSync } = await import("node:fs");
  const fd = openSync(file, "w");
  writeSync(1, "ready\n");
  for (let before = process.hrtime.bigint(); ; ) {
    writeSync(fd, "x", 0);
    const accepted = process.hrtime.bigint();
    fsyncSync(fd);
    const written = process.hrtime.bigint();
    const released = accepted - before > 50_000_000n ? accepted : written;
    // Not process.stdout: this loop never lets the event loop write it.
    if (written - before > 50_000_000n) writeSync(1, `${before} ${released} ${written}\n`);
    before = written;
  }
}

async function bench() {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((arg) => arg !== "bench"),
    options: {
      kills: { type: "string", default: "200" },
      type: { type: "string", default: "ext4" },
      who: { type: "string", default: "client,api,guardian,supervisor" },
    },
  });
  const kills = Number(values.kills);
  const folder = mkdtempSync(join(tmpdir(), "fsfreezed-bench-"));
  const mountPoint = join(folder, "mnt");
  const image = join(folder, "image");
  mkdirSync(mountPoint);
  execFileSync("truncate", ["-s", "400M", image]);
  execFileSync(`mkfs.${values.type}`, ["-q", image], { stdio: "ignore" });
  execFileSync("mount", ["-o", "loop", image, mountPoint]);
  // Thaws if this process dies; a reader of its pipe sees the end at once.
  const guard = spawn(
    "sh",
    [
      "-c",
      'read _; fsfreeze -u "$0" 2>/dev/null; sleep 1; umount -l "$0"; rm -rf "$1"',
      mountPoint,
      folder,
    ],
    { stdio: ["pipe", "ignore", "ignore"], detached: true },
  );
  const writing = spawn(process.execPath, [here, "writer", join(mountPoint, "written")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, async () => {
      for (const service of services) service.kill("SIGTERM");
      await sleep(1_000);
      writing.kill("SIGKILL");
      guard.stdin.end();
      guard.once("exit", () => process.exit(130));
    });
  }
  const stalls = createInterface({ input: writing.stdout })[Symbol.asyncIterator]();
  if ((await stalls.next()).value !== "ready") throw new Error("the writer did not start");
  const place = { mountPoint, stalls, stateDir: join(folder, "state") };
  try {
    const byHand = await measureByHand(place, kills);
    report("bare FITHAW", byHand, byHand);
    for (const who of values.who.split(",")) report(who, await measure(who, place, kills), byHand);
  } finally {
    writing.kill("SIGKILL");
    guard.stdin.end();
    await new Promise((resolve) => guard.once("exit", resolve));
  }
  process.exit();
}

/** The times from `killedAt` to the end of the call that was blocked then, and to that of its write. */
async function writerGoesOn(stalls, killedAt) {
  for (;;) {
    const { value } = await stalls.next();
    const [began, released, written] = value.split(" ").map(BigInt);
    const ms = (at) => Number(at - killedAt) / 1e6;
    if (began < killedAt && released > killedAt) {
      return { thawed: ms(released), written: ms(written) };
    }
  }
}

async function measureByHand({ mountPoint, stalls }, times) {
  const ioctl = koffi.load(null).func("ioctl", "int", ["int", "ulong", "int"]);
  const fd = openSync(mountPoint, "r");
  const took = [];
  for (let i = 0; i < times; i++) {
    if (ioctl(fd, FIFREEZE, 0) !== 0) throw new Error("FIFREEZE failed");
    await sleep(100);
    const at = process.hrtime.bigint();
    if (ioctl(fd, FITHAW, 0) !== 0) throw new Error("FITHAW failed");
    took.push(await writerGoesOn(stalls, at));
  }
  closeSync(fd);
  return took;
}

async function measure(who, { mountPoint, stalls, stateDir }, times) {
  let service = await serve(stateDir);
  const took = [];
  for (let i = 0; i < times; i++) {
    const client = await hold(service.address, mountPoint);
    await sleep(100);
    const pid = who === "client" ? client.pid : service.pidOf(who);
    const at = process.hrtime.bigint();
    process.kill(pid, "SIGKILL");
    took.push(await writerGoesOn(stalls, at));
    client.kill("SIGKILL");
    if (who === "supervisor") service = await serve(stateDir);
  }
  await service.stop();
  return took;
}

async function serve(stateDir) {
  const child = spawn(
    process.execPath,
    [program, "serve", "--state-dir", stateDir, "--log-level", "error"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  services.add(child);
  child.once("exit", () => services.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value === undefined) throw new Error("the service did not start");
  return {
    address: value.replace("fsfreezed serves on ", ""),
    pidOf: (role) => (role === "supervisor" ? child.pid : childOf(child.pid, role)),
    async stop() {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

/** By the title that each process gives itself; /proc/PID/stat never blocks, unlike cmdline. */
function childOf(parent, role) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, ppid] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const title = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    if (Number(ppid) === parent && title === `fsfreezed: ${role}`.slice(0, 15)) return Number(pid);
  }
  throw new Error(`no ${role} runs`);
}

/** A client in a process of its own, once its hold is frozen. After a restart of the service it may have to try again. */
async function hold(address, mountPoint) {
  for (let tries = 0; tries < 50; tries++) {
    const client = fork(here, ["holder", address, mountPoint], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const frozen = await new Promise((resolve) => {
      client.once("message", () => resolve(true));
      client.once("exit", () => resolve(false));
    });
    if (frozen) return client;
    await sleep(100);
  }
  throw new Error("no hold could be had");
}

function report(name, took, byHand) {
  const quantile = (times, what, q) => {
    const sorted = times.map((time) => time[what]).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  };
  const ms = (what, q) => quantile(took, what, q).toFixed(1).padStart(5);
  const columns = ["thawed", "written"].map((what) => {
    const ratio = quantile(took, what, 0.5) / quantile(byHand, what, 0.5);
    return `${what} p50 ${ms(what, 0.5)}  p99 ${ms(what, 0.99)}  max ${ms(what, 1)} ms (${ratio.toFixed(1)} x FITHAW)`;
  });
  process.stdout.write(`${name.padEnd(11)} n=${took.length}  ${columns.join("   ")}\n`);
}
