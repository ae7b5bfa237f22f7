/** SIGTERM: everything is thawed, every stream is answered, and it is over within 5 s, whatever clients and kernel do. */
import { mkdirSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { EndCause, Verdict } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { Health } from "../../src/gen/health/v1/health_pb.js";
import { mountTmpfs, unmount } from "../../src/os/mounts.js";
import { Daemon } from "../support/daemon.js";
import { startHolder } from "../support/holder.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { broken, refusalOf } from "../support/outcome.js";
import { waitUntilGone } from "../support/process-tree.js";
import { openRaw, pathTarget } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { Writer } from "../support/writer.js";

requires("root", "loop", "ext4", "xfs", "bpf", "userfaultfd").describe("SIGTERM", () => {
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

  test("a restart: who comes back finds its receipt, where the state's place outlives the service", async () => {
    const place = join((await rigSession()).directory, "memory");
    mkdirSync(place);
    mountTmpfs(place);
    try {
      const stateDir = join(place, "state");
      const daemon = await Daemon.start({ stateDir });
      using client = daemon.connect();
      const { holdId } = await client.freeze(ext4.mountPoint);
      await daemon.stop();
      await expectThawed(ext4.mountPoint);
      await using next = await Daemon.start({ stateDir });
      using again = next.connect();
      expect(await again.getHold(holdId)).toMatchObject({
        state: "ENDED",
        receipt: { holdId, endCause: "SHUTDOWN", verdict: "UNPROVEN" },
      });
      expect((await refusalOf(again.thaw({ holdId }))).reason).toBe("HOLD_ENDED");
    } finally {
      unmount(place, { lazy: true });
    }
  });

  test("answers every stream with its receipt, and thaws", async () => {
    const daemon = await Daemon.start();
    const raw = daemon.connectRaw();
    using client = daemon.connect();
    await using writer = await Writer.start("buffered", ext4.mountPoint);
    const frozen = openRaw(raw, [ext4.mountPoint]);
    await frozen.event("frozen");
    const idle = openRaw(raw, [ext4.mountPoint], { freezeOnOpen: false });
    await idle.event("opened");
    const hold = await client.hold(xfs.mountPoint);
    await client.freeze([ext4.mountPoint, xfs.mountPoint]);
    const watch = raw.serverStream(Health.method.watch, { service: "" });
    const watched = new Promise<number>((resolve) => {
      watch.on("data", () => {});
      watch.on("error", () => {});
      watch.on("status", (end: { readonly code: number }) => resolve(end.code));
    });
    await writer.waitUntilBlocked();

    expect(await daemon.terminate()).toEqual({ code: 0, signal: null });
    await writer.waitForProgress();
    await expectThawed(xfs.mountPoint);
    for (const stream of [frozen, idle]) {
      expect(await stream.status).toMatchObject({
        code: status.UNAVAILABLE,
        reason: "SHUTTING_DOWN",
      });
      expect(stream.events.at(-1)).toBe("ended");
      expect((await stream.event("ended")).value.receipt?.endCause).toBe(EndCause.SHUTDOWN);
    }
    expect((await frozen.event("ended")).value.receipt?.verdict).toBe(Verdict.UNPROVEN);
    expect(await broken(hold)).toMatchObject({ reason: "SHUTTING_DOWN", code: "UNAVAILABLE" });
    expect(hold.receipt).toMatchObject({ endCause: "SHUTDOWN", verdict: "UNPROVEN" });
    expect(await watched).toBe(status.UNAVAILABLE);
    raw.close();
    await daemon.stop();
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} twice is as good as once`, async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      await client.freeze(ext4.mountPoint);
      daemon.kill("supervisor", signal);
      daemon.kill("supervisor", signal);
      expect(await daemon.waitForExit()).toEqual({ code: 0, signal: null });
      await expectThawed(ext4.mountPoint);
      await daemon.stop();
    });
  }

  test("a client that never reads, one that is stopped, connections that say nothing: over within 5 s", async () => {
    const daemon = await Daemon.start({ args: ["--keepalive-time", "60000"] });
    const raw = daemon.connectRaw();
    // Nobody takes what this stream is told.
    const deaf = raw.bidi(FreezeService.method.holdFreeze);
    deaf.on("error", () => {});
    deaf.write({ command: { case: "open", value: { targets: [pathTarget(ext4.mountPoint)] } } });
    const holder = await startHolder(daemon.address, [xfs.mountPoint]);
    holder.process.kill("SIGSTOP");
    const mute = connectSocket(daemon.socket);
    mute.on("error", () => {});
    mute.write("PRI * HTTP/2.0\r\n");
    await sleep(200);
    await expectFrozen(ext4.mountPoint);
    await expectFrozen(xfs.mountPoint);

    expect(await daemon.terminate()).toEqual({ code: 0, signal: null });
    await expectThawed(ext4.mountPoint);
    await expectThawed(xfs.mountPoint);
    holder.process.kill("SIGCONT");
    await holder.process.waitForLine(/^broken /);
    await holder.process.killAndWait();
    mute.destroy();
    raw.close();
    await daemon.stop();
  });

  test("a freeze that hangs in flight: the daemon ends, and the last process thaws it when it lands", async () => {
    const daemon = await Daemon.start();
    using client = daemon.connect();
    await using stuck = await StuckFreeze.hold(ext4.mountPoint);
    const frozen = await client.hold(xfs.mountPoint);
    const holding = refusalOf(client.hold(ext4.mountPoint));
    const freezing = refusalOf(client.freeze(ext4.mountPoint));
    await daemon.waitUntilFreezing();
    const { supervisor, guardian } = daemon.pids();
    daemon.kill("supervisor", "SIGTERM");
    await waitUntilGone(supervisor, 5_000);
    await expectThawed(xfs.mountPoint);
    expect((await broken(frozen)).reason).toBe("SHUTTING_DOWN");
    for (const refusal of [await holding, await freezing]) {
      expect(refusal.code).toBe("UNAVAILABLE");
    }
    await stuck.release();
    await expectThawed(ext4.mountPoint);
    await waitUntilGone(guardian);
    await expect.poll(() => daemon.members).toEqual([]);
    const next = await Daemon.start({ stateDir: daemon.stateDir });
    await next.stop();
  });
});
