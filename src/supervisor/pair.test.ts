import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { noDeadlineUs } from "../channel/supervisor-protocol.js";
import { PairBench, until, version } from "./testing/pair-bench.js";
import { endedRecord, interval, livingRecord } from "./testing/records.js";

// Processes are started, and hang for seconds on purpose.
const options = { timeout: 60_000 };

function causes(bench: PairBench) {
  return bench.journal.holds().map(({ hold }) => [hold.holdId, hold.receipt?.endCause]);
}

async function isPending(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => false), sleep(ms).then(() => true)]);
}

describe("a pair", options, () => {
  test("serves when its api says so, and its guardian knows what ended before", async () => {
    await using bench = await PairBench.start();
    for (const id of ["h-1", "h-2"]) bench.holds.note(endedRecord(id), {});
    bench.newPair();
    const { guardian, api } = await bench.puppets();
    guardian.say({ hello: { version } });
    api.sayRaw('{"ready":true}\n');
    await until(() => bench.told.length > 0 && guardian.heard.length === 2);
    expect(bench.told).toEqual(["ready"]);
    expect(guardian.heard).toEqual([
      { archive: endedRecord("h-1") },
      { archive: endedRecord("h-2") },
    ]);
  });

  test("that is asked to shut down tells both", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    pair.shutdown();
    await until(() => guardian.heard.length > 0 && api.heard.length > 1);
    expect(guardian.heard).toEqual([{ shutdown: true }]);
    // The first is the greeting.
    expect(api.heard).toEqual([{ tls: null }, { shutdown: true }]);
    guardian.exit();
    api.exit();
    await pair.over;
    await pair.settled;
    // Whoever is told nothing more is told nothing more: no error either.
    pair.shutdown();
    pair.killApi();
  });

  test("whose guardian is of other files tells that", async () => {
    await using bench = await PairBench.start();
    bench.newPair();
    const { guardian } = await bench.puppets();
    guardian.say({ hello: { version: "9.9.9" } });
    await until(() => bench.told.length > 0);
    expect(bench.told).toEqual(["version 9.9.9"]);
  });
});

describe("when the guardian", options, () => {
  test("is killed, what it froze is thawed and its holds get receipts", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    await bench.frozen(guardian);
    guardian.say({ hold: livingRecord("h-1") });
    await until(() => bench.journal.holds().length === 1);
    guardian.kill();
    await until(() => bench.rescue.fs().phase === "thawed");
    api.exit();
    await pair.over;
    expect(causes(bench)).toEqual([["h-1", "DAEMON_RESTART"]]);
    await pair.settled;
    expect(bench.journal.grants().size).toBe(0);
    expect(bench.claims.has("7:11")).toBe(false);
  });

  test("is killed before it could tell that it froze: the same", async () => {
    await using bench = await PairBench.start();
    bench.newPair();
    const { guardian } = await bench.puppets();
    await bench.frozen(guardian, "/a", false);
    guardian.kill();
    await until(() => bench.rescue.fs().phase === "thawed");
  });

  test("leaves, its last words count: what it thawed is not thawed again, its receipts stay", async () => {
    await using bench = await PairBench.start();
    // Nothing but its word tells that the freeze which is seen then is somebody else's.
    bench.rescue.world.setWays({ generation: "none" });
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    await bench.frozen(guardian);
    guardian.say({ hold: livingRecord("h-1") });
    api.kill();
    await until(() => !api.lives);
    bench.rescue.fs().foreignRefreeze();
    guardian.say({ ended: { epoch: 1 } }, { hold: endedRecord("h-1") });
    guardian.exit();
    // We are busy meanwhile, and look at what it does before what it says is read.
    await new Promise(setImmediate);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    await pair.settled;
    expect(bench.rescue.fs().phase).toBe("frozen");
    expect(causes(bench)).toEqual([["h-1", "RELEASED"]]);
    expect(bench.journal.grants().size).toBe(0);
  });

  test("is stopped, it is killed for its silence, and what it froze is thawed", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.living();
    await bench.frozen(guardian);
    guardian.kill("SIGSTOP");
    await until(() => bench.rescue.fs().phase === "thawed");
    await until(() => !guardian.lives);
    api.exit();
    await pair.settled;
  });

  test("says what is no message, it is killed, and what it froze is thawed", async () => {
    await using bench = await PairBench.start();
    bench.newPair();
    const { guardian } = await bench.puppets();
    await bench.frozen(guardian);
    guardian.sayRaw("garbage\n");
    await until(() => bench.rescue.fs().phase === "thawed" && !guardian.lives);
  });

  test("lets a deadline pass, it is killed, and what it froze is thawed", async () => {
    await using bench = await PairBench.start();
    bench.newPair();
    const { guardian } = await bench.puppets();
    await bench.frozen(guardian);
    guardian.say({ deadline: { epoch: 1, deadlineUs: bench.rescue.kernel.now().bootUs } });
    await until(() => bench.rescue.fs().phase === "thawed" && !guardian.lives);
  });
});

