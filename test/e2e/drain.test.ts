/** `fsfreezed drain`: nothing new begins, what is held goes on to its own end, then the service ends. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../support/command.js";
import { Daemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { requires } from "../support/requirements.js";

const program = fileURLToPath(new URL("../../dist/cli/fsfreezed.cjs", import.meta.url));

function drain(...args: readonly string[]) {
  return run(process.execPath, [program, "drain", ...args], { limitMs: 30_000 });
}

/** Sockets in LISTEN that the process has open (TCP: its debugger would be one). */
function listening(pid: number): readonly string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fdinfo`).flatMap(
      (fd) =>
        /ino:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.slice(1, 2) ?? [],
    ),
  );
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = ""]) => state === "0A" && own.has(inode))
    .map(([, local = ""]) => local);
}

requires("root", "loop", "ext4", "bpf").describe("fsfreezed drain", () => {
  test("waits for the holds that are open, refuses new ones, and ends cleanly", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const path = filesystem.mountPoint;
    const hold = await client.hold(path, { linger: 10_000 });
    const open = await client.hold(path, { freezeOnOpen: false });
    const drained = drain("--address", daemon.address);
    await expect.poll(() => client.health()).toBe("NOT_SERVING");
    expect(await client.health("")).toBe("SERVING");
    const refused = await refusalOf(client.hold(path));
    expect(refused).toMatchObject({ reason: "SHUTTING_DOWN", code: "UNAVAILABLE" });
    expect((await refusalOf(client.freeze(path))).reason).toBe("SHUTTING_DOWN");
    expect((await refusalOf(open.freeze())).reason).toBe("SHUTTING_DOWN");
    await expectFrozen(path);
    open.cancel();
    // Whoever has a hold keeps all of its rights.
    await hold.renew(20_000);
    const next = await client.resume(hold.id, hold.resumeToken);
    expect(await next.release()).toMatchObject({ verdict: "INTACT", endCause: "RELEASED" });
    expect(await daemon.waitForExit()).toEqual({ code: 0, signal: null });
    const { code, stdout } = await drained;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^fsfreezed .* has ended\n$/)]);
    await expectThawed(path);
    expect(await daemon.leftovers()).toEqual([]);
  });

  test("ends an idle service at once; --no-wait does not wait for it", async () => {
    await using idle = await Daemon.start();
    expect((await drain("--address", idle.address)).code).toBe(0);
    expect(await idle.waitForExit(1)).toEqual({ code: 0, signal: null });

    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const hold = await client.hold(filesystem.mountPoint);
    expect(await drain("--address", daemon.address, "--no-wait")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("begins no new hold"),
    });
    // A second word changes nothing.
    expect((await drain("--address", daemon.address, "--no-wait")).code).toBe(0);
    expect((await hold.release()).verdict).toBe("INTACT");
    expect(await daemon.waitForExit()).toEqual({ code: 0, signal: null });
  });

  test("a pair that dies meanwhile is not replaced: its holds have ended", async () => {
    await using filesystem = await createLoopFilesystem({ type: "ext4" });
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    const hold = await client.hold(filesystem.mountPoint);
    await drain("--address", daemon.address, "--no-wait");
    daemon.kill("guardian");
    await expectThawed(filesystem.mountPoint);
    expect(await daemon.waitForExit()).toEqual({ code: 0, signal: null });
    hold.cancel();
  });

  test("the signal opens no debugger, in whichever process it comes to", async () => {
    await using daemon = await Daemon.start();
    using client = daemon.connect();
    for (const role of ["api", "guardian"] as const) daemon.kill(role, "SIGUSR1");
    expect(await client.health()).toBe("SERVING");
    for (const role of ["api", "guardian"] as const) {
      expect(listening(daemon.pid(role)), role).toEqual([]);
    }
  });

  test("says what is wrong where there is no service", async () => {
    expect(await drain("--address", "unix:/nowhere/s")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no service answers on /nowhere/s"),
    });
    expect((await drain("--address", "127.0.0.1:1")).code).toBe(1);
  });
});
