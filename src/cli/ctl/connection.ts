/** The options that say where the service is and how to reach it, and the client that they make. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { connect, type FreezeClient, parseAddress, type TlsOptions } from "@fsfreezed/client";
import { type Command, InvalidArgumentError, Option } from "commander";

const defaultAddress = "unix:/run/fsfreezed/fsfreezed.sock";

export interface ConnectionFlags {
  readonly address: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

type TlsFlag = Exclude<keyof ConnectionFlags, "address">;

const variables: Readonly<Record<keyof ConnectionFlags, string>> = {
  address: "FSFREEZE_ADDRESS",
  tlsCa: "FSFREEZE_TLS_CA",
  tlsCert: "FSFREEZE_TLS_CERT",
  tlsKey: "FSFREEZE_TLS_KEY",
  tlsServerName: "FSFREEZE_TLS_SERVER_NAME",
};

const tlsFlags = ["tlsCa", "tlsCert", "tlsKey", "tlsServerName"] as const satisfies TlsFlag[];

export function addConnectionOptions(program: Command): Command {
  const option = (flags: string, text: string, flag: keyof ConnectionFlags) =>
    new Option(flags, text).env(variables[flag]);
  return program
    .addOption(
      option("--address <address>", "the service: unix:PATH or HOST:PORT", "address")
        .default(defaultAddress)
        .argParser(parseAddressFlag),
    )
    .addOption(
      option(
        "--tls-ca <file>",
        "TLS, for HOST:PORT: the CA of the service's certificate, PEM",
        "tlsCa",
      ),
    )
    .addOption(option("--tls-cert <file>", "your own certificate, PEM", "tlsCert"))
    .addOption(option("--tls-key <file>", "its private key, PEM", "tlsKey"))
    .addOption(
      option(
        "--tls-server-name <name>",
        "the name in the service's certificate, where it is not HOST",
        "tlsServerName",
      ),
    );
}

function parseAddressFlag(text: string): string {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.problem}.`);
  return text;
}

export interface Connection {
  readonly client: FreezeClient;
  readonly address: string;
  /** For programs that are to reach the same service. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Ends the command with a usage error where the options do not fit together, or name files that do not do. */
export function connectAsAsked(command: Command): Connection {
  const flags = command.optsWithGlobals<ConnectionFlags>();
  try {
    const files = givenTls(flags, command);
    const tls = files === undefined ? undefined : tlsOptions(files);
    return {
      client: tls === undefined ? connect(flags.address) : connectWithTls(flags.address, tls),
      address: flags.address,
      environment: { [variables.address]: flags.address, ...environmentOf(files ?? {}) },
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return command.error(`error: ${why}`);
  }
}

function connectWithTls(address: string, tls: TlsOptions): FreezeClient {
  try {
    return connect(address, { tls });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`OpenSSL does not take --tls-ca, --tls-cert and --tls-key: ${why}`);
  }
}

type TlsGiven = Pick<ConnectionFlags, TlsFlag>;

/** Undefined where the connection is to be without TLS. */
function givenTls(flags: ConnectionFlags, command: Command): TlsGiven | undefined {
  const given = tlsFlags.filter((flag) => flags[flag] !== undefined);
  if (given.length === 0) return undefined;
  const parsed = parseAddress(flags.address);
  if (parsed.ok && parsed.address.kind === "unix") {
    // A Unix socket needs none, so what the environment has for other services is no mistake.
    const meant = given.some((flag) => command.getOptionValueSourceWithGlobals(flag) === "cli");
    if (meant) throw new Error("TLS is for --address HOST:PORT; a Unix socket needs none");
    return undefined;
  }
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw new Error("--tls-cert and --tls-key belong together: give both");
  }
  return flags;
}

function tlsOptions({ tlsCa, tlsCert, tlsKey, tlsServerName }: TlsGiven): TlsOptions {
  return {
    ...(tlsCa === undefined ? {} : { ca: readPem("--tls-ca", tlsCa) }),
    ...(tlsCert === undefined ? {} : { certificate: readPem("--tls-cert", tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: readPem("--tls-key", tlsKey) }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
  };
}

function readPem(option: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch (error) {
    throw new Error(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
  // OpenSSL passes over a CA file that holds none, and then says that it knows no CA.
  if (!text.includes("-----BEGIN ")) throw new Error(`${option}: ${file} holds nothing in PEM`);
  return text;
}

function environmentOf(given: TlsGiven): Readonly<Record<string, string>> {
  const entries = tlsFlags.flatMap((flag) => {
    const value = given[flag];
    if (value === undefined) return [];
    return [[variables[flag], flag === "tlsServerName" ? value : resolve(value)] as const];
  });
  return Object.fromEntries(entries);
}
