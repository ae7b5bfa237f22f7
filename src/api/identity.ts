/**
 * Who is at the other end of a connection. grpc-js tells a handler its peer as one string, `socket.remoteAddress` (and port):
 * for a Unix socket that is empty, so what the kernel says of the peer is written there when the connection is accepted,
 * and read back here.
 */
import type { Socket } from "node:net";
import type { Owner } from "../hold/model.js";

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** SO_PEERCRED of a connected Unix socket's descriptor. Throws where the kernel refuses. */
export type PeerCredentialsOf = (fd: number) => PeerCredentials;

/** The socket's descriptor; Node has no public way to it. */
function descriptorOf(socket: Socket): number | undefined {
  if (!("_handle" in socket)) return undefined;
  const handle = socket._handle;
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return undefined;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}

/**
 * Marks a connection of a Unix socket with its peer. False when the peer cannot be known (it is gone already): such a
 * connection must not be served.
 */
export function attestUnixPeer(socket: Socket, credentialsOf: PeerCredentialsOf): boolean {
  const fd = descriptorOf(socket);
  if (fd === undefined) return false;
  const { pid, uid, gid } = credentialsOf(fd);
  // On the instance, because `remoteAddress` is a getter of the prototype. http2's session.socket passes reads through.
  Object.defineProperty(socket, "remoteAddress", {
    value: `unix:pid=${pid},uid=${uid},gid=${gid}`,
  });
  return true;
}

const unixPeer = /^unix:pid=(\d+),uid=(\d+),gid=(\d+)$/;
const tcpPeer = /^(.+):\d+$/;

/**
 * The owner that `call.getPeer()` names; undefined where there is none (the connection broke just now).
 *
 * A TCP peer is known by its host alone: a retry comes from another port, and must still be the same caller.
 */
export function ownerOfPeer(peer: string): Owner | undefined {
  const unix = unixPeer.exec(peer);
  if (unix !== null) {
    return {
      kind: "unix",
      pid: Number(unix[1]),
      uid: Number(unix[2]),
      gid: Number(unix[3]),
    };
  }
  const tcp = tcpPeer.exec(peer)?.[1];
  // Kernel addresses hold no letters but hexadecimal ones and a zone; "unix:..." that did not match above is no host.
  if (tcp === undefined || tcp.startsWith("unix:")) return undefined;
  return { kind: "tcp", address: tcp };
}
