import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BoundedWriter, type WriteCall } from "./bounded-writer.js";
import { createStderrLog } from "./stderr-log.js";

const droppedLine = (count: number) => `dropped ${count}\n`;

/** A descriptor whose writes complete when the test says so. */
function heldDescriptor() {
  const pending: { data: string; done: Parameters<WriteCall>[5] }[] = [];
  const write: WriteCall = (_fd, data, _offset, length, _position, done) => {
    pending.push({ data: data.subarray(0, length).toString(), done });
  };
  return { pending, write };
}

test("lines go out in order, one write at a time", () => {
  const { pending, write } = heldDescriptor();
  const writer = new BoundedWriter({ fd: 9, capacity: 100, droppedLine, write });
  writer.write("a\n");
  writer.write("b\n");
  writer.write("c\n");
  expect(pending.map((p) => p.data)).toEqual(["a\n"]);
  pending[0]?.done(null, 2);
  expect(pending.map((p) => p.data)).toEqual(["a\n", "b\nc\n"]);
});

test("a short write goes on where it stopped", () => {
  const { pending, write } = heldDescriptor();
  const writer = new BoundedWriter({ fd: 9, capacity: 100, droppedLine, write });
  writer.write("hello\n");
  pending[0]?.done(null, 2);
  expect(pending[1]?.data).toBe("llo\n");
});

test("what does not fit is dropped and counted, and memory stays bounded", () => {
  const { pending, write } = heldDescriptor();
  const writer = new BoundedWriter({ fd: 9, capacity: 10, droppedLine, write });
  for (let i = 0; i < 1000; i++) writer.write("12345\n");
  expect(pending).toHaveLength(1);
  expect(writer.dropped).toBe(999);
  pending[0]?.done(null, 6);
  expect(pending[1]?.data).toBe("dropped 999\n");
  pending[1]?.done(null, 12);
  writer.write("again\n");
  expect(pending[2]?.data).toBe("again\n");
});

test("a reader that is gone for good ends the writing, not the process", async () => {
  const { pending, write } = heldDescriptor();
  const writer = new BoundedWriter({ fd: 9, capacity: 100, droppedLine, write });
  writer.write("a\n");
  const flushed = writer.flush(60_000);
  pending[0]?.done(Object.assign(new Error("gone"), { code: "EPIPE" }), 0);
  await flushed;
  writer.write("b\n");
  expect(pending).toHaveLength(1);
  expect(writer.dropped).toBe(1);
});

test("a full non-blocking pipe is tried again", async () => {
  const { pending, write } = heldDescriptor();
  const writer = new BoundedWriter({ fd: 9, capacity: 100, droppedLine, write });
  writer.write("a\n");
  pending[0]?.done(Object.assign(new Error("full"), { code: "EAGAIN" }), 0);
  await expect.poll(() => pending.length).toBe(2);
  expect(pending[1]?.data).toBe("a\n");
});

test("into a file: JSON lines with constant messages and fields", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-log-"));
  const fd = openSync(join(directory, "log"), "w");
  const log = createStderrLog({ name: "api", fd });
  log.debug("not this one");
  log.warn("hold ended", { holdId: "h1" });
  log.error("handler failed", { error: new Error("secret").message });
  await log.flush(5000);
  closeSync(fd);
  const lines = readFileSync(join(directory, "log"), "utf8").trim().split("\n");
  rmSync(directory, { recursive: true });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", process: "api", msg: "hold ended", holdId: "h1" },
    { level: "error", msg: "handler failed", error: "secret" },
  ]);
});

/** A FIFO with both ends open, so that it can be filled without a second process. */
function withFifo(flags: number, run: (fd: number) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "fsfreezed-log-"));
  const path = join(directory, "fifo");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | flags);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return run(fd).finally(async () => {
    // A thread still waits in write(2): it is let go by reading until nothing comes any more.
    const scrap = Buffer.alloc(1024 * 1024);
    for (let quiet = 0; quiet < 5; ) {
      try {
        readSync(reader, scrap, 0, scrap.length, null);
        quiet = 0;
      } catch {
        quiet++;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    closeSync(reader);
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });
}

test.each([
  ["blocking", 0],
  ["non-blocking", constants.O_NONBLOCK],
])("a full %s pipe holds up neither the process nor its memory", async (_name, flags) => {
  await withFifo(flags, async (fd) => {
    const log = createStderrLog({ name: "test", fd, capacity: 256 * 1024 });
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20_000; i++) log.info("filling the pipe", { text: "x".repeat(200) });
    await log.flush(200);
    let turns = 0;
    for (; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(turns).toBe(100);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64e6);
  });
});
