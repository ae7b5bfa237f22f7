import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../channel/testing/sockets.js";
import { silentLog } from "../observe/log.js";
import { Claims } from "./claims.js";
import { type Journal, type JournalledGrant, openJournal } from "./journal.js";
import { type RecoveryDependencies, type RecoveryReport, recover } from "./recovery.js";
import { livingRecord } from "./testing/records.js";
import { bootId, guardianPid, RescueBench } from "./testing/rescue-bench.js";

let bench: RescueBench;
let directory: string;
let journal: Journal;
let claims: Claims;
let killed: number[];
beforeEach(() => {
  bench = new RescueBench();
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-recovery-"));
  journal = openJournal(join(directory, "journal"), () => {});
  claims = new Claims();
  killed = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(changed: Partial<RecoveryDependencies> = {}): Promise<RecoveryReport> {
  return recover({
    kernel: bench.kernel,
    journal,
    claims,
    log: silentLog,
    sleep: () => bench.sleep(),
    life: () => bench.life,
    kill: (pid) => killed.push(pid),
    now: bench.kernel.now(),
    host: "bench",
    bootId,
    ...changed,
  });
}

function outcome({ thawed, failed, pending }: RecoveryReport) {
  return { thawed, failed: failed.map(({ path }) => path), pending };
}

const nothing = { thawed: [], failed: [], pending: [] };
const all = (thawed: readonly string[]) => ({ ...nothing, thawed });

/** Frozen by the guardian, journalled, and its descriptor gone with it. */
async function left(mountPoint = "/a", name = "one"): Promise<JournalledGrant> {
  const guardian = await bench.granted(mountPoint);
  await guardian.freeze();
  const entry = guardian.landed();
  guardian.close();
  journal.writeGrant(name, entry);
  return entry;
}

describe("recovery", () => {
  test("of nothing is nothing, and of holds only their receipts", async () => {
    expect(outcome(await run())).toEqual(nothing);
    journal.writeHold(livingRecord("h-1"));
    expect(outcome(await run())).toEqual(nothing);
    expect(journal.holds()[0]?.hold.receipt?.endCause).toBe("DAEMON_RESTART");
  });

  test("thaws what is left frozen, and again there is nothing to do", async () => {
    await left("/a", "one");
    await left("/upper", "two");
    expect(outcome(await run())).toEqual(all(["/a", "/upper"]));
    expect([bench.fs("/a").phase, bench.fs("/upper").phase]).toEqual(["thawed", "thawed"]);
    expect(journal.grants().size).toBe(0);
    expect(outcome(await run())).toEqual(nothing);
    const open = bench.world.filesystems.map((fs) => fs.openHandles);
    expect(Math.max(...open)).toBe(0);
  });

  test("of another boot's journal touches nothing: that boot thawed all", async () => {
    const entry = await left();
    journal.writeGrant("one", { ...entry, bootId: "boot-0" });
    expect(outcome(await run())).toEqual(nothing);
    expect(bench.fs().phase).toBe("frozen");
    expect(journal.grants().size).toBe(0);
  });

  test("leaves what somebody else has frozen since, and is done with it", async () => {
    const { entry } = await bench.granted("/a");
    journal.writeGrant("one", entry);
    bench.fs().foreignFreeze();
    expect(outcome(await run())).toEqual(nothing);
    expect(bench.fs().phase).toBe("frozen");
    expect(journal.grants().size).toBe(0);
  });

  test("of one that breaks does not keep the others frozen", async () => {
    await left("/a", "one");
    await left("/b", "two");
    const { open } = bench.kernel;
    bench.kernel.open = (identity, options) =>
      identity.mountPoint === "/a"
        ? Promise.reject(new Error("a bug"))
        : open.call(bench.kernel, identity, options);
    expect(outcome(await run())).toEqual({ thawed: ["/b"], failed: ["/a"], pending: [] });
    expect([...journal.grants().keys()]).toEqual(["one"]);
  });

  test("says that an entry which cannot be read may mean something frozen", async () => {
    const file = join(directory, "journal", "grants", "bad.json");
    writeFileSync(file, "{");
    await left();
    expect(outcome(await run())).toEqual({ thawed: ["/a"], failed: [file], pending: [] });
  });
});

describe("a guardian of the dead service", () => {
  test("that lives is given time to thaw by itself", async () => {
    bench.life = "alive";
    await left();
    bench.onSleep = (count) => {
      if (count !== 20) return;
      bench.fs().foreignThaw();
      bench.life = "gone";
    };
    expect(outcome(await run())).toEqual(nothing);
    expect(killed).toEqual([]);
    expect(bench.fs().counts.thaws).toBe(1);
  });

  test("that is hung is killed, once", async () => {
    bench.life = "alive";
    await left();
    const kill = (pid: number): void => {
      killed.push(pid);
      bench.onSleep = (count) => {
        if (count > 340) bench.life = "gone";
      };
    };
    expect(outcome(await run({ kill }))).toEqual(all(["/a"]));
    expect(killed).toEqual([guardianPid]);
    expect(bench.slept).toBeGreaterThan(300);
  });

  test("that leaves at the moment of being killed is gone", async () => {
    bench.life = "alive";
    await left();
    bench.onSleep = (count) => {
      // By now the default has killed a process that does not exist.
      if (count === 320) bench.life = "gone";
    };
    const entry = [...journal.grants().values()][0];
    if (entry === undefined) throw new Error("no entry");
    journal.writeGrant("one", { ...entry, guardian: { pid: 2 ** 22 + 1, startTicks: "1" } });
    expect(outcome(await run({ kill: undefined }))).toEqual(all(["/a"]));
  });
});

describe("a freeze that is still in flight", () => {
  test("is waited for without patience, for as long as it takes", async () => {
    const { entry, freeze } = await bench.granted("/a");
    journal.writeGrant("one", entry);
    bench.fs().holdFreezes();
    const freezing = freeze();
    bench.life = "dying";
    const running = run();
    expect(await bench.isPending(running)).toBe(true);
    bench.fs().releaseFreezes();
    await freezing;
    expect(outcome(await running)).toEqual(all(["/a"]));
  });

  test("keeps nobody from serving where there is patience, and its file system claimed", async () => {
    const { entry, freeze } = await bench.granted("/a");
    journal.writeGrant("one", entry);
    await left("/b", "two");
    bench.fs("/a").holdFreezes();
    const freezing = freeze();
    bench.life = "dying";
    const report = await run({
      patienceMs: 7,
      sleep: (ms) => (ms === 7 ? patience(30) : bench.sleep()),
    });
    expect(outcome(report)).toEqual({ thawed: ["/b"], failed: [], pending: ["/a"] });
    expect(claims.has(entry.grant.identity.key)).toBe(true);
    expect(claims.has("7:12")).toBe(false);
    bench.fs("/a").releaseFreezes();
    await freezing;
    await report.settled;
    expect(bench.fs("/a").phase).toBe("thawed");
    expect(claims.has(entry.grant.identity.key)).toBe(false);
    expect(journal.grants().size).toBe(0);
  });

  async function patience(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await bench.sleep();
  }
});

describe("a file system that is not where it was", () => {
  test("is found wherever else it is mounted", async () => {
    const entry = await left("/a");
    const { identity } = entry.grant;
    journal.writeGrant("one", {
      ...entry,
      grant: {
        ...entry.grant,
        identity: { ...identity, mountPoint: "/gone", directory: "/gone/sub" },
      },
    });
    expect(outcome(await run())).toEqual(all(["/gone"]));
    expect(bench.fs("/a").phase).toBe("thawed");
  });

  test("frozen and unmounted is told, and kept for the next time", async () => {
    await left("/a");
    expect(bench.fs("/a").unmount()).toBeUndefined();
    expect(outcome(await run())).toEqual({ thawed: [], failed: ["/a"], pending: [] });
    expect(journal.grants().size).toBe(1);
    bench.fs("/a").mount();
    expect(outcome(await run())).toEqual(all(["/a"]));
    expect(journal.grants().size).toBe(0);
  });

  test("thawed and unmounted is over, where the kernel can tell", async () => {
    await left("/a");
    bench.fs("/a").foreignThaw();
    bench.fs("/a").unmount();
    bench.world.setWays({ state: "none" });
    expect(outcome(await run())).toEqual({ thawed: [], failed: ["/a"], pending: [] });
    bench.world.setWays({ state: "exact" });
    expect(outcome(await run())).toEqual(nothing);
    expect(journal.grants().size).toBe(0);
  });

  test.each([
    ["UUID", { uuid: "00000000-0000-4000-8000-000000000099" }],
    ["type", { type: "xfs" }],
  ])("and whose device has another %s by now is gone, with its freeze", async (_, changed) => {
    // So that nothing else tells whose the freeze is that is seen there.
    bench.world.setWays({ generation: "none" });
    const { entry } = await bench.granted("/a");
    const { identity } = entry.grant;
    const grant = { ...entry.grant, identity: { ...identity, ...changed } };
    journal.writeGrant("one", { ...entry, grant });
    bench.fs("/a").foreignFreeze();
    expect(outcome(await run())).toEqual(nothing);
    expect(bench.fs("/a").phase).toBe("frozen");
    expect(journal.grants().size).toBe(0);
  });
});

test("with a lower layer frozen it waits, and holds nobody up that has patience", async () => {
  await left("/upper");
  bench.fs("/lower").foreignFreeze();
  let waited = 0;
  const report = await run({
    patienceMs: 7,
    sleep: async (ms) => {
      if (ms === 7) await until(() => waited > 5);
      else {
        waited += 1;
        await bench.sleep();
      }
    },
  });
  expect(outcome(report).pending).toEqual(["/upper"]);
  expect(bench.fs("/upper").phase).toBe("frozen");
  bench.fs("/lower").foreignThaw();
  await report.settled;
  expect(bench.fs("/upper").phase).toBe("thawed");
});
