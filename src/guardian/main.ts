/**
 * The guardian process: the only one that calls FIFREEZE. Started by the supervisor with two
 * inherited sockets.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { defaultLimits } from "../hold/limits.js";
import { createKernel } from "../kernel/choose.js";
import { createStderrLog } from "../observe/stderr-log.js";
import { exitNow } from "../os/exit.js";
import { giveLifeSign, watchLifeSign } from "../os/life-sign.js";
import { clockBoottimeUs, setOomScoreAdj, setParentDeathSignal } from "../os/process.js";
import { takeShortSlices } from "../os/scheduling.js";
import { closeFd } from "../os/sockets.js";
import {
  apiLifeFd,
  type GuardianConfig,
  ownLifeFd,
  peerFd,
  supervisorFd,
  supervisorLifeFd,
  takeChildConfig,
} from "../supervisor/config.js";
import { identify, lastInLine, type ProcessIdentity } from "../supervisor/process-life.js";
import { version } from "../version.js";
import { GuardianProcess } from "./guardian-process.js";

const SIGTERM = 15;

process.title = "fsfreezed: guardian";
const config = takeChildConfig<GuardianConfig>();
// Also those that thaw: Node has started them by now, or starts them as this thread is.
takeShortSlices();
giveLifeSign(ownLifeFd);
closeFd(ownLifeFd);
const log = createStderrLog({ name: "guardian", level: config.logLevel });
let supervisorIsDead = (): boolean => false;
const guardian = new GuardianProcess({
  kernel: createKernel(config.kernel, config.bpffs),
  supervisorFd,
  apiFd: peerFd,
  onDeath: {
    supervisor: (tell) => {
      supervisorIsDead = watchOnce(supervisorLifeFd, identify(config.supervisorPid), tell);
    },
    api: (tell) => void watchOnce(apiLifeFd, config.api, tell),
  },
  config,
  limits: defaultLimits,
  host: {
    name: hostname(),
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  },
  log,
  nowMs: () => clockBoottimeUs() / 1000,
  version,
  exit: (code) => void log.flush(200).then(() => exitNow(code)),
});
// The supervisor decides when to end; a Ctrl-C in a terminal reaches the whole process group.
process.on("SIGINT", () => {});
// A reload is for the supervisor alone; a service manager may tell all of the service.
process.on("SIGHUP", () => {});
// `drain` is for the supervisor alone; without a handler Node would open its debugger to the machine.
process.on("SIGUSR1", () => {});
// Also sent by the kernel when the supervisor dies, whose other threads adopt us for as long as they
// still end: our parent's pid alone tells nothing.
process.on("SIGTERM", () => {
  if (supervisorIsDead() || process.ppid !== config.supervisorPid)
    guardian.loseSupervisor("is dead");
  else guardian.end("SIGTERM", "SHUTDOWN");
});
setParentDeathSignal(SIGTERM);
setOomScoreAdj(-1000);
if (process.ppid !== config.supervisorPid) process.exit(1);
await guardian.start();

function watchOnce(
  fd: number,
  process: ProcessIdentity | undefined,
  onDeath: () => void,
): () => boolean {
  const putLast = process === undefined ? () => {} : lastInLine(process);
  const isDead = watchLifeSign(fd, () => {
    putLast();
    onDeath();
  });
  closeFd(fd);
  return isDead;
}
