/** `fsfreezed serve`. */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { createStderrLog, type LogLevel } from "../observe/stderr-log.js";
import { exitNow } from "../os/exit.js";
import { capEffective, hasCapability } from "../os/process.js";
import { notifyServiceManager, passedSockets, watchdogMs } from "../os/systemd.js";
import type { KernelChoice, Listen, ServeOptions } from "../supervisor/config.js";
import { StateDirectoryBusy } from "../supervisor/state-directory.js";
import { defaultSocket, supervise } from "../supervisor/supervisor.js";
import { version } from "../version.js";

const CAP_SETGID = 6;
const CAP_SETUID = 7;

export const defaultStateDir = "/run/fsfreezed";

interface Flags {
  readonly listen?: readonly Listen[];
  readonly stateDir: string;
  readonly socketMode: number;
  readonly unprotect?: readonly string[];
  readonly apiUser: string;
  readonly keepaliveTime: number;
  readonly keepaliveTimeout: number;
  readonly logLevel: LogLevel;
  readonly simulated?: string | true;
  readonly bpf: boolean;
  readonly fallbacks: boolean;
}

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("run the service in the foreground")
    .option(
      "--listen <address>",
      "unix:PATH or HOST:PORT with a loopback HOST; may be given several times (default: unix:STATE-DIR/fsfreezed.sock)",
      collect(parseListen),
    )
    .option(
      "--state-dir <dir>",
      "journal, lock and pins; a tmpfs is mounted there if it is not on one",
      defaultStateDir,
    )
    .option(
      "--socket-mode <mode>",
      "mode of the Unix socket, in octal: who may connect may freeze",
      parseMode,
      0o660,
    )
    .option(
      "--unprotect <path>",
      "allow freezing the protected file system at PATH; may be given several times",
      collect(String),
    )
    .option(
      "--api-user <name>",
      'user of the process that speaks with clients; "same" keeps this one; "auto" is nobody if nobody can read the program',
      "auto",
    )
    .option(
      "--keepalive-time <ms>",
      "ping a silent client after this many milliseconds",
      parseMs,
      1000,
    )
    .option("--keepalive-timeout <ms>", "and take it for dead after this many more", parseMs, 1000)
    .addOption(
      new Option("--log-level <level>").choices(["debug", "info", "warn", "error"]).default("info"),
    )
    .option(
      "--simulated [world]",
      "a simulated kernel instead of the real one: FILE with a world as JSON, or the default one",
    )
    .option("--no-bpf", "do not use BPF: no exact state and no freeze generation")
    .option("--no-fallbacks", "do not use the other ways to find out the state either")
    .action(serve);
}

async function serve(flags: Flags): Promise<void> {
  const log = createStderrLog({ name: "supervisor", level: flags.logLevel });
  const options = serveOptions(flags);
  const manager = serviceManager();
  process.title = "fsfreezed: supervisor";
  if (options.kernel.kind === "linux" && !capEffective()) {
    log.warn(
      "no CAP_SYS_ADMIN: nothing can be frozen, only asked about; run as root, or see fsfreezed doctor",
    );
  }
  try {
    await supervise({
      options,
      version,
      log,
      onServing: (addresses) => {
        process.stdout.write(`fsfreezed serves on ${addresses.join(", ")}\n`);
        manager.serving();
      },
    });
  } catch (error) {
    if (!(error instanceof StateDirectoryBusy) && !(error instanceof Error && "code" in error))
      throw error;
    log.error("cannot serve", { error: error.message });
    process.exitCode = 1;
  }
  await log.flush(200);
  // A rescue may have a thread stuck in the kernel, for which process.exit would wait.
  exitNow(Number(process.exitCode ?? 0));
}

/** Tells systemd, where it started us, that we serve, and from then on that we live. */
function serviceManager(): { serving(): void } {
  const { env, pid } = process;
  const environment = { NOTIFY_SOCKET: env.NOTIFY_SOCKET };
  const pingMs = watchdogMs(env, pid);
  // The children are not the ones that systemd expects to hear.
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  return {
    serving() {
      notifyServiceManager(["READY=1"], environment);
      if (pingMs === undefined) return;
      setInterval(() => notifyServiceManager(["WATCHDOG=1"], environment), pingMs);
    },
  };
}

