import { expect, test } from "vitest";
import type { Kernel } from "../kernel/port.js";
import type { FilesystemDescription } from "../kernel/simulated/description.js";
import { createSimulatedKernel } from "../kernel/simulated/simulated-kernel.js";
import { SimulatedWorld } from "../kernel/simulated/world.js";
import { silentLog } from "../observe/log.js";
import { type ProtectionOptions, protect } from "./protection.js";
import { target } from "./testing/bench.js";

const ext4 = (
  mountPoint: string,
  minor: number,
  more: Partial<FilesystemDescription> = {},
): FilesystemDescription => ({
  mountPoint,
  type: "ext4",
  key: `7:${minor}`,
  devices: [{ device: `7:${minor}`, path: `/dev/loop${minor}` }],
  ...more,
});

/** "/" lies on "/images", which lies on "/deep"; the state on "/state", which lies on "/pool". */
function kernel(): Kernel {
  return createSimulatedKernel(
    new SimulatedWorld({
      filesystems: [
        ext4("/", 1, { layersBelow: ["/images", "/deep"] }),
        ext4("/images", 2, { layersBelow: ["/deep"] }),
        ext4("/deep", 3),
        ext4("/state", 4, { layersBelow: ["/pool"], directories: ["dir"] }),
        ext4("/pool", 5),
        ext4("/logs", 6, { files: ["service.log"] }),
        ext4("/srv", 7),
        { mountPoint: "/srv/state", type: "tmpfs", key: "0:40" },
      ],
    }),
  );
}

async function whyNot(path: string, changed: Partial<ProtectionOptions> = {}) {
  const world = kernel();
  const protection = await protect(world, {
    stateDir: "/state/dir",
    unprotect: [],
    log: silentLog,
    outputs: ["/logs/service.log"],
    ...changed,
  });
  const resolved = await world.resolve(target(path));
  if (!resolved.ok) throw new Error(path);
  return protection.check(resolved.value);
}

test.each([
  ["/", "it is the root file system"],
  ["/images", "it stores a file system that is protected: it is the root file system"],
  ["/deep", "it stores a file system that is protected: it is the root file system"],
  ["/state", "the service keeps its state on it"],
  ["/pool", "it stores a file system that is protected: the service keeps its state on it"],
  ["/logs", "the service writes its log to it"],
])("%s is protected: %s", async (path, why) => {
  expect(await whyNot(path)).toMatchObject({
    reason: "PROTECTED_FILESYSTEM",
    metadata: { path, why },
  });
});

test("what nothing of ours needs is not, also where our tmpfs is mounted on it", async () => {
  expect(await whyNot("/srv")).toBeUndefined();
  expect(await whyNot("/srv", { stateDir: "/srv/state" })).toBeUndefined();
  expect(await whyNot("/logs", { outputs: ["/dev/null", "/nonexistent"] })).toBeUndefined();
});

test("the operator may allow one, and only that one", async () => {
  expect(await whyNot("/", { unprotect: ["/"] })).toBeUndefined();
  expect(await whyNot("/logs", { unprotect: ["/logs/service.log"] })).toBeUndefined();
  expect(await whyNot("/images", { unprotect: ["/"] })).toBeDefined();
  expect(await whyNot("/", { unprotect: ["/nonexistent/x"] })).toBeDefined();
});

test("nobody may allow the one with the journal, nor what stores it", async () => {
  expect((await whyNot("/state", { unprotect: ["/state"] }))?.message).toContain("--state-dir");
  expect(await whyNot("/pool", { unprotect: ["/pool"] })).toBeDefined();
  expect(await whyNot("/", { stateDir: "/", unprotect: ["/"] })).toBeDefined();
});
