import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import {
  keepServiceManagerWaiting,
  notifyServiceManager,
  passedSockets,
  watchdogMs,
} from "./systemd.js";

test("half of the watchdog's time, for this process only", () => {
  expect(watchdogMs({}, 7)).toBeUndefined();
  expect(watchdogMs({ WATCHDOG_USEC: "4000000", WATCHDOG_PID: "8" }, 7)).toBeUndefined();
  expect(watchdogMs({ WATCHDOG_USEC: "4000000", WATCHDOG_PID: "7" }, 7)).toBe(2000);
  expect(watchdogMs({ WATCHDOG_USEC: "4000000" }, 7)).toBe(2000);
});

test("no sockets were passed to another process", () => {
  expect(passedSockets({ LISTEN_PID: "8", LISTEN_FDS: "1" }, 7)).toEqual([]);
});

test("silent without a service manager", () => {
  expect(() => notifyServiceManager(["READY=1"], {})).not.toThrow();
  for (const environment of [{}, { NOTIFY_SOCKET: "/nowhere" }]) {
    expect(() => keepServiceManagerWaiting(environment)()).not.toThrow();
  }
});

/**
 * Node has no datagram Unix sockets, so python3 listens: prints its address, then what it hears.
 */
const listener = `
import os, socket, sys
where = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(where.replace('@', '\\0'))
print('bound', flush=True)
s.settimeout(20)
for _ in range(2):
    print(s.recv(100).decode().replace('\\n', ' '), flush=True)
`;
const hasPython = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!hasPython).each(["path", "abstract"])(
  "a service manager hears it: %s",
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), "notify-"));
    const where = kind === "path" ? join(folder, "socket") : `@fsfreezed-test-${process.pid}`;
    const python = spawn("python3", ["-c", listener, where], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const heard = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
      expect((await heard.next()).value).toBe("bound");
      notifyServiceManager(["READY=1", "STATUS=serving"], { NOTIFY_SOCKET: where });
      expect((await heard.next()).value).toBe("READY=1 STATUS=serving");
      keepServiceManagerWaiting({ NOTIFY_SOCKET: where })();
      expect((await heard.next()).value).toBe("EXTEND_TIMEOUT_USEC=10000000");
    } finally {
      python.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  },
);
