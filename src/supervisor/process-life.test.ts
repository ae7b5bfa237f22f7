import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { requires } from "../../test/support/requirements.js";
import { identify, lastInLine, lifeOf, type ProcessIdentity } from "./process-life.js";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

function start(command: string, args: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  return Object.assign(child, { pid });
}

function identityOf(pid: number): ProcessIdentity {
  const identity = identify(pid);
  if (identity === undefined) throw new Error(`no process ${pid}`);
  return identity;
}

async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error("it never came so far");
    await sleep(2);
  }
}

const stateOf = (pid: number) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];

describe("a process", () => {
  test("that runs is alive", () => {
    expect(lifeOf(identityOf(process.pid))).toBe("alive");
  });

  test("that is stopped is alive: it can still do everything when it is continued", async () => {
    const child = start("cat", []);
    child.kill("SIGSTOP");
    await until(() => stateOf(child.pid) === "T");
    expect(lifeOf(identityOf(child.pid))).toBe("alive");
  });

  test("that never was is gone", () => {
    // Above the largest pid_max of Linux.
    expect(identify(2 ** 22 + 1)).toBeUndefined();
    expect(lifeOf({ pid: 2 ** 22 + 1, startTicks: "1" })).toBe("gone");
  });

  test("that was killed is gone, before its parent reaped it and after", async () => {
    // The shell starts one, tells its pid, and reaps it only when its own input ends.
    const shell = start("sh", ["-c", "cat /dev/zero >/dev/null & echo $!; read line"]);
    const pid = await new Promise<number>((resolve) => {
      shell.stdout?.once("data", (text) => resolve(Number(String(text))));
    });
    const identity = identityOf(pid);
    expect(lifeOf(identity)).toBe("alive");
    process.kill(pid, "SIGKILL");
    await until(() => lifeOf(identity) !== "alive");
    expect(lifeOf(identity)).toBe("gone");
    shell.stdin?.end("\n");
    await until(() => identify(pid) === undefined);
    expect(lifeOf(identity)).toBe("gone");
  });

  test("that has the same pid as an earlier one is another", () => {
    const { pid, startTicks } = identityOf(process.pid);
    expect(lifeOf({ pid, startTicks: String(Number(startTicks) - 1) })).toBe("gone");
  });

  test("may have any name", async () => {
    const directory = mkdtempSync(join(tmpdir(), "fsfreezed-life-"));
    const program = join(directory, ") Z 1 (x");
    copyFileSync("/bin/cat", program);
    const child = start(program, []);
    await until(() => readFileSync(`/proc/${child.pid}/comm`, "utf8").startsWith(") Z"));
    expect(lifeOf(identityOf(child.pid))).toBe("alive");
    rmSync(directory, { recursive: true });
  });
});

/**
 * Its main thread ends while another one goes on: as a killed process with a thread stuck in the
 * kernel.
 */
const leaderless = `
import ctypes, threading, sys
threading.Thread(target=sys.stdin.read).start()
print("threads", flush=True)
ctypes.CDLL(None).pthread_exit(None)
`;

requires("python3").test(
  "a process without its main thread is dying while another one lives",
  async () => {
    const child = start("python3", ["-c", leaderless]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    const identity = identityOf(child.pid);
    await until(() => lifeOf(identity) !== "alive");
    expect(stateOf(child.pid)).toBe("Z");
    expect(lifeOf(identity)).toBe("dying");
    child.kill("SIGKILL");
    await until(() => lifeOf(identity) !== "dying");
    expect(lifeOf(identity)).toBe("gone");
  },
);

/** The policy of each thread: 0 is SCHED_OTHER, 5 SCHED_IDLE (proc(5), stat, field 41). */
function policiesOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[38]);
  });
}

requires("root").test(
  "all threads of a process wait for everybody else, for a moment",
  async () => {
    const child = start(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    expect(policiesOf(child.pid).length).toBeGreaterThan(1);
    const putLast = lastInLine(identityOf(child.pid));
    expect(new Set(policiesOf(child.pid))).toEqual(new Set([0]));
    putLast();
    expect(new Set(policiesOf(child.pid))).toEqual(new Set([5]));
    await until(() => policiesOf(child.pid).every((policy) => policy === 0));
  },
);
