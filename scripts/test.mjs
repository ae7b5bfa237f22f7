// `npm test`: everything that can be checked on this machine. Prints one line at the end: N passed, N failed, N skipped.
//
//   npm test                           all steps
//   npm test -- --list                 the names of the steps
//   npm test -- --only lint,build      some of them
//   npm test -- --only tests -- ARGS   ARGS for vitest: --project unit, a file's name ...
//
// With FSFREEZED_SKIPS=fail what is left out is a failure, and the last line is: N passed, N failed.
// With FSFREEZED_SUMMARY=FILE the last line is written to that file as well.
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDead } from "../test/support/sweep.mjs";
import { interruption, run } from "./child-process.mjs";
import { root } from "./root.mjs";

const minute = 60_000;
const node = process.execPath;
const skipsFail = process.env.FSFREEZED_SKIPS === "fail";
// Where mkfs and losetup are, which the PATH of a plain shell may leave out.
process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].filter(Boolean).join(delimiter);

const passed = [];
const failed = [];
/** Pairs of a name and the reason. */
const skipped = [];
/** Passed on the second try only. */
const flaky = [];

function count(name, ok) {
  (ok ? passed : failed).push(name);
}

/** A step that is one check: one program that succeeds or not. */
function oneCheck(name, args, limitMs = 3 * minute) {
  return async () => count(name, (await run(node, args, { limitMs })).ok);
}

const bin = (path) => join(root, "node_modules", path);

/** A step of several checks: a program that tells each in a line of its own. */
function manyChecks(step, script, limitMs) {
  return async () => {
    const { ok, output } = await run(node, [script], { limitMs });
    let failures = 0;
    for (const [, result, name, reason] of output.matchAll(
      /^(ok|FAILED|skipped) +([^:\n]*)(?:: (.*))?$/gm,
    )) {
      if (result === "skipped") skipped.push([`${step}: ${name}`, reason ?? ""]);
      else count(`${step}: ${name}`, result === "ok");
      if (result === "FAILED") failures += 1;
    }
    // It broke off without saying which check it was.
    if (!ok && failures === 0) count(step, false);
  };
}

/** Programs that the tests need beside Node, and the packages of Debian and Ubuntu that have them. */
const wanted = {
  "mkfs.ext4": "e2fsprogs",
  "mkfs.xfs": "xfsprogs",
  "mkfs.btrfs": "btrfs-progs",
  protoc: "protobuf-compiler",
  python3: "python3",
};