describe("when the api", options, () => {
  test("is killed, a guardian that thaws and leaves is left to do so", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    await bench.frozen(guardian);
    guardian.say({ hold: livingRecord("h-1", { intervals: { "7:11": { ended: [interval()] } } }) });
    api.kill();
    bench.rescue.fs().foreignThaw();
    guardian.say({ ended: { epoch: 1 } }, { hold: endedRecord("h-1") });
    guardian.exit();
    await pair.settled;
    expect(causes(bench)).toEqual([["h-1", "RELEASED"]]);
    expect(bench.rescue.fs().counts.thaws).toBe(1);
  });

  test("is killed, a guardian that does not thaw is killed", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    await bench.frozen(guardian);
    api.kill();
    await pair.settled;
    expect(bench.rescue.fs().phase).toBe("thawed");
    await until(() => !guardian.lives);
  });

  test("is killed, a guardian that has nothing to thaw and does not leave is killed", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    api.kill();
    await pair.settled;
    await until(() => !guardian.lives);
  });

  test("is killed, a guardian whose thaw has to wait is not; the next pair does not wait for it", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    const { grant } = await bench.frozen(guardian);
    guardian.say({ hold: livingRecord("h-1") });
    guardian.say({ deadline: { epoch: 1, deadlineUs: noDeadlineUs } });
    api.kill();
    await pair.over;
    expect(causes(bench)).toEqual([["h-1", "DAEMON_RESTART"]]);
    expect(await isPending(pair.settled, 3_000)).toBe(true);
    expect(guardian.lives).toBe(true);
    expect(bench.claims.has(grant.identity.key)).toBe(true);
    // What it says of its holds now does not bring them back.
    guardian.say({ hold: livingRecord("h-1") }, { hold: livingRecord("h-late") });
    bench.rescue.fs().foreignThaw();
    guardian.say({ ended: { epoch: 1 } });
    guardian.exit();
    await pair.settled;
    expect(causes(bench).sort()).toEqual([
      ["h-1", "DAEMON_RESTART"],
      ["h-late", "DAEMON_RESTART"],
    ]);
    expect(bench.claims.has(grant.identity.key)).toBe(false);
  });

  test("does not leave when its guardian is gone, it is killed", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.puppets();
    guardian.exit();
    await pair.settled;
    await until(() => !api.lives);
  });

  test("hangs, it is killed and the guardian ends", async () => {
    await using bench = await PairBench.start();
    const pair = bench.newPair();
    const { guardian, api } = await bench.living();
    api.mute();
    await until(() => !api.lives);
    guardian.exit();
    await pair.settled;
  });
});

describe("a pair that cannot be started", options, () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  /** Living or not reaped yet. */
  const children = () =>
    readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);

  test("because its programs end at once is over by itself", async () => {
    await using bench = await PairBench.start();
    const nothing = "file:///dev/null";
    const pair = bench.newPair({ programs: { guardian: nothing, api: nothing } });
    await pair.over;
    await pair.settled;
  });

  test("throws, and leaves no process and no descriptor", async () => {
    await using bench = await PairBench.start();
    const before = descriptors();
    // No such uid can be: the guardian has been started by then.
    const serveOptions = { ...bench.serveOptions, apiUser: { uid: 2 ** 40, gid: 0 } };
    expect(() => bench.newPair({ options: serveOptions })).toThrow();
    await until(() => descriptors() <= before && children().length === 0);
  });
});
