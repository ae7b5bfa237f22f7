/**
 * What systemd expects of a service that it starts (sd_notify(3), sd_listen_fds(3)), without its
 * library.
 */
import { closeSync, readlinkSync } from "node:fs";
import { closeOnExec } from "./descriptors.js";
import { lastErrno, libc, SystemError } from "./libc.js";
import { unixAddress } from "./sockets.js";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_DOMAIN = 39;
/** SD_LISTEN_FDS_START */
const firstFd = 3;

const socket = libc.func("socket", "int", ["int", "int", "int"]) as (
  domain: number,
  type: number,
  protocol: number,
) => number;
const sendto = libc.func("sendto", "long", ["int", "void *", "ulong", "int", "void *", "uint"]) as (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
  address: Uint8Array,
  addressLength: number,
) => number;
const getsockopt = libc.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]) as (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: Uint8Array,
) => number;

type Environment = Readonly<Record<string, string | undefined>>;

/** Sends lines such as "READY=1" to the service manager; does nothing where none asked for them. */
export function notifyServiceManager(lines: readonly string[], environment: Environment): void {
  const path = environment.NOTIFY_SOCKET;
  if (path === undefined || path === "") return;
  const address = notifyAddress(path);
  const message = Buffer.from(lines.join("\n"));
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno());
  try {
    if (sendto(fd, message, message.length, 0, address, address.length) < 0) {
      throw new SystemError("sendto", lastErrno(), path);
    }
  } finally {
    closeSync(fd);
  }
}

/** How much more time is asked for, and how often: twice within that time. */
const extensionMs = 10_000;

/**
 * Has the service manager wait for as long as this goes on (sd_notify(3), EXTEND_TIMEOUT_USEC), however short its time limits: what
 * waits for a freeze in flight may not be killed before that has landed and is thawed. The answer ends it.
 */
export function keepServiceManagerWaiting(environment: Environment): () => void {
  const ask = () => {
    try {
      notifyServiceManager([`EXTEND_TIMEOUT_USEC=${extensionMs * 1000}`], environment);
    } catch {
      // Whoever waits does not give up because nobody listens.
    }
  };
  ask();
  const timer = setInterval(ask, extensionMs / 2);
  return () => clearInterval(timer);
}

/**
 * "@name" is a name of the abstract namespace: a zero byte first, and no zero at the end (unix(7)).
 */
function notifyAddress(path: string): Buffer {
  if (!path.startsWith("@")) return unixAddress(path);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX, 0);
  return Buffer.concat([family, Buffer.from([0]), Buffer.from(path.slice(1))]);
}

/**
 * How often systemd wants to hear "WATCHDOG=1", in milliseconds: half of what it waits; undefined
 * where it does not watch us.
 */
export function watchdogMs(environment: Environment, pid: number): number | undefined {
  const us = Number(environment.WATCHDOG_USEC ?? "0");
  const forPid = environment.WATCHDOG_PID;
  if (!(us > 0) || (forPid !== undefined && forPid !== String(pid))) return undefined;
  return Math.max(100, us / 1000 / 2);
}

export interface PassedSocket {
  readonly kind: "unix" | "tcp";
  readonly fd: number;
  /** For people and the log. */
  readonly address: string;
}

/**
 * Listening sockets that systemd opened for us; made close-on-exec, because each child is given
 * what it needs.
 */
export function passedSockets(environment: Environment, pid: number): readonly PassedSocket[] {
  if (environment.LISTEN_PID !== String(pid)) return [];
  const count = Number(environment.LISTEN_FDS ?? "0");
  const sockets: PassedSocket[] = [];
  for (let fd = firstFd; fd < firstFd + count; fd++) {
    closeOnExec(fd);
    const domain = Buffer.alloc(4);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(4);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, domain, length) !== 0) {
      throw new SystemError("getsockopt", lastErrno(), `descriptor ${fd}`);
    }
    const kind = domain.readInt32LE(0) === AF_UNIX ? "unix" : "tcp";
    sockets.push({ kind, fd, address: `systemd:${readlinkSync(`/proc/self/fd/${fd}`)}` });
  }
  return sockets;
}
