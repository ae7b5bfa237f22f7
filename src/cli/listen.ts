/** `--listen`: what is written there, and what may be served on it. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import { InvalidArgumentError } from "commander";
import { isLoopbackSocket } from "../os/sockets.js";
import type { Listen } from "../supervisor/config.js";

export function parseListen(text: string): Listen {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (!isAbsolute(path)) throw new InvalidArgumentError("the socket's path must be absolute.");
    return { kind: "unix", path };
  }
  const [, bracketed, bare, port = ""] = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError(
      "write unix:PATH or HOST:PORT, and an IPv6 address as [ADDRESS]:PORT.",
    );
  }
  if (bracketed !== undefined && isIP(bracketed) !== 6) {
    throw new InvalidArgumentError(`${bracketed} is not an IPv6 address.`);
  }
  return { kind: "tcp", host, port: Number(port) };
}

/** As it is written; a name is not looked up. */
const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

const remedy =
  "plain TCP is served on a loopback address only; give --tls-cert, --tls-key and --tls-client-ca, or listen on 127.0.0.1 or [::1]";

/** Throws for an address that strangers could reach, and read on the way. */
export function refuseOpenTcp(listen: readonly Listen[]): void {
  for (const one of listen) {
    if (one.kind === "tcp" && !loopback.test(one.host)) {
      throw new InvalidArgumentError(`--listen ${one.host}:${one.port}: ${remedy}`);
    }
    if (one.kind === "passed" && one.socket.kind === "tcp" && !isLoopbackSocket(one.socket.fd)) {
      throw new InvalidArgumentError(`the socket ${one.socket.address} from systemd: ${remedy}`);
    }
  }
}

/** With addresses in place of names: the first one that the system knows for it. */
export async function resolveNames(listen: readonly Listen[]): Promise<readonly Listen[]> {
  return await Promise.all(listen.map(resolveName));
}

async function resolveName(listen: Listen): Promise<Listen> {
  if (listen.kind !== "tcp" || isIP(listen.host) !== 0 || listen.host === "localhost") {
    return listen;
  }
  try {
    const { address } = await lookup(listen.host);
    return { ...listen, host: address };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(
      `--listen ${listen.host}:${listen.port}: the name is not known here (${why}); write an address`,
    );
  }
}
