/** `fsfreezed serve`. */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { createStderrLog, type LogLevel, type StderrLog } from "../observe/stderr-log.js";
import { exitNow } from "../os/exit.js";
import { capEffective, hasCapability } from "../os/process.js";
import { notifyServiceManager, passedSockets, watchdogMs } from "../os/systemd.js";
import type { KernelChoice, Listen, ServeOptions } from "../supervisor/config.js";
import { StateDirectoryBusy } from "../supervisor/state-directory.js";
import { defaultSocket, supervise } from "../supervisor/supervisor.js";
import { readTls, type TlsFiles, TlsKeeper, tlsOptions } from "../supervisor/tls-files.js";
import { version } from "../version.js";
import { parseListen, refuseOpenTcp, resolveNames } from "./listen.js";

const CAP_SETGID = 6;
const CAP_SETUID = 7;

export const defaultStateDir = "/run/fsfreezed";

interface Flags {
  readonly listen?: readonly Listen[];
  readonly stateDir: string;
  readonly socketMode: number;
  readonly unprotect?: readonly string[];
  readonly recoverOnlyProven: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
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
      "unix:PATH or HOST:PORT, without TLS with a loopback HOST; may be given several times (default: unix:STATE-DIR/fsfreezed.sock)",
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
      "--tls-cert <file>",
      "certificate for TCP, PEM, with those between it and its root; SIGHUP reads the TLS files again",
    )
    .option("--tls-key <file>", "its private key, PEM; root alone needs to be able to read it")
    .option(
      "--tls-client-ca <file>",
      "CAs, PEM: whoever has a certificate of theirs may freeze, nobody else comes in by TCP",
    )
    .option(
      "--unprotect <path>",
      "allow freezing the protected file system at PATH; may be given several times",
      collect(String),
    )
    .option(
      "--recover-only-proven",
      "after a death of the whole service thaw only what is proven to be still its own freeze; what is not is told, and left frozen",
      false,
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
      500,
    )
    .option(
      "--keepalive-timeout <ms>",
      "and take it for dead after this many more; a client may pause for as long",
      parseMs,
      1500,
    )
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

async function serve(flags: Flags, command: Command): Promise<void> {
  const log = createStderrLog({ name: "supervisor", level: flags.logLevel });
  let prepared: Prepared;
  try {
    prepared = await prepare(flags, log);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    command.error(`error: ${error.message}`);
  }
  const { options, tls } = prepared;
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
      tls,
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

interface Prepared {
  readonly options: ServeOptions;
  readonly tls: TlsKeeper | undefined;
}

/** Throws an InvalidArgumentError for what the operator has to mend. */
async function prepare(flags: Flags, log: StderrLog): Promise<Prepared> {
  const options = serveOptions(flags);
  const tls = await readTlsFiles(tlsFiles(flags), log);
  if (tls === undefined) refuseOpenTcp(options.listen);
  return { options: { ...options, listen: await resolveNames(options.listen) }, tls };
}

/** All three or none. */
function tlsFiles({ tlsCert, tlsKey, tlsClientCa }: Flags): TlsFiles | undefined {
  const given = { certificate: tlsCert, key: tlsKey, clientCa: tlsClientCa };
  if (tlsCert !== undefined && tlsKey !== undefined && tlsClientCa !== undefined) {
    return { certificate: resolve(tlsCert), key: resolve(tlsKey), clientCa: resolve(tlsClientCa) };
  }
  const missing = Object.entries(given).filter(([, file]) => file === undefined);
  if (missing.length === 3) return undefined;
  const names = missing.map(([what]) => tlsOptions[what as keyof TlsFiles]);
  throw new InvalidArgumentError(
    `TLS is mutual and needs all three of --tls-cert, --tls-key and --tls-client-ca: ${names.join(" and ")} ${names.length === 1 ? "is" : "are"} missing`,
  );
}

async function readTlsFiles(
  files: TlsFiles | undefined,
  log: StderrLog,
): Promise<TlsKeeper | undefined> {
  if (files === undefined) return undefined;
  const reading = await readTls(files, Date.now());
  if (!reading.ok) throw new InvalidArgumentError(reading.problem);
  for (const { message, fields } of reading.warnings) log.warn(message, fields);
  return new TlsKeeper(files, reading.material, log);
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
    recoverOnlyProven: flags.recoverOnlyProven,
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
