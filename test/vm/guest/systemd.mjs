// systemd as PID 1 with the unit of deploy/systemd: who dies or hangs under a hold, what systemd does, when the writers go on.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@fsfreezed/client";
import { check, expect, finish } from "./checks.mjs";
import { must, nowMs, run, until } from "./commands.mjs";
import {
  expectState,
  holdFreezes,
  kernelState,
  makeFilesystem,
  makeFilesystems,
  Writer,
} from "./filesystems.mjs";
import { everybody, freezesInFlight, kill, pidOf, roles, sentinelWatches } from "./processes.mjs";
import { hold, patience, ready, silenceMs, slowness, slowToo, startMs } from "./service.mjs";

const address = "unix:/run/fsfreezed/fsfreezed.sock";
/** 200 ms on an ordinary machine; the goals themselves are measured elsewhere (bench/thaw-latency). */
const deathMs = 4_000;
/** systemd ends what is left of the unit, and starts `recover`, a Node process: 2 s on an ordinary machine. */
const stopPostMs = 40_000;
/** The unit's own times, as many times longer as everything is slower here. */
const times = {
  WatchdogSec: 4 * slowness,
  TimeoutStopSec: 4 * slowness,
  TimeoutAbortSec: 2 * slowness,
};
/** Then TimeoutAbortSec for a process that does not even take SIGABRT. */
const watchdogMs = (times.WatchdogSec + times.TimeoutAbortSec) * 1000;

const units = process.env.VM_UNITS ?? "/lab/deploy/systemd";
cpSync(units, "/etc/systemd/system", { recursive: true });
symlinkSync("/lab/dist/cli/fsfreezed.cjs", "/usr/bin/fsfreezed");
mkdirSync("/etc/systemd/system/fsfreezed.service.d");
writeFileSync(
  "/etc/systemd/system/fsfreezed.service.d/slow.conf",
  [
    "[Service]",
    `Environment=FSFREEZED_SLOWNESS=${slowness}`,
    ...Object.entries(times).map(([name, seconds]) => `${name}=${seconds}s`),
    "TimeoutStartSec=300s",
    "ExecStart=",
    `ExecStart=/usr/bin/fsfreezed serve ${patience.join(" ")}`,
  ].join("\n"),
);
await must("systemctl", "daemon-reload");

const show = (property, unit = "fsfreezed") => must("systemctl", "show", "-P", property, unit);
const state = async () => `${await show("ActiveState")}/${await show("SubState")}`;

const isActive = () =>
  until("the unit is active", startMs, async () => (await state()) === "active/running");

async function journal() {
  return must("journalctl", "-u", "fsfreezed", "-o", "cat", "--no-pager", "-n", "40");
}

await check("systemctl start becomes active: ready, watched, api unprivileged", async () => {
  const at = nowMs();
  const { code, output } = await run("systemctl", ["start", "fsfreezed"], startMs);
  expect(code === 0, `systemctl start: ${output}\n${await journal()}`);
  const took = Math.round(nowMs() - at);
  expect((await state()) === "active/running", await state());
  expect((await show("Type")) === "notify", "not Type=notify");
  expect(Number(await show("WatchdogUSec").then(parseFloat)) > 0, "no watchdog");
  expect(Number(await show("MainPID")) === pidOf("supervisor"), "another process is the main one");
  const owner = (pid) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  expect(owner(pidOf("guardian")) === "0", "the guardian is not root");
  expect(owner(pidOf("api")) === "65534", `the api's uid is ${owner(pidOf("api"))}`);
  for (const role of roles) {
    const score = readFileSync(`/proc/${pidOf(role)}/oom_score_adj`, "utf8").trim();
    expect(score === "-1000", `oom_score_adj of the ${role} is ${score}`);
  }
  return `after ${took} ms`;
});

await check("doctor finds nothing missing inside the unit's limits", async () => {
  const unit = readFileSync("/etc/systemd/system/fsfreezed.service", "utf8");
  // The same limits as the service has, in a unit of its own.
  const limits = unit.match(
    /^(CapabilityBoundingSet|NoNewPrivileges|Restrict\w+|LockPersonality|SystemCall\w+|Protect\w+|Private\w+|Memory\w+)=.*$/gm,
  );
  const options = (limits ?? []).map((line) => `--property=${line}`);
  const command = [
    "--pipe",
    "--wait",
    "--quiet",
    "--collect",
    ...options,
    "/usr/bin/fsfreezed",
    "doctor",
  ];
  const { code, output } = await run("systemd-run", command, startMs);
  expect(code === 0, `code ${code}: ${output}`);
});

