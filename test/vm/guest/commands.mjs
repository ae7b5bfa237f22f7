// Other programs, never waited for without a limit: one that hangs in the kernel cannot be killed, and is left behind.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** {code, output, hung}: output is stdout and stderr together. */
export function run(command, args, limitMs = 60_000) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve({ code: undefined, output, hung: true, pid: child.pid });
    }, limitMs);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? undefined, output, hung: false, pid: child.pid });
    });
  });
}

/** The output of a program that has to succeed. */
export async function must(command, ...args) {
  const { code, output, hung } = await run(command, args, 300_000);
  if (code === 0) return output.trim();
  throw new Error(`${command} ${args.join(" ")}: ${hung ? "hangs" : `code ${code}`}: ${output}`);
}

/** Asks again until the answer is not undefined or false; throws at the limit. */
export async function until(what, limitMs, ask) {
  const start = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}

export function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
