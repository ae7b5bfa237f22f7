/** A service that cases disturb: started, stopped, killed, stopped in its tracks, and always there again for the next case. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { must } from "../support/command.js";
import { Daemon, type Role } from "../support/daemon.js";
import { rigSession } from "../support/rig-session.js";
import { type Certificates, freePort, makeCertificates } from "./certificates.js";
import type { Filesystems } from "./filesystems.js";

/** What a case wants of its service. Cases that want the same share one. */
export interface ServiceNeeds {
  /** Further arguments of `serve`. */
  readonly args: readonly string[];
  /** Serves mutual TLS, too: `$tls.address`, `$tls.ca`, `$tls.certificate`, `$tls.key`, and those of a stranger. */
  readonly tls: boolean;
  /** Without the privilege to freeze. */
  readonly unprivileged: boolean;
  /** The file system that its log is written to. */
  readonly logOn: string | undefined;
}

export interface Tls extends Certificates {
  readonly address: string;
  /** The same without a name. */
  readonly byNumber: string;
}

export class Service {
  readonly tls: Tls | undefined;
  readonly #options: Parameters<typeof Daemon.start>[0];
  #daemon: Daemon;
  /** A case stopped it, or a process of it. */
  #disturbed = false;

  private constructor(daemon: Daemon, options: Parameters<typeof Daemon.start>[0], tls?: Tls) {
    this.#daemon = daemon;
    this.#options = { ...options, stateDir: daemon.stateDir };
    this.tls = tls;
  }

  static async start(needs: ServiceNeeds, filesystems: Filesystems): Promise<Service> {
    const session = await rigSession();
    const stateDir = join(session.directory, `state-${session.nextNumber()}`);
    const args = ["--socket-mode", "0666", ...needs.args];
    const tls = needs.tls ? await prepareTls() : undefined;
    if (tls !== undefined) {
      for (const listen of [`unix:${join(stateDir, "fsfreezed.sock")}`, tls.address])
        args.push("--listen", listen);
      args.push("--tls-cert", tls.serverCertificate, "--tls-key", tls.serverKey);
      args.push("--tls-client-ca", tls.ca);
    }
    const log = needs.logOn === undefined ? undefined : (await filesystems.get("log")).mountPoint;
    const options = {
      args,
      stateDir: needs.unprivileged ? await openDirectory(stateDir) : stateDir,
      ...(needs.unprivileged ? { through: ["setpriv", "--bounding-set=-sys_admin"] } : {}),
      ...(log === undefined ? {} : { through: ["sh", "-c", `exec "$0" "$@" 2>>"${log}/log"`] }),
    };
    return new Service(await Daemon.start(options), options, tls);
  }

  get address(): string {
    return this.#daemon.address;
  }

  get socket(): string {
    return this.#daemon.socket;
  }

  get log(): string {
    return this.#daemon.log;
  }

  async stop(): Promise<void> {
    this.#disturbed = true;
    await this.#daemon.terminate();
  }

  async startAgain(): Promise<void> {
    // The one that was killed may have left a process that still dies.
    this.#daemon = await Daemon.start(this.#options ?? {});
  }

  /** A signal to one of its processes; "service": to all of them. */
  signal(to: Role | "service", signal: NodeJS.Signals): void {
    this.#disturbed = true;
    if (to !== "service") this.#daemon.kill(to, signal);
    // At one moment, so that none of them does anything for the others.
    else if (signal === "SIGKILL") this.#daemon.killAll();
    else for (const { pid } of this.#daemon.members) process.kill(pid, signal);
  }

  /** Waits until it can freeze. */
  async ready(limitMs = 10_000): Promise<void> {
    const start = performance.now();
    using client = this.#daemon.connect();
    for (;;) {
      const health = await client.health(undefined, { timeout: 1_000 }).catch(() => undefined);
      if (health === "SERVING") return;
      if (performance.now() - start > limitMs)
        throw new Error(`the service does not serve (${health}): ${this.log.slice(-4_000)}`);
      await sleep(20);
    }
  }

  /** Makes it good for the next case, whatever the last one did to it. */
  async settle(): Promise<void> {
    if (!this.#disturbed) return;
    this.#disturbed = false;
    if (this.#daemon.members.length === 0) return await this.startAgain();
    for (const { pid } of this.#daemon.members) process.kill(pid, "SIGCONT");
    try {
      await this.ready(5_000);
    } catch {
      this.#daemon.killAll();
      await this.#daemon.waitForExit();
      await this.startAgain();
    }
  }

  /** After a case that failed: no hold of it may be in the way of the next one. */
  async endAllHolds(): Promise<void> {
    using client = this.#daemon.connect({ timeout: 3_000 });
    try {
      for await (const { holdId, state } of client.listHolds())
        if (state !== "ENDED") await client.thaw({ holdId }).catch(() => {});
    } catch {
      // It does not serve.
    }
  }

  async dispose(): Promise<void> {
    await this.settle();
    await this.#daemon.stop();
  }
}

async function prepareTls(): Promise<Tls> {
  const session = await rigSession();
  const certificates = await makeCertificates(session.makeDirectory("tls"));
  const port = await freePort();
  return { ...certificates, address: `localhost:${port}`, byNumber: `127.0.0.1:${port}` };
}

/** Root's name without its power cannot mount a tmpfs for its state. */
async function openDirectory(stateDir: string): Promise<string> {
  const session = await rigSession();
  const memory = session.makeDirectory("memory");
  await must("mount", ["-t", "tmpfs", "-o", "mode=0777,size=8m", "rig", memory]);
  return join(memory, stateDir.slice(stateDir.lastIndexOf("/") + 1));
}
