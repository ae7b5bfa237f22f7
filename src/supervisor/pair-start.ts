/** Starts the two processes of a pair, connected with each other and with us. */
import type { Log } from "../observe/log.js";
import { createLifeSign } from "../os/life-sign.js";
import { closeFd, socketPair } from "../os/sockets.js";
import { type Child, startChild } from "./child.js";
import {
  type ApiConfig,
  firstListenerFd,
  type GuardianConfig,
  type ServeOptions,
} from "./config.js";
import type { ProcessIdentity } from "./process-life.js";

export interface PairStart {
  readonly options: ServeOptions;
  readonly version: string;
  readonly bpffs: string | undefined;
  readonly log: Log;
  readonly listeners: readonly { readonly kind: "unix" | "tcp"; readonly fd: number }[];
  /** Where this process gives its sign of life, as a descriptor. */
  readonly ownLife: number;
  /** Other programs, in tests. */
  readonly programs?: { readonly guardian: string; readonly api: string };
}

/**
 * Threads of the guardian: half for freezes, which may be stuck in them, the rest for lookups and
 * thaws.
 */
const guardianThreads = "192";
/** libuv's own default. Each thread that must die delays the end of its process, which the guardian waits for. */
const apiThreads = "4";

const ourPrograms = { guardian: "../guardian/main.js", api: "../api/main.js" };

export interface StartedPair {
  readonly guardian: Child;
  readonly api: Child;
  /** Where the guardian gives its sign of life; whoever uses it closes it. */
  readonly guardianLife: number;
}

/** Throws where one of them cannot be started; then nothing of either is left. */
export function startPair(start: PairStart): StartedPair {
  const guardianLife = createLifeSign();
  try {
    const apiLife = createLifeSign();
    try {
      return { ...startBoth(start, { guardianLife, apiLife }), guardianLife };
    } finally {
      closeFd(apiLife);
    }
  } catch (error) {
    closeFd(guardianLife);
    throw error;
  }
}

function startBoth(
  start: PairStart,
  { guardianLife, apiLife }: { readonly guardianLife: number; readonly apiLife: number },
): Pick<StartedPair, "guardian" | "api"> {
  const { programs = ourPrograms, log, ownLife } = start;
  const onError = (error: Error): void =>
    log.error("child process failed", { error: error.message });
  const [guardianEnd, apiEnd] = socketPair();
  let api: Child | undefined;
  try {
    api = startChild({
      program: programs.api,
      config: apiConfig(start),
      environment: { UV_THREADPOOL_SIZE: apiThreads },
      descriptors: [apiEnd, apiLife, ...start.listeners.map((listener) => listener.fd)],
      user: start.options.apiUser,
      onError,
    });
    const guardian = startChild({
      program: programs.guardian,
      config: guardianConfig(start, api.identity),
      environment: { UV_THREADPOOL_SIZE: guardianThreads },
      descriptors: [guardianEnd, guardianLife, apiLife, ownLife],
      onError,
    });
    return { guardian, api };
  } catch (error) {
    if (api !== undefined) {
      api.signal("SIGKILL");
      closeFd(api.fd);
    }
    throw error;
  } finally {
    closeFd(guardianEnd);
    closeFd(apiEnd);
  }
}

function guardianConfig(
  { options, version, bpffs }: PairStart,
  api: ProcessIdentity,
): GuardianConfig {
  return {
    supervisorPid: process.pid,
    api,
    version,
    stateDir: options.stateDir,
    ...(bpffs === undefined ? {} : { bpffs }),
    unprotect: options.unprotect,
    kernel: options.kernel,
    logLevel: options.logLevel,
  };
}

function apiConfig({ options, version, listeners }: PairStart): ApiConfig {
  return {
    supervisorPid: process.pid,
    version,
    listeners: listeners.map(({ kind }, i) => ({ kind, fd: firstListenerFd + i })),
    keepaliveTimeMs: options.keepaliveTimeMs,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs,
    logLevel: options.logLevel,
  };
}
