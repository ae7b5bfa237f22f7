/** How the service is started, and what its children are told through their environment. */

import type { LogLevel } from "../observe/stderr-log.js";
import type { PassedSocket } from "../os/systemd.js";
import type { ProcessIdentity } from "./process-life.js";

export type KernelChoice =
  | { readonly kind: "linux"; readonly bpf: boolean; readonly fallbacks: boolean }
  /** JSON of a simulated world; "" is the default one. */
  | { readonly kind: "simulated"; readonly world: string };

export type Listen =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** Opened by the service manager; it stays open, and its file stays, when we end. */
  | { readonly kind: "passed"; readonly socket: PassedSocket };

export interface ServeOptions {
  readonly listen: readonly Listen[];
  readonly stateDir: string;
  readonly socketMode: number;
  readonly unprotect: readonly string[];
  /** After a death of the whole service: leave what another program may have frozen since. */
  readonly recoverOnlyProven: boolean;
  /** uid and gid of the api process; undefined keeps the supervisor's. */
  readonly apiUser: { readonly uid: number; readonly gid: number } | undefined;
  readonly kernel: KernelChoice;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly logLevel: LogLevel;
}

export interface GuardianConfig {
  readonly supervisorPid: number;
  readonly api: ProcessIdentity;
  readonly version: string;
  readonly stateDir: string;
  readonly bpffs?: string;
  readonly unprotect: readonly string[];
  readonly kernel: KernelChoice;
  readonly logLevel: LogLevel;
}

export interface SentinelConfig {
  readonly onlyProven: boolean;
  readonly supervisorPid: number;
  readonly stateDir: string;
  readonly journal: string;
  readonly bpffs?: string;
  readonly kernel: KernelChoice;
  readonly logLevel: LogLevel;
}

export interface ApiConfig {
  readonly supervisorPid: number;
  readonly version: string;
  readonly listeners: readonly { readonly kind: "unix" | "tcp"; readonly fd: number }[];
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly logLevel: LogLevel;
}

/** The children's descriptors, in the order of `stdio`. */
export const supervisorFd = 3;
export const peerFd = 4;
/** Where each gives the sign that it lives (life-sign.ts). */
export const ownLifeFd = 5;
/** The guardian's: the signs of the others. */
export const apiLifeFd = 6;
export const supervisorLifeFd = 7;
/** The api's. */
export const firstListenerFd = 6;

export const configVariable = "FSFREEZED_CHILD_CONFIG";

/** What a child was told. Removed from the environment, so that nothing it starts inherits it. */
export function takeChildConfig<T>(): T {
  const text = process.env[configVariable];
  if (text === undefined) {
    throw new Error("this program is started by `fsfreezed serve`, not by hand");
  }
  delete process.env[configVariable];
  return JSON.parse(text) as T;
}
