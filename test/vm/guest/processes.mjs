// The service's processes as the kernel shows them: by titles, whose first 15 characters are in /proc/PID/stat (which never blocks).
import { readdirSync, readFileSync } from "node:fs";
import { until } from "./commands.mjs";

const titles = {
  supervisor: "fsfreezed: supe",
  guardian: "fsfreezed: guar",
  api: "fsfreezed: api",
  sentinel: "fsfreezed: sent",
};

/** Those that a hold needs. */
export const roles = ["supervisor", "guardian", "api"];
/** And the one that is left when these die at one moment; it starts last. */
export const everybody = [...roles, "sentinel"];

/** Living processes with this role, the newest last. */
function find(role) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = read(name);
      return found?.title === titles[role] && !"ZX".includes(found.state) ? [found] : [];
    })
    .sort((a, b) => a.startTime - b.startTime);
}

function read(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      pid: Number(pid),
      title: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      state: fields[0],
      startTime: Number(fields[19]),
    };
  } catch {
    // It ended while the directory was read.
    return undefined;
  }
}

export function pidOf(role) {
  const pid = find(role).at(-1)?.pid;
  if (pid === undefined) throw new Error(`no ${role} runs`);
  return pid;
}

export function kill(signal, ...which) {
  for (const pid of which.map(pidOf)) process.kill(pid, signal);
}

/** Threads of the guardian that are inside FIFREEZE; none where it is just being started. */
export function freezesInFlight() {
  const pid = find("guardian").at(-1)?.pid;
  if (pid === undefined) return 0;
  return readdirSync(`/proc/${pid}/task`).filter((thread) => {
    try {
      return /freeze_super|percpu/.test(readFileSync(`/proc/${pid}/task/${thread}/wchan`, "utf8"));
    } catch {
      return false;
    }
  }).length;
}

export function sentinelWatches(limitMs) {
  return until("a sentinel watches", limitMs, () => find("sentinel").length > 0);
}

export function nothingLeft(limitMs) {
  return until("all processes of the service end", limitMs, () =>
    everybody.every((role) => find(role).length === 0),
  );
}
