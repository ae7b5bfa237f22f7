/** The daemon as a process: it starts, serves, leaves nothing behind, and knows its neighbours. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Daemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { requires } from "../support/requirements.js";
import { readMounts } from "../support/sweep.mjs";

/** Every Node process that inherits it spends so long before its first statement. */
function slowStart(ms: number): Readonly<Record<string, string>> {
  const code = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,${ms})`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

/** Those that a process's threads have, in nanoseconds. */
function slices(pid: number): readonly number[] {
  const found = new Set<number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/sched`, "utf8");
    found.add(Number(/^se\.slice\s*:\s*(\d+)/m.exec(text)?.[1]));
  }
  return [...found];
}

requires("root", "loop", "ext4", "bpf", "slices").test(
  "the guardian's threads, and nobody else's, do not wait for long slices of others",
  async () => {
    await using daemon = await Daemon.start();
    const shortest = 100_000;
    expect(slices(daemon.pid("guardian"))).toEqual([shortest]);
    for (const pid of [daemon.pid("supervisor"), daemon.pid("api"), await daemon.sentinel()])
      expect(slices(pid)).not.toContain(shortest);
  },
);

requires("root", "loop", "ext4", "bpf").describe("fsfreezed serve", () => {
  test("keeps its state on memory, and takes all of it away at the end", async () => {
    const daemon = await Daemon.start();
    const mounts = readMounts().filter(({ mountPoint }) => mountPoint.startsWith(daemon.stateDir));
    expect(mounts.map(({ type }) => type)).toEqual(["tmpfs", "bpf"]);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o660);
    expect(await daemon.terminate()).toEqual({ code: 0, signal: null });
    expect(await daemon.leftovers()).toEqual([]);
    expect(existsSync(daemon.stateDir)).toBe(false);
  });

  test("starts on a machine where that takes its processes seconds", async () => {
    await using daemon = await Daemon.start({ env: slowStart(3_000) });
    using client = daemon.connect();
    expect(await client.health()).toBe("SERVING");
  });

  test("a second one with the same state directory gives way, and the first one does not notice", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const hold = await client.hold(filesystem.mountPoint);
    await expect(Daemon.start({ stateDir: daemon.stateDir })).rejects.toThrow(/another fsfreezed/);
    await expectFrozen(filesystem.mountPoint);
    expect((await hold.release()).verdict).toBe("INTACT");
    expect(await client.health()).toBe("SERVING");
  });

  test("two with their own state directories know each other's freezes as somebody else's", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    await using one = await Daemon.start();
    await using two = await Daemon.start();
    const path = filesystem.mountPoint;
    using client = one.connect();
    using other = two.connect();
    const hold = await client.hold(path);
    expect((await refusalOf(other.hold(path))).reason).toBe("FROZEN_BY_ANOTHER");
    expect((await other.isFrozen(path)).frozenBy).toMatchObject([{ freezer: "ANOTHER_TOOL" }]);
    await two.terminate();
    await sleep(200);
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });
});
