// The death table on this kernel, without systemd: who dies under a hold of an ext4, an xfs and a btrfs with a writer on each, and
// when the writers go on. Bounds are those of a test on an ordinary machine times 20; where something is hung,
// the silence after which the service takes it for dead comes on top (2 s, times FSFREEZED_SLOWNESS).
import { setTimeout as sleep } from "node:timers/promises";
import { check, expect, finish } from "./checks.mjs";
import { nowMs, until } from "./commands.mjs";
import { expectState, holdFreezes, kernelState, makeFilesystems, Writer } from "./filesystems.mjs";
import {
  everybody,
  freezesInFlight,
  kill,
  nothingLeft,
  roles,
  sentinelWatches,
} from "./processes.mjs";
import { hold, Service, silenceMs, slowToo, startHolder, startMs } from "./service.mjs";

/** 200 ms on an ordinary machine; the goals themselves are measured elsewhere (bench/thaw-latency). */
const deathMs = 4_000;
const recoverMs = 40_000;

const mountPoints = await makeFilesystems();
const writers = mountPoints.map((mountPoint) => new Writer(mountPoint));
let service = await Service.start("/run/fsfreezed-1");

/** Freezes, kills, and waits for every writer to go on; then asks the kernel. Answers how long the slowest waited. */
async function death(name, boundMs, act, { by = holdHere, after = async () => {} } = {}) {
  await check(name, async () => {
    const holder = await by();
    await sentinelWatches(startMs);
    await expectState(mountPoints, "frozen");
    for (const writer of writers) await writer.blocked();
    const at = nowMs();
    let took = [];
    try {
      // Watched meanwhile: a new start is over long after the thaw.
      const watched = writers.map((writer) => writer.wentOn(at, boundMs + 20_000));
      [took] = await Promise.all([Promise.all(watched), act(holder)]);
    } finally {
      await after(holder);
      holder.client?.close();
    }
    await expectState(mountPoints, "thawed");
    const slowest = Math.round(Math.max(...took));
    expect(slowest <= boundMs, `thawed after ${slowest} ms, more than ${boundMs} ms`);
    return `thawed after ${slowest} ms (bound ${boundMs} ms)`;
  });
}

function holdHere() {
  return hold(service.address, mountPoints);
}

async function holdByAnother() {
  return { child: await startHolder(service.address, mountPoints) };
}

async function startAgain() {
  await nothingLeft(30_000);
  service = await Service.start(service.stateDir);
}

await check("a hold of all three is INTACT", async () => {
  const { client, hold: held } = await holdHere();
  for (const writer of writers) await writer.blocked();
  await expectState(mountPoints, "frozen");
  const receipt = await held.release();
  await expectState(mountPoints, "thawed");
  client.close();
  expect(receipt.verdict === "INTACT", `verdict ${receipt.verdict}`);
});

await death("SIGKILL of the client", deathMs, ({ child }) => child.kill("SIGKILL"), {
  by: holdByAnother,
});
await death("SIGKILL of the api", deathMs, () => kill("SIGKILL", "api"));
await death("SIGKILL of the guardian", deathMs, () => kill("SIGKILL", "guardian"));
await death("SIGKILL of the supervisor", deathMs, () => kill("SIGKILL", "supervisor"), {
  after: startAgain,
});
if (slowToo) {
  await death("SIGSTOP of the api", silenceMs + deathMs, () => kill("SIGSTOP", "api"));
  await death("SIGSTOP of the guardian", silenceMs + deathMs, () => kill("SIGSTOP", "guardian"));
  await death(
    "SIGSTOP of the supervisor",
    silenceMs + deathMs,
    () => kill("SIGSTOP", "supervisor"),
    {
      after: startAgain,
    },
  );
}
await death(
  "SIGKILL of all three at once: the sentinel",
  recoverMs,
  () => kill("SIGKILL", ...roles),
  { after: startAgain },
);
await death(
  "SIGKILL of all three and the sentinel at once, then recover",
  recoverMs,
  async () => {
    kill("SIGKILL", ...everybody);
    await sleep(500);
    await expectState(mountPoints, "frozen");
    await service.recover();
  },
  { after: startAgain },
);
if (slowToo)
  await death("SIGKILL of all of them at once, then a new start", recoverMs, async () => {
    kill("SIGKILL", ...everybody);
    await sleep(500);
    await expectState(mountPoints, "frozen");
    await startAgain();
  });

/** One FIFREEZE on each hangs in flight when its process is killed; it lands with nobody there, and somebody has to thaw it. */
async function deathInFlight(name, act, after = async () => {}) {
  await check(name, async () => {
    const stuck = [];
    for (const mountPoint of mountPoints) stuck.push(await holdFreezes(mountPoint));
    const opening = hold(service.address, mountPoints).catch((error) => error);
    await until("all three are in flight", 120_000, () => freezesInFlight() === 3);
    const acted = act();
    await sleep(1_000);
    const at = nowMs();
    for (const one of stuck) await one.release();
    // Writers wait while it is in flight, so the first write after this is the thaw.
    const took = await Promise.all(writers.map((writer) => writer.wentOn(at, recoverMs)));
    await acted;
    const refusal = await opening;
    expect(refusal.reason !== undefined, "the hold was told that it is frozen");
    for (const mountPoint of mountPoints)
      await until("thawed", recoverMs, async () => (await kernelState(mountPoint)) === "thawed");
    await after();
    return `thawed ${Math.round(Math.max(...took))} ms after they landed (bound ${recoverMs} ms)`;
  });
}

await deathInFlight("SIGKILL of the guardian with a FIFREEZE in flight", () =>
  kill("SIGKILL", "guardian"),
);
if (slowToo)
  await deathInFlight(
    "SIGKILL of all of them with a FIFREEZE in flight, then recover",
    async () => {
      kill("SIGKILL", ...everybody);
      await service.recover();
    },
    startAgain,
  );

await check("SIGTERM ends the service, and nothing is left", async () => {
  const code = await service.stop();
  await nothingLeft(10_000);
  expect(code === 0, `exit code ${code}`);
});
for (const writer of writers) writer.kill();
finish();
