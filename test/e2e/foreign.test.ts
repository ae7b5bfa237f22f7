/** Other programs freeze and thaw, too: theirs is never thawed by us, and ours thawed by them is told to every hold on it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Daemon, type Role, useDaemon } from "../support/daemon.js";
import { ForeignFreezer, foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { broken, refusalOf, release } from "../support/outcome.js";
import { requires } from "../support/requirements.js";

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf").describe(`somebody else and ${type}`, () => {
    const daemon = useDaemon();
    let filesystem: LoopFilesystem;
    let path: string;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
      path = filesystem.mountPoint;
    });
    afterAll(() => filesystem?.dispose());

    test("frozen by fsfreeze: refused, and left frozen", async () => {
      using client = daemon().connect();
      expect((await foreignFreeze(path)).code).toBe(0);
      const idle = await client.hold(path, { freezeOnOpen: false });
      for (const attempt of [
        () => client.hold(path),
        () => client.freeze(path),
        () => idle.freeze(),
        () => client.thaw({ target: path }),
      ]) {
        expect(await refusalOf(attempt())).toMatchObject({
          reason: "FROZEN_BY_ANOTHER",
          code: "FAILED_PRECONDITION",
          metadata: { path },
        });
      }
      expect(await idle.status()).toMatchObject({ state: "FROZEN", heldByThis: false });
      expect((await refusalOf(idle.release())).receipt?.verdict).toBe("NEVER_FROZEN");
      await expectFrozen(path);
      // Had we thawed it, this would fail.
      expect((await foreignThaw(path)).code).toBe(0);
      await expectThawed(path);
    });

    test("thawed by fsfreeze: every hold is told, none is good, and a later open starts anew", async () => {
      using client = daemon().connect();
      const holds = [await client.hold(path), await client.hold(path)];
      const { holdId } = await client.freeze(path);
      expect((await foreignThaw(path)).code).toBe(0);
      for (const hold of holds) {
        expect(await broken(hold)).toMatchObject({
          reason: "FREEZE_BROKEN",
          metadata: { cause: "FOREIGN_THAW" },
        });
        const { error, receipt } = await release(hold);
        expect(error).toMatchObject({ reason: "FREEZE_BROKEN", code: "ABORTED" });
        expect(receipt).toMatchObject({
          verdict: "NOT_INTACT",
          endCause: "FOREIGN_THAW",
          frozenCount: 1,
          thawedCount: 0,
        });
      }
      for (const late of [() => client.renew(holdId), () => client.thaw({ holdId })]) {
        expect(await refusalOf(late())).toMatchObject({ reason: "FREEZE_BROKEN", code: "ABORTED" });
      }
      expect((await refusalOf(client.thaw({ holdId }))).receipt?.verdict).toBe("NOT_INTACT");
      await expectThawed(path);

      const next = await client.hold(path);
      await expectFrozen(path);
      expect((await next.release()).verdict).toBe("INTACT");
      await expectThawed(path);
    });

    test("thawed by fsfreeze while one target of several: the rest is thawed", async () => {
      using client = daemon().connect();
      await using other = await createLoopFilesystem({ type });
      const hold = await client.hold([path, other.mountPoint]);
      expect((await foreignThaw(path)).code).toBe(0);
      expect((await broken(hold)).reason).toBe("FREEZE_BROKEN");
      const { receipt } = await release(hold);
      expect(receipt).toMatchObject({
        verdict: "NOT_INTACT",
        endCause: "FOREIGN_THAW",
        thawedCount: 1,
      });
      await expectThawed(other.mountPoint);
      await expectThawed(path);
    });

    test("thawed by fsfreeze, and known at the latest at the release", async () => {
      using client = daemon().connect();
      const hold = await client.hold(path);
      const [thawed, { error, receipt }] = await Promise.all([foreignThaw(path), release(hold)]);
      // Whoever came first: either the freeze was ours to the end, or the end says that it was not.
      const verdict = thawed.code === 0 ? "NOT_INTACT" : "INTACT";
      expect(receipt.verdict).toBe(verdict);
      expect(error?.reason).toBe(verdict === "INTACT" ? undefined : "FREEZE_BROKEN");
      await expectThawed(path);
    });

    test("thawed and frozen anew by somebody else: theirs now, as the next open learns", async () => {
      using client = daemon().connect();
      await using foreign = await ForeignFreezer.start();
      const hold = await client.hold(path);
      expect((await foreign.refreeze(path)).errno).toBe("");
      expect((await broken(hold)).reason).toBe("FREEZE_BROKEN");
      expect((await release(hold)).receipt).toMatchObject({
        verdict: "NOT_INTACT",
        thawedCount: 0,
      });
      expect((await refusalOf(client.hold(path))).reason).toBe("FROZEN_BY_ANOTHER");
      await expectFrozen(path);
      expect((await foreign.thaw(path)).errno).toBe("");
      await expectThawed(path);
    });
  });
}

requires("root", "loop", "ext4", "bpf").describe("somebody else's freeze and our ends", () => {
  let theirs: LoopFilesystem;
  let ours: LoopFilesystem;
  beforeAll(async () => {
    theirs = await createLoopFilesystem({ type: "ext4" });
    ours = await createLoopFilesystem({ type: "ext4" });
  });
  afterAll(async () => {
    await theirs?.dispose();
    await ours?.dispose();
  });

  /** Both were frozen by us; one was thawed and frozen anew by somebody else. The guardian sees nothing of that before it dies. */
  async function disputed(daemon: Daemon, foreign: ForeignFreezer): Promise<void> {
    using client = daemon.connect();
    for (const { mountPoint } of [theirs, ours])
      await client.freeze(mountPoint, { ttl: 50_000, freezeTimeout: 5_000 });
    process.kill(daemon.pid("guardian"), "SIGSTOP");
    expect((await foreign.refreeze(theirs.mountPoint)).errno).toBe("");
  }

  async function expectLeftAlone(foreign: ForeignFreezer): Promise<void> {
    await expectThawed(ours.mountPoint);
    await expectFrozen(theirs.mountPoint);
    expect((await foreign.thaw(theirs.mountPoint)).errno).toBe("");
    await expectThawed(theirs.mountPoint);
  }

  test("at the daemon's exit it stays frozen, and what is ours is thawed", async () => {
    const daemon = await Daemon.start();
    using client = daemon.connect();
    await using foreign = await ForeignFreezer.start();
    await client.freeze(ours.mountPoint);
    expect((await foreign.freeze(theirs.mountPoint)).errno).toBe("");
    expect((await refusalOf(client.hold(theirs.mountPoint))).reason).toBe("FROZEN_BY_ANOTHER");
    await daemon.stop();
    await expectLeftAlone(foreign);
  });

  test("at the guardian's death a freeze that replaced ours stays frozen", async () => {
    await using daemon = await Daemon.start();
    await using foreign = await ForeignFreezer.start();
    await disputed(daemon, foreign);
    const guardian = daemon.pid("guardian");
    daemon.kill("guardian");
    await daemon.waitForNew("guardian", guardian);
    await expectLeftAlone(foreign);
  });

  test("at the death of all of them, too, when the next start thaws what is ours", async () => {
    const daemon = await Daemon.start();
    await using foreign = await ForeignFreezer.start();
    await disputed(daemon, foreign);
    daemon.killAll();
    await daemon.waitForExit();
    await expectFrozen(ours.mountPoint);
    await using _ = await Daemon.start({ stateDir: daemon.stateDir });
    await expectLeftAlone(foreign);
  });

  test("a foreign freeze that never was ours outlives the death of every process", async () => {
    const daemon = await Daemon.start();
    await using foreign = await ForeignFreezer.start();
    expect((await foreign.freeze(theirs.mountPoint)).errno).toBe("");
    for (const role of ["guardian", "api"] satisfies Role[]) {
      using client = daemon.connect();
      await client.freeze(ours.mountPoint);
      const old = daemon.pid("guardian");
      daemon.kill(role);
      await daemon.waitForNew("guardian", old);
      await expectThawed(ours.mountPoint);
      await expectFrozen(theirs.mountPoint);
      while ((await client.health().catch(() => undefined)) !== "SERVING") await sleep(50);
    }
    using client = daemon.connect();
    await client.freeze(ours.mountPoint);
    daemon.kill("supervisor");
    await expectThawed(ours.mountPoint);
    await daemon.waitForExit();
    await using _ = await Daemon.start({ stateDir: daemon.stateDir });
    await expectLeftAlone(foreign);
  });
});
