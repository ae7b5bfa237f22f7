// Whatever is sent: an answer with a reason, no crash, nothing frozen that stays.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as dial } from "node:net";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import {
  type DescriptorClient,
  pathOf,
  problemOf,
} from "../../test/support/api/descriptor-client.js";
import { HoldClient, target } from "../../test/support/api/hold-client.js";
import { FreezeRequestSchema, FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { HoldFreezeRequestSchema } from "../gen/fsfreeze/v1/hold_stream_pb.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(async () => {
  // Whatever the test sent, the server still serves.
  const alive = await client.unary(FreezeService.method.listHolds, {});
  expect(alive.ok).toBe(true);
  await rig.stop();
});

const { method } = FreezeService;
type Freeze = MessageInitShape<typeof FreezeRequestSchema>;
const path = (value: string) => ({ target: { case: "path" as const, value } });

describe("a request beyond a limit names its field", () => {
  const cases: readonly [string, Freeze, string, string][] = [
    ["no targets", {}, "targets", "is empty"],
    [
      "257 targets",
      { targets: Array.from({ length: 257 }, (_, i) => path(`/t${i}`)) },
      "targets",
      "has more than 256 elements",
    ],
    [
      "10,000 targets",
      { targets: Array.from({ length: 10_000 }, () => ({})) },
      "targets",
      "has more than 256 elements",
    ],
    [
      "an empty target",
      { targets: [target, {}] },
      "targets[1]",
      "names nothing that this version knows",
    ],
    ["an empty path", { targets: [path("")] }, "targets[0].path", "is empty"],
    ["a relative path", { targets: [path("srv/data")] }, "targets[0].path", "is not absolute"],
    ["a NUL", { targets: [path("/srv\0/data")] }, "targets[0].path", "contains a NUL"],
    [
      "4096 bytes of path",
      { targets: [path(`/${"x".repeat(4095)}`)] },
      "targets[0].path",
      "is longer than 4095 bytes",
    ],
    [
      "a path of many bytes and fewer characters",
      { targets: [path(`/${"ü".repeat(2048)}`)] },
      "targets[0].path",
      "is longer than 4095 bytes",
    ],
    [
      "a relative device",
      { targets: [{ target: { case: "blockDevice", value: "loop0" } }] },
      "targets[0].block_device",
      "is not absolute",
    ],
    [
      "a major number",
      { targets: [{ target: { case: "deviceNumber", value: { major: 4096 } } }] },
      "targets[0].device_number.major",
      "is more than 4095",
    ],
    [
      "a minor number",
      { targets: [{ target: { case: "deviceNumber", value: { minor: 1 << 20 } } }] },
      "targets[0].device_number.minor",
      "is more than 1048575",
    ],
    [
      "an empty UUID",
      { targets: [{ target: { case: "filesystemUuid", value: "" } }] },
      "targets[0].filesystem_uuid",
      "is empty",
    ],
    [
      "a long UUID",
      { targets: [{ target: { case: "filesystemUuid", value: "x".repeat(65) } }] },
      "targets[0].filesystem_uuid",
      "is longer than 64 bytes",
    ],
    [
      "allow_subdirectory of a device",
      {
        targets: [
          { target: { case: "blockDevice", value: "/dev/loop0" }, allowSubdirectory: true },
        ],
      },
      "targets[0].allow_subdirectory",
      "goes with a path only",
    ],
    [
      "a long expect_uuid",
      { targets: [{ ...target, expectUuid: "x".repeat(65) }] },
      "targets[0].expect_uuid",
      "is longer than 64 bytes",
    ],
    [
      "expect_device",
      { targets: [{ ...target, expectDevice: { major: 9999 } }] },
      "targets[0].expect_device.major",
      "is more than 4095",
    ],
    [
      "both kinds of targets",
      { targets: [target], allFreezable: {} },
      "all_freezable",
      "does not go with targets",
    ],
    ["a negative ttl", { targets: [target], ttl: { seconds: -1n } }, "ttl", "is negative"],
    [
      "a negative fraction",
      { targets: [target], freezeTimeout: { nanos: -1 } },
      "freeze_timeout",
      "is negative",
    ],
    [
      "mixed signs",
      { targets: [target], ttl: { seconds: 1n, nanos: -1 } },
      "ttl",
      "is not a valid duration",
    ],
    [
      "too many nanoseconds",
      { targets: [target], ttl: { nanos: 1_000_000_000 } },
      "ttl",
      "is not a valid duration",
    ],
    [
      "too many years",
      { targets: [target], ttl: { seconds: 2n ** 62n } },
      "ttl",
      "is not a valid duration",
    ],
    [
      "a negative presync timeout",
      { targets: [target], presync: { timeout: { seconds: -1n } } },
      "presync.timeout",
      "is negative",
    ],
    [
      "a negative hooks timeout",
      { targets: [target], hooks: { timeout: { seconds: -1n } } },
      "hooks.timeout",
      "is negative",
    ],
    [
      "129 bytes of request_id",
      { targets: [target], requestId: "x".repeat(129) },
      "request_id",
      "is longer than 128 bytes",
    ],
    [
      "257 bytes of purpose",
      { targets: [target], purpose: "x".repeat(257) },
      "purpose",
      "is longer than 256 bytes",
    ],
  ];
  test.each(cases)("%s", async (_name, request, field, violation) => {
    expect(await client.unary(method.freeze, request)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_REQUEST",
      metadata: { field, violation },
    });
    expect(rig.guardian.heard).toEqual([]);
  });

  test("what is just within is taken as it is", async () => {
    const request: Freeze = {
      targets: [
        { ...path(`/${"x".repeat(4094)}`), allowSubdirectory: true, expectUuid: "x".repeat(64) },
        ...Array.from({ length: 255 }, (_, i) => path(`/t${i}`)),
      ],
      requestId: "x".repeat(128),
      purpose: "ü".repeat(128),
      ttl: { seconds: 315_576_000_000n },
    };
    expect((await client.unary(method.freeze, request)).ok).toBe(true);
    expect(rig.guardian.last.request.times.ttlMs).toBe(315_576_000_000_000);
    expect(rig.guardian.last.request.targets).toHaveLength(256);
  });
});

