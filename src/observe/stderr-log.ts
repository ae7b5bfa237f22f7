/** The log of a running process: pino's JSON lines on stderr, through a buffer that drops and counts instead of waiting. */
import { pino } from "pino";
import { BoundedWriter } from "./bounded-writer.js";
import type { Log } from "./log.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface StderrLogOptions {
  /** Which of the processes speaks: "supervisor", "guardian", "api". */
  readonly name: string;
  readonly level?: LogLevel;
  /** Default: 2. */
  readonly fd?: number;
  /** Bytes that may wait for a reader. Default: 1 MiB. */
  readonly capacity?: number;
}

export interface StderrLog extends Log {
  /** Before the process exits: waits for what is buffered, but never longer than `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
}

const defaultCapacity = 1024 * 1024;

export function createStderrLog(options: StderrLogOptions): StderrLog {
  const writer = new BoundedWriter({
    fd: options.fd ?? 2,
    capacity: options.capacity ?? defaultCapacity,
    droppedLine: (count) =>
      `${JSON.stringify({
        level: "warn",
        time: new Date().toISOString(),
        process: options.name,
        pid: process.pid,
        msg: "log lines dropped",
        count,
      })}\n`,
  });
  const logger = pino(
    {
      level: options.level ?? "info",
      base: { process: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => writer.write(line) },
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    flush: (timeoutMs) => writer.flush(timeoutMs),
  };
}
