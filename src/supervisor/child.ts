/** Starts a child with inherited descriptors, and tells once when it is gone. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { closeFd, socketPair } from "../os/sockets.js";
import { configVariable } from "./config.js";
import { identify, type ProcessIdentity } from "./process-life.js";

export interface Child {
  readonly identity: ProcessIdentity;
  /** The supervisor's end of the child's descriptor 3; whoever uses it closes it. */
  readonly fd: number;
  /** Resolves when it is wholly gone, also the threads that were stuck in the kernel. */
  readonly gone: Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface ChildOptions {
  /** Program file: absolute, or relative to this one. */
  readonly program: string;
  readonly config: object;
  readonly environment: Readonly<Record<string, string>>;
  /** Descriptors given as 4, 5, ... */
  readonly descriptors: readonly number[];
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Why it could not be started, or signalled. */
  readonly onError: (error: Error) => void;
}

/**
 * Throws where the process could not be started (EAGAIN, EMFILE, ENOMEM ...); then nothing of it is
 * left.
 */
export function startChild(options: ChildOptions): Child {
  const [fd, childFd] = socketPair();
  try {
    return { fd, ...startProcess(options, childFd) };
  } catch (error) {
    closeFd(fd);
    throw error;
  } finally {
    closeFd(childFd);
  }
}

function startProcess(options: ChildOptions, fd: number): Omit<Child, "fd"> {
  const program = fileURLToPath(new URL(options.program, import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      ...options.environment,
      [configVariable]: JSON.stringify(options.config),
    },
    // stdout of the children is the log too, should anything write there.
    stdio: ["ignore", 2, 2, fd, ...options.descriptors],
    ...(options.user === undefined ? {} : options.user),
  });
  child.on("error", options.onError);
  const identity = identityOf(child);
  if (identity === undefined) throw new Error(`${program} could not be started`);
  return {
    identity,
    gone: new Promise((resolve) => {
      child.once("exit", () => resolve());
    }),
    signal: (signal) => {
      child.kill(signal);
    },
  };
}

function identityOf({ pid }: ChildProcess): ProcessIdentity | undefined {
  // Until it is reaped its /proc entry exists, so this finds it even if it died at once.
  return pid === undefined ? undefined : identify(pid);
}
