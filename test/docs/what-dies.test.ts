/** The README's table of what dies or stops, row by row. The judges are a writer that waits and the kernel. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FreezeClient, Hold, Verdict } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../support/command.js";
import { Daemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const control = file("dist/cli/fsfreezectl.js");
const service = file("dist/cli/fsfreezed.cjs");

/** The first cell and the last one of each row: what the table says that the verdict is. */
function rowsOfReadme(): ReadonlyMap<string, string> {
  const [, table = ""] = readFileSync(file("README.md"), "utf8").split("| what dies or stops |");
  const lines = table.slice(0, table.indexOf("\n\n")).split("\n").slice(2);
  return new Map(
    lines.map((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      return [cells[1] ?? "", cells.at(-2) ?? ""];
    }),
  );
}

/** A hold by another process, frozen, with the writer blocked. */
interface Held {
  readonly process: TrackedProcess;
  readonly holdId: string;
}

requires("root", "loop", "ext4", "bpf", "python3").describe("what dies or stops", () => {
  let filesystem: LoopFilesystem;
  let writer: Writer;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    writer = await Writer.start("buffered", filesystem.mountPoint);
  });
  afterAll(async () => {
    await writer.stop();
    await filesystem.dispose();
  });

  const shown = new Set<string>();
  /** A test of one row: the verdict that it gives must be the row's. */
  function row(cell: string, body: () => Promise<Verdict | undefined>, detail = ""): void {
    test(`${cell} ${detail}`.trim(), async () => {
      shown.add(cell);
      expect(await body()).toBe(rowsOfReadme().get(cell));
      await writer.waitForProgress();
      await expectThawed(filesystem.mountPoint);
    });
  }

  async function hold(daemon: Daemon, ...options: readonly string[]): Promise<Held> {
    const args = ["--address", daemon.address, "hold", filesystem.mountPoint, ...options];
    const process_ = await startProcess(process.execPath, [control, ...args]);
    const holdId = await process_.waitForLine(/^h-/);
    await writer.waitUntilBlocked();
    return { process: process_, holdId };
  }

  /** Resolves with the verdict once the hold has ended. */
  async function verdictOf(client: FreezeClient, holdId: string): Promise<Verdict | undefined> {
    await expect.poll(async () => (await client.getHold(holdId)).state).toBe("ENDED");
    return (await client.getHold(holdId)).receipt?.verdict;
  }

  /** The receipts of a service that died are told by the one that is started after it. */
  async function verdictOfNext(dead: Daemon, holdId: string): Promise<Verdict | undefined> {
    await dead.waitForExit();
    await using next = await Daemon.start({ stateDir: dead.stateDir });
    using client = next.connect();
    return await verdictOf(client, holdId);
  }

  row("the client, by SIGKILL", async () => {
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const held = await hold(daemon);
    held.process.kill("SIGKILL");
    await writer.waitForProgress(5_000);
    return await verdictOf(client, held.holdId);
  });

  row("the client is stopped (SIGSTOP), or its connection is silent", async () => {
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const held = await hold(daemon);
    held.process.kill("SIGSTOP");
    await writer.waitForProgress(5_000);
    held.process.kill("SIGKILL");
    return await verdictOf(client, held.holdId);
  });

  row("the deadline passes", async () => {
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const held = await hold(daemon, "--for", "1s");
    await writer.waitForProgress(5_000);
    await held.process.waitForExit();
    return await verdictOf(client, held.holdId);
  });

  row("the service gets SIGTERM", async () => {
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const held = await openHold(client);
    expect((await daemon.terminate()).code).toBe(0);
    return await verdictAtEnd(held);
  });

  async function openHold(client: FreezeClient): Promise<Hold> {
    const held = await client.hold(filesystem.mountPoint, { ttl: 30_000 });
    await writer.waitUntilBlocked();
    return held;
  }

  /** What the client itself learnt. */
  async function verdictAtEnd(held: Hold): Promise<Verdict | undefined> {
    await expect.poll(() => held.broken.aborted).toBe(true);
    await held.release().catch(() => {});
    return held.receipt?.verdict;
  }

  const roles = ["supervisor", "guardian", "api"] as const;

  /** Nobody may notice the death of another and thaw before its own. */
  function killAtOnce(pids: readonly number[]): void {
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }

  const oneProcess = "one of the service's processes (api, guardian, supervisor), by SIGKILL";
  for (const role of ["api", "guardian"] as const) {
    row(
      oneProcess,
      async () => {
        await using daemon = await Daemon.start();
        using client = daemon.connect();
        const { id } = await openHold(client);
        daemon.kill(role);
        await writer.waitForProgress(5_000);
        return await verdictOf(client, id);
      },
      role,
    );
  }

  row(
    oneProcess,
    async () => {
      const daemon = await Daemon.start();
      using client = daemon.connect();
      const { id } = await openHold(client);
      daemon.kill("supervisor");
      await writer.waitForProgress(5_000);
      return await verdictOfNext(daemon, id);
    },
    "supervisor",
  );

  for (const killed of [["guardian", "supervisor"], roles] as const) {
    row(
      "several of them at one moment, but not the sentinel",
      async () => {
        const daemon = await Daemon.start();
        using client = daemon.connect();
        const { id } = await openHold(client);
        await daemon.sentinel();
        killAtOnce(killed.map((role) => daemon.pid(role)));
        await writer.waitForProgress(5_000);
        return await verdictOfNext(daemon, id);
      },
      killed.join(", "),
    );
  }

  row("all of them and the sentinel at one moment", async () => {
    const daemon = await Daemon.start();
    using client = daemon.connect();
    const { id } = await openHold(client);
    killAtOnce([...Object.values(daemon.pids()), await daemon.sentinel()]);
    await daemon.waitForExit();
    expect(await writer.isBlocked(3_000)).toBe(true);
    await expectFrozen(filesystem.mountPoint);
    await must(process.execPath, [service, "recover", "--state-dir", daemon.stateDir]);
    await writer.waitForProgress(5_000);
    return await verdictOfNext(daemon, id);
  });

  test("is all that the table shows", () => {
    expect([...rowsOfReadme().keys()]).toEqual([...shown]);
  });
});
