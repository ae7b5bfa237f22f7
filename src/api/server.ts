/** The server that clients talk to: grpc-js on inherited sockets. */
import { logVerbosity, Server, ServerCredentials, setLogger, setLogVerbosity } from "@grpc/grpc-js";
import type { Guardian } from "../channel/messages.js";
import type { TlsMaterial } from "../channel/supervisor-protocol.js";
import type { Limits } from "../hold/limits.js";
import type { Log } from "../observe/log.js";
import { CallRegistry } from "./call-registry.js";
import { freezeService } from "./freeze-service.js";
import { healthService } from "./health.js";
import type { PeerCredentialsOf } from "./identity.js";
import { type Listener, Listeners } from "./listeners.js";
import { reflectionServices } from "./reflection.js";
import { limits as requestLimits } from "./validate.js";

export interface ApiServerDeps {
  readonly guardian: Guardian;
  readonly log: Log;
  /** Listening sockets, open already. Closed here by `shutdown`. */
  readonly listeners: readonly Listener[];
  readonly peerCredentials: PeerCredentialsOf;
  /** A client that is silent for so long is asked whether it lives. Default: 500. */
  readonly keepaliveTimeMs?: number;
  /** A client that does not answer that for so long is gone. Default: 1500. */
  readonly keepaliveTimeoutMs?: number;
  readonly version: string;
  /** Calls that may be open at once, of all clients together. Default: 10,000. */
  readonly maxCalls?: number;
  /** What `opened` tells of the operator's limits. */
  readonly limits?: Limits;
}

export interface ApiServer {
  /**
   * TCP connections from now on are served with mutual TLS only. Once before `start`; again, it renews: then what OpenSSL does
   * not take is logged, and the one before stays. Throws at the first time.
   */
  useTls(material: TlsMaterial): void;
  /** Resolves when connections are accepted. */
  start(): Promise<void>;
  /**
   * Ends every call with a status and every connection. Takes less than 3 s whatever clients do: streams may wait for the true
   * end of their hold for half of that, then they end with SHUTTING_DOWN and their holds as if the client had gone.
   */
  shutdown(): Promise<void>;
}

/**
 * A lost client is noticed within 2 s, and one that pauses for less than 1.5 s is never taken for lost: the pause may begin just
 * before the ping.
 */
const defaultKeepalive = { timeMs: 500, timeoutMs: 1_500 } as const;

/** How long calls may wait for what the guardian has to say at a shutdown. */
const graceMs = 1500;
/** How long clients may take to read their last messages. */
const flushMs = 1000;

export function createApiServer(deps: ApiServerDeps): ApiServer {
  const { guardian, log } = deps;
  sendLibraryLogsTo(log);
  const calls = new CallRegistry(deps.maxCalls ?? 10_000);
  // Not `grpc.max_connection_age_ms`: it cuts long streams. Not `grpc.enable_channelz: 0`: forceShutdown would do nothing.
  const server = new Server({
    "grpc.keepalive_time_ms": deps.keepaliveTimeMs ?? defaultKeepalive.timeMs,
    "grpc.keepalive_timeout_ms": deps.keepaliveTimeoutMs ?? defaultKeepalive.timeoutMs,
    // A burst of about 2,800 streams on one Unix connection of a grpc-js client hangs both sides.
    "grpc.max_concurrent_streams": 1000,
    "grpc.max_receive_message_length": requestLimits.messageBytes,
  });
  const services = [
    freezeService({ guardian, log, calls, limits: deps.limits }),
    healthService(guardian, { log, calls }),
    ...reflectionServices(calls),
  ];
  for (const { definition, implementation } of services)
    server.addService(definition, implementation);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listeners = new Listeners({
    log,
    peerCredentials: deps.peerCredentials,
    serve: (socket) => injector.injectConnection(socket),
  });
  let ending: Promise<void> | undefined;

  async function end(): Promise<void> {
    log.info("api server ends", { calls: calls.size });
    listeners.stop();
    await calls.close(graceMs);
    await shutDown(server, flushMs);
    listeners.destroyConnections();
  }

  let tls = false;
  function useTls(material: TlsMaterial): void {
    try {
      listeners.useTls(material);
      if (tls) log.info("TLS certificate renewed", {});
      tls = true;
    } catch (error) {
      if (!tls) throw error;
      log.error("TLS certificate cannot be renewed", { error: String(error) });
    }
  }

  return {
    useTls,
    start: async () => {
      await listeners.start(deps.listeners);
      log.info("api server listens", {
        version: deps.version,
        listeners: deps.listeners.map((l) => (l.kind === "tcp" && tls ? "tls" : l.kind)),
      });
    },
    shutdown: () => {
      ending ??= end();
      return ending;
    },
  };
}

/** Lets what is under way be read, for so long; then cuts every connection. */
function shutDown(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, timeoutMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** grpc-js writes its own errors with console.error, which waits for a full pipe. The setting is global to the process. */
function sendLibraryLogsTo(log: Log): void {
  const toText = (parts: readonly unknown[]) => parts.map(String).join(" ");
  setLogVerbosity(logVerbosity.ERROR);
  setLogger({
    debug: () => {},
    info: () => {},
    error: (...parts: unknown[]) => log.warn("grpc-js complains", { text: toText(parts) }),
  });
}
