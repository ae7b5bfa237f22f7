// File systems with a writer each, and the judge of every check: the kernel, through fsfreeze(8) and that writer.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { must, nowMs, run, until } from "./commands.mjs";

const writerProgram = fileURLToPath(new URL("../../support/writer.py", import.meta.url));
const stuckProgram = fileURLToPath(new URL("../../support/stuck_freeze.py", import.meta.url));

const force = { ext4: "-F", xfs: "-f", btrfs: "-f" };

export async function makeFilesystem(type, device, mountPoint = `/mnt/${type}`) {
  await must("modprobe", type);
  await must(`mkfs.${type}`, "-q", force[type], device);
  mkdirSync(mountPoint, { recursive: true });
  await must("mount", "-t", type, device, mountPoint);
  return mountPoint;
}

/** One of each kind, on the three spare disks. */
export async function makeFilesystems() {
  const { SPARE1, SPARE2, SPARE3 } = process.env;
  return [
    await makeFilesystem("ext4", SPARE1),
    await makeFilesystem("xfs", SPARE2),
    await makeFilesystem("btrfs", SPARE3),
  ];
}

/**
 * "frozen": a second freeze is refused with EBUSY; "thawed": it succeeded and was undone; "hung": it waits for another freeze that is
 * in flight, or for a suspended device.
 */
export async function kernelState(mountPoint, limitMs = 20_000) {
  const script = 'fsfreeze -f "$1" && fsfreeze -u "$1"';
  const { code, output, hung } = await run("sh", ["-c", script, "sh", mountPoint], limitMs);
  if (hung) return "hung";
  if (code === 0) return "thawed";
  if (output.includes("Device or resource busy")) return "frozen";
  throw new Error(`fsfreeze of ${mountPoint} says neither: ${output}`);
}

export async function expectState(mountPoints, wanted) {
  for (const mountPoint of mountPoints) {
    const state = await kernelState(mountPoint);
    if (state !== wanted) throw new Error(`${mountPoint} is ${state}, not ${wanted}`);
  }
}

/** Writes and syncs without pause, and keeps when each write began and ended, on the clock of nowMs. */
export class Writer {
  #child;
  #last = { start: 0, end: 0 };
  #latest = [];

  constructor(mountPoint) {
    this.mountPoint = mountPoint;
    this.#child = spawn("python3", [writerProgram, "buffered", mountPoint, "20"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    process.on("exit", () => this.kill());
    // CLOCK_BOOTTIME is the monotonic clock in a machine that was never suspended.
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const [, start, end] = line.split(" ").map(Number);
      this.#last = { start: start / 1e6, end: end / 1e6 };
      this.#latest = [...this.#latest.slice(-200), this.#last];
    });
  }

  /** Milliseconds after `sinceMs` at which a write ended for the first time; throws where none does within the limit. */
  wentOn(sinceMs, limitMs) {
    return until(`a write to ${this.mountPoint} ends`, limitMs, () => {
      const first = this.#latest.find(({ end }) => end > sinceMs);
      return first === undefined ? undefined : first.end - sinceMs;
    });
  }

  /** Nothing was written for 300 ms. */
  blocked() {
    return until(`the writer of ${this.mountPoint} blocks`, 20_000, async () => {
      const at = nowMs();
      return at - this.#last.end > 300;
    });
  }

  kill() {
    this.#child.kill("SIGKILL");
  }
}

/** While it lives, every FIFREEZE of the mount hangs in flight, unkillable; syncfs does not. */
export async function holdFreezes(mountPoint) {
  const child = spawn("python3", [stuckProgram, mountPoint], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("the write that holds freezes up ended")));
  });
  await until("the write waits for its buffer", 20_000, () =>
    readFileSync(`/proc/${child.pid}/wchan`, "utf8").includes("userfault"),
  );
  return {
    async release() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
