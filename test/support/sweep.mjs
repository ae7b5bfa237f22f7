/**
 * Undoes what a rig directory holds: kills its helpers, thaws, unmounts, detaches loop devices, removes files.
 *
 * It remembers nothing and asks the kernel instead: whatever is mounted below the directory, or from a loop device whose
 * backing file lies below it, was made by the rig. So it also works for a process that died at any moment.
 * Plain JavaScript, because the guard runs it under Node 20 without a compiler.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** mountinfo and loop/backing_file escape space, tab, newline and backslash as octal. */
function decodeOctal(text) {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function below(path, directory) {
  return path === directory || path.startsWith(`${directory}/`);
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** All mounts of this namespace, oldest first. */
export function readMounts() {
  const mounts = [];
  for (const line of readText("/proc/self/mountinfo").split("\n")) {
    const [left, right] = line.split(" - ");
    if (left === undefined || right === undefined) continue;
    const fields = left.split(" ");
    const [type, source] = right.split(" ");
    mounts.push({
      device: fields[2] ?? "",
      mountPoint: decodeOctal(fields[4] ?? ""),
      type: type ?? "",
      source: decodeOctal(source ?? ""),
    });
  }
  return mounts;
}

/** Loop devices with their number ("7:3") and backing file. A removed file has " (deleted)" at its end. */
export function readLoops() {
  const loops = [];
  for (const name of readdirSync("/sys/block")) {
    if (!name.startsWith("loop")) continue;
    const backing = readText(`/sys/block/${name}/loop/backing_file`).trimEnd();
    if (backing === "") continue;
    loops.push({
      path: `/dev/${name}`,
      device: readText(`/sys/block/${name}/dev`).trim(),
      backingFile: backing.replace(/ \(deleted\)$/, ""),
    });
  }
  return loops;
}

/** Parent, group, state and start time of a process; undefined where it is gone. */
export function readProcess(pid) {
  const text = readText(`/proc/${pid}/stat`);
  if (text === "") return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTime: fields[19] ?? "",
  };
}

/**
 * True also for a process that was killed but lives on as a zombie or in D state: such a thread keeps its pipes open, so
 * that end-of-file alone does not tell of its death.
 */
export function isDead(pid, startTime) {
  const found = readProcess(pid);
  if (found === undefined || found.startTime !== startTime) return true;
  if (found.state === "Z" || found.state === "X") return true;
  const pending = [...readText(`/proc/${pid}/status`).matchAll(/^S[ih][gd]Pnd:\s*([0-9a-f]+)$/gm)];
  return pending.some((match) => (BigInt(`0x${match[1]}`) & (1n << 8n)) !== 0n);
}

/** The process, its group if it leads one (which outlives it), and all their descendants. */
function familyOf(pid, isAlive) {
  const children = new Map();
  const family = isAlive ? [pid] : [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const found = readProcess(name);
    if (found === undefined) continue;
    if (found.group === pid && Number(name) !== pid) family.push(Number(name));
    const list = children.get(found.parent) ?? [];
    list.push(Number(name));
    children.set(found.parent, list);
  }
  for (const member of family) family.push(...(children.get(member) ?? []));
  return new Set(family);
}

function killFamilies(processes) {
  for (const { pid, startTime } of processes) {
    const found = readProcess(pid);
    // The same number with another start time is somebody else's process by now.
    if (found !== undefined && found.startTime !== startTime) continue;
    for (const member of familyOf(pid, found !== undefined)) {
      try {
        process.kill(member, "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
  }
}

/** Runs a command, but never waits longer than `limitMs`: a child may hang in D state, where no signal ends it. */
export function attempt(command, args, limitMs) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore" });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      resolve(false);
    }, limitMs);
    const done = (succeeded) => {
      clearTimeout(timer);
      resolve(succeeded);
    };
    child.on("error", () => done(false));
    child.on("close", (code) => done(code === 0));
  });
}

/** A file system that is frozen but mounted nowhere still claims its device exclusively. */
function isClaimed(devicePath) {
  try {
    closeSync(openSync(devicePath, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EBUSY";
  }
}

async function recoverGhost(loop, directory) {
  const place = join(directory, ".recover");
  mkdirSync(place, { recursive: true });
  for (const options of ["rw,nouuid", "rw", "ro"]) {
    if (!(await attempt("mount", ["-o", options, loop.path, place], 2000))) continue;
    await attempt("fsfreeze", ["-u", place], 1000);
    await attempt("umount", [place], 1000);
    return;
  }
}

/** What of the rig's still exists below the directory, or is backed by one of the images. */
export function remains(directory, images = []) {
  const loops = readLoops().filter(
    (loop) => below(loop.backingFile, directory) || images.includes(loop.backingFile),
  );
  const mounts = readMounts().filter(
    (mount) =>
      below(mount.mountPoint, directory) || loops.some((loop) => loop.device === mount.device),
  );
  return { loops, mounts };
}

/**
 * @param {{directory: string, images?: readonly string[], processes?: readonly {pid: number, startTime: string}[], limitMs?: number}} what
 * @returns {Promise<{clean: boolean, remaining: readonly string[]}>}
 */
export async function sweep({ directory, images = [], processes = [], limitMs = 5000 }) {
  const start = performance.now();
  for (;;) {
    const elapsed = performance.now() - start;
    killFamilies(processes);
    const { mounts } = remains(directory, images);
    // The lower layer is older and is thawed first: a thaw above a frozen lower layer hangs (ext4, Linux 6.18).
    const seen = new Set();
    for (const mount of mounts) {
      if (seen.has(mount.device)) continue;
      seen.add(mount.device);
      await attempt("fsfreeze", ["-u", mount.mountPoint], 1000);
    }
    for (const mount of mounts.toReversed()) {
      const lazily = elapsed > limitMs * 0.6 ? ["-l"] : [];
      await attempt("umount", [...lazily, mount.mountPoint], 2000);
    }
    const left = remains(directory, images);
    for (const loop of left.loops.toReversed()) {
      if (left.mounts.some((mount) => mount.device === loop.device)) continue;
      if (isClaimed(loop.path)) await recoverGhost(loop, directory);
      await attempt("losetup", ["-d", loop.path], 1000);
    }
    const after = remains(directory, images);
    if (after.loops.length === 0 && after.mounts.length === 0) {
      rmSync(directory, { recursive: true, force: true });
      for (const image of images) rmSync(image, { force: true });
      return { clean: true, remaining: [] };
    }
    if (elapsed > limitMs) {
      return {
        clean: false,
        remaining: [
          ...after.mounts.map((mount) => `mount ${mount.mountPoint}`),
          ...after.loops.map((loop) => `loop ${loop.path} ${loop.backingFile}`),
        ],
      };
    }
    await sleep(50);
  }
}
