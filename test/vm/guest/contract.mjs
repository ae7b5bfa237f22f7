// The contract suite of the kernel port, by vitest, on loop images: with BPF, on all three file systems.
// Left out for their time: the suites without BPF (the same system calls, and what the file systems show of themselves), and on each
// file system the one test that hashes the whole image several times (100 of 275 s in all).
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fail, finish, pass, skip } from "./checks.mjs";
import { must } from "./commands.mjs";

await must("mkfs.ext4", "-q", "-F", "-E", "nodiscard", process.env.SPARE1);
mkdirSync("/rig");
await must("mount", process.env.SPARE1, "/rig");
for (const name of ["loop", "ext4", "xfs", "btrfs", "overlay"]) await must("modprobe", name);

const leftOut = "probe tells the state of our own freeze";
process.stdout.write(`  left out: the suites without BPF, and "${leftOut} ..."\n`);
const vitest = spawn(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    ...["-t", `^(?!.*${leftOut})`],
    ...["run", "--project", "kernel", "--testTimeout", "600000", "--hookTimeout", "600000"],
    ...[
      "--reporter",
      "./test/vm/guest/line-reporter.mjs",
      "test/kernel-contract/linux-bpf.test.ts",
    ],
  ],
  { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: "/rig" } },
);
const results = { passed: pass, failed: fail, skipped: skip };
let ran = 0;
createInterface({ input: vitest.stdout }).on("line", (line) => {
  const [, json] = /^check (\{.*\})$/.exec(line) ?? [];
  if (json === undefined) {
    process.stdout.write(`  ${line}\n`);
    return;
  }
  const { name, state, detail } = JSON.parse(json);
  if (name.includes(leftOut)) return;
  ran += 1;
  results[state](name, detail);
});
const code = await new Promise((resolve) => vitest.once("close", resolve));
if (ran === 0 || (code !== 0 && code !== 1))
  fail("vitest", `ended with ${code} after ${ran} tests`);
finish();