function passedListeners(): readonly Listen[] {
  const passed = passedSockets(process.env, process.pid);
  for (const name of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete process.env[name];
  return passed.map((socket) => ({ kind: "passed", socket }));
}

function serveOptions(flags: Flags): ServeOptions {
  const stateDir = resolve(flags.stateDir);
  const passed = passedListeners();
  const byDefault: Listen = { kind: "unix", path: defaultSocket(stateDir) };
  return {
    listen: [...passed, ...(flags.listen ?? (passed.length > 0 ? [] : [byDefault]))],
    stateDir,
    socketMode: flags.socketMode,
    unprotect: flags.unprotect ?? [],
    apiUser: apiUser(flags.apiUser),
    kernel: kernelChoice(flags),
    keepaliveTimeMs: flags.keepaliveTime,
    keepaliveTimeoutMs: flags.keepaliveTimeout,
    logLevel: flags.logLevel,
  };
}

function kernelChoice(flags: Flags): KernelChoice {
  if (flags.simulated === undefined) {
    return { kind: "linux", bpf: flags.bpf, fallbacks: flags.fallbacks };
  }
  const world = flags.simulated === true ? "" : readFileSync(flags.simulated, "utf8");
  return { kind: "simulated", world };
}

function collect<T>(
  parse: (text: string) => T,
): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

function parseListen(text: string): Listen {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (!isAbsolute(path)) throw new InvalidArgumentError("the socket's path must be absolute.");
    return { kind: "unix", path };
  }
  const match = /^(.+):(\d+)$/.exec(text);
  const [, host = "", port = ""] = match ?? [];
  if (match === null || Number(port) > 65_535) {
    throw new InvalidArgumentError("write unix:PATH or HOST:PORT.");
  }
  if (!loopback.test(host)) {
    throw new InvalidArgumentError(
      "without TLS only a loopback HOST is served: 127.0.0.1 or [::1].",
    );
  }
  return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("write it in octal, e.g. 0660.");
  return Number.parseInt(text, 8);
}

function parseMs(text: string): number {
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 100 || ms > 3_600_000) {
    throw new InvalidArgumentError("write whole milliseconds, 100 to 3600000.");
  }
  return ms;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The process that speaks with clients needs no privilege, only to read its own program. */
function apiUser(name: string): User | undefined {
  if (name === "same" || process.getuid?.() !== 0) return undefined;
  const user = findUser(name === "auto" ? "nobody" : name);
  if (user === undefined) {
    if (name === "auto") return undefined;
    throw new InvalidArgumentError(`no such user: ${name}`);
  }
  return name !== "auto" || (canBecome(user) && canRead(user)) ? user : undefined;
}

function findUser(name: string): User | undefined {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [login, , uid, gid] = line.split(":");
    if (login === name || (uid === name && uid !== ""))
      return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/**
 * root is not enough: a container may take the capabilities away, and a user namespace may not know
 * the user.
 */
function canBecome({ uid, gid }: User): boolean {
  const status = readFileSync("/proc/self/status", "latin1");
  return (
    hasCapability(status, CAP_SETUID) &&
    hasCapability(status, CAP_SETGID) &&
    isMapped("uid_map", uid) &&
    isMapped("gid_map", gid)
  );
}

/**
 * user_namespaces(7): lines of first id inside, first id outside, count. A kernel without
 * namespaces has no such file.
 */
function isMapped(map: "uid_map" | "gid_map", id: number): boolean {
  const path = `/proc/self/${map}`;
  if (!existsSync(path)) return true;
  return readFileSync(path, "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(([first = 0, , count = 0]) => id >= first && id < first + count);
}

/** By mode bits alone: every directory on the way to the program and to Node must let strangers pass. */
function canRead(_: User): boolean {
  const here = new URL("../..", import.meta.url).pathname;
  return [process.execPath, join(here, "dist"), join(here, "node_modules")].every((path) => {
    let reached = "/";
    for (const part of realpathSync(path).split("/").filter(Boolean)) {
      reached = join(reached, part);
      const stat = statSync(reached);
      if ((stat.mode & (stat.isDirectory() ? 0o005 : 0o004)) === 0) return false;
    }
    accessSync(path, constants.R_OK);
    return true;
  });
}
