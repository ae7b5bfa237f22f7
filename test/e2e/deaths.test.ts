/** Any process of the daemon dies or hangs: what was frozen is thawed, and the service comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FreezeClient, HoldInfo } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../support/command.js";
import { Daemon, type Role } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { broken, refusalOf } from "../support/outcome.js";
import { waitUntilGone } from "../support/process-tree.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { Writer } from "../support/writer.js";

const roles = ["guardian", "api", "supervisor"] as const satisfies Role[];
const cli = fileURLToPath(new URL("../../dist/cli/fsfreezed.cjs", import.meta.url));

requires("root", "loop", "ext4", "xfs", "bpf", "userfaultfd").describe("a death", () => {
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

  /** Waits until the service is back as a client sees it; a dead supervisor's successor is started here. */
  async function comeBack(daemon: Daemon, role: Role, old: Record<Role, number>): Promise<Daemon> {
    if (role === "supervisor") {
      await daemon.waitForExit();
      return Daemon.start({ stateDir: daemon.stateDir });
    }
    // They live and die together.
    for (const other of ["guardian", "api"] as const) await daemon.waitForNew(other, old[other]);
    expect(daemon.pid("supervisor")).toBe(old.supervisor);
    await serving(daemon);
    return daemon;
  }

  async function serving(daemon: Daemon, limitMs = 10_000): Promise<void> {
    using client = daemon.connect();
    const start = performance.now();
    while ((await client.health().catch(() => undefined)) !== "SERVING") {
      if (performance.now() - start > limitMs) throw new Error(`it does not serve: ${daemon.log}`);
    }
  }

  async function expectRestartReceipt(client: FreezeClient, holdId: string): Promise<HoldInfo> {
    const hold = await client.getHold(holdId);
    expect(hold).toMatchObject({ state: "ENDED", receipt: { holdId, endCause: "DAEMON_RESTART" } });
    expect(hold.receipt?.verdict).toBeOneOf(["UNPROVEN", "NOT_INTACT"]);
    return hold;
  }

  async function expectGood(daemon: Daemon): Promise<void> {
    using client = daemon.connect();
    const hold = await client.hold([ext4.mountPoint, xfs.mountPoint]);
    await expectFrozen(ext4.mountPoint);
    await expectFrozen(xfs.mountPoint);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(ext4.mountPoint);
    await expectThawed(xfs.mountPoint);
  }

  for (const [victim, witness] of [
    ["api", "guardian"],
    ["supervisor", "guardian"],
    ["guardian", "supervisor"],
  ] as const) {
    test(`SIGKILL of the ${victim}: the ${witness} hears of it before its socket closes`, async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await client.freeze(ext4.mountPoint);
      const pids = daemon.pids();
      daemon.kill(victim);
      await expectThawed(ext4.mountPoint);
      await using next = await comeBack(daemon, victim, pids);
      const heard = `${daemon.log}${next.log}`
        .split("\n")
        .filter((line) => line.includes(`"process":"${witness}"`))
        .find((line) => line.includes(`"why":"`));
      // Not "closed". The supervisor also looks every 50 ms, and may see it so.
      expect(heard).toMatch(new RegExp(`"why":"${victim} (is dead|was killed)"`));
    });
  }

  for (const role of roles) {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      test(`${signal} of the ${role} under holds: thawed, and the service comes back`, async () => {
        const daemon = await Daemon.start();
        using client = daemon.connect();
        await using writer = await Writer.start("buffered", ext4.mountPoint);
        const hold = await client.hold(ext4.mountPoint, { ttl: 50_000 });
        const lease = await client.freeze([ext4.mountPoint, xfs.mountPoint], { ttl: 50_000 });
        await writer.waitUntilBlocked();
        const pids = daemon.pids();
        daemon.kill(role, signal);
        await writer.waitForProgress();
        await expectThawed(xfs.mountPoint);
        expect((await broken(hold, 10_000)).code).toBe("UNAVAILABLE");
        const back = await comeBack(daemon, role, pids);
        using again = back.connect();
        for (const holdId of [hold.id, lease.holdId]) await expectRestartReceipt(again, holdId);
        expect((await refusalOf(again.thaw({ holdId: lease.holdId }))).reason).toBe("HOLD_ENDED");
        await writer.stop();
        await expectGood(back);
        await back.stop();
      });
    }
  }

  test("the guardian dies again and again: each time thawed, each time back", async () => {
    await using daemon = await Daemon.start();
    for (let round = 0; round < 4; round += 1) {
      using client = daemon.connect();
      const old = daemon.pids();
      await client.freeze(ext4.mountPoint);
      await expectFrozen(ext4.mountPoint);
      daemon.kill("guardian");
      await expectThawed(ext4.mountPoint);
      await comeBack(daemon, "guardian", old);
    }
  });

  test("all of it at once: it stays frozen until the next start, which thaws it", async () => {
    const daemon = await Daemon.start();
    using client = daemon.connect();
    const { holdId } = await client.freeze(ext4.mountPoint, { ttl: 50_000 });
    daemon.killAll();
    await daemon.waitForExit();
    await expectFrozen(ext4.mountPoint);
    await using next = await Daemon.start({ stateDir: daemon.stateDir });
    await expectThawed(ext4.mountPoint);
    using again = next.connect();
    await expectRestartReceipt(again, holdId);
    await expectGood(next);
  });

  test("all of it at once: `fsfreezed recover` thaws it", async () => {
    const daemon = await Daemon.start();
    using client = daemon.connect();
    await client.freeze([ext4.mountPoint, xfs.mountPoint], { ttl: 50_000 });
    daemon.killAll();
    await daemon.waitForExit();
    await expectFrozen(ext4.mountPoint);
    const args = [cli, "recover", "--state-dir", daemon.stateDir];
    const recovered = await run(process.execPath, args);
    expect(recovered.code, recovered.stderr).toBe(0);
    await expectThawed(ext4.mountPoint);
    await expectThawed(xfs.mountPoint);
    for (const path of [ext4.mountPoint, xfs.mountPoint]) expect(recovered.stdout).toContain(path);
    // What the next one finds is its own to take away.
    const next = await Daemon.start({ stateDir: daemon.stateDir });
    await next.stop();
  });

  for (const role of roles) {
    test(`SIGKILL of the ${role} while a freeze hangs in flight: thawed when it lands`, async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await using stuck = await StuckFreeze.hold(ext4.mountPoint);
      const frozen = await client.hold(xfs.mountPoint, { ttl: 50_000 });
      const holding = refusalOf(client.hold(ext4.mountPoint, { ttl: 50_000 }));
      await daemon.waitUntilFreezing();
      const pids = daemon.pids();
      daemon.kill(role);
      // What was frozen does not wait for what hangs.
      await expectThawed(xfs.mountPoint);
      expect((await broken(frozen, 10_000)).code).toBe("UNAVAILABLE");
      expect((await holding).code).toBe("UNAVAILABLE");
      if (role === "supervisor") {
        await waitUntilGone(pids.supervisor);
        // Its successor waits for what still hangs; so does the guardian that lost it.
        const starting = Daemon.start({ stateDir: daemon.stateDir });
        await sleep(300);
        await stuck.release();
        await expectThawed(ext4.mountPoint);
        const next = await starting;
        await expectGood(next);
        await next.stop();
        return;
      }
      await comeBack(daemon, role, pids);
      using again = daemon.connect();
      const hold = await again.hold(xfs.mountPoint);
      await expectFrozen(xfs.mountPoint);
      expect((await hold.release()).verdict).toBe("INTACT");
      await stuck.release();
      await expectThawed(ext4.mountPoint);
      await expectGood(daemon);
      await daemon.stop();
    });
  }
});
