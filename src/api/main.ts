/** The api process: speaks gRPC with clients and plain values with the guardian. Started by the supervisor; needs no privilege. */
import { connectGuardian } from "../channel/guardian-client.js";
import { LineChannel } from "../channel/line-channel.js";
import type { ApiToSupervisor, SupervisorToApi } from "../channel/supervisor-protocol.js";
import { defaultLimits } from "../hold/limits.js";
import { createStderrLog } from "../observe/stderr-log.js";
import { giveLifeSign } from "../os/life-sign.js";
import { clockBoottimeUs, forbidDumps, setParentDeathSignal } from "../os/process.js";
import { closeFd, peerCredentials } from "../os/sockets.js";
import {
  type ApiConfig,
  ownLifeFd,
  peerFd,
  supervisorFd,
  takeChildConfig,
} from "../supervisor/config.js";
import { createApiServer } from "./server.js";

const SIGTERM = 15;

process.title = "fsfreezed: api";
const config = takeChildConfig<ApiConfig>();
giveLifeSign(ownLifeFd);
closeFd(ownLifeFd);
const log = createStderrLog({ name: "api", level: config.logLevel });
const nowMs = (): number => clockBoottimeUs() / 1000;

let leaving = false;
async function leave(why: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  log.info("api ends", { why });
  await server.shutdown();
  await log.flush(200);
  process.exit(0);
}

const { guardian, hello } = connectGuardian(peerFd, {
  version: config.version,
  nowMs,
  onEnd: (why) => void leave(`guardian ${why}`),
});
const server = createApiServer({
  guardian,
  log,
  listeners: config.listeners,
  peerCredentials,
  keepaliveTimeMs: config.keepaliveTimeMs,
  keepaliveTimeoutMs: config.keepaliveTimeoutMs,
  version: config.version,
  limits: defaultLimits,
});
let tlsIsSettled: () => void = () => {};
/** Until then it is not known whether TCP may be served plain. */
const tlsSettled = new Promise<void>((resolve) => {
  tlsIsSettled = resolve;
});
function fromSupervisor(message: SupervisorToApi): void {
  if ("shutdown" in message) return void leave("asked by the supervisor");
  if (message.tls !== null) {
    forbidDumps();
    server.useTls(message.tls);
  }
  tlsIsSettled();
}
const supervisor = new LineChannel(supervisorFd, {
  between: ["api", "supervisor"],
  nowMs,
  onMessage: (message) => fromSupervisor(message as SupervisorToApi),
  onEnd: (why) => void leave(`supervisor ${why}`),
});
process.on("SIGINT", () => {});
// Whoever signals all processes of the service means the supervisor, which tells us what it reads then.
process.on("SIGHUP", () => {});
// For the supervisor alone; without a handler Node would open its debugger to the machine.
process.on("SIGUSR1", () => {});
process.on("SIGTERM", () => void leave("SIGTERM"));
setParentDeathSignal(SIGTERM);
if (process.ppid !== config.supervisorPid) process.exit(1);

if ((await hello) !== config.version) {
  await leave("the guardian is of another version");
} else {
  await tlsSettled;
  await server.start();
  supervisor.send({ ready: true } satisfies ApiToSupervisor);
}
