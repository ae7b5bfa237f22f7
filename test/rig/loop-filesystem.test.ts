import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { must, run } from "../support/command.js";
import { createLoopFilesystem, filesystemTypes } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { readLoops, readMounts } from "../support/sweep.mjs";

for (const type of filesystemTypes) {
  requires("root", "loop", type).describe(`a loop file system of type ${type}`, () => {
    test("is mounted writable, and dispose leaves nothing, also when frozen and bound", async () => {
      const filesystem = await createLoopFilesystem({ type });
      writeFileSync(join(filesystem.mountPoint, "file"), "content");
      const bound = await filesystem.bind();
      expect(readdirSync(bound)).toContain("file");
      await must("fsfreeze", ["-f", filesystem.mountPoint]);
      await filesystem.dispose();
      expect(existsSync(filesystem.directory)).toBe(false);
      expect(readLoops().map((loop) => loop.path)).not.toContain(filesystem.device);
      expect(readMounts().map((mount) => mount.mountPoint)).not.toContain(filesystem.mountPoint);
    });

    test("becomes a ghost, which dispose finds too", async () => {
      const filesystem = await createLoopFilesystem({ type });
      await filesystem.makeGhost();
      expect(filesystem.isMounted).toBe(false);
      await filesystem.recoverGhost();
      writeFileSync(join(filesystem.mountPoint, "file"), "writable again");
      await filesystem.makeGhost();
      await filesystem.dispose();
      expect(readLoops().map((loop) => loop.path)).not.toContain(filesystem.device);
    });

    test("is thawed by the guard when its time runs out", async () => {
      await using filesystem = await createLoopFilesystem({ type });
      filesystem.arm(0.5);
      await must("fsfreeze", ["-f", filesystem.mountPoint]);
      const touch = await run("touch", [join(filesystem.mountPoint, "file")], { limitMs: 5000 });
      expect(touch.code).toBe(0);
      const session = await rigSession();
      await expect.poll(() => session.takeFired()).toContain(filesystem.mountPoint);
    });
  });
}

test("a mount that the rig did not make is refused", async () => {
  const session = await rigSession();
  expect(() => session.assertOurs("/")).toThrow(/left alone/);
  expect(() => session.assertOurs("/proc")).toThrow(/left alone/);
  expect(() => session.assertOurs(session.directory)).toThrow(/left alone/);
});
