/** `fsfreezed doctor`: what this machine can do, and what to mend. Freezes nothing, changes nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { createKernel } from "../kernel/choose.js";
import type { Capability, Kernel } from "../kernel/port.js";
import { filesystemTypeOf } from "../os/mounts.js";
import { defaultStateDir } from "./serve.js";

/** `fail`: no freeze is possible. `warn`: something is weaker than it could be. */
type Level = "ok" | "warn" | "fail";

interface Check {
  readonly name: string;
  readonly level: Level;
  readonly detail: string;
  /** What to do about it; empty when all is well. */
  readonly mend: string;
}

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("say what this machine can do, and what to mend; exit 1 if nothing can be frozen")
    .option("--state-dir <dir>", "the state directory of the service", defaultStateDir)
    .option("--json", "one JSON object instead of text")
    .action((flags: { readonly stateDir: string; readonly json?: boolean }) => {
      const kernel = createKernel({ kind: "linux", bpf: true, fallbacks: true }, undefined);
      const checks = examine(kernel, resolve(flags.stateDir));
      kernel.close();
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ message_type: "doctor", kernel: release(), checks })}\n`
          : checks.map(line).join(""),
      );
      process.exit(checks.some((check) => check.level === "fail") ? 1 : 0);
    });
}

function line({ name, level, detail, mend }: Check): string {
  const mark = { ok: "ok  ", warn: "WARN", fail: "FAIL" }[level];
  return `${mark}  ${name}: ${detail}\n${mend === "" ? "" : `      -> ${mend}\n`}`;
}

function examine(kernel: Kernel, stateDir: string): readonly Check[] {
  const { privileged, btf, exactState, generation } = kernel.capabilities();
  return [
    capability(
      "privilege",
      privileged,
      "fail",
      "run it as root in the initial user namespace (CAP_SYS_ADMIN)",
    ),
    capability(
      "BTF",
      btf,
      "warn",
      "use a kernel built with CONFIG_DEBUG_INFO_BTF; without it verdicts rest on weaker evidence",
    ),
    capability(
      "exact frozen state (BPF)",
      exactState,
      "warn",
      "give the service CAP_BPF and CAP_PERFMON or CAP_SYS_ADMIN; see lockdown(7)",
    ),
    capability(
      "freeze generation (BPF)",
      generation,
      "warn",
      "without it an ext4 hold can be at best UNPROVEN",
    ),
    stateMemory(stateDir),
    bpffs(),
    hungTasks(),
    ...counters(),
    filesystems(),
    oom(),
  ];
}

function capability(name: string, found: Capability, level: Level, mend: string): Check {
  return found.available
    ? { name, level: "ok", detail: found.detail === "" ? "available" : found.detail, mend: "" }
    : { name, level, detail: found.detail, mend };
}

function stateMemory(stateDir: string): Check {
  const name = "state directory";
  let path = stateDir;
  while (!existsSync(path)) path = dirname(path);
  const type = filesystemTypeOf(path);
  const memory = type === "tmpfs" || type === "ramfs";
  return {
    name,
    level: "ok",
    detail: memory
      ? `${stateDir} is on ${type}`
      : `${stateDir} is not on tmpfs: serve mounts one there`,
    mend: "",
  };
}

function bpffs(): Check {
  const filesystems = read("/proc/filesystems") ?? "";
  const known = /\tbpf$/m.test(filesystems);
  return {
    name: "bpffs",
    level: known ? "ok" : "warn",
    detail: known ? "available: freeze generations outlive the service" : "not in this kernel",
    mend: known
      ? ""
      : "recovery after the death of all processes then thaws whatever its journal names",
  };
}

/** A writer that stays blocked longer than this panics the machine where hung_task_panic is set (kernel documentation, sysctl/kernel). */
function hungTasks(): Check {
  const name = "hung task detector";
  const panic = read("/proc/sys/kernel/hung_task_panic");
  const seconds = Number(read("/proc/sys/kernel/hung_task_timeout_secs") ?? "0");
  if (panic === undefined || seconds === 0) return { name, level: "ok", detail: "off", mend: "" };
  if (panic !== "0") {
    return {
      name,
      level: "warn",
      detail: `panics when a writer is blocked for ${seconds} s`,
      mend: `keep holds shorter than ${seconds} s, or set kernel.hung_task_panic=0`,
    };
  }
  return {
    name,
    level: "ok",
    detail: `only logs writers that are blocked for more than ${seconds} s`,
    mend: "",
  };
}

/** Without them a written sector cannot be seen, and no hold on the device is INTACT. */
function counters(): readonly Check[] {
  const blind = readdirSync("/sys/block").filter(
    (device) => read(`/sys/block/${device}/queue/iostats`) === "0",
  );
  const name = "sector counters";
  if (blind.length === 0) {
    return [{ name, level: "ok", detail: "counting on every block device", mend: "" }];
  }
  return blind.map((device) => ({
    name,
    level: "warn",
    detail: `off on ${device}: holds on it are at best UNPROVEN`,
    mend: `echo 1 > /sys/block/${device}/queue/iostats`,
  }));
}

const freezable: ReadonlySet<string> = new Set(["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"]);

function filesystems(): Check {
  const types = (read("/proc/self/mounts") ?? "")
    .split("\n")
    .flatMap((mount) => mount.split(" ")[2] ?? [])
    .filter((type) => freezable.has(type));
  const counts = [...new Set(types)].map((t) => `${t} ${types.filter((u) => u === t).length}`);
  return {
    name: "file systems",
    level: types.length > 0 ? "ok" : "warn",
    detail:
      types.length > 0 ? `mounted and freezable: ${counts.join(", ")}` : "none that can be frozen",
    mend: types.length > 0 ? "" : "mount an ext4, xfs or btrfs file system",
  };
}

function oom(): Check {
  const name = "out-of-memory killer";
  const score = read("/proc/self/oom_score_adj") ?? "0";
  const canLower = process.getuid?.() === 0;
  return canLower || score === "-1000"
    ? { name, level: "ok", detail: "guardian and supervisor are exempt from it", mend: "" }
    : {
        name,
        level: "warn",
        detail: "may kill the guardian (the supervisor thaws then)",
        mend: "give the service CAP_SYS_RESOURCE, or OOMScoreAdjust=-1000",
      };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
