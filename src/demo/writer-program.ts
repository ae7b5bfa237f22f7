/**
 * The demo's writer: appends a record and fsyncs it, without pause, for ever, knowing nothing of fsfreezed.
 *
 *   node writer-program.js FILE
 *
 * After each fsync it reports one line on stdout: SEQUENCE STARTED WRITTEN SYNCED, the times on CLOCK_MONOTONIC in milliseconds.
 * A freeze shows as a long time between STARTED and SYNCED, by the writer's own clock.
 */
import { fsyncSync, openSync, writeSync } from "node:fs";
import { monotonicMs } from "./clock.js";

const [, , path] = process.argv;
if (path === undefined) throw new Error("usage: writer-program.js FILE");
const file = openSync(path, "a");
for (let sequence = 1; ; sequence += 1) {
  const record = `${sequence} ${new Date().toISOString()}\n`;
  const started = monotonicMs();
  writeSync(file, record);
  const written = monotonicMs();
  fsyncSync(file);
  const synced = monotonicMs();
  writeSync(1, `${sequence} ${started} ${written} ${synced}\n`);
}
