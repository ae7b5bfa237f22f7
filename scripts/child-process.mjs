// Runs one program after the other for the test runner, so that an interruption reaches the one that runs and is waited for.
import { spawn } from "node:child_process";
import { root } from "./root.mjs";

/** How long a program may take to end after it was told to: the tests' guards thaw and unmount in this time. */
const graceMs = 45_000;

/** Programs see a pipe and cannot tell whether there is a terminal behind it. */
const color =
  process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };

let running;
let interruptedBy;

/** The signal that interrupted the run, if one did. */
export function interruption() {
  return interruptedBy;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interruptedBy ??= signal;
    end(signal);
  });
}

/** To the whole group: the program leads one of its own, so that Ctrl-C in a terminal reaches it once, from here. */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}

function end(signal) {
  if (running === undefined) return;
  const { pid } = running;
  signalGroup(pid, signal);
  setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs).unref();
}

/**
 * Runs a program to its end or to the limit. Its output is shown as it comes; with `quiet` it is only kept.
 * Answers whether it ended with exit code 0, and its output.
 */
export function run(command, args, { limitMs, quiet = false, env = {} }) {
  if (interruptedBy !== undefined) return Promise.resolve({ ok: false, output: "" });
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, ...color, ...env },
    });
    running = child;
    let output = "";
    for (const [stream, out] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (!quiet) out.write(text);
      });
    }
    const limit = setTimeout(() => {
      output += `not done after ${limitMs / 1000} s\n`;
      process.stderr.write(`${command}: not done after ${limitMs / 1000} s\n`);
      end("SIGTERM");
      // A thread in an uninterruptible sleep outlives even SIGKILL, and this runner must not wait for it.
      setTimeout(() => done(undefined), graceMs + 1000).unref();
    }, limitMs);
    let settled = false;
    const done = (code) => {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      running = undefined;
      resolve({ ok: code === 0, output });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      done(undefined);
    });
    child.on("close", done);
  });
}
