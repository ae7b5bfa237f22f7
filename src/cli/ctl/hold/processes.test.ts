import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  descendantsOf,
  openFileOf,
  parseStat,
  sleepingTasks,
  statOf,
  syscallOf,
} from "./processes.js";
import { syscallByNumber } from "./syscall-names.js";

describe("parseStat", () => {
  const rest = "0 0 -1 4194304 134 0 0 0 0 0 0 0 20 0 1 0 777 1 2";

  it("finds its way around any name", () => {
    expect(parseStat(`8 (a) D (b) D 7 8 ${rest}`)).toEqual({
      comm: "a) D (b",
      state: "D",
      parent: 7,
      startTime: "777",
    });
  });

  it("takes nothing for granted", () => {
    expect(parseStat("")).toBeUndefined();
    expect(parseStat("8 (short) D")).toBeUndefined();
  });
});

describe("processes", () => {
  it("finds grandchildren, and no longer when they are gone", async () => {
    const child = spawn("sh", ["-c", "sleep 60 & wait"], { detached: true });
    const { pid } = child;
    if (pid === undefined) throw new Error("sh did not start");
    const comms = () => descendantsOf(process.pid).map((of) => statOf(of)?.comm);
    await vi.waitFor(() => expect(comms()).toContain("sleep"));
    const [sleeper] = descendantsOf(pid);
    // It runs for a moment before it sleeps.
    await vi.waitFor(() =>
      expect(statOf(sleeper ?? 0)).toMatchObject({ comm: "sleep", state: "S", parent: pid }),
    );
    expect(sleepingTasks(sleeper ?? 0)).toEqual([]);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-pid, "SIGKILL");
    await ended;
    expect(descendantsOf(process.pid)).not.toContain(pid);
  });

  it("says nothing of a process that does not exist", () => {
    expect(statOf(2 ** 22 + 1)).toBeUndefined();
    expect(descendantsOf(2 ** 22 + 1)).toEqual([]);
    expect(syscallOf(2 ** 22 + 1, 1)).toBeUndefined();
  });
});

it("finds a descriptor's file and file system without asking the file system", () => {
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-fd-"));
  const path = join(directory, "file");
  const fd = openSync(path, "w");
  try {
    expect(openFileOf("self", fd)).toEqual({ path, device: expect.stringMatching(/^\d+:\d+$/) });
    expect(openFileOf("self", 9_999)).toBeUndefined();
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  }
});

it("names system calls", () => {
  const write = process.arch === "x64" ? 1 : 64;
  expect(syscallByNumber(write)).toEqual({ name: "write", fd: 0 });
  expect(syscallByNumber(-1).name).toContain("mapped file");
  expect(syscallByNumber(9_999).name).toBe("system call 9999");
});
