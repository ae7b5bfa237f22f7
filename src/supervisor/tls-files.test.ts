import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { CertificateAuthority, type CertificateFiles } from "../../test/support/certificates.js";
import { must } from "../../test/support/command.js";
import { requires } from "../../test/support/requirements.js";
import { silentLog } from "../observe/log.js";
import { readTls, type TlsFiles, TlsKeeper } from "./tls-files.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const dayMs = 24 * 60 * 60 * 1000;

requires("openssl").describe("the TLS files", () => {
  let directory: string;
  let ca: CertificateAuthority;
  let service: CertificateFiles;
  let client: CertificateFiles;
  let files: TlsFiles;
  const path = (name: string) => join(directory, name);
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fsfreezed-tls-files-"));
    ca = await CertificateAuthority.create(directory, "ca");
    service = await ca.issue("service");
    client = await ca.issue("client");
    files = { ...service, clientCa: ca.certificate };
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function problem(changed: Partial<TlsFiles>): Promise<string> {
    const reading = await readTls({ ...files, ...changed }, Date.now());
    if (reading.ok) throw new Error("they are in order");
    return reading.problem;
  }

  test("are taken as they are", async () => {
    const reading = await readTls(files, Date.now());
    if (!reading.ok) throw new Error(reading.problem);
    expect(reading.warnings).toEqual([]);
    expect(reading.material).toEqual({
      certificate: readFileSync(service.certificate, "utf8"),
      key: readFileSync(service.key, "utf8"),
      clientCa: readFileSync(ca.certificate, "utf8"),
    });
  });

  test("may hold a chain, several CAs, and words around them", async () => {
    const text = readFileSync(ca.certificate, "utf8");
    writeFileSync(path("chain.pem"), `${readFileSync(service.certificate, "utf8")}${text}`);
    writeFileSync(path("cas.pem"), `# ours\n${text}\n# and theirs\n${text}`);
    const changed = { certificate: path("chain.pem"), clientCa: path("cas.pem") };
    expect(await readTls({ ...files, ...changed }, Date.now())).toMatchObject({ ok: true });
  });

  test("say which one is wrong, and how", async () => {
    const none = path("none.pem");
    expect(await problem({ key: none })).toMatch(/^--tls-key: .*none.pem cannot be read: ENOENT/);
    expect(await problem({ clientCa: directory })).toMatch(/^--tls-client-ca: .*EISDIR/);
    expect(await problem({ certificate: service.key })).toMatch(
      /^--tls-cert: .* holds no certificate in PEM/,
    );
    expect(await problem({ clientCa: client.key })).toMatch(/^--tls-client-ca: .* holds no certif/);
    expect(await problem({ key: ca.certificate })).toMatch(/^--tls-key: .* holds no private key/);
    expect(await problem({ key: client.key })).toMatch(
      /^--tls-key: .* is not the key of the first/,
    );
    expect(await problem({ key: "/dev/zero" })).toMatch(/^--tls-key: .* is longer than/);
    writeFileSync(none, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(await problem({ clientCa: none })).toMatch(/^--tls-client-ca: .*certificate 1 is not/);
  });

  test("are refused where the key is encrypted, in either form", async () => {
    const encrypted = path("encrypted.key");
    const pass = ["-aes128", "-passout", "pass:secret"];
    await must("openssl", ["ec", "-in", service.key, ...pass, "-out", encrypted]);
    expect(await problem({ key: encrypted })).toContain("is encrypted");
    const pkcs8 = ["-topk8", "-v2", "aes-128-cbc", "-passout", "pass:secret"];
    await must("openssl", ["pkcs8", "-in", service.key, ...pkcs8, "-out", encrypted]);
    expect(await problem({ key: encrypted })).toContain("is encrypted");
  });

  test("never tell what the key is", async () => {
    const secret = readFileSync(service.key, "utf8").split("\n")[1] ?? "";
    writeFileSync(path("broken.key"), readFileSync(service.key, "utf8").replace("MI", "MJ"));
    expect(secret.length).toBeGreaterThan(20);
    expect(await problem({ key: path("broken.key") })).not.toContain(secret.slice(4, 16));
  });

  test("with a certificate that is out of its time are a warning", async () => {
    for (const [now, message] of [
      [Date.now() + 31 * dayMs, "certificate has expired"],
      [Date.now() - dayMs, "certificate is not valid yet"],
    ] as const) {
      const reading = await readTls(files, now);
      if (!reading.ok) throw new Error(reading.problem);
      expect(reading.warnings.map((warning) => warning.message)).toEqual([message, message]);
      expect(reading.warnings[0]?.fields).toMatchObject({
        file: service.certificate,
        subject: "CN=service",
      });
    }
  });

  test("are renewed as a whole, or not at all", async () => {
    const own = { certificate: path("own.pem"), key: path("own.key"), clientCa: ca.certificate };
    const take = ({ certificate, key }: CertificateFiles) => {
      copyFileSync(certificate, own.certificate);
      copyFileSync(key, own.key);
    };
    take(service);
    const reading = await readTls(own, Date.now());
    if (!reading.ok) throw new Error(reading.problem);
    const told: string[] = [];
    const log = { ...silentLog, error: (message: string) => told.push(message) };
    const keeper = new TlsKeeper(own, reading.material, log);
    // Half of a renewal.
    copyFileSync(client.certificate, own.certificate);
    expect(await keeper.renew()).toBeUndefined();
    expect(keeper.material).toEqual(reading.material);
    expect(told).toEqual(["TLS files cannot be renewed"]);
    take(client);
    const renewed = await keeper.renew();
    expect(renewed?.key).toBe(readFileSync(client.key, "utf8"));
    expect(keeper.material).toBe(renewed);
  });

  test("are read once at a time: a file that hangs takes one thread", async () => {
    const fifo = path("fifo");
    spawnSync("mkfifo", [fifo]);
    const reading = await readTls(files, Date.now());
    if (!reading.ok) throw new Error(reading.problem);
    const keeper = new TlsKeeper({ ...files, key: fifo }, reading.material, silentLog);
    const first = keeper.renew();
    expect(await keeper.renew()).toBeUndefined();
    const writer = must("sh", ["-c", 'cat "$1" >"$2"', "sh", service.key, fifo]);
    expect(await first).toEqual(reading.material);
    await writer;
  });
});
