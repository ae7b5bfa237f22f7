import { closeSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { socketPair } from "../os/sockets.js";
import { type ChannelEnd, LineChannel, slowness } from "./line-channel.js";
import { quiet, rawPeer, until } from "./testing/sockets.js";

beforeEach(() => {
  // Sockets stay real; only the heartbeat's own timers stand still until a test moves them.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
});
const open: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of open.splice(0)) close();
});

class End {
  readonly heard: unknown[] = [];
  readonly ends: ChannelEnd[] = [];
  readonly channel: LineChannel;
  clock = 1_000_000;

  constructor(fd: number) {
    this.channel = new LineChannel(fd, {
      nowMs: () => this.clock,
      onMessage: (message) => this.heard.push(message),
      onEnd: (why) => this.ends.push(why),
    });
    open.push(() => this.channel.close());
  }
}

function rawPair(): { readonly end: End; readonly raw: Socket } {
  const { fd, raw } = rawPeer();
  raw.on("error", () => {});
  open.push(() => raw.destroy());
  return { end: new End(fd), raw };
}

/** Time passes for the channel alone, a heartbeat at a time. */
async function pass(end: End, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    end.clock += 250;
    vi.advanceTimersByTime(250);
    await quiet();
  }
}

/** The peer lives and heartbeats meanwhile. */
async function passWithPeer(end: End, raw: Socket, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    raw.write('{"heartbeat":1}\n');
    await quiet();
    await pass(end, 250);
  }
}

test("messages arrive whole and in order, heartbeats are kept to itself", async () => {
  const [left, right] = socketPair();
  const a = new End(left);
  const b = new End(right);
  a.channel.send({ n: 1 });
  a.channel.send({ text: "two\nlines, ümläut 🧊" });
  b.channel.send({ back: true });
  await until(() => b.heard.length === 2 && a.heard.length === 1);
  expect(b.heard).toEqual([{ n: 1 }, { text: "two\nlines, ümläut 🧊" }]);
  expect(a.heard).toEqual([{ back: true }]);
});

test("a message that comes in pieces, cut within a character, is one message", async () => {
  const { end, raw } = rawPair();
  const bytes = Buffer.from('{"text":"🧊"}\n{"n":2}\n{"n"');
  for (const byte of bytes) {
    raw.write(Buffer.from([byte]));
    await quiet();
  }
  expect(end.heard).toEqual([{ text: "🧊" }, { n: 2 }]);
  raw.write(":3}\n");
  await until(() => end.heard.length === 3);
  expect(end.heard[2]).toEqual({ n: 3 });
});

test("a large message crosses in many chunks", async () => {
  const [left, right] = socketPair();
  const a = new End(left);
  const b = new End(right);
  const text = "x".repeat(3_000_000);
  a.channel.send({ text });
  await until(() => b.heard.length === 1);
  expect(b.heard[0]).toEqual({ text });
});

test("a peer that closes ends it once, after its last words", async () => {
  const { end, raw } = rawPair();
  raw.end('{"last":"words"}\n');
  await until(() => end.ends.length > 0);
  await quiet();
  expect(end.heard).toEqual([{ last: "words" }]);
  expect(end.ends).toEqual(["closed"]);
});

test.each([
  ["a heartbeat is due", () => vi.advanceTimersByTime(250)],
  ["something is said to it", (end: End) => end.channel.send({ late: true })],
])("a peer that said its last words and left is heard although %s", async (_, disturb) => {
  const [left, right] = socketPair();
  const end = new End(left);
  await quiet();
  // All within one turn: said, gone, and then our own words, before the socket could be read.
  writeSync(right, '{"last":"words"}\n'.repeat(500));
  closeSync(right);
  disturb(end);
  await until(() => end.ends.length > 0);
  expect(end.heard.length).toBe(500);
  expect(end.ends).toEqual(["closed"]);
});

test("a peer that leaves while it is being heard is heard to its end", async () => {
  const [left, right] = socketPair();
  const heard: unknown[] = [];
  let ended = false;
  const channel = new LineChannel(left, {
    nowMs: () => 0,
    onMessage: (message) => {
      heard.push(message);
      // While the first words are handled the peer says its last and leaves, and is answered.
      if (heard.length === 1) {
        writeSync(right, '{"last":"words"}\n'.repeat(500));
        closeSync(right);
      }
      channel.send({ answer: heard.length });
    },
    onEnd: () => {
      ended = true;
    },
  });
  writeSync(right, '{"first":"words"}\n');
  await until(() => ended);
  expect(heard.length).toBe(501);
  expect(channel.heardBytes).toBe(18 + 17 * 500);
});

