import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { libc } from "./libc.js";
import {
  capEffective,
  clockBoottimeUs,
  clockRealtimeUs,
  hasCapability,
  setOomScoreAdj,
  setParentDeathSignal,
} from "./process.js";

test("the boot clock is the kernel's, in microseconds", () => {
  const before = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1e6;
  const now = clockBoottimeUs();
  expect(Number.isInteger(now)).toBe(true);
  // /proc/uptime is boottime too (fs/proc/uptime.c), cut to hundredths of a second.
  expect(now - before).toBeGreaterThanOrEqual(0);
  expect(now - before).toBeLessThan(10e6);
  expect(clockBoottimeUs()).toBeGreaterThanOrEqual(now);
});

test("the wall clock agrees with Node's", () => {
  expect(Math.abs(clockRealtimeUs() / 1000 - Date.now())).toBeLessThan(1000);
});

test("capabilities are read from CapEff alone", () => {
  const status =
    "CapPrm:\tffffffffffffffff\nCapEff:\t0000000000200000\nCapBnd:\tffffffffffffffff\n";
  expect(hasCapability(status, 21)).toBe(true);
  expect(hasCapability(status, 20)).toBe(false);
  expect(hasCapability("Name:\tnode\n", 21)).toBe(false);
});

test("a user namespace's root is not privileged", () => {
  const node = spawnSync(
    "unshare",
    ["--user", "--map-root-user", "readlink", "/proc/self/ns/user"],
    { encoding: "utf8" },
  );
  if (node.status !== 0) return; // no user namespaces here
  expect(node.stdout.trim()).not.toBe("user:[4026531837]");
  if (process.getuid?.() !== 0) expect(capEffective()).toBe(false);
});

test("a score that needs no privilege is set", () => {
  const before = readFileSync("/proc/self/oom_score_adj", "latin1").trim();
  expect(setOomScoreAdj(500)).toBe(true);
  expect(readFileSync("/proc/self/oom_score_adj", "latin1").trim()).toBe("500");
  setOomScoreAdj(Number(before));
});

test("an impossible death signal is refused", () => {
  expect(() => setParentDeathSignal(9999)).toThrow(/prctl: EINVAL/);
});

test("the death signal is set, and can be taken back", () => {
  const prctl = libc.func("prctl", "int", ["int", "void *", "ulong", "ulong", "ulong"]);
  const current = (): number => {
    const value = Buffer.alloc(4);
    expect(prctl(2 /* PR_GET_PDEATHSIG */, value, 0, 0, 0)).toBe(0);
    return value.readInt32LE();
  };
  const before = current();
  setParentDeathSignal(18);
  expect(current()).toBe(18);
  setParentDeathSignal(before);
  expect(current()).toBe(before);
});