describe("bytes that are no message", () => {
  const garbage: readonly [string, Buffer][] = [
    ["a cut field", Buffer.from([0x0a, 0x7f, 0x01])],
    ["a wrong wire type", Buffer.from([0x0f])],
    ["field number 0", Buffer.from([0x00, 0x01])],
    ["a string that is not UTF-8", Buffer.from([0x0a, 0x02, 0xc3, 0x28])],
    ["an endless varint", Buffer.alloc(20, 0xff)],
  ];
  test.each(garbage)("%s, unary", async (_name, bytes) => {
    expect(await client.raw(pathOf(method.freeze), bytes)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_REQUEST",
    });
    expect(rig.guardian.heard).toEqual([]);
  });

  test("in the middle of a stream: the hold ends, and not as intact", async () => {
    const open = toBinary(
      HoldFreezeRequestSchema,
      create(HoldFreezeRequestSchema, { command: { case: "open", value: { targets: [target] } } }),
    );
    const call = client.rawBidi(pathOf(method.holdFreeze));
    const failed = once(call, "error");
    call.resume();
    call.write(Buffer.from(open));
    await expect.poll(() => rig.guardian.holds.size).toBe(1);
    call.write(Buffer.from([0x12, 0xff]));
    const [error] = (await failed) as [ServiceError];
    expect(problemOf(error)).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 dismissed");
  });

  test("random bytes, to every RPC, never hurt", async () => {
    const codes = new Set<number>();
    for (const rpc of FreezeService.methods) {
      for (let i = 0; i < 40; i++) {
        const bytes = randomBytes(1 + (i % 64));
        if (rpc.methodKind === "bidi_streaming") {
          const call = client.rawBidi(pathOf(rpc));
          call.resume();
          call.write(bytes);
          call.end();
          const [error] = (await once(call, "error")) as [ServiceError];
          codes.add(error.code);
        } else {
          const answer = await client.raw(pathOf(rpc), bytes);
          if (!answer.ok) codes.add(answer.code);
        }
      }
    }
    expect(codes).not.toContain(status.INTERNAL);
    expect(codes).not.toContain(status.UNKNOWN);
    expect(rig.guardian.holds.size).toBe(0);
  });

  test("unknown fields are passed over", async () => {
    const known = toBinary(FreezeRequestSchema, create(FreezeRequestSchema, { targets: [target] }));
    const unknown = Buffer.from([0xfa, 0x3f, 0x02, 0x68, 0x69]);
    const answer = await client.raw(
      pathOf(method.freeze),
      Buffer.concat([Buffer.from(known), unknown]),
    );
    expect(answer.ok).toBe(true);
  });
});

