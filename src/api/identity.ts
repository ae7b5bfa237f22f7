/**
 * Who is at the other end of a connection. grpc-js tells a handler its peer as one string, `socket.remoteAddress` (and port):
 * for a Unix socket that is empty, so what the kernel says of the peer is written there when the connection is accepted,
 * and read back here. A TLS client is known by its certificate.
 */
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Owner, TlsOwner } from "../hold/model.js";

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
  nameRemote(socket, `unix:pid=${pid},uid=${uid},gid=${gid}`);
  return true;
}

/**
 * Marks a connection whose client has proven its certificate, so that a caller is never taken for one on plain TCP where the
 * certificate cannot be told any more.
 */
export function markTlsPeer(socket: TLSSocket): void {
  nameRemote(socket, `tls:${socket.remoteAddress}`);
}

function nameRemote(socket: Socket, value: string): void {
  // On the instance, because `remoteAddress` is a getter of the prototype. http2's session.socket passes reads through.
  Object.defineProperty(socket, "remoteAddress", { value });
}

const unixPeer = /^unix:pid=(\d+),uid=(\d+),gid=(\d+)$/;
const tlsPeer = /^tls:(.+):\d+$/;
const tcpPeer = /^(.+):\d+$/;

/** What of a grpc-js call tells who calls. */
export interface CallPeer {
  getPeer(): string;
  /** The certificate is there only where it was verified. */
  getAuthContext(): { readonly sslPeerCertificate?: { readonly raw: Buffer } };
}

/** Undefined where there is none (the connection broke just now). */
export function ownerOfCall(call: CallPeer): Owner | undefined {
  const peer = call.getPeer();
  const address = tlsPeer.exec(peer)?.[1];
  if (address === undefined) return ownerOfPeer(peer);
  const { sslPeerCertificate: certificate } = call.getAuthContext();
  return certificate === undefined ? undefined : ownerOfCertificate(certificate.raw, address);
}

/** Names go with each answer about a hold, and a CA may have written anything: so many of so many characters are kept. */
const mostNames = 32;
const longestName = 512;

/** `der`: the certificate. Throws where it is none. */
export function ownerOfCertificate(der: Buffer, address: string): TlsOwner {
  const { subject, subjectAltName, fingerprint256 } = new X509Certificate(der);
  return {
    kind: "tls",
    subject: shortened(distinguishedName(subject ?? "")),
    subjectAltNames: alternativeNames(subjectAltName ?? "")
      .slice(0, mostNames)
      .map(shortened),
    fingerprintSha256: fingerprint256.replaceAll(":", "").toLowerCase(),
    address,
  };
}

function shortened(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName)}...`;
}

/**
 * Node writes an RDN a line, the outermost first, values escaped as RFC 2253 says (so that a line break in one is none here);
 * RFC 4514 wants the innermost first, and commas.
 */
function distinguishedName(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replaceAll(/ \+ /g, "+"))
    .reverse()
    .join(",");
}

/** "DNS:a.example, URI:...": a value that could be mistaken for several names is in quotes, as JSON (Node, since CVE-2021-44532). */
function alternativeNames(list: string): string[] {
  const names = list.matchAll(/([^":,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g);
  return [...names].map(([, type = "", value = ""]) => `${type}:${unquoted(value)}`);
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

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
  if (tcp === undefined || /^(unix|tls):/.test(tcp)) return undefined;
  return { kind: "tcp", address: tcp };
}
