/**
 * Freezing over TCP with mutual TLS: who gets in, whose holds they are, and that a client's death, a flood and a renewal do to
 * the kernel what they should.
 */
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect, type FreezeClient, type TlsOptions } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CertificateAuthority, type CertificateFiles } from "../support/certificates.js";
import { run } from "../support/command.js";
import { Daemon } from "../support/daemon.js";
import { findGrpcurl } from "../support/grpcurl.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { openDescriptors } from "../support/process-tree.js";
import { leaveOut, requires } from "../support/requirements.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";

const built = (name: string) => fileURLToPath(new URL(`../../dist/cli/${name}`, import.meta.url));
const control = built("fsfreezectl.js");

/** The fingerprint as openssl says it: "sha256 Fingerprint=AA:BB:..." */
async function fingerprintOf({ certificate }: CertificateFiles): Promise<string> {
  const { stdout } = await run("openssl", [
    ...["x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"],
  ]);
  return (stdout.trim().split("=")[1] ?? "").replaceAll(":", "").toLowerCase();
}

requires("root", "loop", "ext4", "bpf", "openssl").describe("mutual TLS", () => {
  let filesystem: LoopFilesystem;
  let path: string;
  let directory: string;
  let ca: CertificateAuthority;
  let other: CertificateAuthority;
  let service: CertificateFiles;
  let client: CertificateFiles;
  let second: CertificateFiles;
  let stranger: CertificateFiles;
  /** What `serve` reads; a renewal writes there. */
  const own = (name: string) => join(directory, `own.${name}`);
  let daemon: Daemon;
  let address: string;

  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
    directory = mkdtempSync(join(tmpdir(), "fsfreezed-tls-"));
    ca = await CertificateAuthority.create(directory, "ca");
    other = await CertificateAuthority.create(directory, "other");
    service = await ca.issue("service");
    client = await ca.issue("client", {
      subject: "/O=Example/CN=backup",
      altNames: ["DNS:backup.example", "URI:spiffe://example/backup"],
    });
    second = await ca.issue("second", { subject: "/O=Example/CN=backup" });
    stranger = await other.issue("stranger");
    install(service, ca);
    const stateDir = join(directory, "state");
    const listen = [`unix:${join(stateDir, "fsfreezed.sock")}`, "0.0.0.0:0", "[::1]:0"];
    const args = [...listen.flatMap((one) => ["--listen", one]), ...tlsArguments()];
    daemon = await Daemon.start({ stateDir, args });
    const port = / 0\.0\.0\.0:(\d+)/.exec(daemon.servesOn)?.[1];
    address = `localhost:${port}`;
  }, 120_000);
  afterAll(async () => {
    await daemon?.stop();
    await filesystem?.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  function install(files: CertificateFiles, clients: CertificateAuthority): void {
    copyFileSync(files.certificate, own("pem"));
    copyFileSync(files.key, own("key"));
    copyFileSync(clients.certificate, own("ca"));
  }

  function tlsArguments(): readonly string[] {
    return ["--tls-cert", own("pem"), "--tls-key", own("key"), "--tls-client-ca", own("ca")];
  }

  function connectAs(files: CertificateFiles | undefined): FreezeClient {
    return connectWith(ca.clientOptions(files));
  }

  function connectWith(tls: TlsOptions | undefined): FreezeClient {
    return connect(address, { timeout: 5_000, ...(tls === undefined ? {} : { tls }) });
  }

  const words = (files: CertificateFiles) => [
    ...["--address", address, "--tls-ca", ca.certificate],
    ...["--tls-cert", files.certificate, "--tls-key", files.key],
  ];

  /** `fsfreezectl hold`: a client to be killed. */
  async function startHolder(): Promise<{ readonly process: TrackedProcess; readonly id: string }> {
    const args = [control, ...words(client), "hold", path, "--for", "50s"];
    const child = await startProcess(process.execPath, args);
    return { process: child, id: await child.waitForLine(/^h-/) };
  }

  test("a client with a certificate freezes, and the hold is its own", async () => {
    using remote = connectAs(client);
    const hold = await remote.hold(path);
    await expectFrozen(path);
    using local = daemon.connect();
    const owner = {
      kind: "tls",
      subject: "CN=backup,O=Example",
      subjectAltNames: ["DNS:backup.example", "URI:spiffe://example/backup"],
      fingerprintSha256: await fingerprintOf(client),
      address: "tcp:127.0.0.1",
    };
    expect((await local.getHold(hold.id)).owner).toEqual(owner);
    const receipt = await hold.release();
    expect(receipt).toMatchObject({ verdict: "INTACT", owner });
    await expectThawed(path);
  });

  test("by IPv6 too", async () => {
    const port = / \[::1\]:(\d+)/.exec(daemon.servesOn)?.[1];
    using remote = connect(`[::1]:${port}`, { tls: ca.clientOptions(client) });
    expect(await remote.health()).toBe("SERVING");
  });

  test("nobody else comes in: another CA's, an expired one, none, plain text", async () => {
    const expired = await ca.issue("expired", { days: -1 });
    for (const files of [stranger, expired, undefined]) {
      using remote = connectAs(files);
      expect((await refusalOf(remote.hold(path))).reason).toBe("UNREACHABLE");
    }
    using plain = connectWith(undefined);
    expect((await refusalOf(plain.hold(path))).reason).toBe("UNREACHABLE");
    await expectThawed(path);
    using local = daemon.connect();
    expect(await local.health()).toBe("SERVING");
    await expect.poll(() => daemon.log).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  test("a client takes no service that another CA vouches for", async () => {
    using remote = connectWith({ ...ca.clientOptions(client), ca: other.clientOptions().ca ?? "" });
    expect((await refusalOf(remote.hold(path))).reason).toBe("UNREACHABLE");
  });

  test("another certificate, though of the same name, is another owner", async () => {
    using mine = connectAs(client);
    using theirs = connectAs(second);
    const hold = await mine.hold(path, { ttl: 40_000, linger: 20_000 });
    const { id, resumeToken } = hold;
    for (const attempt of [
      () => theirs.resume(id, resumeToken),
      () => theirs.thaw({ holdId: id }),
      () => theirs.renew(id, 1_000),
    ]) {
      expect((await refusalOf(attempt())).code).toBe("PERMISSION_DENIED");
    }
    await expectFrozen(path);
    // The same certificate from another connection.
    using again = connectAs(client);
    const resumed = await again.resume(id, resumeToken);
    expect((await resumed.release()).verdict).toBe("INTACT");
    await expectThawed(path);
  });

  test("a retry gives the same hold to the same certificate, and to no other", async () => {
    const options = { requestId: "nightly", ttl: 30_000 };
    using mine = connectAs(client);
    using again = connectAs(client);
    using theirs = connectAs(second);
    const first = await mine.freeze(path, options);
    expect((await again.freeze(path, options)).holdId).toBe(first.holdId);
    const another = await theirs.freeze(path, options);
    expect(another.holdId).not.toBe(first.holdId);
    await mine.thaw({ holdId: first.holdId });
    await expectFrozen(path);
    await theirs.thaw({ target: path });
    await expectThawed(path);
  });

  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    test(`a client that gets ${signal}: thawed`, async () => {
      const holder = await startHolder();
      await expectFrozen(path);
      holder.process.kill(signal);
      await expectThawed(path);
      using local = daemon.connect();
      const { receipt } = await local.getHold(holder.id);
      expect(receipt).toMatchObject({ endCause: "CLIENT_GONE", verdict: "UNPROVEN" });
      await holder.process.killAndWait();
    });
  }

  test("fsfreezectl tells its COMMAND how to reach the service", async () => {
    const script = 'exec "$0" "$1" renew "$FSFREEZE_HOLD_ID"';
    const command = ["sh", "-c", script, process.execPath, control];
    const held = await run(process.execPath, [
      ...[control, ...words(client), "hold", path, "--", ...command],
    ]);
    expect(held.code, held.stderr).toBe(0);
    await expectThawed(path);
  });

  test("grpcurl, with -cacert, -cert and -key", async (context) => {
    const grpcurl = findGrpcurl();
    if (!grpcurl.found) leaveOut(context, grpcurl.why);
    const files = [...["-cacert", ca.certificate], ...["-cert", client.certificate]];
    const ask = (...args: readonly string[]) =>
      run(grpcurl.path, [...files, "-key", client.key, ...args]);
    const call = (method: string, request: object) =>
      ask("-d", JSON.stringify(request), address, `fsfreeze.v1.FreezeService/${method}`);
    expect((await ask(address, "list")).stdout).toContain("fsfreeze.v1.FreezeService");
    const frozen = await call("Freeze", { targets: [{ path }], ttl: "50s" });
    expect(frozen.code, frozen.stderr).toBe(0);
    await expectFrozen(path);
    const { hold } = JSON.parse(frozen.stdout);
    expect(hold.owner.tlsPeer.fingerprintSha256).toBe(await fingerprintOf(client));
    const thawed = await call("Thaw", { holdId: hold.holdId });
    expect(JSON.parse(thawed.stdout)).toMatchObject({ receipt: { verdict: "VERDICT_INTACT" } });
    await expectThawed(path);
  }, 330_000);

  test("a flood of connections that say nothing, or nonsense, costs no hold and nobody's access", async () => {
    using remote = connectAs(client);
    const hold = await remote.hold(path, { ttl: 50_000 });
    const before = openDescriptors(daemon.pid("api")).length;
    const port = Number(address.split(":")[1]);
    const sockets: Socket[] = [];
    for (let i = 0; i < 600; i++) {
      const socket = dial(port, "127.0.0.1");
      socket.on("error", () => {});
      if (i % 2 === 0) socket.on("connect", () => socket.write(Buffer.alloc(600, i)));
      socket.resume();
      sockets.push(socket);
      if (i % 50 === 0) await sleep(10);
    }
    using late = connectAs(second);
    expect(await late.health()).toBe("SERVING");
    using local = daemon.connect();
    expect(await local.health()).toBe("SERVING");
    // Those that say nothing are ended by the service.
    await Promise.all(
      sockets.map((socket) => (socket.destroyed ? undefined : once(socket, "close"))),
    );
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
    // The two clients of above may be open still.
    const left = () => openDescriptors(daemon.pid("api")).length;
    await expect.poll(left, { timeout: 10_000 }).toBeLessThanOrEqual(before + 2);
  });

  test("the key is in no process's environment or arguments, and in no log", async () => {
    const secrets = readFileSync(own("key"), "utf8").split("\n").slice(1, -2);
    for (const { pid } of daemon.members) {
      for (const file of ["environ", "cmdline"]) {
        const text = readFileSync(`/proc/${pid}/${file}`, "latin1");
        for (const secret of secrets) expect(text.includes(secret)).toBe(false);
        expect(text).not.toContain("PRIVATE KEY");
      }
    }
    for (const secret of secrets) expect(daemon.log.includes(secret)).toBe(false);
  });

  test("a new api needs none of the files, which may be frozen", async () => {
    for (const name of ["pem", "key", "ca"]) rmSync(own(name));
    const api = daemon.pid("api");
    daemon.kill("api");
    await daemon.waitForNew("api", api);
    using remote = connectAs(client);
    await expect.poll(() => remote.health().catch(String)).toBe("SERVING");
    install(service, ca);
  });

  test("SIGHUP: new connections by the new files, open holds live on, the next api has them too", async () => {
    using before = connectAs(client);
    const hold = await before.hold(path, { ttl: 50_000 });
    // Not in order: nothing changes.
    copyFileSync(client.key, own("key"));
    process.kill(daemon.pid("supervisor"), "SIGHUP");
    await expect.poll(() => daemon.log).toContain("TLS files cannot be renewed");
    install(await other.issue("renewed"), other);
    process.kill(daemon.pid("supervisor"), "SIGHUP");
    await expect.poll(() => daemon.log).toContain("TLS certificate renewed");
    const tls = other.clientOptions(stranger);
    using after = connectWith(tls);
    expect(await after.health()).toBe("SERVING");
    using late = connectAs(client);
    expect((await refusalOf(late.hold(path))).reason).toBe("UNREACHABLE");
    await expectFrozen(path);
    expect((await hold.release()).verdict).toBe("INTACT");
    const api = daemon.pid("api");
    daemon.kill("api");
    await daemon.waitForNew("api", api);
    using next = connectWith(tls);
    await expect.poll(() => next.health().catch(String)).toBe("SERVING");
    install(service, ca);
    process.kill(daemon.pid("supervisor"), "SIGHUP");
    using last = connectAs(client);
    await expect.poll(() => last.health().catch(String)).toBe("SERVING");
  });

  const serve = (...args: readonly string[]) => {
    const state = ["--simulated", "--state-dir", join(directory, "state-of-none")];
    return run(process.execPath, [built("fsfreezed.cjs"), "serve", ...state, ...args]);
  };

  test("what does not fit together is refused at the start", async () => {
    const open = await serve("--listen", "0.0.0.0:0");
    expect(open.stderr).toContain("give --tls-cert, --tls-key and --tls-client-ca");
    const half = await serve("--listen", "127.0.0.1:0", "--tls-cert", service.certificate);
    expect(half.stderr).toContain("--tls-key and --tls-client-ca are missing");
    const files = ["--tls-cert", service.certificate, "--tls-client-ca", ca.certificate];
    const mixed = await serve("--listen", "127.0.0.1:0", ...files, "--tls-key", client.key);
    expect(mixed.stderr).toMatch(/--tls-key: .* is not the key of/);
    const missing = await serve("--listen", "127.0.0.1:0", ...files, "--tls-key", "/none");
    expect(missing.stderr).toMatch(/--tls-key: \/none cannot be read/);
    const badOption = await serve("--listen", "nonsense");
    for (const { code } of [open, half, mixed, missing]) expect(code).toBe(badOption.code);
  });

  test("an expired certificate of its own is served, with a warning", async () => {
    const expired = await ca.issue("expired-service", { days: -1 });
    const daemonArgs = [
      "--simulated",
      "--listen",
      "127.0.0.1:0",
      "--tls-cert",
      expired.certificate,
    ];
    const rest = ["--tls-key", expired.key, "--tls-client-ca", ca.certificate];
    await using late = await Daemon.start({ args: [...daemonArgs, ...rest] });
    await expect.poll(() => late.log).toContain("certificate has expired");
  });
});
