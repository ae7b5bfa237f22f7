/** The holder dies, hangs, leaves or is cut off: what it held is thawed, and what others hold is not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { type Holder, startHolder } from "../support/holder.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { openRaw } from "../support/raw-hold.js";
import { Relay } from "../support/relay.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { startProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

requires("root", "loop", "ext4", "bpf", "python3", "userfaultfd").describe("a holder", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  /** Ends a holder in some way; the writer that it blocks goes on, and the receipt says why it ended. */
  async function ends(end: (holder: Holder) => void, cause: string, verdict: string) {
    await using writer = await Writer.start("buffered", path);
    const holder = await startHolder(daemon().address, [path]);
    await writer.waitUntilBlocked();
    end(holder);
    await writer.waitForProgress();
    await expectCause(holder.holdId, cause, verdict);
    if (holder.process.exit === undefined) await holder.process.killAndWait();
  }

  async function expectCause(holdId: string, cause: string, verdict: string) {
    using client = daemon().connect();
    const { state, receipt } = await client.getHold(holdId);
    expect({ state, cause: receipt?.endCause }).toEqual({ state: "ENDED", cause });
    expect(receipt?.verdict).toBe(verdict);
  }

  test("killed with SIGKILL", () =>
    ends((holder) => holder.process.kill("SIGKILL"), "CLIENT_GONE", "UNPROVEN"));

  test("ended without a word", () =>
    ends((holder) => holder.process.send("exit"), "CLIENT_GONE", "UNPROVEN"));

  test("cancelled", () =>
    ends((holder) => holder.process.send("cancel"), "CLIENT_GONE", "UNPROVEN"));

  test("released", () => ends((holder) => holder.process.send("release"), "RELEASED", "INTACT"));

  test("stopped: noticed by keepalive, long before its deadline", () =>
    ends((holder) => holder.process.kill("SIGSTOP"), "CLIENT_GONE", "UNPROVEN"));

  test("half-closed: released", async () => {
    const raw = daemon().connectRaw();
    await using writer = await Writer.start("buffered", path);
    const stream = openRaw(raw, [path]);
    const { value } = await stream.event("frozen");
    await writer.waitUntilBlocked();
    stream.call.end();
    await writer.waitForProgress();
    expect((await stream.status).code).toBe(0);
    await expectCause(value.hold?.holdId ?? "", "RELEASED", "INTACT");
    raw.close();
  });

  test("cut off: the cable broken, or swallowing everything", async () => {
    for (const cut of ["SIGKILL", "SIGSTOP"] as const) {
      const relay = await Relay.start(daemon().socket);
      const holder = await startHolder(relay.address, [path]);
      await expectFrozen(path);
      relay.kill(cut);
      await expectThawed(path);
      await expectCause(holder.holdId, "CLIENT_GONE", "UNPROVEN");
      await holder.process.waitForLine(/^broken UNREACHABLE/);
      await holder.process.killAndWait();
      await relay[Symbol.asyncDispose]();
    }
  });

  test("one of two killed: the other one's freeze goes on", async () => {
    const first = await startHolder(daemon().address, [path]);
    const second = await startHolder(daemon().address, [path]);
    await first.process.killAndWait();
    await expectFrozen(path);
    await expectCause(first.holdId, "CLIENT_GONE", "UNPROVEN");
    second.process.send("release");
    expect(await second.process.waitForLine(/^verdict/)).toBe("verdict INTACT");
    await expectThawed(path);
    await second.process.killAndWait();
  });

  test("killed while its freeze hangs in flight: thawed when it lands", async () => {
    await using stuck = await StuckFreeze.hold(path);
    const program = new URL("../support/holder.mjs", import.meta.url).pathname;
    const child = await startProcess(process.execPath, [program, daemon().address, path]);
    await daemon().waitUntilFreezing();
    await child.killAndWait();
    await daemon().waitUntilFreezing(1, 0);
    await stuck.release();
    await expectThawed(path);
  });
});
