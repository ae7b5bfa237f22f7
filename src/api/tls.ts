/**
 * Mutual TLS on accepted TCP connections, before gRPC sees a byte of them. grpc-js could do it, but
 * its handshakes may last two minutes each, as many as there are connections, and whoever has no
 * certificate yet must not be able to keep others out, or the event loop busy.
 */
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import {
  createServer,
  type SecureContextOptions,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import type { TlsMaterial } from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import { markTlsPeer } from "./identity.js";

export interface TlsGateDeps {
  readonly log: Log;
  /** Takes a connection whose client has proven its certificate. */
  readonly serve: (socket: TLSSocket) => void;
  readonly nowMs: () => number;
  /** For tests. */
  readonly handshakeMs?: number;
  /** For tests. */
  readonly maxHandshakes?: number;
}

/** A client answers in a round trip or two. */
const defaultHandshakeMs = 5_000;
/**
 * Handshakes at once. A flood of them makes the oldest give way, not the newest: one of a living
 * client takes milliseconds and is over by then. Their signatures are what a turn of the event loop
 * may have to make at most, about 1 ms each, so that heartbeats and pings are heard in between.
 */
export const maxHandshakes = 100;
/** Lines of the log, whoever knocks: so many at once, then one a second. */
const logBurst = 10;
const logEveryMs = 1_000;

function contextOf({ certificate, key, clientCa }: TlsMaterial): SecureContextOptions {
  return {
    cert: certificate,
    key,
    ca: clientCa,
    minVersion: "TLSv1.2",
    // A resumed session would be let in on what an earlier handshake had verified, also after that
    // CA was withdrawn.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

export class TlsGate {
  readonly #deps: TlsGateDeps;
  readonly #server: TlsServer;
  /** By both ends of the connection, the oldest first. */
  readonly #handshakes = new Map<string, Socket>();
  /** Until when the lines so far have used up the time of the log. */
  #logUsedMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  /** Throws where OpenSSL does not take the PEM texts. */
  constructor(material: TlsMaterial, deps: TlsGateDeps) {
    this.#deps = deps;
    this.#server = createServer({
      ...contextOf(material),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ["h2"],
      handshakeTimeout: deps.handshakeMs ?? defaultHandshakeMs,
    });
    this.#server.on("secureConnection", (socket) => this.#admit(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      // Node leaves a handshake that took too long open.
      socket.destroy();
      this.#refuse(reasonOf(error, socket));
    });
  }

  /** For handshakes from now on. Throws where OpenSSL does not take it; then all stays as it was. */
  renew(material: TlsMaterial): void {
    this.#server.setSecureContext(contextOf(material));
  }

  /** An accepted connection, of which nothing was read. */
  accept(socket: Socket): void {
    const name = endsOf(socket);
    if (name === undefined) {
      socket.destroy();
      return;
    }
    this.#makeRoom();
    this.#handshakes.set(name, socket);
    socket.once("close", () => this.#forget(name, socket));
    this.#server.emit("connection", socket);
  }

  /** How many are under way. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** Ends those that are under way; who was admitted is no longer ours. */
  stop(): void {
    for (const socket of this.#handshakes.values()) socket.destroy();
    this.#handshakes.clear();
  }

  #makeRoom(): void {
    const { maxHandshakes: most = maxHandshakes } = this.#deps;
    const [oldest] = this.#handshakes;
    if (oldest === undefined || this.#handshakes.size < most) return;
    const [name, socket] = oldest;
    this.#handshakes.delete(name);
    socket.destroy();
    this.#refuse("too many handshakes at once");
  }

  #forget(name: string, socket: Socket): void {
    // The kernel may have given the same ends to a later connection.
    if (this.#handshakes.get(name) === socket) this.#handshakes.delete(name);
  }

  #admit(socket: TLSSocket): void {
    // http2 handles the errors of a connection that it serves.
    socket.on("error", () => {});
    const name = endsOf(socket);
    if (name !== undefined) this.#handshakes.delete(name);
    // `rejectUnauthorized` has seen to the first; should it ever not, nobody gets in.
    if (!socket.authorized || name === undefined) {
      socket.destroy();
      this.#refuse("no verified certificate");
    } else if (socket.alpnProtocol !== "h2") {
      socket.destroy();
      this.#refuse("does not speak HTTP/2");
    } else {
      markTlsPeer(socket);
      this.#deps.serve(socket);
    }
  }

  #refuse(why: string): void {
    const now = this.#deps.nowMs();
    const used = Math.max(this.#logUsedMs, now - logBurst * logEveryMs) + logEveryMs;
    if (used > now) {
      this.#untold++;
      return;
    }
    const more = this.#untold === 0 ? {} : { moreSinceLast: this.#untold };
    this.#deps.log.warn("TLS client refused", { why, ...more });
    this.#logUsedMs = used;
    this.#untold = 0;
  }
}

/** What was wrong with the client's certificate, where it was that; else what OpenSSL or the system says. */
function reasonOf(error: Error, socket: TLSSocket): string {
  const { authorizationError } = socket;
  if (authorizationError) return String(authorizationError);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** Both ends of a connection; undefined where it is gone already. */
function endsOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
