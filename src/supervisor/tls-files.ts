/**
 * The files of mutual TLS, read by the privileged parent: the key may be readable by root alone, and
 * the api is not root. What was read is kept, so that a pair that is started while something is
 * frozen needs no disk.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { open } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { TlsMaterial } from "../channel/supervisor-protocol.js";
import type { Log, LogFields } from "../observe/log.js";

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface TlsWarning {
  readonly message: string;
  readonly fields: LogFields;
}

export type TlsReading =
  | { readonly ok: true; readonly material: TlsMaterial; readonly warnings: readonly TlsWarning[] }
  /** Which file, what is wrong with it, and what to do. */
  | { readonly ok: false; readonly problem: string };

/** Far more than a system's whole bundle of CAs; a device that never ends is no file of ours. */
const maxBytes = 1024 * 1024;

class BadFile extends Error {
  override readonly name = "BadFile";
}

async function readText(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: Error) => {
    throw new BadFile(`cannot be read: ${error.message}`);
  });
  try {
    const bytes = Buffer.alloc(maxBytes + 1);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, null);
      filled += bytesRead;
      if (filled > maxBytes) throw new BadFile(`is longer than ${maxBytes} bytes`);
      if (bytesRead === 0) return bytes.toString("latin1", 0, filled);
    }
  } catch (error) {
    if (error instanceof BadFile || !(error instanceof Error)) throw error;
    throw new BadFile(`cannot be read: ${error.message}`);
  } finally {
    await file.close();
  }
}

const pemCertificate =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/gs;

/** At least one. */
function certificatesOf(pem: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = (pem.match(pemCertificate) ?? []).map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw new BadFile(`its certificate ${index + 1} is not one: ${textOf(error)}`);
    }
  });
  if (first === undefined) throw new BadFile("holds no certificate in PEM (BEGIN CERTIFICATE)");
  return [first, ...rest];
}

function keyOf(pem: string): KeyObject {
  // PKCS #8, and the older form of OpenSSL. Its own errors do not say it in either.
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw new BadFile("is encrypted: give a key without a passphrase, readable by root alone");
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new BadFile(`holds no private key in PEM: ${textOf(error)}`);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the options are called, by what they name. */
export const tlsOptions: Readonly<Record<keyof TlsFiles, string>> = {
  certificate: "--tls-cert",
  key: "--tls-key",
  clientCa: "--tls-client-ca",
};

/** Reads and checks all three. `now`: milliseconds since 1970. */
export async function readTls(files: TlsFiles, now: number): Promise<TlsReading> {
  /** Says which file it was. */
  const about = async <T>(what: keyof TlsFiles, run: () => Promise<T> | T): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
      throw new BadFile(`${tlsOptions[what]}: ${files[what]} ${error.message}`);
    }
  };
  try {
    const certificate = await about("certificate", () => readText(files.certificate));
    const key = await about("key", () => readText(files.key));
    const clientCa = await about("clientCa", () => readText(files.clientCa));
    const own = await about("certificate", () => certificatesOf(certificate));
    const privateKey = await about("key", () => keyOf(key));
    await about("key", () => {
      if (own[0].checkPrivateKey(privateKey)) return;
      throw new BadFile(
        `is not the key of the first certificate in ${files.certificate}; the service's own comes first there`,
      );
    });
    const cas = await about("clientCa", () => certificatesOf(clientCa));
    const material = { certificate, key, clientCa };
    await about("certificate", () => checkWithOpenssl(material));
    const warnings = [
      ...own.flatMap((one) => timeWarning(one, files.certificate, now)),
      ...cas.flatMap((one) => timeWarning(one, files.clientCa, now)),
    ];
    return { ok: true, material, warnings };
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    return { ok: false, problem: error.message };
  }
}

/** What it would say later, in the api: "ee key too small", "ca md too weak". */
function checkWithOpenssl({ certificate, key, clientCa }: TlsMaterial): void {
  try {
    createSecureContext({ cert: certificate, key, ca: clientCa });
  } catch (error) {
    throw new BadFile(`and the two others are refused by OpenSSL: ${textOf(error)}`);
  }
}

function timeWarning(one: X509Certificate, file: string, now: number): readonly TlsWarning[] {
  const fields = {
    file,
    subject: one.subject?.replaceAll("\n", ", ") ?? "",
    from: one.validFrom,
    to: one.validTo,
  };
  if (Date.parse(one.validTo) < now) return [{ message: "certificate has expired", fields }];
  if (Date.parse(one.validFrom) > now) return [{ message: "certificate is not valid yet", fields }];
  return [];
}

/** What TCP is served with now. */
export class TlsKeeper {
  readonly #files: TlsFiles;
  readonly #log: Log;
  #material: TlsMaterial;
  #reading = false;

  constructor(files: TlsFiles, material: TlsMaterial, log: Log) {
    this.#files = files;
    this.#material = material;
    this.#log = log;
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /**
   * Reads the files again, and resolves with what they hold now; undefined where that is not in
   * order, or where they are being read already: then it stays as it was. Never on this thread: a
   * file may lie on a server that is away.
   */
  async renew(): Promise<TlsMaterial | undefined> {
    if (this.#reading) return undefined;
    this.#reading = true;
    try {
      const reading = await readTls(this.#files, Date.now());
      if (!reading.ok) {
        this.#log.error("TLS files cannot be renewed", { error: reading.problem });
        return undefined;
      }
      for (const { message, fields } of reading.warnings) this.#log.warn(message, fields);
      this.#log.info("TLS files read again", {});
      this.#material = reading.material;
      return reading.material;
    } finally {
      this.#reading = false;
    }
  }
}
