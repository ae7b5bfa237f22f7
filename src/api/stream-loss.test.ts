// How a stream is lost, with real processes and real connections: the hold must end, and never as RELEASED.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect as dial, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import { pathOf } from "../../test/support/api/descriptor-client.js";
import { filesystem } from "../../test/support/api/fake-guardian.js";
import { HoldClient, target } from "../../test/support/api/hold-client.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { HoldFreezeRequestSchema } from "../gen/fsfreeze/v1/hold_stream_pb.js";

// Generous, because what is waited for takes seconds, and machines differ.
vi.setConfig({ testTimeout: 30_000 });

let rig: ApiRig;
beforeEach(async () => {
  rig = await ApiRig.start({ keepaliveMs: 500 });
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rig.stop();
});

const path = pathOf(FreezeService.method.holdFreeze);
const openBytes = Buffer.from(
  toBinary(
    HoldFreezeRequestSchema,
    create(HoldFreezeRequestSchema, {
      seq: 1n,
      command: { case: "open", value: { targets: [target] } },
    }),
  ),
);

/** What the guardian was told of the hold's end, as soon as it was told anything. */
async function end(holdId = "hold-1"): Promise<string> {
  const told = () => rig.guardian.heard.find((h) => h.startsWith(`streamEnded ${holdId}`)) ?? "";
  await expect.poll(told, { timeout: 10_000 }).not.toBe("");
  return told();
}

async function holder(address: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("../../test/support/api/holder.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, address, path, openBytes.toString("base64")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  await expect.poll(() => rig.guardian.holds.size).toBeGreaterThan(0);
  return child;
}

describe.each(["unix", "tcp"] as const)("a client process on %s", (kind) => {
  const address = () => (kind === "unix" ? `unix:${rig.socket}` : `127.0.0.1:${rig.tcpPort}`);

  test("killed with SIGKILL is gone, never released", async () => {
    const child = await holder(address());
    child.kill("SIGKILL");
    expect(await end()).toBe("streamEnded hold-1 gone");
    expect(rig.guardian.last.receipt).toMatchObject({
      endCause: "CLIENT_GONE",
      verdict: "UNPROVEN",
    });
  });

  test("that half-closes releases, also when it is killed right after", async () => {
    const child = await holder(address());
    child.stdin?.write("half-close\n");
    expect(await end()).toBe("streamEnded hold-1 released");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(rig.guardian.last.receipt?.verdict).toBe("INTACT");
  });

  test("stopped with SIGSTOP is gone, by keepalive", async () => {
    const child = await holder(address());
    child.kill("SIGSTOP");
    expect(await end()).toBe("streamEnded hold-1 gone");
  });
});

test("four killed at once: none is ever released", async () => {
  const ends = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = await holder(`unix:${rig.socket}`);
      return child;
    }),
  );
  await expect.poll(() => rig.guardian.holds.size).toBe(4);
  for (const child of ends) child.kill("SIGKILL");
  for (let i = 1; i <= 4; i++) expect(await end(`hold-${i}`)).toBe(`streamEnded hold-${i} gone`);
});

test("a cancelled call is gone", async () => {
  const hold = new HoldClient(rig.client());
  hold.open();
  await hold.event("frozen");
  hold.call.cancel();
  expect(await end()).toBe("streamEnded hold-1 gone");
  expect((await hold.status).code).toBe(status.CANCELLED);
});

test("the call's own deadline bounds the hold, and its end is no release", async () => {
  const hold = new HoldClient(rig.client(), { deadline: Date.now() + 700 });
  hold.open();
  await hold.event("frozen");
  const { callDeadlineMs } = rig.guardian.last.request;
  expect(callDeadlineMs).toBeGreaterThan(0);
  expect(callDeadlineMs).toBeLessThanOrEqual(700);
  expect((await hold.status).code).toBe(status.DEADLINE_EXCEEDED);
  expect(await end()).toBe("streamEnded hold-1 gone");
});

test("without a deadline there is none", async () => {
  const hold = new HoldClient(rig.client());
  hold.open();
  await hold.event("frozen");
  expect(rig.guardian.last.request.callDeadlineMs).toBeUndefined();
  hold.call.end();
  await hold.status;
});

test("gone while the guardian is still asked: its hold ends as soon as there is one", async () => {
  let accept = () => {};
  rig.guardian.openGate = new Promise((resolve) => {
    accept = resolve;
  });
  const hold = new HoldClient(rig.client());
  hold.open();
  await expect.poll(() => rig.guardian.heard.length).toBe(1);
  hold.call.cancel();
  await hold.status;
  await new Promise((resolve) => setTimeout(resolve, 50));
  accept();
  expect(await end()).toBe("streamEnded hold-1 dismissed");
});

