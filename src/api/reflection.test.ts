import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as dial } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import { ReceiptSchema, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";

// Generous, because what is waited for takes seconds, and machines differ.
vi.setConfig({ testTimeout: 30_000 });

let rig: ApiRig;
beforeEach(async () => {
  rig = await ApiRig.start();
});
afterEach(() => rig.stop());

/** A message of one string field, by hand: reflection's own types are not generated here. */
function stringField(number: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text)]);
}

/** The length-delimited fields of a message that have this number. */
function fields(bytes: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) varint();
    else {
      const length = varint();
      if (tag >> 3 === wanted) found.push(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}

/** The files in an answer to `file_containing_symbol`. */
async function filesOf(symbol: string) {
  const answer = await ask("v1", stringField(4, symbol));
  return fields(answer, 4).flatMap((list) =>
    fields(list, 1).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)),
  );
}

async function ask(version: "v1" | "v1alpha", request: Buffer): Promise<Buffer> {
  const call = rig
    .client()
    .rawBidi(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);
  call.write(request);
  const [answer] = (await once(call, "data")) as [Buffer];
  call.end();
  await once(call.resume(), "status");
  return answer;
}

test.each(["v1", "v1alpha"] as const)("%s lists what is served", async (version) => {
  const answer = await ask(version, stringField(7, "*"));
  const names = fields(answer, 6).flatMap((list) =>
    fields(list, 1).flatMap((service) => fields(service, 1).map(String)),
  );
  expect(names).toContain("fsfreeze.v1.FreezeService");
  expect(names).toContain("grpc.health.v1.Health");
});

test.each([
  ["fsfreeze.v1.FreezeService", "fsfreeze/v1/freeze_service.proto"],
  ["fsfreeze.v1.Receipt", "fsfreeze/v1/receipt.proto"],
  ["google.rpc.ErrorInfo", "google/rpc/error_details.proto"],
  ["google.rpc.Status", "google/rpc/status.proto"],
  ["grpc.health.v1.Health", "health/v1/health.proto"],
])("%s can be described, with all that it needs", async (symbol, file) => {
  const files = await filesOf(symbol);
  expect(files[0]?.name).toBe(file);
  const names = new Set(files.map((f) => f.name));
  for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name);
});

test("optional fields stay optional", async () => {
  const [file] = await filesOf("fsfreeze.v1.HoldOpen");
  const open = file?.messageType.find((message) => message.name === "HoldOpen");
  const optional = open?.field.filter((f) => f.proto3Optional).map((f) => f.name);
  expect(optional).toEqual(["freeze_on_open"]);
});

test("an asker that does not read is not listened to, until it does", async () => {
  // Below gRPC, because grpc-js's own client reads ahead without bound.
  const session = connectHttp2("http://localhost", { createConnection: () => dial(rig.socket) });
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  const request = stringField(4, "fsfreeze.v1.FreezeService");
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]);
  // More than the windows of HTTP/2 have room for: 64 KiB for a stream.
  const total = 100;
  const batch = Buffer.concat(Array.from({ length: 100 }, () => frame));
  let taken = 0;
  const writeNext = () => {
    if (taken === total) return;
    stream.write(batch, () => {
      taken++;
      writeNext();
    });
  };
  writeNext();
  let before = -1;
  while (before !== taken) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(total);
  stream.resume();
  await expect.poll(() => taken, { timeout: 20_000 }).toBe(total);
  session.destroy();
});

/** buf curl reads descriptors with the same Go library as grpcurl, and is at hand wherever the tests run. */
test("a client that knows nothing but reflection can call everything and read its errors", async () => {
  const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));
  const run = async (...args: string[]) => {
    const plain = ["--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", rig.socket];
    return promisify(execFile)(buf, ["curl", ...plain, ...args]).catch(
      (error: { stderr: string; stdout: string }) => error,
    );
  };
  const url = (rpc: string) => `http://localhost/${rpc}`;
  const list = await run("--list-methods", "http://localhost");
  expect(list.stdout).toContain("fsfreeze.v1.FreezeService/HoldFreeze");
  const health = await run(url("grpc.health.v1.Health/Check"));
  expect(JSON.parse(health.stdout)).toEqual({ status: "SERVING" });

  const freeze = url("fsfreeze.v1.FreezeService/Freeze");
  const refused = await run("-d", '{"targets":[{"path":"relative"}]}', freeze);
  const [info] = detailsOf(refused.stderr);
  expect(info?.type).toBe("google.rpc.ErrorInfo");
  expect(fromBinary(ErrorInfoSchema, info?.value ?? Buffer.alloc(0)).reason).toBe(
    "INVALID_REQUEST",
  );
  const frozen = await run("-d", '{"targets":[{"path":"/srv/data"}]}', freeze);
  expect(JSON.parse(frozen.stdout)).toMatchObject({ hold: { holdId: "hold-1" } });
  rig.guardian.releaseVerdict = "NOT_INTACT";
  const thaw = url("fsfreeze.v1.FreezeService/Thaw");
  const thawed = await run("-d", '{"holdId":"hold-1"}', thaw);
  const [, receipt] = detailsOf(thawed.stderr);
  expect(receipt?.type).toBe("fsfreeze.v1.Receipt");
  expect(fromBinary(ReceiptSchema, receipt?.value ?? Buffer.alloc(0)).verdict).toBe(
    Verdict.NOT_INTACT,
  );
});

/** The details of an error as buf prints it. */
function detailsOf(text: string): { readonly type: string; readonly value: Buffer }[] {
  const { details } = JSON.parse(text) as { details: { type: string; value: string }[] };
  return details.map(({ type, value }) => ({ type, value: Buffer.from(value, "base64") }));
}
