/**
 * Accepts connections on listening descriptors that were inherited, so that they outlive this process: connections that come
 * while it is restarted wait in the kernel's queue.
 */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { TlsMaterial } from "../channel/supervisor-protocol.js";
import type { Log } from "../observe/log.js";
import { attestUnixPeer, type PeerCredentialsOf } from "./identity.js";
import { maxHandshakes, TlsGate } from "./tls.js";

export interface Listener {
  readonly kind: "unix" | "tcp";
  readonly fd: number;
}

export interface ListenersDeps {
  readonly log: Log;
  readonly peerCredentials: PeerCredentialsOf;
  /** Takes an accepted connection whose peer is known. */
  readonly serve: (socket: Socket) => void;
}

/** For each listener; more are closed as soon as they are accepted. */
const maxConnections = 1000;

export class Listeners {
  readonly #deps: ListenersDeps;
  readonly #servers: NetServer[] = [];
  readonly #sockets = new Set<Socket>();
  #tls: TlsGate | undefined;

  constructor(deps: ListenersDeps) {
    this.#deps = deps;
  }

  /**
   * From here on TCP connections must be made with mutual TLS; those that are open stay as they are. Throws where OpenSSL does
   * not take the PEM texts; then nothing changes.
   */
  useTls(material: TlsMaterial): void {
    const { log, serve } = this.#deps;
    if (this.#tls === undefined) {
      this.#tls = new TlsGate(material, { log, serve, nowMs: () => performance.now() });
    } else this.#tls.renew(material);
  }

  /** Resolves when all of them accept; rejects when one cannot. */
  async start(listeners: readonly Listener[]): Promise<void> {
    for (const { kind, fd } of listeners) {
      const server = createServer((socket) => this.#accept(kind, socket));
      // Whoever has not shown a certificate yet takes no place of one who has.
      server.maxConnections = maxConnections + (kind === "tcp" ? maxHandshakes : 0);
      server.on("drop", () =>
        this.#deps.log.warn("connection refused: too many are open", { kind }),
      );
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ fd }, () => {
          server.removeListener("error", reject);
          resolve();
        });
      });
      server.on("error", (error) => {
        this.#deps.log.error("listener failed", { kind, error: error.message });
      });
      this.#servers.push(server);
    }
  }

  /** Accepts no more; what was accepted lives on. The descriptors of this process are closed, the sockets' files stay. */
  stop(): void {
    for (const server of this.#servers.splice(0)) server.close();
    this.#tls?.stop();
  }

  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(kind: Listener["kind"], socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // http2 handles the errors of a connection that it serves; before that nobody would, and the process would end.
    socket.on("error", () => {});
    if (kind === "unix") {
      if (this.#attest(socket)) this.#deps.serve(socket);
      else socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    if (this.#tls === undefined) this.#deps.serve(socket);
    else this.#tls.accept(socket);
  }

  #attest(socket: Socket): boolean {
    try {
      return attestUnixPeer(socket, this.#deps.peerCredentials);
    } catch (error) {
      this.#deps.log.warn("peer credentials cannot be read", {
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }
}
