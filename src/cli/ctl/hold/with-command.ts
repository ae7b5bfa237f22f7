/** Runs COMMAND while the hold lives, and does not let it, or anything else, keep the file system frozen. */

import { exitCodes, signalExitCode } from "../../exit-codes.js";
import { filesystemNames, printable } from "../render.js";
import { Child, type ChildEnd } from "./child.js";
import { devicesOf, type Hang, HangWatch } from "./hang-watch.js";
import { conclude, conclusionOfLost, type Session, tellBroken } from "./session.js";
import type { EndingSignal } from "./signals.js";

/** Milliseconds. All together less than the 5 s within which a signal ends everything. */
const afterSignal = { terminal: 1_000, grace: 2_500, release: 1_200 } as const;
const afterBreak = { grace: 5_000, kill: 500 } as const;
const afterHang = { byItself: 1_000, grace: 2_000, kill: 500 } as const;

type Incident =
  | { readonly kind: "ended"; readonly how: ChildEnd }
  | { readonly kind: "broken" }
  | { readonly kind: "signal"; readonly signal: EndingSignal }
  | { readonly kind: "hung"; readonly hang: Hang };

/** Finds COMMAND's orphans, where the C library can be reached; else the processes that were seen once must do. */
export type Reap = ((pid: number) => void) | undefined;

export async function adoptOrphans(): Promise<Reap> {
  try {
    const { becomeSubreaper, reap } = await import("../../../os/subreaper.js");
    becomeSubreaper();
    return reap;
  } catch {
    return undefined;
  }
}

export async function runCommand(
  session: Session,
  command: readonly string[],
  reap: Reap,
): Promise<number> {
  const { hold, context, signals } = session;
  const child = new Child(command, {
    ...context.env,
    ...context.environment,
    FSFREEZE_HOLD_ID: hold.id,
  });
  let watch: HangWatch | undefined;
  const hung = new Promise<Incident>((resolve) => {
    if (child.pid === undefined) return;
    watch = new HangWatch({
      root: process.pid,
      command: child.pid,
      devices: devicesOf(hold.info),
      reap,
      hung: (hang) => resolve({ kind: "hung", hang }),
    });
  });
  const broken = new Promise<Incident>((resolve) => {
    const tell = () => resolve({ kind: "broken" });
    if (hold.broken.aborted) tell();
    else hold.broken.addEventListener("abort", tell, { once: true });
  });
  const incident = await Promise.race<Incident>([
    broken,
    child.ended.then((how) => ({ kind: "ended", how })),
    signals.nth(1).then((signal) => ({ kind: "signal", signal })),
    hung,
  ]);
  watch?.stop();
  try {
    switch (incident.kind) {
      case "ended":
        return await afterItsEnd(session, command, incident.how);
      case "broken":
        return await afterTheBreak(session, child);
      case "signal":
        return await afterASignal(session, child, incident.signal);
      case "hung":
        return await afterTheHang(session, child, incident.hang);
      default:
        return incident satisfies never;
    }
  } finally {
    child.abandon();
  }
}

async function afterItsEnd(
  session: Session,
  command: readonly string[],
  how: ChildEnd,
): Promise<number> {
  const verdict = await conclude(session);
  const { out } = session.context;
  switch (how.kind) {
    case "exited":
      return verdict === exitCodes.done ? how.code : verdict;
    case "killed":
      return verdict === exitCodes.done ? signalExitCode(how.signal) : verdict;
    case "not-started": {
      const code =
        how.error.code === "ENOENT" ? exitCodes.commandNotFound : exitCodes.commandNotExecutable;
      out.error(new Error(`${command[0]}: ${how.error.message}`), code);
      return code;
    }
    default:
      return how satisfies never;
  }
}

/** What COMMAND copied is worthless from now on: it is told by SIGTERM, and has a moment to clean up. */
async function afterTheBreak(session: Session, child: Child): Promise<number> {
  const code = tellBroken(session);
  child.signal("SIGTERM");
  // The file system is thawed already, so there is no hurry; but a signal to us is one.
  const impatient = session.signals.nth(1);
  await Promise.race([child.endsWithin(afterBreak.grace), impatient]);
  await kill(child, afterBreak.kill);
  await conclusionOfLost(session);
  return code;
}

async function afterASignal(session: Session, child: Child, signal: EndingSignal): Promise<number> {
  session.heard = 1;
  const { out } = session.context;
  out.note(`${signal}: waiting for COMMAND to end, then thawing`);
  const again = session.signals.nth(2).then(() => true);
  const until = performance.now() + afterSignal.grace;
  if (signal === "SIGINT" && child.hearsTheTerminal())
    await Promise.race([child.endsWithin(afterSignal.terminal), again]);
  child.signal(signal);
  await Promise.race([child.endsWithin(until - performance.now()), again]);
  // One that sleeps on the frozen file system dies of it as soon as that is thawed.
  child.signal("SIGKILL");
  session.heard = Number.POSITIVE_INFINITY;
  await conclude(session, { timeout: afterSignal.release });
  return signalExitCode(signal);
}

async function afterTheHang(session: Session, child: Child, hang: Hang): Promise<number> {
  const { hold, context, say } = session;
  const where = hang.path ?? filesystemNames(hold.info);
  const how = [hang.syscall, hang.waitsIn].filter((known) => known !== undefined).join(" in ");
  const text =
    `${printable(hang.comm)} (pid ${hang.pid}) hangs writing to ${printable(where)}, which this hold ` +
    `keeps frozen${how === "" ? "" : ` (${how})`}; thawing`;
  const { hungOnItself } = exitCodes;
  context.out.error(
    new Error(
      `${text}\n  COMMAND must not write to what it freezes: keep its output, logs and temporary files elsewhere.`,
    ),
    hungOnItself,
  );
  const json = {
    message_type: "hung",
    pid: hang.pid,
    comm: hang.comm,
    syscall: hang.syscall,
    waits_in: hang.waitsIn,
    path: hang.path,
    mount_points: hold.info.filesystems.map(({ filesystem }) => filesystem.mountPoint),
  };
  if (context.out.json) say("", json);
  await conclude(session);
  // It goes on now, over files that are frozen no more; what it makes of them is no snapshot.
  const ended = child.endsWithin(afterHang.byItself);
  const impatient = session.signals.nth(session.heard + 1).then(() => true);
  await Promise.race([ended, impatient]);
  child.signal("SIGTERM");
  await Promise.race([child.endsWithin(afterHang.grace), impatient]);
  await kill(child, afterHang.kill);
  return hungOnItself;
}

async function kill(child: Child, wait: number): Promise<void> {
  if (!child.running) return;
  child.signal("SIGKILL");
  await child.endsWithin(wait);
}
