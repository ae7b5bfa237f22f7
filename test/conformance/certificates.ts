/** Certificates for mutual TLS, made with openssl(1) for one run. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { must } from "../support/command.js";

/** Files. Keys are PKCS#8, the only form that every language reads. */
export interface Certificates {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly certificate: string;
  readonly key: string;
  /** Of another CA, which the service does not know. */
  readonly strangerCa: string;
  readonly strangerCertificate: string;
  readonly strangerKey: string;
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const ours = await makeAuthority(directory, "ca");
  const theirs = await makeAuthority(directory, "stranger-ca");
  const server = await ours.issue("server", "DNS:localhost,IP:127.0.0.1");
  const client = await ours.issue("client", "DNS:client.example");
  const stranger = await theirs.issue("stranger", "DNS:client.example");
  return {
    ca: ours.certificate,
    serverCertificate: server.certificate,
    serverKey: server.key,
    certificate: client.certificate,
    key: client.key,
    strangerCa: theirs.certificate,
    strangerCertificate: stranger.certificate,
    strangerKey: stranger.key,
  };
}

async function makeKey(file: string): Promise<string> {
  await must("openssl", [
    ...["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-out", file],
  ]);
  return file;
}

async function makeAuthority(directory: string, name: string) {
  const key = await makeKey(join(directory, `${name}.key`));
  const certificate = join(directory, `${name}.crt`);
  await must("openssl", [
    ...["req", "-x509", "-key", key, "-subj", `/CN=${name}`, "-days", "2", "-out", certificate],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
  ]);
  return {
    certificate,
    async issue(subject: string, names: string) {
      const own = await makeKey(join(directory, `${subject}.key`));
      const request = join(directory, `${subject}.csr`);
      const extensions = join(directory, `${subject}.ext`);
      const signed = join(directory, `${subject}.crt`);
      writeFileSync(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      await must("openssl", [
        "req",
        "-new",
        "-key",
        own,
        "-subj",
        `/CN=${subject}`,
        "-out",
        request,
      ]);
      await must("openssl", [
        ...["x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key],
        ...["-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", signed],
      ]);
      return { certificate: signed, key: own };
    },
  };
}

/** A TCP port of the loopback interface that was free just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "localhost", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
