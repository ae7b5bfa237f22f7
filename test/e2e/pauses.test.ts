/**
 * How long a client may do nothing, with the service's own times: a pause of 1.3 s is harmless, whenever it begins and however
 * often it comes; one that does not end is noticed after about 2 s.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { startHolder } from "../support/holder.js";
import { expectFrozen } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { startProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

const busyProgram = fileURLToPath(new URL("../support/busy-client.mjs", import.meta.url));
/** 0.5 s of silence, 1.5 s for the answer, and the judge's own time on a busy machine. */
const noticedMs = 4_000;

requires("root", "loop", "ext4", "bpf", "python3").describe("a client that pauses", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  test("its event loop blocked for 1.3 s again and again, at each point of time between two pings: INTACT", async () => {
    await using writer = await Writer.start("buffered", path);
    const args = [busyProgram, daemon().address, "1300", "10", path];
    const client = await startProcess(process.execPath, args);
    await client.waitForLine(/^frozen/);
    await writer.waitUntilBlocked();
    await expect.poll(() => client.lines.length, { timeout: 30_000, interval: 50 }).toBe(11);
    expect(await writer.isBlocked()).toBe(true);
    await expectFrozen(path);
    expect(await client.waitForLine(/^(verdict|lost)/)).toBe("verdict INTACT");
    await writer.waitForProgress();
  });

  test("stopped with SIGSTOP and not continued: thawed after about 2 s", async () => {
    await using writer = await Writer.start("buffered", path);
    const holder = await startHolder(daemon().address, [path]);
    await writer.waitUntilBlocked();
    const start = performance.now();
    holder.process.kill("SIGSTOP");
    await writer.waitForProgress(noticedMs);
    const tookMs = performance.now() - start;
    // The answer's time at least, or a pause as long would not have been harmless.
    expect(tookMs).toBeGreaterThan(1_400);
    using client = daemon().connect();
    const { receipt } = await client.getHold(holder.holdId);
    expect(receipt).toMatchObject({ endCause: "CLIENT_GONE", verdict: "UNPROVEN" });
    await holder.process.killAndWait();
  });
});
