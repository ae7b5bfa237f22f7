import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect as dial, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { type Log, silentLog } from "../observe/log.js";
import { listenUnix, peerCredentials } from "../os/sockets.js";
import { attestUnixPeer, ownerOfPeer } from "./identity.js";
import { Listeners } from "./listeners.js";

describe("the peer of a call", () => {
  test.each([
    ["unix:pid=12,uid=1000,gid=100", { kind: "unix", pid: 12, uid: 1000, gid: 100 }],
    ["unix:pid=0,uid=65534,gid=65534", { kind: "unix", pid: 0, uid: 65534, gid: 65534 }],
    ["127.0.0.1:40000", { kind: "tcp", address: "127.0.0.1" }],
    ["::1:40000", { kind: "tcp", address: "::1" }],
    ["::ffff:127.0.0.1:40000", { kind: "tcp", address: "::ffff:127.0.0.1" }],
  ])("%s", (peer, owner) => {
    expect(ownerOfPeer(peer)).toEqual(owner);
  });

  test.each(["unknown", "", "unix:", "unix:pid=1,uid=0", "unix:pid=1,uid=0,gid=0:80", "127.0.0.1"])(
    "%s is nobody",
    (peer) => {
      expect(ownerOfPeer(peer)).toBeUndefined();
    },
  );
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-identity-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a Unix connection is marked with what the kernel says of its peer", async () => {
  const path = join(directory, "s");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = once(server, "connection");
  const client = dial(path);
  const [socket] = (await accepted) as [Socket];
  expect(attestUnixPeer(socket, peerCredentials)).toBe(true);
  expect(ownerOfPeer(socket.remoteAddress ?? "")).toEqual({
    kind: "unix",
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  client.destroy();
  socket.destroy();
  server.close();
});

test("a connection that is gone already has no peer", () => {
  expect(attestUnixPeer(new Socket(), peerCredentials)).toBe(false);
});

test("where the kernel does not tell, the connection is closed and nothing is served", async () => {
  const path = join(directory, "s");
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => warned.push(message) };
  let served = 0;
  const listeners = new Listeners({
    log,
    peerCredentials: () => {
      throw new Error("EPERM");
    },
    serve: () => served++,
  });
  await listeners.start([{ kind: "unix", fd: listenUnix(path, 0o600, 8) }]);
  const client = dial(path);
  client.on("error", () => {});
  client.resume();
  await once(client, "close");
  expect(served).toBe(0);
  expect(warned).toEqual(["peer credentials cannot be read"]);
  listeners.stop();
});

test("a descriptor that cannot be listened on is told at start", async () => {
  const listeners = new Listeners({ log: silentLog, peerCredentials, serve: () => {} });
  await expect(listeners.start([{ kind: "unix", fd: 0x7fff }])).rejects.toThrow();
});

test("a caller without an identity is UNAUTHENTICATED", async () => {
  const rig = await ApiRig.start({ credentials: () => ({ pid: 1, uid: -1, gid: 0 }) });
  const answer = await rig.client().unary(FreezeService.method.listHolds, {});
  expect(answer).toMatchObject({ code: 16, reason: "UNAUTHENTICATED" });
  expect(rig.guardian.heard).toEqual([]);
  await rig.stop();
});