function isInstalled(program) {
  return process.env.PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missingPackages() {
  return [
    ...new Set(
      Object.keys(wanted)
        .filter((p) => !isInstalled(p))
        .map((p) => wanted[p]),
    ),
  ];
}

/** No check of its own: what is still missing after it shows as skipped tests. */
async function tools() {
  const names = missingPackages();
  if (names.length === 0) return;
  if (process.getuid?.() === 0 && isInstalled("apt-get")) {
    console.log(`installing ${names.join(" ")}`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const options = { limitMs: 4 * minute, quiet: true, env };
    const install = ["install", "-y", "--no-install-recommends", ...names];
    let installed = await run("apt-get", install, options);
    if (!installed.ok) {
      await run("apt-get", ["update"], options);
      installed = await run("apt-get", install, options);
    }
    if (!installed.ok) console.log(installed.output);
  }
  const left = missingPackages();
  if (left.length > 0) {
    console.log(`tests will be left out: please install ${left.join(" ")} (Debian's names)`);
  }
}

/** vitest, with the arguments of the command line as well. */
function vitest(...projects) {
  return () => runVitest(projects.flatMap((project) => ["--project", project]));
}

async function runVitest(projectArguments) {
  const scratch = mkdtempSync(join(tmpdir(), "fsfreezed-test-"));
  const countsFile = join(scratch, "counts.json");
  const reporters = ["default", "./test/support/count-reporter.ts"];
  const args = [
    bin("vitest/vitest.mjs"),
    "run",
    "--allowOnly=false",
    ...reporters.map((reporter) => `--reporter=${reporter}`),
    // Who names projects means those alone.
    ...(vitestArguments.includes("--project") ? [] : projectArguments),
    ...vitestArguments,
  ];
  const env = { FSFREEZED_COUNTS: countsFile };
  const { ok } = await run(node, args, { limitMs: 40 * minute, env });
  const known = existsSync(countsFile);
  if (known) {
    const counts = JSON.parse(readFileSync(countsFile, "utf8"));
    passed.push(...counts.passed);
    failed.push(...counts.failed);
    skipped.push(...counts.skipped);
    flaky.push(...counts.flaky);
    if (counts.passed.length + counts.failed.length === 0) count("tests: none ran", false);
    else if (!ok && counts.failed.length === 0) count("tests: vitest failed", false);
  } else count("tests: vitest ended without a result", false);
  rmSync(scratch, { recursive: true });
}

const steps = {
  lint: oneCheck("lint", [bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]),
  build: oneCheck("build", ["scripts/prepare.mjs"]),
  types: oneCheck("types of the tests", [bin("typescript/bin/tsc"), "-p", "test/tsconfig.json"]),
  package: oneCheck("package", ["scripts/check-package.mjs"]),
  tools,
  proto: manyChecks("proto", "scripts/check-proto.mjs", 10 * minute),
  clients: manyChecks("clients", "scripts/build-clients.mjs", 15 * minute),
  tests: vitest("unit", "kernel", "e2e", "alone"),
  conformance: vitest("conformance"),
};

const [own, vitestArguments] = splitArguments(process.argv.slice(2));
const chosen = choose(own);
for (const name of chosen) {
  if (interruption() !== undefined) break;
  console.log(`\n== ${name}`);
  await steps[name]();
}
if (interruption() !== undefined) {
  failed.push(`interrupted by ${interruption()}`);
  await waitForGuards(20_000);
}
summarize();

function splitArguments(all) {
  const at = all.indexOf("--");
  return at < 0 ? [all, []] : [all.slice(0, at), all.slice(at + 1)];
}

function choose(args) {
  const names = Object.keys(steps);
  if (args.length === 0) return names;
  const [option, value = "", ...rest] = args;
  if (option === "--list" && args.length === 1) {
    console.log(names.join("\n"));
    process.exit(0);
  }
  const only = value.split(",");
  if (option === "--only" && rest.length === 0 && only.every((name) => names.includes(name))) {
    return names.filter((name) => only.includes(name));
  }
  console.error(
    `usage: npm test -- [--list | --only STEP,...] [-- VITEST ARGUMENTS]\nsteps: ${names.join(" ")}`,
  );
  process.exit(2);
}

/** The guards of test processes that were broken off: until they are done, mounts and loop devices are still there. */
async function waitForGuards(limitMs) {
  const base = realpathSync(tmpdir());
  const left = () =>
    readdirSync(base).filter((name) => {
      const [, pid, startTime] = /^fsfreezed-rig-(\d+)-(\d+)-/.exec(name) ?? [];
      return pid !== undefined && isDead(Number(pid), startTime);
    });
  const start = performance.now();
  while (left().length > 0 && performance.now() - start < limitMs) await sleep(100);
  for (const name of left()) console.error(`left behind: ${join(base, name)}`);
}

function summarize() {
  const reasons = new Map();
  for (const [name, reason] of skipped) {
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  if (flaky.length > 0) console.log("\nPassed on the second try only:");
  for (const name of flaky) console.log(`  ${name}`);
  if (skipped.length > 0) console.log("\nSkipped:");
  for (const [reason, names] of reasons) {
    console.log(`  ${names.length} x ${reason || "no reason given"}`);
    for (const name of names) console.log(`      ${name}`);
  }
  if (failed.length > 0) console.log("\nFailed:");
  for (const name of failed) console.log(`  ${name}`);
  const failures = failed.length + (skipsFail ? skipped.length : 0);
  const line = `${passed.length} passed, ${failures} failed${skipsFail ? "" : `, ${skipped.length} skipped`}`;
  const summaryFile = process.env.FSFREEZED_SUMMARY ?? "";
  if (summaryFile !== "") writeFileSync(summaryFile, `${line}\n`);
  console.log(`\n${line}`);
  process.exit(interruption() !== undefined ? 130 : failures > 0 || passed.length === 0 ? 1 : 0);
}
