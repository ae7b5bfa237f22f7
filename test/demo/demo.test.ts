/** The demo as a user runs it. What it leaves behind is asked of the kernel, not of the demo. */

import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { foreignThaw } from "../support/foreign.js";
import { descendants } from "../support/process-tree.js";
import { requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { isDead, readMounts, readProcess, remains } from "../support/sweep.mjs";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";

const program = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));
/** Whatever ends the demo, so long after it nothing of it is left. */
const cleanMs = 5_000;

interface Demo {
  readonly process: TrackedProcess;
  /** Everything that it makes lies below it. */
  readonly place: string;
}

async function startDemo(...flags: readonly string[]): Promise<Demo> {
  const place = (await rigSession()).makeDirectory("demo");
  const env = { TMPDIR: place, NO_COLOR: "1" };
  return { process: await startProcess(process.execPath, [program, ...flags], { env }), place };
}

function leftBehind(place: string): readonly string[] {
  const { mounts, loops } = remains(place);
  return [
    ...readdirSync(place),
    ...mounts.map(({ mountPoint }) => `mount ${mountPoint}`),
    ...loops.map(({ path }) => `loop ${path}`),
  ];
}

/** Its processes, while it runs: they belong to other parents afterwards. */
function membersOf({ process }: Demo): readonly { readonly pid: number; readonly start: string }[] {
  return descendants(process.pid).flatMap((pid) => {
    const found = readProcess(pid);
    return found === undefined ? [] : [{ pid, start: found.startTime }];
  });
}

async function expectNothingLeft(
  demo: Demo,
  members: readonly { readonly pid: number; readonly start: string }[],
): Promise<void> {
  const start = performance.now();
  for (;;) {
    const left = [
      ...leftBehind(demo.place),
      ...members.filter(({ pid, start }) => !isDead(pid, start)).map(({ pid }) => `process ${pid}`),
    ];
    if (left.length === 0) return;
    if (performance.now() - start > cleanMs) expect(left).toEqual([]);
    await sleep(50);
  }
}

const hanging = /the writer hangs in record/;

requires("root", "loop", "ext4").describe("npm run demo", () => {
  test("shows a hold from the writer's side, judges the snapshot, and leaves nothing", async () => {
    const demo = await startDemo();
    await demo.process.waitForLine(hanging, 30_000);
    const members = membersOf(demo);
    expect(members.length).toBeGreaterThanOrEqual(5);
    const { code } = await demo.process.waitForExit(30_000);
    const text = demo.process.lines.join("\n");
    expect(text).toMatch(/ok {6}writes blocked: [1-9]/);
    expect(text).toContain("ok      writes that got through while frozen: 0");
    expect(text).toContain("ok      e2fsck -fn of the snapshot: clean, no journal recovery needed");
    expect(text).toMatch(
      /ok {6}last record fsynced before the freeze: (\d+); last record in the snapshot: \1,/,
    );
    expect(text).toContain("ok      sectors written: 0 by the kernel's counters, 0 by the receipt");
    expect(text).toMatch(/ok {6}the writer went on [\d.]+ ms after the SIGKILL/);
    expect(text).not.toContain("FAILED");
    expect(text).not.toContain("simulated");
    expect(demo.process.lines.at(-1)).toMatch(/^OK: /);
    expect(code).toBe(0);
    await expectNothingLeft(demo, members);
  });

  test("fails where the freeze does not hold", async () => {
    const demo = await startDemo();
    await demo.process.waitForLine(hanging, 30_000);
    const mount = readMounts().find(
      ({ mountPoint, type }) => type === "ext4" && mountPoint.startsWith(`${demo.place}/`),
    );
    expect((await foreignThaw(mount?.mountPoint ?? "")).code).toBe(0);
    const { code } = await demo.process.waitForExit(30_000);
    expect(demo.process.lines.at(-1)).toMatch(/^FAILED: /);
    expect(code).toBe(1);
    expect(leftBehind(demo.place)).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("cleans up after %s", async (signal) => {
    const demo = await startDemo();
    await demo.process.waitForLine(hanging, 30_000);
    const members = membersOf(demo);
    demo.process.kill(signal);
    expect((await demo.process.waitForExit(20_000)).code).toBe(130);
    expect(demo.process.lines.at(-1)).toBe("nothing is left behind");
    await expectNothingLeft(demo, members);
  });

  test("nothing is left 5 s after it was killed with SIGKILL while frozen", async () => {
    const demo = await startDemo();
    await demo.process.waitForLine(hanging, 30_000);
    const members = membersOf(demo);
    await demo.process.killAndWait();
    await expectNothingLeft(demo, members);
  });
});

describe("npm run demo on the simulated kernel", () => {
  test("marks each line, and never calls it real", async () => {
    const demo = await startDemo("--simulated");
    const { code } = await demo.process.waitForExit(30_000);
    const { lines } = demo.process;
    expect(lines.filter((line) => !line.startsWith("[simulated]"))).toEqual([]);
    expect(lines[0]).toContain("Nothing real is frozen here");
    expect(lines.at(-1)).toMatch(/OK on the simulated kernel/);
    expect(code).toBe(0);
    expect(leftBehind(demo.place)).toEqual([]);
  });

  requires("root", "setpriv").test("is what runs where root has no capabilities", () =>
    runsSimulated("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
  );

  requires("root", "unshare").test("is what runs for the root of a user namespace", () =>
    runsSimulated("unshare", "--map-root-user"),
  );
});

async function runsSimulated(command: string, ...args: readonly string[]): Promise<void> {
  const place = (await rigSession()).makeDirectory("demo");
  const all = [...args, process.execPath, program];
  const demo = await startProcess(command, all, { env: { TMPDIR: place } });
  const { code } = await demo.waitForExit(30_000);
  expect(demo.lines[0]).toContain("[simulated] Nothing real is frozen here: freezing takes root");
  expect(demo.lines.at(-1)).toMatch(/OK on the simulated kernel/);
  expect(code).toBe(0);
}
