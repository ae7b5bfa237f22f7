/** What cannot be frozen, or must not be: each is refused for its own reason, nothing is frozen, and nothing is left behind. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FreezeError, Target } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../support/command.js";
import { Daemon, useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { requires } from "../support/requirements.js";

/** The reason that every way to freeze is refused for, with the metadata of the last. */
async function refused(daemon: Daemon, target: Target): Promise<FreezeError> {
  using client = daemon.connect();
  const refusal = await refusalOf(client.hold(target));
  for (const attempt of [
    () => client.freeze(target),
    // Refused where it is opened, before anything is frozen.
    () => client.hold(target, { freezeOnOpen: false }),
  ]) {
    expect((await refusalOf(attempt())).reason).toBe(refusal.reason);
  }
  return refusal;
}

async function livingHolds(daemon: Daemon): Promise<number> {
  using client = daemon.connect();
  let living = 0;
  for await (const hold of client.listHolds()) if (hold.state !== "ENDED") living += 1;
  return living;
}

requires("root", "loop", "ext4", "overlay", "bpf").describe("refused", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  const below = (name: string) => join(filesystem.mountPoint, name);
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    for (const name of ["directory", "upper", "work", "lower"]) mkdirSync(below(name));
    writeFileSync(below("file"), "");
    await must("mkfifo", [below("fifo")]);
    await must("mknod", [below("node"), "c", "1", "3"]);
    symlinkSync(below("directory"), below("link"));
  });
  afterAll(async () => {
    expect(await livingHolds(daemon())).toBe(0);
    expect(daemon().guardianDescriptors().join()).not.toContain(filesystem.directory);
    // The overlay of a test lies on it.
    await filesystem?.dispose();
  });

  const cases: readonly (readonly [string, string, () => Target | Promise<Target>])[] = [
    ["a directory that is no mount point", "NOT_A_MOUNT_POINT", () => below("directory")],
    ["a link to one", "NOT_A_MOUNT_POINT", () => below("link")],
    ["a file", "NOT_A_DIRECTORY", () => below("file")],
    ["a FIFO", "NOT_A_DIRECTORY", () => below("fifo")],
    ["a device node", "NOT_A_DIRECTORY", () => below("node")],
    ["a path that is missing", "TARGET_NOT_FOUND", () => below("missing")],
    ["a path below a file", "NOT_A_DIRECTORY", () => below("file/below")],
    ["a path that is too long", "INVALID_REQUEST", () => `/${"x".repeat(4095)}`],
    ["a name that is too long", "TARGET_NOT_FOUND", () => below("x".repeat(300))],
    ["proc", "NOT_FREEZABLE", () => "/proc"],
    ["a tmpfs", "NOT_FREEZABLE", () => mounted("tmpfs", "size=1m")],
    [
      "an overlay",
      "NOT_FREEZABLE",
      () =>
        mounted(
          "overlay",
          `lowerdir=${below("lower")},upperdir=${below("upper")},workdir=${below("work")}`,
        ),
    ],
    ["a file as a block device", "TARGET_MISMATCH", () => ({ blockDevice: below("file") })],
    ["a character device", "TARGET_MISMATCH", () => ({ blockDevice: "/dev/null" })],
    ["a UUID of nothing", "TARGET_NOT_FOUND", () => ({ filesystemUuid: "0-0" })],
    [
      "a number of nothing",
      "TARGET_NOT_FOUND",
      () => ({ deviceNumber: { major: 7, minor: 9999 } }),
    ],
    [
      "another UUID than expected",
      "TARGET_MISMATCH",
      () => ({ path: filesystem.mountPoint, expectUuid: "00000000-0000-0000-0000-000000000000" }),
    ],
    [
      "another device than expected",
      "TARGET_MISMATCH",
      () => ({ path: filesystem.mountPoint, expectDevice: { major: 7, minor: 9999 } }),
    ],
  ];

  async function mounted(type: string, options: string): Promise<string> {
    const place = filesystem.makePlace(type);
    await must("mount", ["-t", type, "-o", options, "rig", place]);
    return place;
  }

  for (const [what, reason, target] of cases) {
    test(`${what}: ${reason}`, async () => {
      const refusal = await refused(daemon(), await target());
      expect(refusal.reason).toBe(reason);
      await expectThawed(filesystem.mountPoint);
    });
  }

  test("the root file system: PROTECTED_FILESYSTEM", async () => {
    expect((await openRefused(daemon(), "/")).reason).toBe("PROTECTED_FILESYSTEM");
  });

  test("what the directory is no mount point of is told, and taken where a subdirectory will do", async () => {
    using client = daemon().connect();
    expect(await refusalOf(client.hold(below("directory")))).toMatchObject({
      metadata: { path: below("directory"), mount_point: filesystem.mountPoint },
    });
    const hold = await client.hold({ path: below("directory"), allowSubdirectory: true });
    await expectFrozen(filesystem.mountPoint);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(filesystem.mountPoint);
  });

  test("a file system that was unmounted before", async () => {
    const other = await createLoopFilesystem({ type: "ext4" });
    const device = { blockDevice: other.device };
    expect((await other.unmount()).code).toBe(0);
    expect((await refused(daemon(), device)).reason).toBe("TARGET_NOT_FOUND");
    await other.dispose();
  });
});

