/**
 * Sockets that Node cannot make as we need them: a pair, a listener whose mode holds from its first
 * instant, and who is at the other end.
 */
import { closeSync, lstatSync, unlinkSync } from "node:fs";
import { isIP } from "node:net";
import { errorCode, lastErrno, libc, SystemError } from "./libc.js";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_PEERCRED = 17;
/** sun_path has 108 bytes with the final zero (unix(7)). */
const longestUnixPath = 107;

const socketpair = libc.func("socketpair", "int", ["int", "int", "int", "void *"]) as (
  domain: number,
  type: number,
  protocol: number,
  fds: Uint8Array,
) => number;
const socket = libc.func("socket", "int", ["int", "int", "int"]) as (
  domain: number,
  type: number,
  protocol: number,
) => number;
type AddressCall = (fd: number, address: Uint8Array, length: number) => number;
const bind = libc.func("bind", "int", ["int", "void *", "uint"]) as AddressCall;
const connect = libc.func("connect", "int", ["int", "void *", "uint"]) as AddressCall;
const listen = libc.func("listen", "int", ["int", "int"]) as (
  fd: number,
  backlog: number,
) => number;
const getsockname = libc.func("getsockname", "int", ["int", "void *", "void *"]) as (
  fd: number,
  address: Uint8Array,
  length: Uint8Array,
) => number;
const getsockopt = libc.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]) as (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: Uint8Array,
) => number;
const setsockopt = libc.func("setsockopt", "int", ["int", "int", "int", "void *", "uint"]) as (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number;
const inetPton = libc.func("inet_pton", "int", ["int", "str", "void *"]) as (
  family: number,
  text: string,
  address: Uint8Array,
) => number;

/** Two connected stream sockets, close-on-exec: a child gets one by being given it in `stdio`. */
export function socketPair(): [number, number] {
  const fds = Buffer.alloc(8);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) !== 0)
    throw new SystemError("socketpair", lastErrno());
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}

function newSocket(family: number, flags = 0): number {
  const fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno());
  return fd;
}

/**
 * struct sockaddr_un for `path`. Throws ENAMETOOLONG, which bind(2) would report as a bare EINVAL.
 */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length > longestUnixPath)
    throw new SystemError(
      "bind",
      "ENAMETOOLONG",
      `the socket path ${path} has ${bytes.length} bytes, Linux allows ${longestUnixPath}; choose a shorter one`,
    );
  if (bytes.length === 0 || bytes.includes(0))
    throw new SystemError("bind", "EINVAL", "the socket path is empty or contains a zero byte");
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}

/**
 * Removes the socket file that a killed process left behind. A living listener, also one whose
 * queue is full, and one whose process was killed but has a thread stuck in the kernel, still
 * accepts: then it throws EADDRINUSE.
 */
function removeStaleSocket(path: string, address: Buffer): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket())
    throw new SystemError("bind", "EEXIST", `${path} exists and is not a socket; remove it`);
  // Non-blocking, because connect(2) waits where the listener's queue is full.
  const probe = newSocket(AF_UNIX, SOCK_NONBLOCK);
  try {
    const code = connect(probe, address, address.length) === 0 ? "" : lastErrno();
    if (code === "ECONNREFUSED") unlinkSync(path);
    else if (code === "" || code === "EAGAIN")
      throw new SystemError("bind", "EADDRINUSE", `another process is listening on ${path}`);
    else if (code !== "ENOENT") throw new SystemError("connect", code, path);
  } finally {
    closeSync(probe);
  }
}

/**
 * A listening Unix socket with exactly `mode` from the moment its file exists (the umask is the
 * process's, so call it from the main thread before others create files). A stale socket file is
 * replaced.
 */
