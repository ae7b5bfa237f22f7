/**
 * A hold outlives its client for its linger, and another client goes on with it: the same freeze, by the kernel's word and the
 * receipt's. Nobody else can, and never past the deadline.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClientProcess } from "../support/client-process.js";
import { Daemon } from "../support/daemon.js";
import { foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { broken, refusalOf } from "../support/outcome.js";
import { requires } from "../support/requirements.js";
import { Writer } from "../support/writer.js";

const nobody = 65_534;

requires("root", "loop", "ext4", "bpf", "python3").describe("linger and resume", () => {
  let filesystem: LoopFilesystem;
  let daemon: Daemon;
  let directory: string;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
    // Where strangers may connect, too.
    directory = mkdtempSync(join(tmpdir(), "fsfreezed-resume-"));
    chmodSync(directory, 0o755);
    const stateDir = join(directory, "state");
    const listen = [join(stateDir, "fsfreezed.sock"), join(directory, "open.sock")];
    const args = listen.flatMap((socket) => ["--listen", `unix:${socket}`]);
    daemon = await Daemon.start({ stateDir, args: [...args, "--socket-mode", "0666"] });
  });
  afterAll(async () => {
    await daemon?.stop();
    await filesystem?.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A client process that holds it. */
  async function holder(options: { readonly linger?: number; readonly ttl?: number }) {
    const client = await ClientProcess.start();
    const { holdId = "", resumeToken = "" } = await client.hold(daemon.address, [path], {
      ...options,
      autoRenew: false,
    });
    await expectFrozen(path);
    return { client, holdId, resumeToken };
  }

  test("the client is killed, another one goes on: one freeze, INTACT", async () => {
    await using writer = await Writer.start("buffered", path);
    const { client, holdId, resumeToken } = await holder({ linger: 20_000, ttl: 60_000 });
    await writer.waitUntilBlocked();
    await client.kill();
    await sleep(500);
    expect(await writer.isBlocked()).toBe(true);
    await expectFrozen(path);
    using next = daemon.connect();
    const waiting = await next.getHold(holdId);
    expect(waiting).toMatchObject({ state: "FROZEN", lingerExpireTime: expect.any(Date) });
    const hold = await next.resume(holdId, resumeToken);
    expect(hold.info).toMatchObject({ holdId, state: "FROZEN" });
    expect(hold.resumeToken).not.toBe(resumeToken);
    expect((await next.getHold(holdId)).lingerExpireTime).toBeUndefined();
    expect(await writer.isBlocked()).toBe(true);
    const receipt = await hold.release();
    expect(receipt).toMatchObject({ verdict: "INTACT", endCause: "RELEASED", frozenCount: 1 });
    expect(receipt.filesystems[0]?.intervals).toHaveLength(1);
    await writer.waitForProgress();
    expect(daemon.log).not.toContain(resumeToken);
  });

  test("nobody comes: thawed when the linger has passed, CLIENT_GONE", async () => {
    const { client, holdId } = await holder({ linger: 1_500, ttl: 60_000 });
    await client.kill();
    await expectFrozen(path);
    await expectThawed(path);
    using other = daemon.connect();
    const ended = async () => (await other.getHold(holdId)).receipt;
    await expect.poll(ended).toMatchObject({ endCause: "CLIENT_GONE", verdict: "UNPROVEN" });
  });

  test("without linger: thawed at once", async () => {
    const { client } = await holder({ ttl: 60_000 });
    await client.kill();
    await expectThawed(path);
  });

  test("never past the deadline, whoever has it", async () => {
    const { client, holdId, resumeToken } = await holder({ linger: 60_000, ttl: 2_000 });
    await client.kill();
    using next = daemon.connect();
    const hold = await next.resume(holdId, resumeToken);
    hold.cancel();
    await expectThawed(path);
    const ended = async () => (await next.getHold(holdId)).receipt;
    await expect.poll(ended).toMatchObject({ endCause: "EXPIRED", verdict: "NOT_INTACT" });
  });

  test("a used token, a wrong one and another user are refused, and it stays frozen", async () => {
    using client = daemon.connect();
    const hold = await client.hold(path, { linger: 20_000 });
    const { id } = hold;
    expect((await refusalOf(client.resume(id, "wrong"))).reason).toBe("RESUME_REFUSED");
    using stranger = connect(`unix:${join(directory, "open.sock")}`);
    // Who one is to the service is decided when one connects.
    process.seteuid?.(nobody);
    try {
      expect(await stranger.health()).toBe("SERVING");
    } finally {
      process.seteuid?.(0);
    }
    const refused = await refusalOf(stranger.resume(id, hold.resumeToken));
    expect(refused).toMatchObject({ reason: "RESUME_REFUSED", code: "PERMISSION_DENIED" });
    const next = await client.resume(id, hold.resumeToken);
    expect((await refusalOf(client.resume(id, hold.resumeToken))).reason).toBe("RESUME_REFUSED");
    await expectFrozen(path);
    expect((await next.release()).verdict).toBe("INTACT");
    expect((await refusalOf(client.resume(id, next.resumeToken))).reason).toBe("HOLD_ENDED");
  });

  test("a living stream is displaced, and its own end changes nothing any more", async () => {
    using one = daemon.connect();
    using other = daemon.connect();
    const first = await one.hold(path, { ttl: 60_000 });
    const second = await other.resume(first.id, first.resumeToken);
    expect((await broken(first)).reason).toBe("HOLD_TAKEN_OVER");
    expect((await refusalOf(first.release())).reason).toBe("HOLD_TAKEN_OVER");
    await expectFrozen(path);
    expect((await second.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });

  test("of what somebody else thawed meanwhile: FREEZE_BROKEN", async () => {
    const { client, holdId, resumeToken } = await holder({ linger: 20_000, ttl: 60_000 });
    await client.kill();
    await foreignThaw(path);
    using next = daemon.connect();
    expect((await refusalOf(next.resume(holdId, resumeToken))).reason).toBe("FREEZE_BROKEN");
  });
});
