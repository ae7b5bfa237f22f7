/**
 * A process dies by SIGKILL before and after everything that it does to the outside: each file of the journal, each message,
 * each call that changes a file system. Whatever it was, the kernel thaws, no entry stays, and the service is back.
 *
 * Each effect is met once, before or after it. With FSFREEZED_FAIL_POINTS=all it is met before and after, and those of a plain
 * hold both in one that is released and in one whose client is killed; FSFREEZED_FAIL_POINTS=PATTERN runs those of all that match.
 */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FreezeError } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageEffects } from "../../src/channel/message-effects.js";
import { type FailPoint, failPointVariable, ownEffects } from "../../src/observe/fail-points.js";
import { ClientProcess } from "../support/client-process.js";
import { Daemon } from "../support/daemon.js";
import { foreignThaw } from "../support/foreign.js";
import { JournalWatch } from "../support/journal-watch.js";
import { acceptsWrites } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { StuckFreeze } from "../support/stuck-freeze.js";
import { Writer } from "../support/writer.js";

/** A peer's death is seen in milliseconds; what a busy machine adds, and a silence of 2 s, are in it. */
const boundMs = 5_000;

type Course =
  | "release"
  | "client-kill"
  | "resume"
  | "lease"
  | "abandon"
  | "expiring"
  | "foreign-thaw"
  | "guardian-kill"
  | "shutdown"
  | "drain"
  | "sweep"
  | "forget"
  | "idle";

/** What has to happen for this effect. */
function coursesOf(effect: string): readonly Course[] {
  if (effect.includes(".heartbeat.")) return ["idle"];
  if (effect.endsWith("-file.sweep")) return ["sweep"];
  if (effect === "hold-file.remove") return ["forget"];
  if (/\.(hello|archive|ready|tls|api)\.|^supervisor\.FITHAW/.test(effect))
    return ["guardian-kill"];
  if (/\.(shutdown|health)\./.test(effect)) return ["shutdown"];
  if (/\.(thaw|renew|isFrozen|getHold|listHolds|answered)\./.test(effect)) return ["lease"];
  if (effect.includes(".abandon.")) return ["abandon"];
  if (/\.(drain|drained)\./.test(effect)) return ["drain"];
  if (effect.includes(".resume.")) return ["resume"];
  if (effect.includes(".expiring.")) return ["expiring"];
  if (effect.includes(".broken.")) return ["foreign-thaw"];
  if (effect.includes(".command.")) return ["release"];
  return ["release", "client-kill"];
}

interface Case {
  readonly point: FailPoint;
  readonly course: Course;
}

const wanted = process.env.FSFREEZED_FAIL_POINTS ?? "";

function cases(): readonly Case[] {
  const all = [...ownEffects, ...messageEffects].flatMap((effect, index) =>
    (["before", "after"] as const).flatMap((moment, second) =>
      coursesOf(effect).map((course, third, { length }) => ({
        point: `${moment} ${effect}` as FailPoint,
        course,
        // In turns, so that each moment and each course meets its part of each process.
        first: (index + second) % 2 === 0 && (index >> 1) % length === third,
      })),
    ),
  );
  if (wanted === "") return all.filter(({ first }) => first);
  if (wanted === "all") return all;
  return all.filter(({ point, course }) => new RegExp(wanted).test(`${point} ${course}`));
}

