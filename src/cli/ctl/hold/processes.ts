/**
 * The descendants of a process and what each of their threads sleeps on, from /proc. Only files that never wait for the process's
 * memory map: `stat`, `status`, `wchan`, `syscall`, `stack`, `children` and the links below `fd`. `cmdline`, `maps` and `environ` do,
 * and with a writer stuck on a frozen file system they wait for ever (measured on 6.18).
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** "stat" of a thread or process: proc(5). */
export interface TaskStat {
  readonly comm: string;
  /** One letter: D is uninterruptible sleep, Z a zombie. */
  readonly state: string;
  readonly parent: number;
  /** Clock ticks since boot: with the pid, one process and no other. */
  readonly startTime: string;
}

/** A thread in D. */
export interface SleepingTask {
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  readonly startTime: string;
  /** The kernel function that it waits in; undefined where we may not know. */
  readonly waitsIn: string | undefined;
  /** How often it was scheduled: unchanged between two looks means one and the same sleep. */
  readonly switches: string;
}

/** Everything here is read while processes come and go: what is gone, or not ours to read, is undefined. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function numbers(path: string): readonly number[] {
  try {
    return readdirSync(path).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

export function parseStat(text: string): TaskStat | undefined {
  // comm is in parentheses and may itself contain parentheses and spaces.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(" ");
  const [state, parent] = fields;
  const startTime = fields[19];
  if (state === undefined || parent === undefined || startTime === undefined) return undefined;
  return { comm: text.slice(open + 1, close), state, parent: Number(parent), startTime };
}

export function statOf(pid: number): TaskStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** By asking every process for its parent, for kernels built without CONFIG_PROC_CHILDREN. */
function childrenByScan(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const pid of numbers("/proc")) {
    const parent = statOf(pid)?.parent;
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return children;
}

function childrenByFile(pid: number): readonly number[] {
  return numbers(`/proc/${pid}/task`).flatMap((tid) =>
    (read(`/proc/${pid}/task/${tid}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  );
}

const hasChildrenFile = read(`/proc/self/task/${process.pid}/children`) !== undefined;

/** All processes below `root`, without it. */
export function descendantsOf(root: number): readonly number[] {
  const scan = hasChildrenFile ? undefined : childrenByScan();
  const found = new Set<number>();
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of scan === undefined ? childrenByFile(pid) : (scan.get(pid) ?? [])) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return [...found];
}

/** Functions of the scheduler's and the lock's own, in a stack, before the one that says for what it waits. */
function topOfStack(stack: string | undefined): string | undefined {
  return /^\[<[^>]*>\] ([\w.]+)/.exec(stack ?? "")?.[1];
}

/** The threads of `pid` that are in D now. */
export function sleepingTasks(pid: number): readonly SleepingTask[] {
  return numbers(`/proc/${pid}/task`).flatMap((tid) => {
    const directory = `/proc/${pid}/task/${tid}`;
    const stat = parseStat(read(`${directory}/stat`) ?? "");
    if (stat?.state !== "D") return [];
    const wchan = read(`${directory}/wchan`);
    // "0" for a sleeper is the kernel's way to say that we may not know (fs/proc/base.c, proc_pid_wchan).
    const waitsIn =
      wchan === undefined || wchan === "" || wchan === "0"
        ? topOfStack(read(`${directory}/stack`))
        : wchan;
    const switches = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(read(`${directory}/status`) ?? "");
    return [
      {
        pid,
        tid,
        comm: stat.comm,
        startTime: stat.startTime,
        waitsIn,
        switches: switches?.[1] ?? "",
      },
    ];
  });
}

/** Number and arguments of the system call that a thread sleeps in; number -1: in none, so in a page fault. */
export function syscallOf(
  pid: number,
  tid: number,
): { readonly number: number; readonly args: readonly bigint[] } | undefined {
  const [number, ...args] = (read(`/proc/${pid}/task/${tid}/syscall`) ?? "").trim().split(" ");
  if (number === undefined || !/^-?\d+$/.test(number)) return undefined;
  return {
    number: Number(number),
    args: args.filter((arg) => /^0x[0-9a-f]+$/.test(arg)).map(BigInt),
  };
}

export interface OpenFile {
  readonly path: string;
  /** "major:minor" of its file system; undefined where its mount is not in our namespace. */
  readonly device: string | undefined;
}

/** The file behind a descriptor, without touching the file system that it is on. */
export function openFileOf(pid: number | "self", fd: number): OpenFile | undefined {
  const mountId = /^mnt_id:\s*(\d+)/m.exec(read(`/proc/${pid}/fdinfo/${fd}`) ?? "")?.[1];
  if (mountId === undefined) return undefined;
  const mount = (read("/proc/self/mountinfo") ?? "")
    .split("\n")
    .map((line) => line.split(" ", 3))
    .find(([id]) => id === mountId);
  try {
    return { path: readlinkSync(`/proc/${pid}/fd/${fd}`), device: mount?.[2] };
  } catch {
    return undefined;
  }
}
