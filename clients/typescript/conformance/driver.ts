// The client's driver for test/conformance: commands on stdin, answers and events on stdout, as its README says.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  type ConnectOptions,
  connect,
  type FreezeClient,
  FreezeError,
  type Hold,
  type HoldInfo,
  type Receipt,
} from "@fsfreezed/client";
import { type Body, forms } from "./forms.js";
import { freezeOptions, holdOptions, resumeOptions, targetOf, targetsOf } from "./options.js";

type Fields = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, unknown>>;

function say(message: Values): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Where the client has no such thing. */
class UnsupportedHere extends Error {}

/** What the body of a scope throws. */
class Boom extends Error {}

function told(error: unknown): Values {
  if (error instanceof FreezeError) {
    const { reason, code, message, metadata, receipt } = error;
    return { reason, code, message, metadata, ...(receipt === undefined ? {} : { receipt }) };
  }
  if (error instanceof Boom) return { reason: "BODY", message: error.message };
  // `await using` throws both: what the body threw, and what the end of its hold did.
  if (error instanceof Error && "suppressed" in error && error.suppressed instanceof Boom)
    return { ...told("error" in error ? error.error : undefined), ...told(error.suppressed) };
  if (error instanceof UnsupportedHere)
    return { reason: "UNSUPPORTED_HERE", message: error.message };
  return { reason: "FOREIGN", message: error instanceof Error ? `${error.stack}` : String(error) };
}

function nativeHold({ holdId, state, purpose, effective }: HoldInfo): Values {
  return { holdId, state, purpose, ttlMs: effective.ttl };
}

function nativeReceipt(receipt: Receipt): Values {
  const { holdId, verdict, endCause, frozenCount, thawedCount, filesystems, endTime } = receipt;
  const intervals = filesystems.flatMap((filesystem) => filesystem.intervals).length;
  return { holdId, verdict, endCause, frozenCount, thawedCount, intervals, endTime };
}

const ofReceipt = (receipt: Receipt) => ({ receipt, native: nativeReceipt(receipt) });
const ofHold = (hold: HoldInfo) => ({ hold, native: nativeHold(hold) });

const clients = new Map<string, FreezeClient>();
const holds = new Map<string, Hold>();
const leaving = new Map<string, (how: string) => void>();
const watches = new Map<string, AbortController>();

function named<T>(things: ReadonlyMap<string, T>, name: unknown): T {
  const found = things.get(String(name));
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
}

const clientOf = ({ client }: Fields) => named(clients, client);
const holdOf = ({ hold }: Fields) => named(holds, hold);

function listeners(name: string) {
  return {
    onProgress: (progress: unknown) => say({ event: "progress", hold: name, progress }),
    onExpiring: (expireTime: unknown) => say({ event: "expiring", hold: name, expireTime }),
    onRenewFailed: (error: unknown) =>
      say({ event: "renewFailed", hold: name, error: told(error) }),
  };
}

function keep(name: string, hold: Hold): void {
  holds.set(name, hold);
  const tell = () => say({ event: "broken", hold: name, error: told(hold.broken.reason) });
  hold.broken.addEventListener("abort", tell, { once: true });
}

function opened(name: string, hold: Hold): Values {
  keep(name, hold);
  return { ...ofHold(hold.info), resumeToken: hold.resumeToken };
}

async function scope(fields: Fields): Promise<Values> {
  const { as, form, targets, options } = fields;
  const name = String(as);
  const run = forms[String(form)];
  if (run === undefined) throw new UnsupportedHere(`no form ${form}`);
  let held: Hold | undefined;
  const body: Body = async (hold) => {
    held = hold;
    keep(name, hold);
    const how = new Promise<string>((resolve) => leaving.set(name, resolve));
    say({ event: "entered", scope: name, hold: hold.info });
    switch (await how) {
      case "return":
        return;
      case "release":
        await hold.release();
        return;
      default:
        throw new Boom("boom");
    }
  };
  try {
    const settings = { ...holdOptions(options), ...listeners(name) };
    return ofReceipt(await run(clientOf(fields), targetsOf(targets), settings, body));
  } catch (error) {
    const receipt = held?.receipt;
    throw Object.assign(new Told(), {
      told: { ...(receipt === undefined ? {} : { receipt }), ...told(error) },
    });
  }
}