/** Opened only: the machine's own file system must not freeze even if its protection fails. */
async function openRefused(daemon: Daemon, target: Target): Promise<FreezeError> {
  using client = daemon.connect();
  return await refusalOf(client.hold(target, { freezeOnOpen: false }));
}

requires("root", "loop", "ext4", "bpf").describe("protected", () => {
  test("the file system that the log is written to, unless the operator allows it", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    const path = filesystem.mountPoint;
    const through = ["sh", "-c", `exec "$0" "$@" 2>>"${path}/log"`];
    {
      await using daemon = await Daemon.start({ through });
      const refusal = await openRefused(daemon, path);
      expect(refusal).toMatchObject({ reason: "PROTECTED_FILESYSTEM", metadata: { path } });
      expect((await refused(daemon, path)).reason).toBe("PROTECTED_FILESYSTEM");
      await expectThawed(path);
    }
    await using daemon = await Daemon.start({ through, args: ["--unprotect", path] });
    using client = daemon.connect();
    const hold = await client.hold(path);
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });
});

requires("root", "loop", "ext4", "setpriv").describe("a daemon without privilege", () => {
  /** Root's name without its power, and a user who may read everything, so that it can read its own program. */
  const users = {
    "root without CAP_SYS_ADMIN": ["--bounding-set=-sys_admin"],
    "another user": [
      ...["--reuid=65534", "--regid=65534", "--clear-groups"],
      ...["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"],
    ],
  };
  for (const [name, args] of Object.entries(users)) {
    test(`${name}: says so, and freezes nothing`, async () => {
      await using filesystem = await createLoopFilesystem({ type: "ext4" });
      const memory = filesystem.makePlace("memory");
      await must("mount", ["-t", "tmpfs", "-o", "mode=0777,size=8m", "rig", memory]);
      const daemon = await Daemon.start({
        through: ["setpriv", ...args],
        stateDir: join(memory, "state"),
      });
      using client = daemon.connect();
      expect(await client.health("")).toBe("SERVING");
      expect(await client.health()).toBe("NOT_SERVING");
      for (const attempt of [
        () => client.hold(filesystem.mountPoint),
        () => client.freeze(filesystem.mountPoint),
      ]) {
        expect(await refusalOf(attempt())).toMatchObject({
          reason: "DAEMON_NOT_PRIVILEGED",
          code: "INTERNAL",
        });
      }
      await expectThawed(filesystem.mountPoint);
      expect(await livingHolds(daemon)).toBe(0);
      expect(daemon.guardianDescriptors()).not.toContain(filesystem.mountPoint);
      await daemon.stop();
    });
  }
});
