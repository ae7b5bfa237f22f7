import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, connect as dial, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import { CertificateAuthority, type CertificateOptions } from "../../test/support/certificates.js";
import { requires } from "../../test/support/requirements.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { type Log, silentLog } from "../observe/log.js";
import { listenUnix, peerCredentials } from "../os/sockets.js";
import { attestUnixPeer, ownerOfCall, ownerOfCertificate, ownerOfPeer } from "./identity.js";
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

  test.each([
    "unknown",
    "",
    "unix:",
    "unix:pid=1,uid=0",
    "unix:pid=1,uid=0,gid=0:80",
    "127.0.0.1",
    "tls:127.0.0.1:80",
  ])("%s is nobody", (peer) => {
    expect(ownerOfPeer(peer)).toBeUndefined();
  });
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

requires("openssl").describe("the owner by a certificate", () => {
  async function ownerOf(options: CertificateOptions) {
    const ca = await CertificateAuthority.create(directory, "ca");
    const { certificate } = await ca.issue("client", options);
    return ownerOfCertificate(new X509Certificate(readFileSync(certificate)).raw, "192.0.2.7");
  }

  test("has its names and its fingerprint", async () => {
    const owner = await ownerOf({
      subject: "/C=DE/O=Backup, Inc/OU=a+OU=b/CN=back\\+up",
      altNames: [
        "DNS:backup.example",
        "URI:spiffe://example/b",
        "IP:192.0.2.7",
        "email:ops@example.com",
      ],
    });
    const raw = readFileSync(join(directory, "client.pem"));
    expect(owner).toEqual({
      kind: "tls",
      subject: "CN=back\\+up,OU=a+OU=b,O=Backup\\, Inc,C=DE",
      subjectAltNames: [
        "DNS:backup.example",
        "URI:spiffe://example/b",
        "IP Address:192.0.2.7",
        "email:ops@example.com",
      ],
      fingerprintSha256: new X509Certificate(raw).fingerprint256.replaceAll(":", "").toLowerCase(),
      address: "192.0.2.7",
    });
    expect(owner.fingerprintSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("may have no subject; a name that looks like two is one; there is an end to them", async () => {
    const many = Array.from({ length: 50 }, (_, i) => `DNS:h${i}.example`);
    const owner = await ownerOf({
      subject: "/",
      altNames: ["URI:http://a/, DNS:evil.example", ...many],
    });
    expect(owner.subject).toBe("");
    expect(owner.subjectAltNames).toHaveLength(32);
    expect(owner.subjectAltNames.slice(0, 2)).toEqual([
      "URI:http://a/, DNS:evil.example",
      "DNS:h0.example",
    ]);
    const long = await ownerOf({
      subject: `/CN=${"x".repeat(64)}`,
      altNames: [`URI:http://${"y".repeat(2000)}`],
    });
    expect(long.subjectAltNames[0]).toHaveLength(515);
  });

  test("needs the certificate: the mark of TLS alone, or a certificate on another connection, is nobody's", async () => {
    const ca = await CertificateAuthority.create(directory, "ca");
    const { raw } = new X509Certificate(readFileSync(ca.certificate));
    const call = (peer: string, sslPeerCertificate?: { readonly raw: Buffer }) =>
      ownerOfCall({
        getPeer: () => peer,
        getAuthContext: () => (sslPeerCertificate === undefined ? {} : { sslPeerCertificate }),
      });
    expect(call("tls:192.0.2.7:4000")).toBeUndefined();
    expect(call("tls:192.0.2.7:4000", { raw })).toMatchObject({
      kind: "tls",
      address: "192.0.2.7",
    });
    expect(call("tls:::1:4000", { raw })).toMatchObject({ kind: "tls", address: "::1" });
    expect(call("unknown", { raw })).toBeUndefined();
  });
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
