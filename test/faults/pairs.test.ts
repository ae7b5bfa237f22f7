/** Two or more of the service's processes fail at one moment, or the whole process group: what was frozen is thawed, and the service comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Daemon, type Role } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { waitUntilGone } from "../support/process-tree.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { isDead, readProcess } from "../support/sweep.mjs";
import { Writer } from "../support/writer.js";

const roles = ["guardian", "api", "supervisor"] as const satisfies Role[];
/** Everything stopped or hung is noticed in 2 s, and then has its own budget. */
const hungMs = 5_000;

requires("root", "loop", "ext4", "xfs", "bpf", "python3", "userfaultfd").describe(
  "two at once",
  () => {
    let ext4: LoopFilesystem;
    let xfs: LoopFilesystem;
    beforeAll(async () => {
      ext4 = await createLoopFilesystem({ type: "ext4" });
      xfs = await createLoopFilesystem({ type: "xfs" });
    });
    afterAll(async () => {
      await ext4?.dispose();
      await xfs?.dispose();
    });

    /** Frozen by a stream and by a lease, with a writer that waits. */
    async function frozen(daemon: Daemon) {
      const writer = await Writer.start("buffered", ext4.mountPoint);
      const client = daemon.connect();
      const hold = await client.hold(ext4.mountPoint, { ttl: 50_000 });
      const lease = await client.freeze([ext4.mountPoint, xfs.mountPoint], { ttl: 50_000 });
      await writer.waitUntilBlocked();
      await expectFrozen(xfs.mountPoint);
      await daemon.sentinel();
      return {
        writer,
        holdIds: [hold.id, lease.holdId],
        async [Symbol.asyncDispose]() {
          await writer.stop();
          client.close();
        },
      };
    }

    /** Signals in one go: no process of the daemon has a turn between two of them on its own behalf. */
    function signal(pids: Record<Role, number>, ...signals: [Role, NodeJS.Signals][]): void {
      for (const [role, name] of signals) process.kill(pids[role], name);
    }

    async function expectBack(daemon: Daemon, holdIds: readonly string[]): Promise<void> {
      using client = daemon.connect();
      const start = performance.now();
      while ((await client.health().catch(() => undefined)) !== "SERVING") {
        if (performance.now() - start > 10_000) throw new Error(`it does not serve: ${daemon.log}`);
        await sleep(20);
      }
      for (const holdId of holdIds) {
        const { state, receipt } = await client.getHold(holdId);
        expect({ state, cause: receipt?.endCause }).toEqual({
          state: "ENDED",
          cause: "DAEMON_RESTART",
        });
        expect(receipt?.verdict).not.toBe("INTACT");
      }
      const hold = await client.hold([ext4.mountPoint, xfs.mountPoint]);
      await expectFrozen(ext4.mountPoint);
      await expectFrozen(xfs.mountPoint);
      expect((await hold.release()).verdict).toBe("INTACT");
      await expectThawed(ext4.mountPoint);
      await expectThawed(xfs.mountPoint);
    }

    /** The service after what was done to it: the same one where its supervisor lives, or its successor. */
    async function comeBack(daemon: Daemon, old: Record<Role, number>): Promise<Daemon> {
      if (!isDead(old.supervisor, startTimeOf(old.supervisor))) {
        await daemon.waitForNew("guardian", old.guardian);
        await daemon.waitForNew("api", old.api);
        return daemon;
      }
      await daemon.waitForExit();
      for (const role of roles) await waitUntilGone(old[role]);
      return Daemon.start({ stateDir: daemon.stateDir });
    }

    const pairs = [
      ["guardian", "api"],
      ["api", "supervisor"],
      // The api must not be able to touch the kernel's state: the sentinel does it.
      ["guardian", "supervisor"],
    ] as const;
    for (const [one, other] of pairs) {
      test(`SIGKILL of ${one} and ${other}: those who are left thaw`, async () => {
        const daemon = await Daemon.start();
        await using before = await frozen(daemon);
        const pids = daemon.pids();
        signal(pids, [one, "SIGKILL"], [other, "SIGKILL"]);
        await before.writer.waitForProgress(2_000);
        await expectThawed(xfs.mountPoint);
        const back = await comeBack(daemon, pids);
        await expectBack(back, before.holdIds);
        await back.stop();
      });
    }

    test("SIGKILL of all three: the sentinel thaws, and leaves", async () => {
      const daemon = await Daemon.start();
      await using before = await frozen(daemon);
      const pids = daemon.pids();
      // Nobody may notice the death of another and thaw before its own.
      for (const name of ["SIGSTOP", "SIGKILL"] as const) {
        signal(pids, ["guardian", name], ["supervisor", name], ["api", name]);
      }
      await before.writer.waitForProgress(2_000);
      await expectThawed(xfs.mountPoint);
      await daemon.waitForExit();
      await expect.poll(() => daemon.members).toEqual([]);
      const back = await Daemon.start({ stateDir: daemon.stateDir });
      await expectBack(back, before.holdIds);
      await back.stop();
    });

    test("SIGKILL of guardian and supervisor with a freeze in flight: the next start takes over from the sentinel", async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await using stuck = await StuckFreeze.hold(ext4.mountPoint);
      const { holdId } = await client.freeze(xfs.mountPoint, { ttl: 50_000 });
      const freezing = client.freeze(ext4.mountPoint, { ttl: 50_000 }).catch(() => undefined);
      await daemon.waitUntilFreezing();
      const pids = daemon.pids();
      const sentinel = await daemon.sentinel();
      signal(pids, ["guardian", "SIGKILL"], ["supervisor", "SIGKILL"]);
      await expectThawed(xfs.mountPoint);
      await freezing;
      const back = await Daemon.start({ stateDir: daemon.stateDir });
      await waitUntilGone(sentinel);
      await stuck.release();
      await expectThawed(ext4.mountPoint);
      await expectBack(back, [holdId]);
      await back.stop();
    });

    for (const name of ["SIGKILL", "SIGSTOP"] as const) {
      test(`${name} of the sentinel: no hold feels it, and there is another one`, async () => {
        const daemon = await Daemon.start();
        using client = daemon.connect();
        const hold = await client.hold([ext4.mountPoint, xfs.mountPoint]);
        const pids = daemon.pids();
        const sentinel = await daemon.sentinel();
        // One that was never heard may still be starting, for which it is given longer.
        await sleep(1_000);
        daemon.kill("sentinel", name);
        await daemon.waitForNew("sentinel", sentinel);
        expect(daemon.pids()).toEqual(pids);
        await expectFrozen(ext4.mountPoint);
        expect((await hold.release()).verdict).toBe("INTACT");
        await daemon.stop();
      });
    }

    for (const stopped of roles) {
      for (const killed of roles.filter((role) => role !== stopped)) {
        test(`${stopped} stopped, ${killed} killed: those who are left thaw`, async () => {
          const daemon = await Daemon.start();
          await using before = await frozen(daemon);
          const pids = daemon.pids();
          signal(pids, [stopped, "SIGSTOP"], [killed, "SIGKILL"]);
          await before.writer.waitForProgress(hungMs);
          await expectThawed(xfs.mountPoint);
          if (stopped === "supervisor") await daemon.waitForExit();
          const back = await comeBack(daemon, pids);
          await expectBack(back, before.holdIds);
          await back.stop();
        });
      }
    }

    test("the whole process group killed with SIGKILL under holds of two kinds: the next start thaws", async () => {
      const daemon = await Daemon.start();
      await using before = await frozen(daemon);
      const pids = daemon.pids();
      const sentinel = await daemon.sentinel();
      daemon.killAll();
      for (const pid of [...roles.map((role) => pids[role]), sentinel]) await waitUntilGone(pid);
      await daemon.waitForExit();
      await expectFrozen(ext4.mountPoint);
      const back = await Daemon.start({ stateDir: daemon.stateDir });
      await before.writer.waitForProgress(2_000);
      await expectThawed(xfs.mountPoint);
      await expectBack(back, before.holdIds);
      await back.stop();
    });

    test("all killed while the supervisor hangs: a hold that nobody wrote down was not told that it is frozen", async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await client.freeze(ext4.mountPoint, { ttl: 50_000 });
      daemon.kill("supervisor", "SIGSTOP");
      // Joins what is frozen already, so that it could be told at once.
      const joined = client.freeze(ext4.mountPoint, { ttl: 50_000 }).then(
        () => "told",
        () => "not told",
      );
      await sleep(300);
      daemon.killAll();
      expect(await joined).toBe("not told");
      await daemon.waitForExit();
      const back = await Daemon.start({ stateDir: daemon.stateDir });
      await expectThawed(ext4.mountPoint);
      await back.stop();
    });

    test("the guardian stopped while a thread of it is stuck in FIFREEZE: the rest thawed at once, that when it lands", async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await using stuck = await StuckFreeze.hold(ext4.mountPoint);
      const { holdId } = await client.freeze(xfs.mountPoint, { ttl: 50_000 });
      const freezing = client.freeze(ext4.mountPoint, { ttl: 50_000 }).catch(() => undefined);
      await daemon.waitUntilFreezing();
      await expectFrozen(xfs.mountPoint);
      const pids = daemon.pids();
      daemon.kill("guardian", "SIGSTOP");
      await expectThawed(xfs.mountPoint, hungMs);
      await freezing;
      await stuck.release();
      await expectThawed(ext4.mountPoint);
      await comeBack(daemon, pids);
      await expectBack(daemon, [holdId]);
      await daemon.stop();
    });

    // As by a bad message: a crash from inside differs from SIGKILL in that handlers and a core dump come first.
    for (const crash of ["SIGSEGV", "SIGABRT"] as const) {
      for (const role of ["api", "guardian"] as const) {
        test(`${role} crashes with ${crash}: thawed, and back`, async () => {
          const daemon = await Daemon.start();
          await using before = await frozen(daemon);
          const pids = daemon.pids();
          signal(pids, [role, crash]);
          await before.writer.waitForProgress(hungMs);
          await expectThawed(xfs.mountPoint);
          await comeBack(daemon, pids);
          await expectBack(daemon, before.holdIds);
          await daemon.stop();
        });
      }
    }
  },
);

function startTimeOf(pid: number): string {
  return readProcess(pid)?.startTime ?? "";
}