test("silence ends it; heartbeats alone keep it", async () => {
  const { end, raw } = rawPair();
  await passWithPeer(end, raw, 10_000);
  expect(end.ends).toEqual([]);
  await pass(end, 1_750);
  expect(end.ends).toEqual([]);
  await pass(end, 250);
  expect(end.ends).toEqual(["silent"]);
});

test.each([
  ["word", ""],
  ["heartbeat, although it greeted,", '{"hello":{}}\n'],
])("before its first %s a peer may take longer", async (_, greeting) => {
  const { end, raw } = rawPair();
  if (greeting !== "") {
    raw.write(greeting);
    await until(() => end.heard.length > 0);
  }
  await pass(end, 30_000);
  expect(end.ends).toEqual([]);
  await pass(end, 250);
  expect(end.ends).toEqual(["silent"]);
});

test.each([
  [undefined, 1],
  ["5", 5],
  ["1000", 100],
  ["0.1", 1],
  ["much", 1],
])("slowness %s counts as %s", (text, factor) => {
  expect(slowness(text)).toBe(factor);
});

test("a gap in our own ticks is not the peer's silence", async () => {
  const { end, raw } = rawPair();
  await passWithPeer(end, raw, 1_000);
  // Stopped or suspended for an hour; nothing was read meanwhile.
  end.clock += 3_600_000;
  vi.advanceTimersByTime(250);
  await quiet();
  expect(end.ends).toEqual([]);
  await pass(end, 1_500);
  expect(end.ends).toEqual([]);
  await pass(end, 500);
  expect(end.ends).toEqual(["silent"]);
});

test("what is heard right after our own gap does not excuse a silence as long as the gap", async () => {
  const { end, raw } = rawPair();
  await passWithPeer(end, raw, 1_000);
  end.clock += 3_600_000;
  raw.write('{"heartbeat":1}\n');
  await quiet();
  vi.advanceTimersByTime(250);
  await quiet();
  await pass(end, 2_500);
  expect(end.ends).toEqual(["silent"]);
});

test.each(["{not json", "1", "null", '"text"'])("%s is garbled", async (line) => {
  const { end, raw } = rawPair();
  raw.write(`{"n":1}\n${line}\n{"n":2}\n`);
  await until(() => end.ends.length > 0);
  expect(end.ends).toEqual(["garbled"]);
  // What came after it is not trusted either.
  expect(end.heard).toEqual([{ n: 1 }]);
});

test("a line that is too long is given up before it fills the memory", async () => {
  const { end, raw } = rawPair();
  const piece = "x".repeat(1024 * 1024);
  for (let i = 0; i < 17; i++) raw.write(piece);
  await until(() => end.ends.length > 0);
  expect(end.ends).toEqual(["garbled"]);
  expect(end.heard).toEqual([]);
});

test("a peer that does not read ends it once too much waits for it", async () => {
  const { end, raw } = rawPair();
  raw.pause();
  const text = "x".repeat(1024 * 1024);
  let sent = 0;
  for (; end.ends.length === 0 && sent < 100; sent++) end.channel.send({ text });
  expect(end.ends).toEqual(["not-reading"]);
  expect(sent).toBeGreaterThan(30);
  expect(sent).toBeLessThan(36);
  // Later words are dropped, without an error.
  end.channel.send({ text });
});

test("close is silent: neither events nor words come afterwards", async () => {
  const { end, raw } = rawPair();
  let closed = false;
  raw.resume().on("close", () => {
    closed = true;
  });
  end.channel.close();
  end.channel.send({ late: true });
  await until(() => closed);
  expect(end.ends).toEqual([]);
});

test("finish lets what was sent go out to a slow reader", async () => {
  const [left, right] = socketPair();
  const a = new End(left);
  const text = "x".repeat(2_000_000);
  a.channel.send({ text });
  const finished = a.channel.finish();
  await quiet();
  const b = new End(right);
  await finished;
  await until(() => b.ends.length > 0);
  expect(b.heard).toEqual([{ text }]);
  expect(b.ends).toEqual(["closed"]);
  expect(a.ends).toEqual([]);
});

test("finish does not wait for ever for a peer that reads nothing, and a second one for nothing", async () => {
  const { end, raw } = rawPair();
  raw.pause();
  end.channel.send({ text: "x".repeat(4_000_000) });
  let finished = false;
  const done = end.channel.finish().then(() => {
    finished = true;
  });
  await quiet();
  expect(finished).toBe(false);
  vi.advanceTimersByTime(2_000);
  await done;
  await end.channel.finish();
});

test("what comes while it finishes is not kept", async () => {
  const { end, raw } = rawPair();
  raw.pause();
  end.channel.send({ text: "x".repeat(4_000_000) });
  void end.channel.finish();
  raw.write('{"late":1}\n');
  await quiet();
  expect(end.heard).toEqual([]);
  expect(end.ends).toEqual([]);
});