const mountPoints = await makeFilesystems();
const writers = mountPoints.map((mountPoint) => new Writer(mountPoint));

/**
 * Holds all three, does it, waits for the writers. `restarts`: by how many automatic restarts the unit's counter goes up. Answers how
 * long the slowest writer waited.
 */
async function death(name, boundMs, act, { restarts, after = isActive } = {}) {
  await check(name, async () => {
    await isActive();
    const before = Number(await show("NRestarts"));
    const { client } = await hold(address, mountPoints);
    await sentinelWatches(startMs);
    await expectState(mountPoints, "frozen");
    for (const writer of writers) await writer.blocked();
    const at = nowMs();
    const sinceSeconds = Math.floor(Date.now() / 1000);
    try {
      // Watched meanwhile: a restart is over long after the thaw.
      const watched = writers.map((writer) => writer.wentOn(at, boundMs + 20_000));
      const [took] = await Promise.all([Promise.all(watched), act()]);
      await expectState(mountPoints, "thawed");
      await after(sinceSeconds);
      const restarted = Number(await show("NRestarts")) - before;
      // A start by hand resets the counter.
      if (restarts !== undefined)
        expect(restarted === restarts, `${restarted} restarts instead of ${restarts}`);
      const slowest = Math.round(Math.max(...took));
      expect(slowest <= boundMs, `thawed after ${slowest} ms, more than ${boundMs} ms`);
      return `thawed after ${slowest} ms (bound ${boundMs} ms)`;
    } catch (error) {
      throw new Error(`${error.message}\n${await journal()}`);
    } finally {
      client.close();
    }
  });
}

await death("kill -9 of the api", deathMs, () => kill("SIGKILL", "api"), {
  restarts: 0,
});
await death("kill -9 of the guardian", deathMs, () => kill("SIGKILL", "guardian"), {
  restarts: 0,
});
await death("kill -9 of the supervisor", deathMs, () => kill("SIGKILL", "supervisor"), {
  restarts: 1,
});
await death(
  "kill -9 of all three: the sentinel, or systemd",
  stopPostMs,
  () => kill("SIGKILL", ...roles),
  {
    restarts: 1,
  },
);
const killAll = () => must("systemctl", "kill", "-s", "KILL", "--kill-who=all", "fsfreezed");
await death("kill -9 of the whole cgroup", stopPostMs, killAll, { restarts: 1 });
await death(
  "supervisor and sentinel stopped: watchdog",
  silenceMs + deathMs,
  () => kill("SIGSTOP", "supervisor", "sentinel"),
  { restarts: 1, after: isRestarted },
);
if (slowToo)
  await death(
    "all of them stopped: watchdog",
    watchdogMs + stopPostMs,
    () => kill("SIGSTOP", ...everybody),
    { restarts: 1, after: isRestarted },
  );

/** The stopped supervisor still is the main process, and the unit active, until the watchdog expires. */
async function isRestarted(sinceSeconds) {
  await until("the watchdog's restart", startMs, async () =>
    /Watchdog timeout/.test(
      await must("journalctl", "-u", "fsfreezed", "-o", "cat", "--since", `@${sinceSeconds}`),
    ),
  );
  await isActive();
  await ready(address);
}

await death("systemctl restart", deathMs, () => must("systemctl", "restart", "fsfreezed"));
await death("systemctl stop", deathMs, () => must("systemctl", "stop", "fsfreezed"), {
  after: async () => {
    expect((await state()) === "inactive/dead", await state());
    const left = readCgroup();
    expect(left.length === 0, `left in the cgroup: ${left}`);
    await must("systemctl", "start", "fsfreezed");
  },
});

function readCgroup() {
  try {
    return readFileSync(
      "/sys/fs/cgroup/system.slice/fsfreezed.service/cgroup.procs",
      "utf8",
    ).trim();
  } catch {
    return "";
  }
}

await check("systemd never gives up: no start limit", async () => {
  const limit = await show("StartLimitIntervalUSec");
  expect(limit === "0", `StartLimitIntervalUSec is ${limit}`);
});

