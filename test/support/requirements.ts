/**
 * What a machine must have for a test, and the one way to leave a test out where it is missing. A test left out is
 * counted with its reason (skip-reporter.ts); with FSFREEZED_SKIPS=fail it fails instead. FSFREEZED_WITHOUT=xfs,bpf pretends
 * that these are missing.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { describe, type TestContext, type TestOptions, test } from "vitest";

type Probe = () => string | undefined;

function program(name: string, packageName: string): string | undefined {
  const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  return found ? undefined : `${name} is not installed (package ${packageName})`;
}

function firstOf(...probes: readonly Probe[]): string | undefined {
  for (const probe of probes) {
    const missing = probe();
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function kernelFilesystem(type: string): string | undefined {
  const known = () =>
    new RegExp(`\\s${type}$`, "m").test(readFileSync("/proc/filesystems", "utf8"));
  if (known()) return undefined;
  spawnSync("modprobe", [type]);
  return known() ? undefined : `this kernel has no ${type}`;
}

const python = (code: string) => spawnSync("python3", ["-c", code], { encoding: "utf8" });

/** CAP_SYS_ADMIN in the initial user namespace: freezing and mounting. */
function root(): string | undefined {
  const status = readFileSync("/proc/self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  // include/linux/proc_ns.h: PROC_USER_INIT_INO is 0xEFFFFFFD.
  const initial =
    !existsSync("/proc/self/ns/user") || readlinkSync("/proc/self/ns/user") === "user:[4026531837]";
  return process.getuid?.() === 0 && initial && ((effective >> 21n) & 1n) === 1n
    ? undefined
    : "not root with CAP_SYS_ADMIN in the initial user namespace";
}

function python3(): string | undefined {
  return program("python3", "python3");
}

/** Each probe answers with the reason why it is missing, or undefined. */
const probes = {
  root,
  loop: () =>
    firstOf(
      () => (existsSync("/dev/loop-control") ? undefined : "no /dev/loop-control"),
      () => program("losetup", "mount"),
      () => program("fsfreeze", "util-linux"),
    ),
  ext4: () =>
    firstOf(
      () => program("mkfs.ext4", "e2fsprogs"),
      () => kernelFilesystem("ext4"),
    ),
  xfs: () =>
    firstOf(
      () => program("mkfs.xfs", "xfsprogs"),
      () => kernelFilesystem("xfs"),
    ),
  btrfs: () =>
    firstOf(
      () => program("mkfs.btrfs", "btrfs-progs"),
      () => kernelFilesystem("btrfs"),
    ),
  overlay: () => kernelFilesystem("overlay"),
  fstrim: () => program("fstrim", "util-linux"),
  setpriv: () => program("setpriv", "util-linux"),
  unshare: () => program("unshare", "util-linux"),
  openssl: () => program("openssl", "openssl"),
  python3,
  userfaultfd: () => {
    const missing = python3();
    if (missing !== undefined) return missing;
    const result = python(
      "import ctypes,os;l=ctypes.CDLL(None,use_errno=True);" +
        "n={'x86_64':323,'aarch64':282}[os.uname().machine];" +
        "exit(0 if l.syscall(n,os.O_CLOEXEC|os.O_NONBLOCK)>=0 else 1)",
    );
    return result.status === 0 ? undefined : "userfaultfd(2) is not permitted or not built in";
  },
  io_uring: () => {
    const missing = python3();
    if (missing !== undefined) return missing;
    const result = python(
      "import ctypes;l=ctypes.CDLL(None,use_errno=True);" +
        "exit(0 if l.syscall(425,1,ctypes.create_string_buffer(120))>=0 else 1)",
    );
    return result.status === 0 ? undefined : "io_uring_setup(2) is not permitted or not built in";
  },
  /** Threads' own slices of the processor, and a kernel that tells them: Linux 6.12. */
  slices: () => {
    const file = "/proc/self/sched";
    const told = existsSync(file) && /^se\.slice\s/m.test(readFileSync(file, "utf8"));
    return told ? undefined : "this kernel does not tell a thread's slice (/proc/PID/sched)";
  },
  /** What the exact frozen state and the freeze generation need. */
  bpf: () =>
    firstOf(
      root,
      () =>
        existsSync("/sys/kernel/btf/vmlinux")
          ? undefined
          : "this kernel has no BTF (/sys/kernel/btf/vmlinux)",
      () => {
        const lockdown = "/sys/kernel/security/lockdown";
        const locked =
          existsSync(lockdown) && readFileSync(lockdown, "utf8").includes("[confidentiality]");
        return locked ? "lockdown=confidentiality forbids BPF to read the kernel" : undefined;
      },
    ),
  dm: () =>
    firstOf(
      () => program("dmsetup", "dmsetup"),
      () => (existsSync("/dev/mapper/control") ? undefined : "this kernel has no device-mapper"),
    ),
} satisfies Record<string, Probe>;

export type Requirement = keyof typeof probes;

const answers = new Map<Requirement, string | undefined>();

/** Why a requirement is not met on this machine; undefined where it is. */
export function missing(...requirements: readonly Requirement[]): string | undefined {
  for (const requirement of requirements) {
    if (!answers.has(requirement)) {
      const pretended = process.env.FSFREEZED_WITHOUT?.split(",").includes(requirement) === true;
      const answer = pretended ? "switched off by FSFREEZED_WITHOUT" : probes[requirement]();
      answers.set(requirement, answer);
    }
    const reason = answers.get(requirement);
    if (reason !== undefined) return `${requirement}: ${reason}`;
  }
  return undefined;
}

/** Skips the running test with a counted reason, or fails it where skips are failures. */
export function leaveOut(context: TestContext, reason: string): never {
  if (process.env.FSFREEZED_SKIPS === "fail") throw new Error(`this test could not run: ${reason}`);
  return context.skip(reason);
}

export interface Requiring {
  test(name: string, body: (context: TestContext) => unknown, options?: TestOptions): void;
  describe(name: string, body: () => void): void;
}

/**
 * `requires("root", "xfs").test(name, body)` and `.describe(name, body)`. A describe whose requirements are missing
 * registers one skipped test in its place, so that neither its hooks nor its tests run.
 */
export function requires(...requirements: readonly Requirement[]): Requiring {
  const reason = missing(...requirements);
  const skipped = (name: string) =>
    test(name, (context) => {
      leaveOut(context, reason ?? "");
    });
  return {
    test: (name, body, options) => {
      if (reason !== undefined) skipped(name);
      else test(name, options ?? {}, async (context) => void (await body(context)));
    },
    describe: (name, body) => {
      if (reason !== undefined) describe(name, () => skipped("all of it"));
      else describe(name, body);
    },
  };
}