export function listenUnix(path: string, mode: number, backlog: number): number {
  const address = unixAddress(path);
  removeStaleSocket(path, address);
  const fd = newSocket(AF_UNIX);
  try {
    const umask = process.umask(0o777 & ~mode);
    const code = bind(fd, address, address.length) === 0 ? "" : lastErrno();
    process.umask(umask);
    if (code !== "") throw new SystemError("bind", code, path);
    if (listen(fd, backlog) !== 0) throw new SystemError("listen", lastErrno(), path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** struct sockaddr_in or sockaddr_in6 of a literal address. */
function inetAddress(
  host: string,
  port: number,
): { readonly family: number; readonly bytes: Buffer } {
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new SystemError("bind", "EINVAL", `port ${port} is not between 0 and 65535`);
  const literal = host === "localhost" ? "127.0.0.1" : host;
  const version = isIP(literal);
  if (version === 0)
    throw new SystemError(
      "bind",
      "EINVAL",
      `${host} is not an IP address; names are not looked up`,
    );
  const family = version === 4 ? AF_INET : AF_INET6;
  const bytes = Buffer.alloc(version === 4 ? 16 : 28);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  if (inetPton(family, literal, bytes.subarray(version === 4 ? 4 : 8)) !== 1)
    throw new SystemError("inet_pton", "EINVAL", `${host} is not an IP address`);
  return { family, bytes };
}

/**
 * A listening TCP socket on a literal address ("localhost" is 127.0.0.1). Port 0: the kernel
 * chooses.
 */
export function listenTcp(
  host: string,
  port: number,
  backlog = 511,
): { readonly fd: number; readonly port: number } {
  const { family, bytes } = inetAddress(host, port);
  const fd = newSocket(family);
  try {
    const one = Buffer.from([1, 0, 0, 0]);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4) !== 0)
      throw new SystemError("setsockopt", lastErrno());
    if (bind(fd, bytes, bytes.length) !== 0)
      throw new SystemError("bind", lastErrno(), `${host}:${port}`);
    if (listen(fd, backlog) !== 0) throw new SystemError("listen", lastErrno(), `${host}:${port}`);
    const name = Buffer.alloc(28);
    const length = Buffer.from([28, 0, 0, 0]);
    if (getsockname(fd, name, length) !== 0) throw new SystemError("getsockname", lastErrno());
    return { fd, port: name.readUInt16BE(2) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether only this machine can reach it: bound to 127.0.0.0/8, ::1, or the former as IPv6. */
export function isLoopbackSocket(fd: number): boolean {
  const name = Buffer.alloc(28);
  const length = Buffer.from([28, 0, 0, 0]);
  if (getsockname(fd, name, length) !== 0) throw new SystemError("getsockname", lastErrno());
  const family = name.readUInt16LE(0);
  if (family === AF_INET) return name[4] === 127;
  if (family !== AF_INET6) return false;
  const address = name.subarray(8, 24).toString("hex");
  return address === `${"0".repeat(31)}1` || address.startsWith(`${"0".repeat(20)}ffff7f`);
}

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who connected (SO_PEERCRED, unix(7)): as the peer was at its connect(2) or socketpair(2), in our
 * namespaces.
 */
export function peerCredentials(fd: number): PeerCredentials {
  const value = Buffer.alloc(12);
  const length = Buffer.from([12, 0, 0, 0]);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length) !== 0)
    throw new SystemError("getsockopt", lastErrno());
  return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4), gid: value.readUInt32LE(8) };
}

/**
 * Who listens on a Unix socket: the process that called listen(2) last (unix(7), SO_PEERCRED; Linux
 * 6.1's unix_listen() sets them anew at each call). Connects for a moment. Pid 0: in another PID
 * namespace. Throws the codes of connect(2), EAGAIN where the listener's queue is full.
 */
export function listenerCredentials(path: string): PeerCredentials {
  const address = unixAddress(path);
  const fd = newSocket(AF_UNIX, SOCK_NONBLOCK);
  try {
    if (connect(fd, address, address.length) !== 0)
      throw new SystemError("connect", lastErrno(), path);
    return peerCredentials(fd);
  } finally {
    closeSync(fd);
  }
}

/** Closes a descriptor; one that is closed already is left at that. */
export function closeFd(fd: number): void {
  try {
    closeSync(fd);
  } catch (error) {
    if (errorCode(error) !== "EBADF") throw error;
  }
}
