/** The sentinel process. Started by the supervisor, which it outlives: see sentinel.ts. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { createKernel } from "../kernel/choose.js";
import { createStderrLog } from "../observe/stderr-log.js";
import { exitNow } from "../os/exit.js";
import { clockBoottimeUs, setOomScoreAdj, setParentDeathSignal } from "../os/process.js";
import { type SentinelConfig, supervisorFd, takeChildConfig } from "./config.js";
import { Sentinel } from "./sentinel.js";

const SIGUSR2 = 12;

process.title = "fsfreezed: sentinel";
const config = takeChildConfig<SentinelConfig>();
const log = createStderrLog({ name: "sentinel", level: config.logLevel });
const sentinel = new Sentinel({
  ...config,
  supervisorFd,
  kernel: createKernel(config.kernel, config.bpffs),
  host: hostname(),
  bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  log,
  nowMs: () => clockBoottimeUs() / 1000,
  exit: () => void log.flush(200).then(() => exitNow(0)),
});
// Whoever asks the service to end asks the supervisor, which ends this process last; until then
// there may be something to thaw.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) {
  process.on(signal, () => {});
}
process.on("SIGUSR2", () => sentinel.supervisorLost("supervisor died"));
setParentDeathSignal(SIGUSR2);
setOomScoreAdj(-1000);
if (process.ppid !== config.supervisorPid) sentinel.supervisorLost("supervisor died");
