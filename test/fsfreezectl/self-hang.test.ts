/** A COMMAND that hangs on what it keeps frozen: the built programs on real file systems, the kernel as the judge. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";

const built = (name: string) => fileURLToPath(new URL(`../../dist/cli/${name}`, import.meta.url));

let stateDir: string;
let daemon: TrackedProcess;
let address: string;

async function startDaemon(): Promise<void> {
  stateDir = mkdtempSync(join(tmpdir(), "fsfreezed-self-hang-"));
  daemon = await startProcess(process.execPath, [
    built("fsfreezed.cjs"),
    "serve",
    "--state-dir",
    stateDir,
  ]);
  await daemon.waitForLine(/serves on/, 30_000);
  address = `unix:${join(stateDir, "fsfreezed.sock")}`;
}

async function stopDaemon(): Promise<void> {
  daemon.kill("SIGTERM");
  await daemon.waitForExit(10_000);
  rmSync(stateDir, { recursive: true, force: true });
}

function hold(target: string, ...command: readonly string[]): Promise<TrackedProcess> {
  return startProcess(process.execPath, [
    built("fsfreezectl.js"),
    "--address",
    address,
    "--json",
    "hold",
    target,
    "--for",
    "50s",
    "--",
    ...command,
  ]);
}

interface Message {
  readonly message_type: string;
  readonly [key: string]: unknown;
}

function messages(stderr: string): readonly Message[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Message);
}

const python = (mountPoint: string, lines: string) =>
  [
    "python3",
    "-c",
    `import os, threading, time\nmnt = ${JSON.stringify(mountPoint)}\n${lines}`,
  ] as const;

const threadThatHangs = `
threading.Thread(target=lambda: os.mkdir(mnt + "/directory"), daemon=True).start()
time.sleep(40)`;
const mappedWrite = `
import mmap
f = open(mnt + "/file", "r+b")
m = mmap.mmap(f.fileno(), 0)
m[0] = 65`;
/** Not ours to thaw on the word of: it sleeps often and long, but not in one sleep. */
const busyReader = `
fd = os.open("/proc/self/exe", os.O_RDONLY)
end = time.monotonic() + 4
while time.monotonic() < end:
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.pread(fd, 1 << 20, 0)`;

requires("root", "loop", "python3").describe("a COMMAND that hangs on what it froze", () => {
  beforeAll(startDaemon, 60_000);
  afterAll(stopDaemon);

  describe.each(filesystemTypes)("on %s", (type) => {
    let filesystem: LoopFilesystem;
    let mnt: string;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
      mnt = filesystem.mountPoint;
      writeFileSync(join(mnt, "file"), "content");
    });
    afterAll(() => filesystem.dispose());

    test.each([
      ["creates a file", () => ["touch", join(mnt, "new")], { comm: "touch", syscall: "openat" }],
      [
        "appends to a file that was open",
        () => ["sh", "-c", `exec echo >>${join(mnt, "file")}`],
        { comm: "echo", syscall: "write", path: expect.stringMatching(/\/file$/) },
      ],
      [
        "makes a directory in a thread",
        () => python(mnt, threadThatHangs),
        { comm: "python3", syscall: "mkdir" },
      ],
      [
        "writes to a mapped file",
        () => python(mnt, mappedWrite),
        { comm: "python3", syscall: "a write to a mapped file" },
      ],
      [
        "leaves a process of its own session behind that writes",
        () => ["sh", "-c", `(setsid sh -c 'sleep 0.2; >${join(mnt, "orphan")}' &); exec sleep 40`],
        { comm: "sh" },
      ],
    ] as const)("that %s is named, and thawed within 5 s", async (_how, command, expected) => {
      const running = await hold(mnt, ...command());
      const { code } = await running.waitForExit(20_000);
      await expectThawed(mnt);
      const said = messages(running.stderr);
      const types = said.map(({ message_type }) => message_type);
      expect(types).toContain("hung");
      expect(said.find(({ message_type }) => message_type === "hung")).toMatchObject({
        ...expected,
        mount_points: [mnt],
      });
      const ended = said.find(({ message_type }) => message_type === "ended");
      const { receipt } = ended as unknown as {
        receipt: {
          filesystems: { intervals: { frozenBoottime: string; thawedBoottime: string }[] }[];
        };
      };
      const [interval] = receipt.filesystems[0]?.intervals ?? [];
      const frozen =
        Number.parseFloat(interval?.thawedBoottime ?? "") -
        Number.parseFloat(interval?.frozenBoottime ?? "");
      expect(frozen).toBeLessThan(5);
      expect(code).toBe(exitCodes.hungOnItself);
    });

    test("but its own words and its receipt wait for the thaw", async () => {
      const [words, receipt] = [join(mnt, "words"), join(mnt, "receipt.json")];
      const script = `exec "$@" >>${words} 2>&1`;
      const hold = ["hold", mnt, "--receipt", receipt, "--", "true"];
      const args = [process.execPath, built("fsfreezectl.js"), "--address", address, ...hold];
      const running = await startProcess("sh", ["-c", script, "sh", ...args]);
      expect((await running.waitForExit(20_000)).code, running.stderr).toBe(0);
      expect(readFileSync(words, "utf8")).toMatch(/warning: stdout[\s\S]*frozen:[\s\S]*INTACT/);
      expect(JSON.parse(readFileSync(receipt, "utf8"))).toMatchObject({
        verdict: "VERDICT_INTACT",
      });
    });

    test("that only reads, however hard, is left alone", async () => {
      const running = await hold(mnt, ...python(mnt, busyReader));
      expect((await running.waitForExit(30_000)).code, running.stderr).toBe(0);
    });
  });

  test("one that hangs on what somebody else froze is left alone", async () => {
    await using ours = await createLoopFilesystem({ type: "ext4" });
    await using theirs = await createLoopFilesystem({ type: "ext4" });
    writeFileSync(join(theirs.mountPoint, "file"), "");
    const open = `exec 3>>${join(theirs.mountPoint, "file")}; echo opened; read go; echo late >&3`;
    const running = await hold(ours.mountPoint, "sh", "-c", open);
    await running.waitForLine(/opened/);
    expect((await foreignFreeze(theirs.mountPoint)).code).toBe(0);
    running.send("go");
    // Longer than a hang of our own takes to be told.
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect(running.exit).toBeUndefined();
    expect(running.stderr).not.toContain("hung");
    await foreignThaw(theirs.mountPoint);
    expect((await running.waitForExit(20_000)).code, running.stderr).toBe(0);
  });
});
