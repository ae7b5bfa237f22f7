/** The real api server on a real Unix socket, with a guardian in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PeerCredentialsOf } from "../../../src/api/identity.js";
import { type ApiServer, createApiServer } from "../../../src/api/server.js";
import type { Log, LogFields } from "../../../src/observe/log.js";
import { listenTcp, listenUnix, peerCredentials } from "../../../src/os/sockets.js";
import { DescriptorClient } from "./descriptor-client.js";
import { FakeGuardian } from "./fake-guardian.js";

export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
}

export interface RigOptions {
  readonly keepaliveMs?: number;
  readonly maxCalls?: number;
  /** In place of what the kernel says. */
  readonly credentials?: PeerCredentialsOf;
}

export class ApiRig {
  readonly directory: string;
  readonly socket: string;
  readonly tcpPort: number;
  readonly guardian = new FakeGuardian();
  readonly logged: LogLine[] = [];
  readonly server: ApiServer;
  readonly #clients: DescriptorClient[] = [];

  private constructor(options: RigOptions) {
    const keepaliveMs = options.keepaliveMs ?? 1000;
    this.directory = mkdtempSync(join(tmpdir(), "fsfreezed-api-"));
    this.socket = join(this.directory, "s");
    const tcp = listenTcp("127.0.0.1", 0);
    this.tcpPort = tcp.port;
    this.server = createApiServer({
      guardian: this.guardian,
      log: this.#log(),
      listeners: [
        { kind: "unix", fd: listenUnix(this.socket, 0o600, 128) },
        { kind: "tcp", fd: tcp.fd },
      ],
      peerCredentials: options.credentials ?? peerCredentials,
      keepaliveTimeMs: keepaliveMs,
      keepaliveTimeoutMs: keepaliveMs,
      ...(options.maxCalls === undefined ? {} : { maxCalls: options.maxCalls }),
      version: "0.0.0-test",
    });
  }

  static async start(options: RigOptions = {}): Promise<ApiRig> {
    const rig = new ApiRig(options);
    await rig.server.start();
    return rig;
  }

  client(target = `unix://${this.socket}`): DescriptorClient {
    const client = new DescriptorClient(target);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server.shutdown();
    rmSync(this.directory, { recursive: true });
  }

  #log(): Log {
    const at =
      (level: keyof Log) =>
      (message: string, fields: LogFields = {}) => {
        this.logged.push({ level, message, fields });
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }
}