describe("a message over 64 KiB", () => {
  test("unary: refused before it is decoded", async () => {
    const answer = await client.unary(method.freeze, {
      targets: [path(`/${"x".repeat(1 << 20)}`)],
    });
    expect(answer).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(rig.guardian.heard).toEqual([]);
  });

  test("in a stream: it ends, and the hold with it", async () => {
    const hold = new HoldClient(client);
    hold.open();
    await hold.event("frozen");
    hold.send({ case: "open", value: { targets: [path(`/${"x".repeat(1 << 20)}`)] } });
    expect((await hold.status).code).toBe(status.RESOURCE_EXHAUSTED);
    await expect.poll(() => rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 gone");
  });

  test("just below it is read", async () => {
    const answer = await client.unary(method.freeze, { targets: [path(`/${"x".repeat(65_000)}`)] });
    expect(answer).toMatchObject({ reason: "INVALID_REQUEST" });
  });
});

describe("below gRPC", () => {
  async function request(headers: Record<string, string>, body?: Buffer): Promise<string> {
    const session = connectHttp2("http://localhost", { createConnection: () => dial(rig.socket) });
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf(method.listHolds),
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    let outcome = "closed";
    stream.on("response", (h) => {
      outcome = `${h[":status"]} ${h["grpc-status"] ?? ""}`;
    });
    stream.on("trailers", (h) => {
      outcome = `${outcome.split(" ")[0]} ${h["grpc-status"]}`;
    });
    stream.resume();
    stream.end(body);
    await new Promise((resolve) => stream.once("close", resolve));
    session.destroy();
    return outcome;
  }
  const emptyMessage = Buffer.alloc(5);

  test("an ordinary call, to know that these are real", async () => {
    expect(await request({}, emptyMessage)).toBe("200 0");
  });

  test.each([
    ["an unknown method", { ":path": "/fsfreeze.v1.FreezeService/Nope" }, "200 12"],
    ["a path of odd bytes", { ":path": "/ü%00 \x7f/é" }, /200 12|closed/],
    ["another content type", { "content-type": "text/plain" }, "415 "],
    ["a bad timeout", { "grpc-timeout": "soon" }, "200 13"],
    ["an odd authority", { ":authority": "tmp%2Fs.sock" }, "200 0"],
    ["an empty authority", { ":authority": "" }, /200 0|closed/],
    ["bad binary metadata", { "x-bin": "!!!!" }, "200 0"],
    ["an unknown encoding", { "grpc-encoding": "zstd" }, "200 0"],
  ] as const)("%s", async (_name, headers, outcome) => {
    const got = await request(headers, emptyMessage);
    if (typeof outcome === "string") expect(got).toBe(outcome);
    else expect(got).toMatch(outcome);
  });

  test.each([
    ["no message", Buffer.alloc(0)],
    ["two messages", Buffer.alloc(10)],
    ["a cut message", Buffer.from([0, 0, 0, 0, 9, 1])],
    ["a length of 4 GiB", Buffer.from([0, 255, 255, 255, 255, 1])],
    ["a compressed flag without compression", Buffer.from([1, 0, 0, 0, 1, 1])],
  ])("%s", async (_name, body) => {
    expect(await request({}, body)).toMatch(/^200 (?!0)\d*$|closed/);
  });

  test("a bomb of compressed zeros is refused", async () => {
    const { gzipSync } = await import("node:zlib");
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const frame = Buffer.alloc(5);
    frame.writeUInt8(1, 0);
    frame.writeUInt32BE(bomb.length, 1);
    const outcome = await request({ "grpc-encoding": "gzip" }, Buffer.concat([frame, bomb]));
    expect(outcome).toBe("200 8");
  });

  /** HTTP/2 by hand (RFC 9113, 7541), because Node's client would refuse to send these headers. */
  function headersFrame(headers: readonly (readonly [Buffer, Buffer])[]): Buffer {
    const block = Buffer.concat(
      headers.flatMap(([name, value]) => [
        // Literal without indexing, new name, no Huffman coding; lengths below 127.
        Buffer.from([0x00, name.length]),
        name,
        Buffer.from([value.length]),
        value,
      ]),
    );
    const head = Buffer.from([0, 0, block.length, 0x01, 0x05, 0, 0, 0, 1]);
    return Buffer.concat([head, block]);
  }

  test.each([
    ["UTF-8", Buffer.from("/fsfreeze.v1.FreezeService/é")],
    ["Latin-1", Buffer.from([0x2f, 0xe9, 0xff])],
    ["control characters", Buffer.from("/a\r\nb\0c")],
    ["spaces", Buffer.from("/ /")],
    ["nothing", Buffer.alloc(0)],
    ["an asterisk", Buffer.from("*")],
    ["prototype names", Buffer.from("/__proto__/constructor")],
    ["percent signs", Buffer.from("/%/%zz")],
  ])("a method path of %s", async (_name, bytes) => {
    const text = (s: string) => Buffer.from(s);
    const socket = dial(rig.socket);
    socket.on("error", () => {});
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    const request = headersFrame([
      [text(":method"), text("POST")],
      [text(":scheme"), text("http")],
      [text(":path"), bytes],
      [text(":authority"), text("localhost")],
      [text("content-type"), text("application/grpc")],
      [text("te"), text("trailers")],
    ]);
    socket.write(Buffer.concat([text(preface), settings, request]));
    let answered = 0;
    // Our SETTINGS, their acknowledgement, and an answer: HEADERS (1), RST_STREAM (3) or GOAWAY (7).
    socket.on("data", (data: Buffer) => {
      for (let at = 0; at + 9 <= data.length; at += 9 + data.readUIntBE(at, 3))
        if ([1, 3, 7].includes(data[at + 3] ?? 0)) answered++;
    });
    await expect.poll(() => answered).toBeGreaterThan(0);
    socket.destroy();
  });

  test("connections that speak something else", async () => {
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\0".repeat(100), randomBytes(5000), ""]) {
      const socket = dial(rig.socket);
      socket.on("error", () => {});
      socket.end(bytes);
      socket.resume();
      await once(socket, "close");
    }
  });
});
