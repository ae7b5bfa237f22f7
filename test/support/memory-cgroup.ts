/** A memory cgroup for a daemon: its limit can be lowered, and its pages pushed out. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./command.js";
import { rigSession } from "./rig-session.js";

const roots = { v1: "/sys/fs/cgroup/memory", v2: "/sys/fs/cgroup" } as const;

/** Where each version keeps what a test needs. */
const files = {
  v1: { limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", none: "-1" },
  v2: { limit: "memory.max", usage: "memory.current", none: "max" },
} as const;

function version(): "v1" | "v2" | undefined {
  if (existsSync(join(roots.v1, files.v1.limit))) return "v1";
  const controllers = join(roots.v2, "cgroup.subtree_control");
  const delegated = existsSync(controllers) && /\bmemory\b/.test(readFileSync(controllers, "utf8"));
  return delegated ? "v2" : undefined;
}

/** Why there is none on this machine. */
export function noMemoryCgroup(): string | undefined {
  return version() === undefined ? "no memory controller of cgroups is mounted here" : undefined;
}

export class MemoryCgroup {
  readonly directory: string;
  readonly #version: "v1" | "v2";

  private constructor(directory: string, cgroupVersion: "v1" | "v2") {
    this.directory = directory;
    this.#version = cgroupVersion;
  }

  static async create(): Promise<MemoryCgroup> {
    const found = version();
    if (found === undefined) throw new Error("no memory cgroups: ask noMemoryCgroup() before");
    const session = await rigSession();
    const name = `fsfreezed-test-${process.pid}-${session.nextNumber()}`;
    const directory = join(roots[found], name);
    mkdirSync(directory);
    return new MemoryCgroup(directory, found);
  }

  /** Executes the rest of its arguments in it. */
  get through(): readonly string[] {
    return ["sh", "-c", `echo $$ >${this.directory}/cgroup.procs && exec "$@"`, "sh"];
  }

  get usage(): number {
    return Number(this.#read(files[this.#version].usage));
  }

  get oomKills(): number {
    const text = this.#read(this.#version === "v1" ? "memory.oom_control" : "memory.events");
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Bytes of it that lie in swap. */
  get swapped(): number {
    if (this.#version === "v2") return Number(this.#read("memory.swap.current"));
    return Number(/^swap (\d+)$/m.exec(this.#read("memory.stat"))?.[1] ?? 0);
  }

  get pids(): readonly number[] {
    return this.#read("cgroup.procs").split("\n").filter(Boolean).map(Number);
  }

  /** Undefined takes the limit away. */
  limit(bytes: number | undefined): void {
    const { limit, none } = files[this.#version];
    writeFileSync(join(this.directory, limit), bytes === undefined ? none : String(bytes));
  }

  /** Pushes out what can be pushed out: pages of programs, and where there is swap all others. */
  async reclaim(): Promise<void> {
    // The write fails where the kernel could not do all that it was asked for, as always with living processes.
    const file = this.#version === "v1" ? "memory.force_empty" : "memory.reclaim";
    await run("sh", [
      "-c",
      'echo "$2" >"$1"',
      "sh",
      join(this.directory, file),
      String(this.usage),
    ]);
  }

  #read(name: string): string {
    return readFileSync(join(this.directory, name), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.pids) process.kill(pid, "SIGKILL");
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        rmdirSync(this.directory);
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`${this.directory} is still in use`);
  }
}
