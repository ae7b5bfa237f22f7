/** The gate before gRPC: real connections and certificates; what is served is an echo. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  type AddressInfo,
  createServer,
  connect as dial,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as dialTls, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  CertificateAuthority,
  type CertificateFiles,
  readCertificate,
} from "../../test/support/certificates.js";
import { requires } from "../../test/support/requirements.js";
import type { TlsMaterial } from "../channel/supervisor-protocol.js";
import { silentLog } from "../observe/log.js";
import { TlsGate, type TlsGateDeps } from "./tls.js";

// A key and a certificate take openssl a moment, on a busy machine a long one.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

requires("openssl").describe("the TLS gate", () => {
  let directory: string;
  let ca: CertificateAuthority;
  let other: CertificateAuthority;
  let material: TlsMaterial;
  let client: CertificateFiles;
  let stranger: CertificateFiles;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fsfreezed-tls-"));
    ca = await CertificateAuthority.create(directory, "ca");
    other = await CertificateAuthority.create(directory, "other");
    material = materialOf(await ca.issue("service"), ca);
    client = await ca.issue("client", { altNames: ["DNS:backup.example"] });
    stranger = await other.issue("stranger");
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function materialOf(files: CertificateFiles, clients: CertificateAuthority): TlsMaterial {
    return { ...readCertificate(files), clientCa: clients.clientOptions().ca as string };
  }

  let server: Server;
  let gate: TlsGate;
  let served: TLSSocket[];
  let refusals: string[];
  let nowMs: number;
  beforeEach(() => {
    served = [];
    refusals = [];
    nowMs = 0;
  });
  afterEach(() => {
    gate.stop();
    for (const socket of served) socket.destroy();
    server.close();
  });

  async function open(options: Partial<TlsGateDeps> = {}): Promise<void> {
    gate = new TlsGate(material, {
      log: {
        ...silentLog,
        warn: (_, fields) => refusals.push(JSON.stringify(fields)),
      },
      serve: (socket) => {
        served.push(socket);
        socket.pipe(socket);
      },
      nowMs: () => nowMs,
      ...options,
    });
    server = createServer((socket) => {
      socket.on("error", () => {});
      gate.accept(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }

  const port = () => (server.address() as AddressInfo).port;

  function plain(): Socket {
    const socket = dial(port(), "127.0.0.1");
    socket.on("error", () => {});
    return socket;
  }

  function secure(files: CertificateFiles | undefined, options: ConnectionOptions = {}): TLSSocket {
    const { certificate, key } = files === undefined ? {} : readCertificate(files);
    const socket = dialTls({
      port: port(),
      host: "127.0.0.1",
      ca: material.clientCa,
      cert: certificate,
      key,
      ALPNProtocols: ["h2"],
      ...options,
    });
    socket.on("error", () => {});
    return socket;
  }

  /** Whether the echo came. */
  async function isServed(socket: Socket): Promise<boolean> {
    socket.write("hello");
    return await new Promise((resolve) => {
      socket.on("data", () => resolve(true));
      socket.on("close", () => resolve(false));
    });
  }

  test("lets in whoever has a certificate of the CA, by TLS 1.2 and 1.3, and marks it", async () => {
    await open();
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = secure(client, { minVersion: version, maxVersion: version });
      expect(await isServed(socket)).toBe(true);
      expect(socket.getProtocol()).toBe(version);
      expect(served.at(-1)?.remoteAddress).toBe("tls:127.0.0.1");
      expect(served.at(-1)?.authorized).toBe(true);
    }
    expect(gate.handshakes).toBe(0);
    expect(refusals).toEqual([]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("refuses everybody else by %s", async (version) => {
    const versions = { minVersion: version, maxVersion: version };
    await open();
    expect(await isServed(secure(undefined, versions))).toBe(false);
    expect(await isServed(secure(stranger, versions))).toBe(false);
    const expired = await ca.issue("expired", { days: -1 });
    expect(await isServed(secure(expired, versions))).toBe(false);
    expect(served).toEqual([]);
    await expect.poll(() => refusals).toHaveLength(3);
    expect(refusals[0]).toContain("PEER_DID_NOT_RETURN_A_CERTIFICATE");
    expect(refusals[1]).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    expect(refusals[2]).toContain("CERT_HAS_EXPIRED");
    await expect.poll(() => gate.handshakes).toBe(0);
  });

  test("refuses plain text, TLS 1.1 and other protocols", async () => {
    await open();
    const text = plain();
    text.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(await isServed(text)).toBe(false);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    expect(await isServed(secure(client, old))).toBe(false);
    expect(await isServed(secure(client, { ALPNProtocols: ["http/1.1"] }))).toBe(false);
    // Without ALPN there is no way to know; every gRPC client has it.
    expect(await isServed(secure(client, { ALPNProtocols: [] }))).toBe(false);
    expect(served).toEqual([]);
  });

  test("a session is not resumed: each connection shows its certificate", async () => {
    await open();
    const first = secure(client, { maxVersion: "TLSv1.2" });
    const tickets: Buffer[] = [];
    first.on("session", (session) => tickets.push(session));
    expect(await isServed(first)).toBe(true);
    const session = tickets.at(-1) ?? first.getSession();
    const again = secure(client, { maxVersion: "TLSv1.2", ...(session ? { session } : {}) });
    expect(await isServed(again)).toBe(true);
    expect(again.isSessionReused()).toBe(false);
    const last = secure(client);
    last.on("session", (ticket) => tickets.push(ticket));
    expect(await isServed(last)).toBe(true);
    const ticket = tickets.at(-1);
    const next = secure(client, ticket === undefined ? {} : { session: ticket });
    expect(await isServed(next)).toBe(true);
    expect(next.isSessionReused()).toBe(false);
  });

  test("gives a handshake so long and no longer, from its first byte or in its midst", async () => {
    await open({ handshakeMs: 300 });
    const silent = plain();
    const halfway = plain();
    // A record that is announced and does not come.
    halfway.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await expect.poll(() => gate.handshakes).toBe(2);
    silent.resume();
    halfway.resume();
    await Promise.all([once(silent, "close"), once(halfway, "close")]);
    await expect.poll(() => gate.handshakes).toBe(0);
    await expect.poll(() => refusals).toHaveLength(2);
    expect(refusals[0]).toContain("ERR_TLS_HANDSHAKE_TIMEOUT");
  });

  test("in a flood the oldest handshake gives way, and a client with a certificate gets in", async () => {
    await open({ maxHandshakes: 8 });
    const flood: Socket[] = [];
    for (let i = 0; i < 40; i++) flood.push(plain());
    await expect.poll(() => refusals.length).toBeGreaterThan(0);
    expect(gate.handshakes).toBeLessThanOrEqual(8);
    expect(await isServed(secure(client))).toBe(true);
    for (const socket of flood.slice(0, 30)) socket.resume();
    await expect.poll(() => flood.slice(0, 30).every((socket) => socket.destroyed)).toBe(true);
    for (const socket of flood) socket.destroy();
    await expect.poll(() => gate.handshakes).toBe(0);
    // The one that was let in is nobody's to push out.
    expect(served[0]?.destroyed).toBe(false);
  });

  test("a client that leaves in the midst leaves nothing", async () => {
    await open();
    const socket = plain();
    await expect.poll(() => gate.handshakes).toBe(1);
    socket.destroy();
    await expect.poll(() => gate.handshakes).toBe(0);
  });

  test("tells of ten refusals, then of one a second and how many came between", async () => {
    await open();
    const knock = async () => {
      const socket = plain();
      socket.end("no TLS at all");
      socket.resume();
      await once(socket, "close");
    };
    for (let i = 0; i < 15; i++) await knock();
    await expect.poll(() => gate.handshakes).toBe(0);
    expect(refusals).toHaveLength(10);
    nowMs = 1_000;
    await knock();
    await expect.poll(() => refusals.length).toBe(11);
    expect(JSON.parse(refusals[10] ?? "")).toMatchObject({ moreSinceLast: 5 });
  });

  test("renewed: new handshakes by the new CA, open connections live on", async () => {
    await open();
    const before = secure(client);
    expect(await isServed(before)).toBe(true);
    gate.renew(materialOf(await other.issue("service-of-other"), other));
    const trust = { ca: other.clientOptions().ca as string };
    expect(await isServed(secure(client, trust))).toBe(false);
    expect(await isServed(secure(stranger, trust))).toBe(true);
    expect(await isServed(before)).toBe(true);
  });

  test("what OpenSSL does not take changes nothing", async () => {
    await open();
    expect(() => gate.renew({ ...material, key: "no key" })).toThrow();
    expect(await isServed(secure(client))).toBe(true);
    expect(() => new TlsGate({ ...material, certificate: "none" }, gateDeps())).toThrow();
  });

  function gateDeps(): TlsGateDeps {
    return { log: silentLog, serve: () => {}, nowMs: () => 0 };
  }

  test("stopped: handshakes end, who was let in stays", async () => {
    await open();
    const inside = secure(client);
    expect(await isServed(inside)).toBe(true);
    const pending = plain();
    await expect.poll(() => gate.handshakes).toBe(1);
    gate.stop();
    pending.resume();
    await once(pending, "close");
    expect(await isServed(inside)).toBe(true);
  });
});
