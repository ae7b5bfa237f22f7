import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createLifeSign, giveLifeSign, watchLifeSign } from "./life-sign.js";

/** Its built file: vitest's own transformation ends at the processes that a test starts. */
const built = fileURLToPath(new URL("../../dist/os/life-sign.js", import.meta.url));

/** A process that gives the sign on its descriptor 3, and does `then` after saying so. */
async function giver(then = "setInterval(() => {}, 1000)", give = "giveLifeSign(3)") {
  const fd = createLifeSign();
  onTestFinished(() => closeSync(fd));
  const program = `import { giveLifeSign } from ${JSON.stringify(built)}; ${give}; console.log("given"); process.stdin.once("data", () => { ${then} });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "ignore", fd],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("it has pipes");
  await once(stdout, "data");
  const deaths: number[] = [];
  const watch = (watcher: number) => watchLifeSign(fd, () => void deaths.push(watcher));
  return { child, deaths, watch, act: () => stdin.write("now\n") };
}

const gone = (child: ReturnType<typeof spawn>) => once(child, "exit");

test("each watcher hears of a SIGKILL before the kernel has reaped the process", async () => {
  const { child, deaths, watch } = await giver();
  for (let i = 0; i < 3; i++) watch(i);
  await sleep(50);
  expect(deaths).toEqual([]);
  const exit = gone(child).then(() => "gone");
  child.kill("SIGKILL");
  await exit;
  await sleep(50);
  expect(deaths.sort()).toEqual([0, 1, 2]);
});

test.each([
  ["leaves", "process.exit(0)"],
  ["aborts", "process.abort()"],
  ["throws", "throw new Error('on purpose')"],
])("one that %s is dead", async (_, then) => {
  const { child, deaths, watch, act } = await giver(then);
  watch(0);
  const exit = gone(child);
  act();
  await exit;
  await sleep(50);
  expect(deaths).toEqual([0]);
});

test("one that was dead before anybody watched is told at once", async () => {
  const { child, deaths, watch } = await giver();
  const exit = gone(child);
  child.kill("SIGKILL");
  await exit;
  watch(0);
  expect(deaths).toEqual([0]);
});

test("one that is stopped and goes on is not dead", async () => {
  const { child, deaths, watch } = await giver();
  watch(0);
  child.kill("SIGSTOP");
  await sleep(100);
  child.kill("SIGCONT");
  await sleep(100);
  expect(deaths).toEqual([]);
});

test("the end of another of its threads is not its death", async () => {
  const { deaths, watch, act } = await giver(
    "new (require('node:worker_threads').Worker)('', { eval: true }).once('exit', () => console.log('ended'))",
    "import { createRequire } from 'node:module'; const require = createRequire('/'); giveLifeSign(3)",
  );
  watch(0);
  act();
  await sleep(500);
  expect(deaths).toEqual([]);
});

test("one that gives no sign is not watched", async () => {
  const { child, deaths, watch } = await giver("", "");
  watch(0);
  const exit = gone(child);
  child.kill("SIGKILL");
  await exit;
  await sleep(50);
  expect(deaths).toEqual([]);
});

test("a descriptor that cannot be mapped is an error", () => {
  const fd = openSync("/", "r");
  onTestFinished(() => closeSync(fd));
  expect(() => watchLifeSign(fd, () => {})).toThrow(/mmap: E(NODEV|ACCES)/);
  expect(() => giveLifeSign(fd)).toThrow(/mmap: E(NODEV|ACCES)/);
});

test("whoever has the descriptor cannot take the memory away", () => {
  const fd = createLifeSign();
  expect(() => ftruncateSync(fd, 0)).toThrow("EPERM");
  closeSync(fd);
});
