/** Whatever a client sends, no process of the daemon ends of it, and no freeze stays behind. */
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { FreezeRequestSchema, FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import {
  HoldFreezeRequestSchema,
  HoldFreezeResponseSchema,
} from "../../src/gen/fsfreeze/v1/hold_stream_pb.js";
import {
  type DescriptorClient,
  type Problem,
  pathOf,
  problemOf,
} from "../support/api/descriptor-client.js";
import { HoldClient, type Request } from "../support/api/hold-client.js";
import { useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { openRaw, pathTarget } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";

/** Told by every failure, so that what failed can be made again. */
const seed = Number(process.env.FSFREEZED_SEED ?? Date.now() % 2 ** 31);

/** Bytes that look random (a linear congruential generator, Numerical Recipes), from nothing up to so many. */
function* randomBytes(most: number): Generator<Buffer, never> {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  for (;;) yield Buffer.from(Array.from({ length: next() % most }, () => next() & 255));
}

/** A message as gRPC frames it; `length` may lie. */
function framed(bytes: Uint8Array, length = bytes.length, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

const holdPath = pathOf(FreezeService.method.holdFreeze);

requires("root", "loop", "ext4", "bpf").describe(`malformed input (FSFREEZED_SEED=${seed})`, () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  let pids: object;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());
  beforeEach(() => {
    pids = daemon().pids();
  });
  afterEach(async () => {
    await expectThawed(path);
    expect(daemon().pids()).toEqual(pids);
    using client = daemon().connect();
    for await (const { holdId, state } of client.listHolds()) {
      expect(state, holdId).toBe("ENDED");
    }
    const hold = await client.hold(path);
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
  });

  /** A hold that is frozen, and what its stream ends with after `bytes` came as its next message. */
  async function whileFrozen(send: (stream: RawStream) => void): Promise<Problem> {
    const raw = daemon().connectRaw();
    const stream = rawStream(raw.rawBidi(holdPath));
    stream.call.write(openBytes([path]));
    await stream.frozen;
    await expectFrozen(path);
    send(stream);
    const problem = await stream.status;
    await expectThawed(path);
    raw.close();
    return problem;
  }

  test("an unknown method, an unknown service", async () => {
    const raw = daemon().connectRaw();
    for (const name of ["/fsfreeze.v1.FreezeService/Melt", "/fsfreeze.v2.FreezeService/Freeze"]) {
      expect(await raw.raw(name, Buffer.alloc(0))).toMatchObject({
        ok: false,
        code: status.UNIMPLEMENTED,
      });
    }
    raw.close();
  });

  test("empty messages", async () => {
    const raw = daemon().connectRaw();
    const { freeze, thaw, renewHold, isFrozen, getHold } = FreezeService.method;
    for (const method of [freeze, thaw, renewHold, isFrozen, getHold]) {
      const answer = await raw.raw(pathOf(method), Buffer.alloc(0));
      expect(answer).toMatchObject({ code: status.INVALID_ARGUMENT, reason: "INVALID_REQUEST" });
    }
    const empty = new HoldClient(raw);
    empty.send(undefined);
    expect(await empty.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    const silent = new HoldClient(raw);
    silent.call.end();
    expect(await silent.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    raw.close();
    const later = await whileFrozen(({ call }) => call.write(Buffer.alloc(0)));
    expect(later.code).toBe(status.INVALID_ARGUMENT);
  });

  test("random bytes to every method, and into a stream that is frozen", async () => {
    const raw = daemon().connectRaw();
    const random = randomBytes(300);
    for (const method of FreezeService.methods) {
      if (method.methodKind === "bidi_streaming") continue;
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => raw.raw(pathOf(method), random.next().value)),
      );
      expect(answers.length).toBe(40);
    }
    for (let round = 0; round < 40; round += 1) {
      const stream = rawStream(raw.rawBidi(holdPath));
      stream.call.write(random.next().value);
      stream.call.end();
      expect((await stream.status).code).not.toBe(status.OK);
    }
    raw.close();
    for (let round = 0; round < 10; round += 1) {
      const bytes = Buffer.concat([Buffer.from([0xff]), random.next().value]);
      const problem = await whileFrozen(({ call }) => call.write(bytes));
      expect(problem.code).toBe(status.INVALID_ARGUMENT);
    }
  });

  test("fields that nobody knows: alone refused, beside known ones passed over", async () => {
    const raw = daemon().connectRaw();
    // Field 999, varint, 1.
    const unknown = Buffer.from([0xb8, 0x3e, 0x01]);
    const problem = await whileFrozen(({ call }) => call.write(unknown));
    expect(problem).toMatchObject({ code: status.INVALID_ARGUMENT, reason: "INVALID_REQUEST" });
    const request = toBinary(
      FreezeRequestSchema,
      create(FreezeRequestSchema, { targets: [pathTarget(path)], requestId: "unknown" }),
    );
    const frozen = await raw.raw(
      pathOf(FreezeService.method.freeze),
      Buffer.concat([request, unknown]),
    );
    expect(frozen.ok).toBe(true);
    await expectFrozen(path);
    using client = daemon().connect();
    expect((await client.thaw({ target: path })).verdict).toBe("INTACT");
    raw.close();
  });

  test("a path of 1 MB, 10,000 targets, also compressed, and into a stream that is frozen", async () => {
    const huge = [
      { targets: [pathTarget(`/${"x".repeat(1 << 20)}`)] },
      { targets: Array.from({ length: 10_000 }, () => pathTarget(path)) },
      // Few enough bytes to be looked at.
      { targets: Array.from({ length: 10_000 }, () => ({})) },
      { targets: Array.from({ length: 257 }, () => pathTarget("/")) },
      { targets: [pathTarget(path)], purpose: "x".repeat(257) },
      { targets: [pathTarget(path)], requestId: "x".repeat(129) },
    ];
    const refusals = [status.RESOURCE_EXHAUSTED, status.INVALID_ARGUMENT];
    for (const compression of [0, 2]) {
      const raw = daemon().connectRaw({ "grpc.default_compression_algorithm": compression });
      for (const request of huge) {
        const answer = await raw.unary(FreezeService.method.freeze, request);
        expect(answer.ok ? status.OK : answer.code).toBeOneOf(refusals);
        if (request.requestId !== undefined) continue;
        const stream = new HoldClient(raw);
        stream.send({ case: "open", value: request });
        expect((await stream.status).code).toBeOneOf(refusals);
      }
      raw.close();
    }
    const problem = await whileFrozen(({ call }) => call.write(openBytes(["x".repeat(1 << 20)])));
    expect(problem.code).toBeOneOf(refusals);
  });

  test("256 targets that are one file system: one freeze", async () => {
    const raw = daemon().connectRaw();
    const stream = openRaw(
      raw,
      Array.from({ length: 256 }, () => path),
    );
    await stream.event("frozen");
    await expectFrozen(path);
    stream.send({ case: "release", value: {} });
    expect((await stream.event("ended")).value.receipt?.filesystems.length).toBe(1);
    expect((await stream.status).code).toBe(status.OK);
    raw.close();
  });

  test("commands before open, a second open, commands after the release", async () => {
    const raw = daemon().connectRaw();
    const commands: readonly NonNullable<Request["command"]>[] = [
      { case: "freeze", value: {} },
      { case: "thaw", value: {} },
      { case: "status", value: {} },
      { case: "renew", value: {} },
      { case: "release", value: {} },
    ];
    for (const command of commands) {
      const stream = new HoldClient(raw);
      stream.send(command);
      expect(await stream.status).toMatchObject({
        code: status.INVALID_ARGUMENT,
        reason: "INVALID_REQUEST",
      });
    }
    const twice = openRaw(raw, [path]);
    await twice.event("frozen");
    twice.send({ case: "open", value: { targets: [pathTarget(path)] } });
    expect(await twice.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    await expectThawed(path);
    const atOnce = openRaw(raw, [path]);
    atOnce.send({ case: "open", value: { targets: [pathTarget(path)] } });
    expect(await atOnce.status).toMatchObject({ code: status.INVALID_ARGUMENT });
    await expectThawed(path);
    const late = openRaw(raw, [path]);
    for (const command of [...commands.toReversed(), ...commands]) late.send(command);
    await late.status;
    await expectThawed(path);
    raw.close();
  });

  test("more commands at once than are kept: refused, and the hold goes on to its end", async () => {
    const raw = daemon().connectRaw();
    const stream = openRaw(raw, [path]);
    for (let seq = 2n; seq < 2000n; seq += 1n) stream.send({ case: "status", value: {} }, seq);
    stream.call.end();
    await stream.status;
    await expectThawed(path);
    raw.close();
  });

  test("half a message, a length that lies, a compression that nobody named: thawed", async () => {
    const half = openBytes([path]).subarray(0, 4);
    const endings: readonly ((stream: ClientHttp2Stream) => void)[] = [
      (stream) => stream.end(framed(half, 4000)),
      (stream) => stream.end(Buffer.from([0, 0, 0])),
      (stream) => stream.end(framed(half, 0xffff_ffff)),
      (stream) => stream.end(framed(openBytes([path]), undefined, 1)),
      (stream) => stream.end(framed(half, undefined, 7)),
      // Half a frame of HTTP/2, then nothing: the connection is cut in the middle of it.
      (stream) => {
        stream.write(framed(half, 4000));
        stream.session?.destroy();
      },
    ];
    for (const ending of endings) {
      const session = connectHttp2("http://localhost", {
        createConnection: () => connectSocket(daemon().socket),
      });
      session.on("error", () => {});
      const stream = session.request({
        ":method": "POST",
        ":path": holdPath,
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.on("error", () => {});
      const frozen = frozenMessage(stream);
      stream.write(framed(openBytes([path])));
      await frozen;
      await expectFrozen(path);
      ending(stream);
      await expectThawed(path);
      session.destroy();
    }
  });

  test("connections that speak no HTTP/2, stop in the middle of a frame, or say nothing, while a hold goes on", async () => {
    using client = daemon().connect();
    const hold = await client.hold(path);
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    const random = randomBytes(2000);
    const openings: readonly (() => Buffer)[] = [
      () => Buffer.alloc(0),
      () => random.next().value,
      () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      () => preface.subarray(0, 10),
      () => Buffer.concat([preface, settings.subarray(0, 5)]),
      // A HEADERS frame of 16 MB, of which one byte comes.
      () =>
        Buffer.concat([preface, settings, Buffer.from([255, 255, 255, 1, 4, 0, 0, 0, 1, 0x82])]),
      () => Buffer.concat([preface, settings, random.next().value]),
    ];
    const sockets: Socket[] = [];
    for (let round = 0; round < 300; round += 1) {
      const socket = connectSocket(daemon().socket);
      socket.on("error", () => {});
      socket.write(openings[round % openings.length]?.() ?? "");
      sockets.push(socket);
    }
    await sleep(500);
    expect(await client.health()).toBe("SERVING");
    await expectFrozen(path);
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.destroy();
      else socket.end();
    }
    await sleep(200);
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
  });

  test("streams that are opened and cancelled by the hundred", async () => {
    const raw = daemon().connectRaw();
    const streams = Array.from({ length: 300 }, () => openRaw(raw, [path]));
    for (const stream of streams) stream.call.cancel();
    for (const stream of streams) await stream.status;
    await expectThawed(path);
    const late = Array.from({ length: 100 }, () => openRaw(raw, [path]));
    await Promise.all(late.map((stream) => stream.event("frozen")));
    await expectFrozen(path);
    for (const stream of late) stream.call.cancel();
    await expectThawed(path);
    raw.close();
  });
});

function openBytes(paths: readonly string[]): Buffer {
  const command = { case: "open", value: { targets: paths.map(pathTarget) } } as const;
  return Buffer.from(
    toBinary(HoldFreezeRequestSchema, create(HoldFreezeRequestSchema, { seq: 1n, command })),
  );
}

type RawCall = ReturnType<DescriptorClient["rawBidi"]>;

interface RawStream {
  readonly call: RawCall;
  readonly frozen: Promise<void>;
  readonly status: Promise<Problem>;
}

function rawStream(call: RawCall): RawStream {
  const frozen = new Promise<void>((resolve) => {
    call.on("data", (bytes: Buffer) => {
      if (isFrozenEvent(bytes)) resolve();
    });
  });
  const ended = new Promise<Problem>((resolve) => {
    call.on("error", () => {});
    call.on("status", (end: Parameters<typeof problemOf>[0]) => resolve(problemOf(end)));
  });
  return { call, frozen, status: ended };
}

function isFrozenEvent(bytes: Uint8Array): boolean {
  return fromBinary(HoldFreezeResponseSchema, bytes).event.case === "frozen";
}

/** Reads gRPC's frames of a bare HTTP/2 stream until one of them is a `frozen`. */
function frozenMessage(stream: ClientHttp2Stream): Promise<void> {
  let unread = Buffer.alloc(0);
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 5 && unread.length >= 5 + unread.readUInt32BE(1)) {
        const end = 5 + unread.readUInt32BE(1);
        if (isFrozenEvent(unread.subarray(5, end))) resolve();
        unread = unread.subarray(end);
      }
    });
  });
}