/** A freeze that hangs in flight: its thread cannot be killed, so neither the guardian nor the cgroup ever gets empty. */
async function inFlight(name, act, heldMs, after) {
  await check(name, async () => {
    await isActive();
    const took = [];
    const [mountPoint] = mountPoints;
    const [writer] = writers;
    const stuck = await holdFreezes(mountPoint);
    const opening = hold(address, [mountPoint]).catch((error) => error);
    await until("FIFREEZE is in flight", 60_000, () => freezesInFlight() > 0);
    const acted = act();
    await sleep(heldMs);
    const at = nowMs();
    await stuck.release();
    try {
      took.push(Math.round(await writer.wentOn(at, stopPostMs)));
    } catch (error) {
      throw new Error(`${error.message}: ${await state()}\n${await journal()}`);
    }
    await acted;
    await opening;
    await until("thawed", stopPostMs, async () => (await kernelState(mountPoint)) === "thawed");
    await after();
    return `in flight for ${heldMs} ms, thawed ${took} ms after it landed (bound ${stopPostMs} ms)`;
  });
}

const start = () => must("systemctl", "start", "fsfreezed");
await inFlight("a freeze in flight, kill -9 of the cgroup", killAll, 3_000, isActive);
// Longer than TimeoutStopSec of SIGTERM, of SIGKILL and of ExecStopPost together: recover has to ask for more time.
if (slowToo)
  await inFlight(
    "a freeze in flight for long, systemctl stop",
    () => must("systemctl", "stop", "fsfreezed"),
    3 * times.TimeoutStopSec * 1000 + 5_000,
    start,
  );

// A thread of the main process in D: while it is there, systemd does not even see that the process was killed.
await check("a thread of the supervisor hangs in FITHAW, kill -9 of the supervisor", async () => {
  for (const writer of writers) writer.kill();
  await must("umount", "/mnt/ext4");
  const sectors = readFileSync(`/sys/block/${process.env.SPARE1.slice(5)}/size`, "utf8").trim();
  await must("modprobe", "dm_mod");
  await must("dmsetup", "create", "t", "--table", `0 ${sectors} linear ${process.env.SPARE1} 0`);
  await makeFilesystem("ext4", "/dev/mapper/t", "/mnt/t");
  await isActive();
  const { client } = await hold(address, ["/mnt/t"]);
  await must("dmsetup", "suspend", "--nolockfs", "t");
  // The supervisor thaws for the dead guardian, and its FITHAW waits for the suspended device.
  kill("SIGKILL", "guardian");
  await sleep(2_000);
  const pid = pidOf("supervisor");
  process.kill(pid, "SIGKILL");
  const at = nowMs();
  try {
    await until(
      "systemd takes it for dead",
      watchdogMs + 10_000,
      async () => (await state()) !== "active/running",
    );
  } finally {
    await must("dmsetup", "resume", "t");
    client.close();
  }
  const seen = Math.round(nowMs() - at);
  try {
    await until("thawed", stopPostMs, async () => (await kernelState("/mnt/t")) === "thawed");
    await isActive();
  } catch (error) {
    throw new Error(`${error.message}: ${await state()}\n${await journal()}`);
  }
  return `taken for dead after ${seen} ms (bound ${watchdogMs + 10_000} ms), thawed after the resume, active again`;
});

await check(
  "systemctl stop leaves nothing but receipts, and the next start knows them",
  async () => {
    const held = await hold(address, ["/mnt/xfs"]);
    const { id } = held.hold;
    await held.hold.release();
    held.client.close();
    await must("systemctl", "stop", "fsfreezed");
    expect((await state()) === "inactive/dead", await state());
    expect(readCgroup() === "", `left in the cgroup: ${readCgroup()}`);
    const left = (await must("find", "/run/fsfreezed", "!", "-type", "d")).split("\n");
    const receipts = left.filter((path) => path.startsWith("/run/fsfreezed/journal/holds/"));
    // systemd listens on the one; `recover`, which has run since, locked the other.
    const expected = ["/run/fsfreezed/fsfreezed.sock", "/run/fsfreezed/lock"];
    const rest = left.filter((path) => !receipts.includes(path) && !expected.includes(path));
    expect(rest.length === 0, `left: ${rest}`);
    await must("systemctl", "start", "fsfreezed");
    await ready(address);
    const client = connect(address);
    try {
      const { receipt } = await client.getHold(id);
      expect(receipt?.verdict === "INTACT", `the next start says ${receipt?.verdict} of it`);
    } finally {
      client.close();
    }
    await must("systemctl", "stop", "fsfreezed", "fsfreezed.socket");
    return `${receipts.length} receipts`;
  },
);
finish();
