import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readLoops, readMounts, readProcess } from "./sweep.mjs";

/** Everything that a test process makes lies below one directory with this prefix, named after its process. */
export const sessionPrefix = "fsfreezed-rig-";

const guardProgram = fileURLToPath(new URL("guard.mjs", import.meta.url));

/** The rig's directory of this process and the guard that undoes it when this process ends in any way. */
export class RigSession {
  readonly directory: string;
  readonly guardPid: number;
  readonly #guard: ChildProcess;
  readonly #armed = new Map<string, number>();
  #fired: string[] = [];
  #count = 0;

  private constructor(directory: string, guard: ChildProcess, guardPid: number) {
    this.directory = directory;
    this.guardPid = guardPid;
    this.#guard = guard;
  }

  static async start(): Promise<RigSession> {
    const self = readProcess(process.pid);
    if (self === undefined) throw new Error("/proc does not show this process");
    const directory = mkdtempSync(
      join(realpathSync(tmpdir()), `${sessionPrefix}${process.pid}-${self.startTime}-`),
    );
    // detached: Ctrl-C in the terminal reaches the whole foreground group, and the guard has to outlive it.
    const guard = spawn(
      process.execPath,
      [guardProgram, directory, String(process.pid), self.startTime],
      { stdio: ["pipe", "pipe", "inherit"], detached: true },
    );
    if (guard.pid === undefined) throw new Error("the rig's guard did not start");
    const session = new RigSession(directory, guard, guard.pid);
    await session.#listen();
    return session;
  }

  #listen(): Promise<void> {
    const { stdin, stdout } = this.#guard;
    if (stdin === null || stdout === null) throw new Error("the rig's guard has no pipes");
    stdin.on("error", () => {
      // The guard is gone; `send` says so.
    });
    return new Promise((resolve, reject) => {
      this.#guard.on("exit", () => reject(new Error("the rig's guard ended at once")));
      createInterface({ input: stdout }).on("line", (line) => {
        const message: unknown = JSON.parse(line);
        if (typeof message !== "object" || message === null) return;
        if ("ready" in message) {
          // The guard must not keep this process alive.
          this.#guard.unref();
          for (const stream of [stdin, stdout]) if ("unref" in stream) unrefStream(stream);
          resolve();
        }
        if ("thawed" in message) this.#fired.push(String(message.thawed));
      });
    });
  }

  #send(message: object): void {
    if (this.#guard.exitCode !== null || this.#guard.stdin?.writable !== true) {
      throw new Error("the rig's guard is gone: nothing may be frozen without it");
    }
    this.#guard.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** A number that this session has not used: for names of files. */
  nextNumber(): number {
    this.#count += 1;
    return this.#count;
  }

  /** A new directory for one file system's image and mount points. */
  makeDirectory(name: string): string {
    const directory = join(this.directory, `${this.nextNumber()}-${name}`);
    mkdirSync(directory);
    return directory;
  }

  /** Thaws this mount after so many seconds, and again after each further period, until disarmed. */
  arm(mountPoint: string, seconds: number): void {
    this.assertOurs(mountPoint);
    this.#armed.set(mountPoint, seconds);
    this.#send({ arm: mountPoint, seconds });
  }

  disarm(mountPoint: string): void {
    if (this.#armed.delete(mountPoint)) this.#send({ disarm: mountPoint });
  }

  /** Starts every armed period anew: a new test has its full time. */
  rearmAll(): void {
    for (const [mountPoint, seconds] of this.#armed) this.#send({ arm: mountPoint, seconds });
  }

  /** Has this process and its descendants killed when the session ends. */
  watch(pid: number): void {
    this.#send({ watch: pid });
  }

  /** Mount points that the guard had to thaw since the last call: a test that lets this happen has failed. */
  takeFired(): readonly string[] {
    const fired = this.#fired;
    this.#fired = [];
    return fired;
  }

  /**
   * Throws unless the path is a mount point below this session's directory and on a loop device with an image below it:
   * the rig freezes nothing else, whatever a test asks for.
   */
  assertOurs(mountPoint: string): void {
    const mount = readMounts().findLast((entry) => entry.mountPoint === mountPoint);
    const loop = readLoops().find(
      (entry) => entry.path === mount?.source || entry.device === mount?.device,
    );
    const inside = (path: string | undefined) => path?.startsWith(`${this.directory}/`) === true;
    if (!inside(mountPoint) || !inside(loop?.backingFile)) {
      throw new Error(`${mountPoint} is not a mount that this rig made: it is left alone`);
    }
  }

  /** The guard sweeps the whole directory and ends. */
  end(): Promise<void> {
    this.#guard.ref();
    return new Promise((resolve, reject) => {
      this.#guard.once("exit", (code) =>
        code === 0 ? resolve() : reject(new Error("the rig's guard could not clean up")),
      );
      this.#send({ end: true });
    });
  }
}

function unrefStream(stream: object): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}

let current: Promise<RigSession> | undefined;

/** This process's session, started when it is first needed. */
export function rigSession(): Promise<RigSession> {
  current ??= RigSession.start();
  return current;
}

/** The session, only if something has started it. */
export function startedRigSession(): Promise<RigSession> | undefined {
  return current;
}