requires("root", "loop", "ext4", "bpf", "python3", "userfaultfd").describe("death at", () => {
  let filesystem: LoopFilesystem;
  let writer: Writer;
  let watch: JournalWatch;
  let daemon: Daemon;
  let spare: Promise<ClientProcess>;
  let folder: string;
  let order: string;
  let stateDir: string | undefined;

  async function startDaemon(): Promise<void> {
    const env = { [failPointVariable]: order };
    daemon = await Daemon.start({ env, ...(stateDir === undefined ? {} : { stateDir }) });
    stateDir = daemon.stateDir;
  }

  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    writer = await Writer.start("buffered", filesystem.mountPoint, 3);
    // The api may run as nobody, and removes the order, too.
    folder = mkdtempSync(join(tmpdir(), "fsfreezed-fail-points-"));
    chmodSync(folder, 0o777);
    order = join(folder, "order");
    spare = ClientProcess.start();
    await startDaemon();
    watch = new JournalWatch(daemon.stateDir, () => [writer]);
  });
  afterAll(async () => {
    watch?.[Symbol.dispose]();
    await (await spare).kill();
    await writer?.stop();
    await daemon?.stop();
    await filesystem?.dispose();
    rmSync(folder, { recursive: true });
  });

  async function nextClient(): Promise<ClientProcess> {
    const client = await spare;
    spare = ClientProcess.start();
    return client;
  }

  const set = (point: string) => writeFileSync(order, point);
  const isDone = () => !existsSync(order);

  async function until(what: string, holds: () => boolean, limitMs = boundMs): Promise<void> {
    const start = performance.now();
    while (!holds()) {
      if (performance.now() - start > limitMs) throw new Error(`not ${what}: ${daemon.log}`);
      await sleep(10);
    }
  }

  /** Whoever asks may be told anything but a fault of the client itself. */
  async function tolerate<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof FreezeError) return undefined;
      throw error;
    }
  }

  const courses: Readonly<Record<Course, (point: FailPoint) => Promise<void>>> = {
    async release(point) {
      using client = daemon.connect({ timeout: 3_000 });
      set(point);
      const hold = await tolerate(() => client.hold(filesystem.mountPoint));
      if (hold === undefined) return;
      await tolerate(() => hold.status());
      await tolerate(() => hold.release({ timeout: 8_000 }));
    },
    async "client-kill"(point) {
      const client = await nextClient();
      set(point);
      const held = client.hold(daemon.address, [filesystem.mountPoint]);
      // It freezes as a matter of course, unless the point comes before that.
      await Promise.race([held, sleep(4_000)]);
      await client.kill();
    },
    async resume(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint, { linger: 1_000 });
      set(point);
      const next = await tolerate(() => client.resume(hold.id, hold.resumeToken));
      hold.cancel();
      await tolerate(async () => next?.release({ timeout: 8_000 }));
    },
    async lease(point) {
      using client = daemon.connect({ timeout: 3_000 });
      set(point);
      const lease = await tolerate(() => client.freeze(filesystem.mountPoint, { ttl: 1_500 }));
      await tolerate(() => client.isFrozen(filesystem.mountPoint));
      await tolerate(async () => {
        for await (const _ of client.listHolds()) break;
      });
      if (lease === undefined) return;
      await tolerate(() => client.getHold(lease.holdId));
      await tolerate(() => client.renew(lease.holdId, 1_500));
      await tolerate(() => client.thaw({ holdId: lease.holdId }));
    },
    async abandon(point) {
      const stuck = await StuckFreeze.hold(filesystem.mountPoint);
      set(point);
      using client = daemon.connect();
      const giveUp = new AbortController();
      const frozen = tolerate(() =>
        client.freeze(filesystem.mountPoint, { signal: giveUp.signal }),
      );
      await daemon.waitUntilFreezing();
      giveUp.abort();
      await frozen;
      await sleep(100);
      await stuck.release();
    },
    async expiring(point) {
      set(point);
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await tolerate(() =>
        client.hold(filesystem.mountPoint, { ttl: 1_000, autoRenew: false }),
      );
      await until("met", isDone);
      hold?.cancel();
    },
    async "foreign-thaw"(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint);
      set(point);
      await foreignThaw(filesystem.mountPoint);
      await tolerate(() => hold.release({ timeout: 8_000 }));
    },
    async "guardian-kill"(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint);
      set(point);
      daemon.kill("guardian");
      await until("met", isDone);
      hold.cancel();
      if (daemon.find("supervisor") === undefined) await restart();
    },
    async shutdown(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint);
      set(point);
      daemon.kill("supervisor", "SIGTERM");
      await daemon.waitForExit(10_000);
      hold.cancel();
    },
    async drain(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint);
      set(point);
      daemon.kill("supervisor", "SIGUSR1");
      await tolerate(() => hold.release({ timeout: 8_000 }));
      await daemon.waitForExit(10_000);
    },
    /** A file that a process left which died while it wrote. */
    async sweep(point) {
      daemon.kill("supervisor");
      await sentinelIsDone();
      const kind = point.includes("grant") ? "grants" : "holds";
      writeFileSync(join(daemon.stateDir, "journal", kind, "half.json.new"), "{");
      set(point);
      await expect(startDaemon()).rejects.toThrow("ended without");
    },
    /** More ended holds than are kept. */
    async forget(point) {
      using client = daemon.connect({ timeout: 3_000 });
      await (await client.hold(filesystem.mountPoint)).release({ acceptUnproven: true });
      const holds = join(daemon.stateDir, "journal", "holds");
      daemon.kill("supervisor");
      await sentinelIsDone();
      const [name = ""] = readdirSync(holds);
      const text = readFileSync(join(holds, name), "utf8");
      const id = name.replace(".json", "");
      for (let n = 0; n < 1_000; n++) {
        const copy = `copy-${n}`;
        writeFileSync(join(holds, `${copy}.json`), text.replaceAll(id, copy));
      }
      set(point);
      await expect(startDaemon()).rejects.toThrow("ended without");
      for (const file of readdirSync(holds)) {
        if (file.startsWith("copy-")) rmSync(join(holds, file));
      }
    },
    async idle(point) {
      using client = daemon.connect({ timeout: 3_000 });
      const hold = await client.hold(filesystem.mountPoint);
      set(`${point}:2`);
      await until("met", isDone);
      hold.cancel();
    },
  };

  async function sentinelIsDone(): Promise<void> {
    await daemon.waitForExit(10_000);
    await until("left", () => daemon.members.length === 0);
  }

  async function restart(): Promise<void> {
    await daemon.waitForExit(10_000);
    await startDaemon();
  }

  async function comeBack(): Promise<void> {
    if (daemon.find("supervisor") === undefined) await restart();
    using client = daemon.connect({ timeout: 5_000 });
    for (const start = performance.now(); ; ) {
      const hold = await tolerate(() => client.hold(filesystem.mountPoint));
      const receipt = hold && (await tolerate(() => hold.release()));
      if (receipt?.verdict === "INTACT") return;
      if (performance.now() - start > 15_000) throw new Error(`not back: ${daemon.log}`);
      await sleep(50);
    }
  }

  const all = cases();
  test.each(all)("$point ($course)", async ({ point, course }) => {
    await courses[course](point);
    await until("met", isDone, 500);
    const dead = performance.now();
    await writer.waitForProgress(boundMs);
    expect(performance.now() - dead).toBeLessThan(boundMs);
    await comeBack();
    await until("empty", () => watch.entries.length === 0, 2_000);
    expect(watch.violations).toEqual([]);
    expect(await acceptsWrites(filesystem.mountPoint)).toBe(true);
  });

  test.skipIf(wanted !== "" && wanted !== "all")("the watch has seen what was frozen", () => {
    expect(watch.looks).toBeGreaterThan(all.length);
  });
});
