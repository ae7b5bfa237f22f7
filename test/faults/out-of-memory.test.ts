/** The kernel has no memory left for the daemon's cgroup and kills: what was frozen is thawed. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Daemon, type Role } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { MemoryCgroup, noMemoryCgroup } from "../support/memory-cgroup.js";
import { waitUntilGone } from "../support/process-tree.js";
import { leaveOut, requires } from "../support/requirements.js";
import { startProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

const roles = ["api", "guardian", "supervisor"] as const satisfies Role[];

/** Takes memory of the cgroup, a little at a time. */
const hog = `
import mmap, time
taken = []
while len(taken) < 200:
    page = mmap.mmap(-1, 4 << 20)
    for at in range(0, 4 << 20, 4096):
        page[at] = 1
    taken.append(page)
    print("took", flush=True)
    time.sleep(0.01)
time.sleep(60)
`;

requires("root", "loop", "ext4", "bpf", "python3").describe("out of memory", () => {
  let filesystem: LoopFilesystem;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
  });
  afterAll(() => filesystem?.dispose());

  async function runOut(victim: Role): Promise<void> {
    await using cgroup = await MemoryCgroup.create();
    const daemon = await Daemon.start({ through: cgroup.through });
    await using writer = await Writer.start("buffered", filesystem.mountPoint);
    using client = daemon.connect();
    const { holdId } = await client.freeze(filesystem.mountPoint, { ttl: 50_000 });
    await writer.waitUntilBlocked();
    await expectFrozen(filesystem.mountPoint);
    const pids = daemon.pids();
    // Where the daemon may exempt itself, the kernel takes the api; without CAP_SYS_RESOURCE any of them. This one is chosen.
    writeFileSync(`/proc/${pids[victim]}/oom_score_adj`, "1000");
    const [command = "", ...rest] = cgroup.through;
    const eater = await startProcess(command, [...rest, "python3", "-c", hog]);
    await eater.waitForLine(/^took$/);
    cgroup.limit(cgroup.usage + (24 << 20));
    await waitUntilGone(pids[victim], 20_000);
    await eater.killAndWait();
    // Thawed although the limit is as low as before: what must be there for it was there already.
    await writer.waitForProgress(3_000);
    await expectThawed(filesystem.mountPoint);
    expect(cgroup.oomKills).toBeGreaterThan(0);
    cgroup.limit(undefined);
    const back = await comeBack(daemon, victim, pids);
    using again = back.connect();
    const { state, receipt } = await again.getHold(holdId);
    expect({ state, cause: receipt?.endCause }).toEqual({
      state: "ENDED",
      cause: "DAEMON_RESTART",
    });
    expect(receipt?.verdict).not.toBe("INTACT");
    await back.stop();
  }

  async function comeBack(daemon: Daemon, role: Role, old: Record<Role, number>): Promise<Daemon> {
    if (role === "supervisor") {
      await daemon.waitForExit();
      return Daemon.start({ stateDir: daemon.stateDir });
    }
    for (const other of ["guardian", "api"] as const) await daemon.waitForNew(other, old[other]);
    using client = daemon.connect();
    const start = performance.now();
    while ((await client.health().catch(() => undefined)) !== "SERVING") {
      if (performance.now() - start > 10_000) throw new Error(`it does not serve: ${daemon.log}`);
      await sleep(20);
    }
    return daemon;
  }

  for (const role of roles) {
    test(`it takes the ${role}: thawed by the others`, async (context) => {
      const none = noMemoryCgroup();
      if (none !== undefined) leaveOut(context, none);
      await runOut(role);
    });
  }
});
