/** Looks at COMMAND's descendants until one hangs on the file system that the hold keeps frozen. */
import type { HoldInfo } from "@fsfreezed/client";
import { hanging, lookAgain, type Sighting, type Sightings } from "./hang.js";
import { descendantsOf, openFileOf, sleepingTasks, statOf, syscallOf } from "./processes.js";
import { syscallByNumber } from "./syscall-names.js";

/** Who hangs on what. */
export interface Hang {
  readonly pid: number;
  readonly comm: string;
  /** The system call, e.g. "openat"; undefined where we may not know. */
  readonly syscall: string | undefined;
  /** The kernel function that it sleeps in. */
  readonly waitsIn: string | undefined;
  /** The file that it writes to, where the system call names it by a descriptor. */
  readonly path: string | undefined;
  readonly since: number;
}

export interface HangWatchParts {
  /** Everything below this process is COMMAND's, once it is a subreaper. */
  readonly root: number;
  /** The process of COMMAND, which Node itself waits for. */
  readonly command: number;
  /** "major:minor" of the file systems of the hold. */
  readonly devices: ReadonlySet<string>;
  /** Lets go of an adopted process that has ended; undefined where we are no subreaper. */
  readonly reap: ((pid: number) => void) | undefined;
  readonly hung: (hang: Hang) => void;
}

const lookEveryMs = 500;

export function devicesOf(hold: HoldInfo): ReadonlySet<string> {
  return new Set(
    hold.filesystems.map(({ filesystem: { device } }) => `${device.major}:${device.minor}`),
  );
}

export class HangWatch {
  readonly #parts: HangWatchParts;
  readonly #timer: NodeJS.Timeout;
  /** Seen below COMMAND once, so ours although their parent died (where we are no subreaper). By start time, as pids return. */
  readonly #known = new Map<number, string>();
  #sightings: Sightings = new Map();

  constructor(parts: HangWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const tasks = this.#processes().flatMap(sleepingTasks);
    this.#sightings = lookAgain(this.#sightings, tasks, now);
    const hang = hanging(this.#sightings, now)
      .map((sighting) => this.#explain(sighting))
      .find((explained) => explained !== undefined);
    if (hang === undefined) return;
    this.stop();
    this.#parts.hung(hang);
  }

  #processes(): readonly number[] {
    const { root, command, reap } = this.#parts;
    const found = new Set(descendantsOf(root));
    for (const pid of found) {
      const stat = statOf(pid);
      if (stat === undefined) continue;
      this.#known.set(pid, stat.startTime);
      if (stat.state === "Z" && stat.parent === root && pid !== command) reap?.(pid);
    }
    for (const [pid, startTime] of this.#known) {
      if (statOf(pid)?.startTime === startTime) found.add(pid);
      else this.#known.delete(pid);
    }
    return [...found];
  }

  /** Undefined where it turns out that it waits for another file system. */
  #explain({ task, since }: Sighting): Hang | undefined {
    const { pid, tid, comm, waitsIn } = task;
    const called = syscallOf(pid, tid);
    const call = called === undefined ? undefined : syscallByNumber(called.number);
    const fd = call?.fd === undefined ? undefined : called?.args[call.fd];
    // Descriptors are ints in a 64-bit register.
    const file = fd === undefined ? undefined : openFileOf(pid, Number(BigInt.asIntN(32, fd)));
    if (file?.device !== undefined && !this.#parts.devices.has(file.device)) return undefined;
    return { pid, comm, syscall: call?.name, waitsIn, path: file?.path, since };
  }
}
