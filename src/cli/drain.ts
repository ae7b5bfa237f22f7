/** `fsfreezed drain`: lets a service end as soon as its last hold has ended, for upgrades. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { SystemError } from "../os/libc.js";
import { listenerCredentials } from "../os/sockets.js";
import { identify, lifeOf, type ProcessIdentity } from "../supervisor/process-life.js";
import { defaultStateDir } from "./serve.js";

interface Flags {
  readonly address: string;
  readonly wait?: boolean;
}

const pollMs = 50;

export function addDrain(program: Command): void {
  program
    .command("drain")
    .description("begin no new hold, wait for those that are open, then end the service")
    .option(
      "--address <address>",
      "unix:PATH of the service's socket",
      parseAddress,
      join(defaultStateDir, "fsfreezed.sock"),
    )
    .option("--wait", "return when the service has ended (the default)")
    .option("--no-wait", "return at once; the service ends by itself")
    .action(drain);
}

function parseAddress(text: string): string {
  const path = /^unix:(?:\/\/(?=\/))?(\/.*)$/.exec(text)?.[1];
  if (path === undefined) throw new InvalidArgumentError("write unix:PATH with an absolute path.");
  return path;
}

async function drain({ address, wait }: Flags): Promise<void> {
  const found = findSupervisor(address);
  if ("problem" in found) return fail(found.problem);
  const { supervisor } = found;
  try {
    process.kill(supervisor.pid, "SIGUSR1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(`process ${supervisor.pid} cannot be told (${code}): run this as root`);
  }
  if (wait === false) {
    say(`fsfreezed (process ${supervisor.pid}) begins no new hold, and ends with its last one`);
    return;
  }
  while (lifeOf(supervisor) !== "gone") await sleep(pollMs);
  say(`fsfreezed (process ${supervisor.pid}) has ended`);
}

type Found = { readonly supervisor: ProcessIdentity } | { readonly problem: string };

const byHand =
  "with systemd: systemctl kill --signal=SIGUSR1 --kill-whom=main fsfreezed; elsewhere send SIGUSR1 to the process that runs `fsfreezed serve`";

/** The api listens, on a socket that it inherited from its parent, the supervisor. */
function findSupervisor(path: string): Found {
  let pid: number;
  try {
    pid = listenerCredentials(path).pid;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { problem: `no service answers on ${path}: ${error.message}` };
  }
  for (const { role, pid: candidate } of [readProcess(pid), readProcess(readProcess(pid).parent)]) {
    const supervisor = role === supervisorName ? identify(candidate) : undefined;
    if (supervisor !== undefined) return { supervisor };
  }
  const who = pid === 0 ? "a process of another container" : `process ${pid}`;
  return { problem: `${who} listens on ${path}, and no fsfreezed that can be seen; ${byHand}` };
}

/** Its title, as long as the kernel keeps it (TASK_COMM_LEN is 16 with the final zero). */
const supervisorName = "fsfreezed: supervisor".slice(0, 15);

function readProcess(pid: number): { readonly pid: number; role: string; parent: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const role = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid, role, parent: Number(fields[1]) };
  } catch {
    return { pid, role: "", parent: 0 };
  }
}

function fail(problem: string): void {
  process.stderr.write(`fsfreezed drain: ${problem}\n`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
