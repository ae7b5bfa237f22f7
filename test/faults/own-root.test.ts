/** The daemon runs from the root that it freezes: everything works as elsewhere, also with its pages pushed out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, type TestContext, test } from "vitest";
import { must, run } from "../support/command.js";
import type { Daemon, Role } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { MemoryCgroup, noMemoryCgroup } from "../support/memory-cgroup.js";
import { release } from "../support/outcome.js";
import { OwnRoot } from "../support/own-root.js";
import { leaveOut, requires } from "../support/requirements.js";
import { startProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

/** From a deadline to the first write, on a busy machine. */
const lateMs = 1_500;
const ttlMs = 4_000;

requires("root", "loop", "ext4", "bpf", "python3", "unshare").describe("its own root", () => {
  let root: OwnRoot;
  let path: string;
  beforeAll(async () => {
    root = await OwnRoot.create();
    path = root.filesystem.mountPoint;
  }, 120_000);
  afterEach(() => expectThawed(path));
  afterAll(() => root?.dispose());

  async function serving(daemon: Daemon): Promise<void> {
    using client = daemon.connect();
    const start = performance.now();
    while ((await client.health().catch(() => undefined)) !== "SERVING") {
      if (performance.now() - start > 10_000) throw new Error(`it does not serve: ${daemon.log}`);
      await sleep(20);
    }
  }

  /** Milliseconds from now until a write goes through. */
  async function untilProgress(writer: Writer, limitMs: number): Promise<number> {
    const start = performance.now();
    await writer.waitForProgress(limitMs);
    return performance.now() - start;
  }

  /** A freeze of "/" that its deadline ends on time, though whoever has to do it has just been pushed out of memory. */
  async function expectDeadline(daemon: Daemon, whileFrozen: () => Promise<void>) {
    await using writer = await Writer.start("buffered", path);
    using client = daemon.connect();
    const { holdId } = await client.freeze("/", { ttl: ttlMs });
    const frozenAt = performance.now();
    await writer.waitUntilBlocked();
    await expectFrozen(path);
    await whileFrozen();
    expect(performance.now() - frozenAt).toBeLessThan(ttlMs - 500);
    expect(await writer.isBlocked()).toBe(true);
    await untilProgress(writer, ttlMs + lateMs);
    const took = performance.now() - frozenAt;
    expect(took).toBeGreaterThan(ttlMs - 200);
    expect(took).toBeLessThan(ttlMs + lateMs);
    return await client.getHold(holdId);
  }

  test("frozen: health, lists and renewals are served, and the deadline ends it", async () => {
    await using daemon = await root.start();
    await using writer = await Writer.start("buffered", path);
    using client = daemon.connect();
    const { holdId } = await client.freeze("/", { ttl: 2_000 });
    const from = performance.now();
    await writer.waitUntilBlocked();
    await expectFrozen(path);
    for (let round = 0; round < 4; round += 1) {
      await sleep(700);
      expect(await client.health()).toBe("SERVING");
      const held = [];
      for await (const hold of client.listHolds()) held.push(hold.holdId);
      expect(held).toContain(holdId);
      await client.renew(holdId, 2_000);
    }
    // Longer than without the renewals.
    expect(performance.now() - from).toBeGreaterThan(2_500);
    await expectFrozen(path);
    await writer.waitForProgress(2_000 + lateMs);
    const hold = await client.getHold(holdId);
    expect(hold.receipt).toMatchObject({ endCause: "EXPIRED", verdict: "NOT_INTACT" });
  });

  test("a hold of it is released INTACT", async () => {
    await using daemon = await root.start();
    using client = daemon.connect();
    const hold = await client.hold("/");
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });

  test("frozen, with nobody who reads its log: all of it goes on", async () => {
    const pipe = join(root.runDirectory, "log");
    await must("mkfifo", [pipe]);
    const stalled = await startProcess("python3", ["-c", fullPipe, pipe]);
    await stalled.waitForLine(/^full$/);
    await using daemon = await root.start({ logPipe: pipe, args: ["--log-level", "debug"] });
    const hold = await expectDeadline(daemon, async () => {
      using client = daemon.connect();
      for (let round = 0; round < 50; round += 1) {
        await client.freeze("/no/such/directory").catch(() => {});
        expect(await client.health()).toBe("SERVING");
      }
    });
    expect(hold.receipt).toMatchObject({ endCause: "EXPIRED", verdict: "NOT_INTACT" });
    await daemon.terminate();
    await stalled.killAndWait();
    await run("rm", [pipe]);
  });

  for (const role of ["api", "guardian", "supervisor"] as const satisfies Role[]) {
    test(`frozen: SIGKILL of the ${role}: thawed, and the service comes back from it`, async () => {
      let daemon = await root.start();
      await using writer = await Writer.start("buffered", path);
      using client = daemon.connect();
      const { holdId } = await client.freeze("/", { ttl: 50_000 });
      await writer.waitUntilBlocked();
      await expectFrozen(path);
      const pids = daemon.pids();
      daemon.kill(role);
      await untilProgress(writer, 2_000);
      if (role === "supervisor") {
        await daemon.waitForExit();
        daemon = await root.start();
      } else {
        for (const other of ["guardian", "api"] as const) {
          await daemon.waitForNew(other, pids[other]);
        }
      }
      await serving(daemon);
      using again = daemon.connect();
      const { receipt } = await again.getHold(holdId);
      expect(receipt?.endCause).toBe("DAEMON_RESTART");
      const hold = await again.hold("/");
      await expectFrozen(path);
      expect((await hold.release()).verdict).toBe("INTACT");
      await daemon.stop();
    });
  }

  test("killed all at once while it is frozen: a new start from the frozen root thaws it", async () => {
    const daemon = await root.start();
    await using writer = await Writer.start("buffered", path);
    using client = daemon.connect();
    await client.freeze("/", { ttl: 50_000 });
    await writer.waitUntilBlocked();
    await expectFrozen(path);
    daemon.killAll();
    await daemon.waitForExit();
    await expectFrozen(path);
    await using next = await root.start();
    await writer.waitForProgress(2_000);
    await serving(next);
  });

  for (const swap of [false, true]) {
    const what = swap ? "all its pages in swap on it" : "its programs pushed out of memory";
    test(`frozen, ${what}: the deadline thaws on time`, async (context) => {
      const none = noMemoryCgroup();
      if (none !== undefined) leaveOut(context, none);
      // What was read by others is theirs to the cgroup: read it anew.
      const { filesystem } = root;
      expect((await filesystem.unmount()).code).toBe(0);
      await filesystem.mount();
      await using file = swap ? await SwapFile.on(context, path) : undefined;
      await using cgroup = await MemoryCgroup.create();
      const daemon = await root.start({ cgroup: cgroup.directory });
      const guardian = daemon.pid("guardian");
      const before = residentKb(guardian);
      let after = before;
      const hold = await expectDeadline(daemon, async () => {
        await cgroup.reclaim();
        after = residentKb(guardian);
      });
      expect(after.file).toBeLessThan(before.file / 2);
      if (file !== undefined) {
        expect(after.anonymous).toBeLessThan(before.anonymous / 2);
      }
      expect(hold.receipt?.verdict).toBe("NOT_INTACT");
      await daemon.stop();
    });
  }

  test("frozen, with pages swapped out to it: a hold that is released is not INTACT", async (context) => {
    const none = noMemoryCgroup();
    if (none !== undefined) leaveOut(context, none);
    await using _swap = await SwapFile.on(context, path);
    await using cgroup = await MemoryCgroup.create();
    const daemon = await root.start({ cgroup: cgroup.directory });
    using client = daemon.connect();
    const hold = await client.hold("/", { ttl: 30_000 });
    await expectFrozen(path);
    await cgroup.reclaim();
    expect(cgroup.swapped).toBeGreaterThan(1 << 20);
    expect((await release(hold)).receipt.verdict).toBe("NOT_INTACT");
    await expectThawed(path);
    await daemon.stop();
  });
});

/** Fills the pipe, holds it open for reading, and never reads. */
const fullPipe = `
import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
fcntl.fcntl(fd, 1031, 4096)
try:
    while True:
        os.write(fd, b"x" * 4096)
except BlockingIOError:
    print("full", flush=True)
time.sleep(60)
`;

function residentKb(pid: number): { readonly anonymous: number; readonly file: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const value = (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  return { anonymous: value("RssAnon"), file: value("RssFile") };
}

/** Swap for the machine on a file system of the rig, until it is disposed. */
class SwapFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async on(context: TestContext, mountPoint: string): Promise<SwapFile> {
    const path = join(mountPoint, "swap");
    await must("dd", ["if=/dev/zero", `of=${path}`, "bs=1M", "count=192", "conv=fsync"]);
    await must("chmod", ["600", path]);
    await must("mkswap", [path]);
    const { code, stderr } = await run("swapon", ["-p", "10", path]);
    if (code !== 0) leaveOut(context, `no swap file can be used here: ${stderr}`);
    return new SwapFile(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await must("swapoff", [this.#path]);
    await run("rm", ["-f", this.#path]);
  }
}
