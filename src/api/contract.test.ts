// Holds the contract to what buf lint cannot see. The comments' status codes are read from the proto
// file itself, because descriptors carry no comments.
import { readFileSync } from "node:fs";
import {
  create,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  fromBinary,
  fromJson,
  fromJsonString,
  type JsonValue,
  type MessageShape,
  ScalarType,
  toBinary,
  toJson,
  toJsonString,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect, type ScalarValue } from "@bufbuild/protobuf/reflect";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ErrorReasonSchema } from "../gen/fsfreeze/v1/errors_pb.js";
import {
  FreezeService,
  file_fsfreeze_v1_freeze_service,
} from "../gen/fsfreeze/v1/freeze_service_pb.js";
import {
  HoldFreezeRequestSchema,
  HoldFreezeResponseSchema,
} from "../gen/fsfreeze/v1/hold_stream_pb.js";
import { EndCauseSchema, ReceiptSchema, VerdictSchema } from "../gen/fsfreeze/v1/receipt_pb.js";
import { TargetSchema } from "../gen/fsfreeze/v1/target_pb.js";
import { reasons } from "../hold/refusal.js";

const files = withDependencies(file_fsfreeze_v1_freeze_service);
const ours = files.filter((file) => file.proto.package === "fsfreeze.v1");
const messages = ours.flatMap((file) => file.messages);
const enums = ours.flatMap((file) => file.enums);
const fields = messages.flatMap((message) => message.fields);

function withDependencies(file: DescFile, seen = new Set<DescFile>()): DescFile[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [file, ...file.dependencies.flatMap((dependency) => withDependencies(dependency, seen))];
}

/** Names of an enum's values without prefix and without the zero value. */
function names(desc: DescEnum): string[] {
  const prefix = `${desc.name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()}_`;
  return desc.values
    .filter((value) => value.number !== 0)
    .map((value) => value.name.slice(prefix.length));
}

function oneofNames(desc: DescMessage, oneof: string): string[] {
  const found = desc.oneofs.find((o) => o.name === oneof);
  return found === undefined ? [] : found.fields.map((field) => field.name);
}

function typeOf(field: DescField): string {
  if (field.fieldKind === "message") return field.message.typeName;
  if (field.fieldKind === "list" && field.listKind === "message") return field.message.typeName;
  return field.fieldKind;
}

describe("the service", () => {
  it("has every RPC, of its kind, with messages of its own", () => {
    const kinds = Object.fromEntries(FreezeService.methods.map((m) => [m.name, m.methodKind]));
    expect(kinds).toEqual({
      Freeze: "unary",
      Thaw: "unary",
      RenewHold: "unary",
      IsFrozen: "unary",
      HoldFreeze: "bidi_streaming",
      PlanFreeze: "unary",
      ListFilesystems: "unary",
      GetHold: "unary",
      ListHolds: "unary",
      WatchHolds: "server_streaming",
    });
    for (const method of FreezeService.methods) {
      expect(method.input.name).toBe(`${method.name}Request`);
      expect(method.output.name).toBe(`${method.name}Response`);
    }
  });

  it("pages every list", () => {
    const lists = FreezeService.methods.filter((method) => method.name.startsWith("List"));
    expect(lists.length).toBe(2);
    for (const { input, output } of lists) {
      expect(input.fields.map((f) => [f.name, f.number])).toEqual([
        ["page_size", 1],
        ["page_token", 2],
      ]);
      expect(output.fields.map((f) => f.name)).toContain("next_page_token");
      expect(output.fields.filter((f) => f.fieldKind === "list").length).toBe(1);
    }
  });

  it("needs nothing but Google's well-known types", () => {
    const foreign = files.filter((file) => !ours.includes(file)).map((file) => file.name);
    expect(foreign.filter((name) => !name.startsWith("google/protobuf/"))).toEqual([]);
  });
});

