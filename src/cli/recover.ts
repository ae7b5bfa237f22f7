/** `fsfreezed recover`: thaws what a service that died with all its processes left frozen. */
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { createKernel } from "../kernel/choose.js";
import { createStderrLog } from "../observe/stderr-log.js";
import { filesystemTypeOf } from "../os/mounts.js";
import { keepServiceManagerWaiting } from "../os/systemd.js";
import { openJournal } from "../supervisor/journal.js";
import { recover } from "../supervisor/recovery.js";
import { lockState } from "../supervisor/sentinel-file.js";
import { defaultStateDir } from "./serve.js";

export function addRecover(program: Command): void {
  program
    .command("recover")
    .description("thaw what a dead service left frozen; does nothing beside a living one")
    .option("--state-dir <dir>", "the state directory of the service", defaultStateDir)
    .option(
      "--only-proven",
      "leave frozen, and name, what another program may have frozen since: where the freeze generation cannot be read",
      false,
    )
    .action(run);
}

interface Flags {
  readonly stateDir: string;
  readonly onlyProven: boolean;
}

async function run(flags: Flags): Promise<void> {
  const stateDir = resolve(flags.stateDir);
  const directory = join(stateDir, "journal");
  if (!existsSync(directory)) {
    say("nothing to recover: there is no journal");
    return;
  }
  // A sentinel that is at it already is waited for, with systemd's patience as with ours.
  const endWaiting = keepServiceManagerWaiting(process.env);
  const lock = await lockState(stateDir);
  if (lock === undefined) {
    endWaiting();
    say("nothing to recover: the service lives and thaws by itself");
    return;
  }
  const log = createStderrLog({ name: "recover", level: "warn" });
  const pins = join(stateDir, "bpf");
  const pinned = existsSync(pins) && filesystemTypeOf(pins) === "bpffs";
  const kernel = createKernel(
    { kind: "linux", bpf: true, fallbacks: true },
    pinned ? pins : undefined,
  );
  const journal = openJournal(directory, (file, error) =>
    log.error("journal entry cannot be read", { file, error: String(error) }),
  );
  const report = await recover({
    kernel,
    journal,
    log,
    sleep,
    onlyProven: flags.onlyProven,
    now: kernel.now(),
    host: hostname(),
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  });
  endWaiting();
  for (const path of report.thawed) say(`thawed ${path}`);
  for (const { path, why } of report.failed) say(`could not recover ${path}: ${why}`);
  if (report.thawed.length + report.failed.length === 0) say("nothing of ours was frozen");
  kernel.close();
  lock.release();
  await log.flush(200);
  process.exit(report.failed.length === 0 ? 0 : 1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
