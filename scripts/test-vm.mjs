// `npm run test:vm`: the service on other kernels than this machine's, and under systemd as PID 1, in virtual machines that need no
// privilege of the processor (QEMU's emulation; KVM where there is some). Builds what it needs: see test/vm/build.sh.
//
//   npm run test:vm -- [--kernels 6.1,6.12] [--parts systemd,deaths,contract,device-mapper] [--jobs 2] [--only REGEX] [--verbose]
//
// One line for each check, then "N passed, N failed, N skipped". Exit code 1 if one failed; where no virtual machine can be had, all of
// it is one skip, which FSFREEZED_SKIPS=fail turns into a failure.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makePayload } from "../test/vm/payload.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const lab = join(root, "test/vm");
/** Seconds that each part may take in the guest, on a machine that is busy with other things too. */
const limits = { systemd: 1200, deaths: 900, contract: 900, "device-mapper": 600 };

const { values } = parseArgs({
  options: {
    kernels: { type: "string", default: "6.1,6.12" },
    parts: { type: "string", default: Object.keys(limits).join(",") },
    jobs: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
  },
});
const kernels = values.kernels.split(",");
const parts = values.parts.split(",");
const unknown = parts.find((part) => !Object.hasOwn(limits, part));
if (unknown !== undefined) throw new Error(`no such part: ${unknown}`);

const counts = { ok: 0, FAIL: 0, skip: 0 };
function tell(result, name) {
  counts[result] += 1;
  process.stdout.write(`${result.padEnd(4)} ${name}\n`);
}

/** The runs of virtual machines that go on; each takes its machine away when it gets SIGTERM. */
const running = new Set();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interrupted = true;
    for (const child of running) child.kill("SIGTERM");
  });
}

const started = performance.now();
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(0);
const why = buildImages();
if (why !== undefined) tell(process.env.FSFREEZED_SKIPS === "fail" ? "FAIL" : "skip", why);
else await runAll();
process.stdout.write(
  `\n${counts.skip} skipped, took ${seconds(started)} s\n${counts.ok} passed, ${counts.FAIL} failed\n`,
);
process.exit(counts.FAIL === 0 && !interrupted ? 0 : 1);

/** Why there can be no virtual machine here; undefined where there can. Throws where making one failed. */
function buildImages() {
  const { status, stderr } = spawnSync(join(lab, "build.sh"), { encoding: "utf8" });
  process.stdout.write(stderr);
  if (status === 3) return `no virtual machines: ${stderr.trim().split("\n").at(-1)}`;
  if (status !== 0) throw new Error("the images could not be made");
  return undefined;
}

async function runAll() {
  const built = spawnSync(process.execPath, [join(root, "scripts/prepare.mjs")], {
    stdio: "inherit",
  });
  if (built.status !== 0) throw new Error("the project could not be built");
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-test-vm-"));
  try {
    const payload = join(directory, "payload");
    makePayload(root, payload);
    const queue = parts.flatMap((part) => kernelsOf(part).map((kernel) => ({ kernel, part })));
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined && !interrupted; next = queue.shift())
        await runPart(next.kernel, next.part, directory, payload);
    };
    await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** systemd is the same whatever the kernel, and its part the longest: one kernel is enough. */
function kernelsOf(part) {
  return part === "systemd" ? kernels.slice(-1) : kernels;
}

async function runPart(kernel, part, directory, payload) {
  const since = performance.now();
  const script = join(directory, `${kernel}-${part}`);
  writeFileSync(script, `#!/bin/sh\nexec node test/vm/guest/${part}.mjs\n`);
  let failed = false;
  /** The end of what is no check: the service's log, the kernel's words. */
  const other = [];
  let spent = "";
  const child = spawn(join(lab, "run.sh"), [kernel, script, payload], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      VM_LIMIT: String(limits[part]),
      VM_DISK_MB: "3000",
      VM_ENV: [
        "FSFREEZED_SLOWNESS=4",
        `VM_SLOW_TOO=${kernel === kernels.at(-1) ? 1 : 0}`,
        // Without blanks: run.sh separates by them.
        `VM_ONLY=${values.only.replaceAll(" ", ".")}`,
        `FSFREEZED_SKIPS=${process.env.FSFREEZED_SKIPS ?? ""}`,
      ].join(" "),
    },
  });
  running.add(child);
  const ended = new Promise((resolve) => child.once("close", resolve));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const [, result, name] = /^(ok|FAIL|skip) (.*)/.exec(line) ?? [];
      if (result === "FAIL") failed = true;
      if (result !== undefined) tell(result, `${kernel} ${part}: ${name}`);
      else if (values.verbose) process.stdout.write(`     ${line}\n`);
      else other.push(line);
      const [, processor] = /^VM: processor time .*: (.*)$/.exec(line) ?? [];
      if (processor !== undefined) spent = ` (processor time ${processor})`;
      if (other.length > 80) other.shift();
    });
  }
  const status = await ended;
  running.delete(child);
  if (status !== 0 && !failed) {
    failed = true;
    tell("FAIL", `${kernel} ${part}: ended with status ${status} (124 is its time limit)`);
  }
  if (failed) for (const line of other) process.stdout.write(`     | ${line}\n`);
  process.stdout.write(`     ${kernel} ${part} took ${seconds(since)} s${spent}\n`);
}