describe("names that others are built against", () => {
  it("are those of the stream's commands and events", () => {
    expect(oneofNames(HoldFreezeRequestSchema, "command")).toEqual([
      "open",
      "freeze",
      "thaw",
      "status",
      "renew",
      "release",
    ]);
    expect(oneofNames(HoldFreezeResponseSchema, "event")).toEqual([
      "opened",
      "progress",
      "frozen",
      "renewed",
      "thawed",
      "status",
      "failed",
      "expiring",
      "broken",
      "ended",
    ]);
  });

  it("are those of ends, verdicts and reasons", () => {
    expect(names(EndCauseSchema)).toEqual([
      "RELEASED",
      "CLIENT_GONE",
      "EXPIRED",
      "FREEZE_FAILED",
      "FOREIGN_THAW",
      "DEVICE_FAILED",
      "ADMINISTRATOR",
      "SHUTDOWN",
      "DAEMON_RESTART",
    ]);
    expect(names(VerdictSchema)).toEqual(["INTACT", "NOT_INTACT", "UNPROVEN", "NEVER_FROZEN"]);
    expect(names(ErrorReasonSchema).sort()).toEqual([...reasons].sort());
  });

  it("keep number 5 of a target free for caller_path", () => {
    const five = TargetSchema.fields.find((field) => field.number === 5);
    expect(five === undefined || five.name === "caller_path").toBe(true);
  });

  it("are no macros that g++ or glibc predefine, which would break the C++ client", () => {
    const macros = ["unix", "linux", "i386", "errno", "stdin", "stdout", "stderr", "assert"];
    expect(fields.map((field) => field.name).filter((name) => macros.includes(name))).toEqual([]);
  });
});

describe("elements", () => {
  it("give every enum a zero that says nothing", () => {
    expect(enums.length).toBeGreaterThan(10);
    for (const desc of enums) {
      const zero = desc.values.find((value) => value.number === 0);
      expect(zero?.name, desc.name).toMatch(/_UNSPECIFIED$/);
    }
  });

  it("give each reason a comment that begins with its status code", () => {
    const source = readFileSync(
      new URL("../../proto/fsfreeze/v1/errors.proto", import.meta.url),
      "utf8",
    );
    for (const value of ErrorReasonSchema.values) {
      if (value.number === 0) continue;
      const comment = commentAbove(source, `  ${value.name} = ${value.number};`);
      const code = /^([A-Z_]+)\. /.exec(comment)?.[1];
      expect(Object.keys(status), `${value.name}: ${comment}`).toContain(code);
      expect(code).not.toBe("OK");
    }
  });

  it("never tell a time as a bare number", () => {
    const durations = /(^|_)(ttl|timeout|linger|duration|boottime|elapsed|skew)$|^max_frozen$/;
    const instants = /(_time|_until)$/;
    let times = 0;
    for (const field of fields) {
      if (durations.test(field.name)) {
        expect(typeOf(field), field.toString()).toBe("google.protobuf.Duration");
        times++;
      } else if (instants.test(field.name)) {
        expect(typeOf(field), field.toString()).toBe("google.protobuf.Timestamp");
        times++;
      }
      expect(field.name).not.toMatch(/_(s|ms|us|ns|sec|secs|seconds|millis|minutes)$/);
    }
    expect(times).toBeGreaterThan(30);
  });

  it("tell the resume token in `opened` alone, and never in what is listed or kept", () => {
    const carriers = fields.filter((field) => /token/.test(field.name) && !/page/.test(field.name));
    expect(carriers.map((field) => `${field.parent.name}.${field.name}`).sort()).toEqual([
      "HoldOpen.resume_token",
      "HoldOpened.resume_token",
    ]);
  });
});

/** The text of the comment lines right above a line of a proto file. */
function commentAbove(source: string, line: string): string {
  const lines = source.split("\n");
  const comment: string[] = [];
  for (let i = lines.indexOf(line) - 1; i >= 0; i--) {
    const text = /^\s*\/\/ (.*)$/.exec(lines[i] ?? "")?.[1];
    if (text === undefined) break;
    comment.unshift(text);
  }
  return comment.join(" ");
}