/** An error that is in its form already. */
class Told extends Error {
  told: Values = {};
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function watch(fields: Fields): Promise<void> {
  const name = String(fields.as);
  const abort = new AbortController();
  watches.set(name, abort);
  const options = { includeEnded: fields.includeEnded === true, signal: abort.signal };
  try {
    for await (const event of clientOf(fields).watch(options)) {
      if (event.kind === "hold") say({ event: "watch", watch: name, hold: event.hold });
      else say({ event: "watch", watch: name, pictureComplete: true });
    }
    say({ event: "watchEnded", watch: name });
  } catch (error) {
    const error_ = abort.signal.aborted ? {} : { error: told(error) };
    say({ event: "watchEnded", watch: name, ...error_ });
  }
}

function connectOptions(fields: Fields): ConnectOptions {
  const { tls, timeoutMs, keepaliveTimeMs, keepaliveTimeoutMs } = fields;
  const given = (name: string, value: unknown) =>
    value === undefined ? {} : { [name]: Number(value) };
  return {
    ...given("timeout", timeoutMs),
    ...given("keepaliveTime", keepaliveTimeMs),
    ...given("keepaliveTimeout", keepaliveTimeoutMs),
    ...(tls === undefined ? {} : { tls: tlsOptions(tls as Fields) }),
  };
}

function tlsOptions({ serverName, ...files }: Fields) {
  const texts = Object.entries(files).map(([name, file]) => [name, readFileSync(String(file))]);
  return {
    ...Object.fromEntries(texts),
    ...(serverName === undefined ? {} : { serverName: String(serverName) }),
  };
}

const accepting = ({ acceptUnproven }: Fields) =>
  acceptUnproven === undefined ? {} : { acceptUnproven: acceptUnproven === true };

const commands: Readonly<Record<string, (fields: Fields) => Promise<Values> | Values>> = {
  connect(fields) {
    clients.set(String(fields.as), connect(String(fields.address), connectOptions(fields)));
    return {};
  },
  close(fields) {
    clientOf(fields).close();
    return {};
  },
  async hold(fields) {
    const name = String(fields.as);
    const options = { ...holdOptions(fields.options), ...listeners(name) };
    return opened(name, await clientOf(fields).hold(targetsOf(fields.targets), options));
  },
  async resume(fields) {
    const name = String(fields.as);
    const options = { ...resumeOptions(fields.options), ...listeners(name) };
    const { holdId, resumeToken } = fields;
    const hold = await clientOf(fields).resume(String(holdId), String(resumeToken), options);
    return opened(name, hold);
  },
  "hold.freeze": async (fields) => ({ hold: await holdOf(fields).freeze() }),
  "hold.thaw": async (fields) => ({ stillFrozenBy: await holdOf(fields).thaw() }),
  "hold.renew": async (fields) => {
    const { ttlMs } = fields;
    const until = await holdOf(fields).renew(ttlMs === undefined ? undefined : Number(ttlMs));
    return { expireTime: until ?? null };
  },
  "hold.status": async (fields) => {
    const status = await holdOf(fields).status();
    return { status, native: { state: status.state, heldByThis: status.heldByThis } };
  },
  "hold.release": async (fields) => ofReceipt(await holdOf(fields).release(accepting(fields))),
  "hold.cancel": (fields) => {
    holdOf(fields).cancel();
    return {};
  },
  "hold.check": (fields) => {
    holdOf(fields).throwIfBroken();
    return {};
  },
  "hold.receipt": (fields) => ({ receipt: holdOf(fields).receipt ?? null }),
  "hold.drop": () => {
    throw new UnsupportedHere("what is forgotten in JavaScript is cleaned up some time or never");
  },
  scope,
  leave({ scope: name, how }) {
    named(leaving, name)(String(how));
    return {};
  },
  async freeze(fields) {
    const { requestId } = fields;
    const options = {
      ...freezeOptions(fields.options),
      ...(requestId === undefined ? {} : { requestId: String(requestId) }),
    };
    return ofHold(await clientOf(fields).freeze(targetsOf(fields.targets), options));
  },
  async thaw(fields) {
    const which =
      fields.holdId === undefined
        ? { target: targetOf(fields.target) }
        : { holdId: String(fields.holdId) };
    return ofReceipt(await clientOf(fields).thaw(which, accepting(fields)));
  },
  forceThaw: async (fields) => ({
    forced: await clientOf(fields).forceThaw(targetOf(fields.target)),
  }),
  async renew(fields) {
    const { holdId, ttlMs } = fields;
    const ttl = ttlMs === undefined ? undefined : Number(ttlMs);
    return ofHold(await clientOf(fields).renew(String(holdId), ttl));
  },
  async isFrozen(fields) {
    const status = await clientOf(fields).isFrozen(targetOf(fields.target));
    const { state, certainty } = status;
    const frozenBy = status.frozenBy.map(({ freezer }) => freezer);
    return { status, native: { state, certainty, frozenBy } };
  },
  plan: async (fields) => ({ plan: await clientOf(fields).plan(targetsOf(fields.targets)) }),
  listFilesystems: async (fields) => ({
    filesystems: await all(clientOf(fields).listFilesystems()),
  }),
  getHold: async (fields) => ofHold(await clientOf(fields).getHold(String(fields.holdId))),
  listHolds: async (fields) => ({ holds: await all(clientOf(fields).listHolds()) }),
  watch(fields) {
    // It tells of its end by itself.
    void watch(fields);
    return {};
  },
  unwatch({ watch: name }) {
    named(watches, name).abort();
    return {};
  },
  async health(fields) {
    const { service } = fields;
    const client = clientOf(fields);
    return {
      status: await (service === undefined ? client.health() : client.health(String(service))),
    };
  },
  /** The event loop stands still: no ping is answered, nothing is renewed. */
  busy({ ms }) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
    return {};
  },
  exit() {
    end();
    return {};
  },
};

/**
 * Node does not end while a stream is open, up to the deadline of a hold; a program that is done says so. What is open is
 * forgotten.
 */
function end(): never {
  process.exit(0);
}

async function take(line: string): Promise<void> {
  const { id, do: name, ...fields } = JSON.parse(line) as Fields;
  try {
    const command = commands[String(name)];
    if (command === undefined) throw new Error(`no command ${name}`);
    say({ id, ok: await command(fields) });
  } catch (error) {
    say({ id, error: error instanceof Told ? error.told : told(error) });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => void take(line))
  .on("close", end);
say({ event: "ready", language: "typescript", forms: Object.keys(forms) });