test("half-closed while the guardian is still asked: released, and the client hears the verdict", async () => {
  let accept = () => {};
  rig.guardian.openGate = new Promise((resolve) => {
    accept = resolve;
  });
  rig.guardian.autoFreeze = false;
  const hold = new HoldClient(rig.client());
  hold.open();
  hold.call.end();
  await expect.poll(() => rig.guardian.heard.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  accept();
  expect(await hold.status).toMatchObject({ reason: "NOT_FROZEN" });
  expect(hold.events).toEqual(["opened", "failed", "ended"]);
  expect(await end()).toBe("streamEnded hold-1 released");
});

describe("below gRPC", () => {
  let session: ClientHttp2Session;
  let socket: Socket;
  beforeEach(() => {
    socket = dial(rig.socket);
    session = connectHttp2("http://localhost", { createConnection: () => socket });
    session.on("error", () => {});
  });
  afterEach(() => session.destroy());

  async function openStream() {
    const stream = session.request(
      { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" },
      { endStream: false },
    );
    stream.on("error", () => {});
    const frame = Buffer.alloc(5 + openBytes.length);
    frame.writeUInt32BE(openBytes.length, 1);
    openBytes.copy(frame, 5);
    stream.write(frame);
    await once(stream, "data");
    return stream;
  }

  test.each([
    ["NO_ERROR", constants.NGHTTP2_NO_ERROR],
    ["CANCEL", constants.NGHTTP2_CANCEL],
    ["INTERNAL_ERROR", constants.NGHTTP2_INTERNAL_ERROR],
    ["REFUSED_STREAM", constants.NGHTTP2_REFUSED_STREAM],
  ])("RST_STREAM %s is gone", async (_name, code) => {
    const stream = await openStream();
    stream.close(code);
    expect(await end()).toBe("streamEnded hold-1 gone");
  });

  test("a GOAWAY with an error and a closed connection is gone", async () => {
    await openStream();
    session.destroy(new Error("gone"), constants.NGHTTP2_PROTOCOL_ERROR);
    expect(await end()).toBe("streamEnded hold-1 gone");
  });

  test("a connection cut without a word is gone", async () => {
    await openStream();
    socket.destroy();
    expect(await end()).toBe("streamEnded hold-1 gone");
  });

  test("END_STREAM is a release", async () => {
    const stream = await openStream();
    stream.end();
    expect(await end()).toBe("streamEnded hold-1 released");
  });

  test("garbage in the middle of a stream is gone", async () => {
    const stream = await openStream();
    socket.write("not HTTP/2 at all");
    stream.resume();
    expect(await end()).toBe("streamEnded hold-1 gone");
  });
});

describe("a client that does not read", () => {
  test("loses progress first", async () => {
    rig.guardian.autoFreeze = false;
    const hold = new HoldClient(rig.client());
    hold.open();
    await hold.event("opened");
    hold.call.pause();
    for (let i = 0; i < 20_000; i++)
      rig.guardian.emit("hold-1", { kind: "progress", filesystem, phase: "FREEZING" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    rig.guardian.landFreeze("hold-1");
    await new Promise((resolve) => setTimeout(resolve, 50));
    hold.call.resume();
    await hold.event("frozen");
    const progress = hold.messages.filter((m) => m.event.case === "progress").length;
    expect(progress).toBeGreaterThan(10);
    expect(progress).toBeLessThan(500);
    expect(rig.guardian.heard).toEqual(["open stream 1"]);
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("is told nothing new until it does; then every answer, and its hold lives", async () => {
    const hold = new HoldClient(rig.client());
    hold.open();
    await hold.event("frozen");
    hold.call.pause();
    // 64 answers of 40 kB are more than may wait.
    rig.guardian.statusFilesystems = 256;
    for (let i = 0; i < 64; i++) hold.send({ case: "status", value: {} }, BigInt(i));
    const run = () => rig.guardian.heard.filter((h) => h.endsWith("status")).length;
    for (let before = -1; before !== run(); ) {
      before = run();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(run()).toBeGreaterThan(0);
    expect(run()).toBeLessThan(64);
    hold.call.resume();
    await hold.event("status", 63);
    hold.call.end();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("may end its hold all the same", async () => {
    const hold = new HoldClient(rig.client());
    hold.open();
    await hold.event("frozen");
    hold.call.pause();
    rig.guardian.statusFilesystems = 256;
    for (let i = 0; i < 60; i++) hold.send({ case: "status", value: {} }, BigInt(i));
    await new Promise((resolve) => setTimeout(resolve, 300));
    hold.call.end();
    expect(await end()).toBe("streamEnded hold-1 released");
    hold.call.resume();
    expect((await hold.status).code).toBe(status.OK);
  });

  test("and goes on asking is ended, its hold thaws, and it learns why when it reads again", async () => {
    const hold = new HoldClient(rig.client());
    hold.open();
    await hold.event("frozen");
    hold.call.pause();
    rig.guardian.statusFilesystems = 256;
    const ended = () => rig.guardian.heard.includes("streamEnded hold-1 dismissed");
    for (let i = 0; i < 1000 && !ended(); i++) {
      for (let j = 0; j < 20; j++) hold.send({ case: "status", value: {} });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await end()).toBe("streamEnded hold-1 dismissed");
    hold.call.resume();
    expect(await hold.status).toMatchObject({
      code: status.UNAVAILABLE,
      reason: "CLIENT_GONE",
      metadata: { hold_id: "hold-1" },
    });
    expect(hold.events.at(-1)).toBe("ended");
  });
});