describe("a receipt's JSON, its file form", () => {
  it("gives back every field of a receipt that has all of them", () => {
    const receipt = full(ReceiptSchema);
    const json = toJsonString(ReceiptSchema, receipt);
    expect(fromJsonString(ReceiptSchema, json)).toEqual(receipt);
    expect(fromBinary(ReceiptSchema, toBinary(ReceiptSchema, receipt))).toEqual(receipt);
    // Nothing was left out on the way in: every field of every message below is there.
    expect(unsetFields(reflect(ReceiptSchema, receipt))).toEqual([]);
  });

  it("reads as people and other tools expect it", () => {
    const file: JsonValue = {
      holdId: "h-1",
      hostName: "db1",
      bootId: "0b3c5ab5-5d6c-4f7a-9d6e-3f0d3b8b2f10",
      owner: { unixPeer: { uid: 0, gid: 0, pid: 4711 }, address: "unix:" },
      purpose: "nightly",
      requested: { ttl: "60s" },
      effective: { ttl: "60s", freezeTimeout: "30s" },
      endCause: "END_CAUSE_RELEASED",
      verdict: "VERDICT_UNPROVEN",
      frozenCount: 1,
      thawedCount: 1,
      filesystems: [
        {
          filesystem: {
            mountPoint: "/srv/data",
            type: "ext4",
            device: { major: 7, minor: 3 },
            source: "/dev/loop3",
          },
          intervals: [
            {
              freezeDuration: "0.014250s",
              frozenTime: "2026-01-02T03:04:05.123456Z",
              frozenBoottime: "86400.000001s",
              thawedTime: "2026-01-02T03:04:06.123456Z",
              sectorsWritten: "0",
              sectorsDiscarded: "18446744073709551615",
              evidence: {
                items: [
                  {
                    kind: "EVIDENCE_KIND_COUNTERS_ALIVE",
                    result: "EVIDENCE_RESULT_MISSING",
                    detail: "loop3: queue/iostats is 0",
                  },
                ],
              },
              verdict: "VERDICT_UNPROVEN",
              end: "INTERVAL_END_THAWED",
            },
          ],
          verdict: "VERDICT_UNPROVEN",
        },
      ],
      kind: "HOLD_KIND_STREAM",
    };
    expect(toJson(ReceiptSchema, fromJson(ReceiptSchema, file))).toEqual(file);
  });

  it("tells no sectors written from not counted", () => {
    const counted = fromJson(ReceiptSchema, {
      filesystems: [{ intervals: [{ sectorsWritten: "0" }, {}] }],
    });
    const intervals = counted.filesystems[0]?.intervals;
    expect(intervals?.map((interval) => interval.sectorsWritten)).toEqual([0n, undefined]);
    const again = fromBinary(ReceiptSchema, toBinary(ReceiptSchema, counted));
    expect(again).toEqual(counted);
  });

  it("keeps a verdict that only a newer service knows", () => {
    const newer = { holdId: "h-1", verdict: 1000 };
    const json = toJson(ReceiptSchema, fromJson(ReceiptSchema, newer));
    expect(json).toEqual(newer);
    expect(fromJson(ReceiptSchema, json).verdict).toBe(1000);
  });
});

/** A message with every field set, at every depth; of a oneof the member that comes last. */
function full<D extends DescMessage>(desc: D): MessageShape<D> {
  const message = create(desc);
  fill(reflect(desc, message));
  return message;
}

function fill(message: ReflectMessage): void {
  for (const field of message.fields) {
    switch (field.fieldKind) {
      case "scalar":
        message.set(field, sample(field.scalar, field.name));
        break;
      case "enum":
        message.set(field, lastNumber(field.enum));
        break;
      case "message":
        message.set(field, filled(field.message));
        break;
      case "list":
        message.get(field).add(sampleItem(field));
        break;
      case "map":
        message.get(field).set("path", "/srv/data");
        break;
      default:
        field satisfies never;
    }
  }
}

function sampleItem(field: DescField & { fieldKind: "list" }): unknown {
  switch (field.listKind) {
    case "scalar":
      return sample(field.scalar, field.name);
    case "enum":
      return lastNumber(field.enum);
    case "message":
      return filled(field.message);
    default:
      return field satisfies never;
  }
}

function filled(desc: DescMessage): ReflectMessage {
  const message = reflect(desc);
  fill(message);
  return message;
}

/** Not zero, and within the bounds of Timestamp and Duration, whose nanoseconds are below 10^9. */
function sample(type: ScalarType, name: string): ScalarValue {
  switch (type) {
    case ScalarType.STRING:
      return `some ${name}`;
    case ScalarType.BOOL:
      return true;
    case ScalarType.UINT32:
      return 4_294_967_295;
    case ScalarType.INT32:
      return 123_456_000;
    case ScalarType.UINT64:
      return 2n ** 64n - 1n;
    case ScalarType.INT64:
      return 1_700_000_000n;
    default:
      throw new Error(`the contract has no scalar of type ${ScalarType[type]} so far: ${name}`);
  }
}

function lastNumber(desc: DescEnum): number {
  return desc.values.at(-1)?.number ?? 0;
}

/** Every field that is not set, at every depth, except the members of a oneof that has another one set. */
function unsetFields(message: ReflectMessage): string[] {
  return message.fields.flatMap((field) => {
    if (field.oneof !== undefined && message.oneofCase(field.oneof) !== field) {
      return message.oneofCase(field.oneof) === undefined ? [field.toString()] : [];
    }
    if (!message.isSet(field)) return [field.toString()];
    if (field.fieldKind === "message") return unsetFields(message.get(field));
    if (field.fieldKind === "list" && field.listKind === "message") {
      return [...message.get(field)].flatMap((item) => unsetFields(item as ReflectMessage));
    }
    return [];
  });
}
