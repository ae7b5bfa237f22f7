/** Certificates of a CA of the test's own, made by openssl in the test's directory. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "@fsfreezed/client";
import { must } from "./command.js";

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** As openssl writes it: "/O=Example/CN=backup". Default: its name as CN. */
  readonly subject?: string;
  /** "DNS:backup.example", "URI:spiffe://example/b", ... Default: those of this machine. */
  readonly altNames?: readonly string[];
  /** Negative: expired. Default: 30. */
  readonly days?: number;
}

const thisMachine = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"];
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export class CertificateAuthority {
  readonly certificate: string;
  readonly #directory: string;
  readonly #key: string;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.certificate = join(directory, `${name}.pem`);
    this.#key = join(directory, `${name}.key`);
  }

  static async create(directory: string, name: string): Promise<CertificateAuthority> {
    const ca = new CertificateAuthority(directory, name);
    await must("openssl", [
      ...["req", "-x509", ...newKey, "-days", "30", "-subj", `/CN=${name}`],
      ...["-keyout", ca.#key, "-out", ca.certificate],
    ]);
    return ca;
  }

  /** A certificate of this CA, and its key. */
  async issue(name: string, options: CertificateOptions = {}): Promise<CertificateFiles> {
    const { subject = `/CN=${name}`, altNames = thisMachine, days = 30 } = options;
    const file = (ending: string) => join(this.#directory, `${name}.${ending}`);
    await must("openssl", [
      ...["req", ...newKey, "-subj", subject, "-keyout", file("key"), "-out", file("csr")],
    ]);
    // A section, because a value there may hold a comma.
    const names = altNames.map((altName, i) => altName.replace(":", `.${i}=`));
    writeFileSync(file("ext"), ["subjectAltName=@names", "[names]", ...names, ""].join("\n"));
    await must("openssl", [
      ...["x509", "-req", "-in", file("csr"), "-days", String(days), "-extfile", file("ext")],
      ...["-CA", this.certificate, "-CAkey", this.#key, "-CAcreateserial", "-out", file("pem")],
    ]);
    return { certificate: file("pem"), key: file("key") };
  }

  /** For `connect`: who trusts this CA, and has that certificate. */
  clientOptions(files?: CertificateFiles): TlsOptions {
    const ca = readFileSync(this.certificate, "utf8");
    return files === undefined ? { ca } : { ca, ...readCertificate(files) };
  }
}

export function readCertificate(files: CertificateFiles) {
  return {
    certificate: readFileSync(files.certificate, "utf8"),
    key: readFileSync(files.key, "utf8"),
  };
}
