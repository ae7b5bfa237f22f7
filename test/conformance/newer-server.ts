/**
 * A service of a later version: whatever it says carries fields, values, events and reasons that today's contract does not have.
 * It freezes nothing. What it does to a hold is asked for in the hold's purpose:
 *
 *   (anything)        ends well, but for the unknown that is around it
 *   verdict:N         ends with the verdict of that number and status OK
 *   no-verdict        ends with status OK and without a receipt
 *   reason:NAME       is refused for this reason, known or not
 *   code:NAME         is refused with this status and no reason
 *   break:N           breaks soon after it was frozen, for a cause of that number, which goes for the receipt's verdict, too
 *
 * A renewal by the stream is refused for reason 77.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  create,
  type DescMessage,
  fromBinary,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { codeOfReason } from "../../src/api/errors.js";
import type { ErrorReason } from "../../src/gen/fsfreeze/v1/errors_pb.js";
import { EvidenceResult } from "../../src/gen/fsfreeze/v1/evidence_pb.js";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { type Hold, HoldSchema, HoldState } from "../../src/gen/fsfreeze/v1/hold_pb.js";
import { HoldFreezeResponseSchema } from "../../src/gen/fsfreeze/v1/hold_stream_pb.js";
import { HoldKind } from "../../src/gen/fsfreeze/v1/options_pb.js";
import {
  EndCause,
  type Receipt,
  ReceiptSchema,
  Verdict,
} from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { type Refusal, refusal } from "../support/fake-service.js";

/** A number that no enum of the contract has. `never` is what the compiler takes for a value of each of them. */
const unknown = 99 as never;

type Init<D extends DescMessage> = MessageInitShape<D>;
type Answer<O extends DescMessage> = Init<O> | { readonly refused: Refusal };

/** Fields that today's contract does not have, in every message of ours. */
function addUnknown(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (isMessage(value)) {
    if (value.$typeName.startsWith("google.")) return;
    const message: Message = value;
    message.$unknown = [
      {
        no: 4000,
        wireType: WireType.LengthDelimited,
        data: new BinaryWriter().string("of a later version").finish(),
      },
      { no: 4001, wireType: WireType.Varint, data: new BinaryWriter().uint32(7).finish() },
    ];
  }
  for (const inner of Object.values(value)) addUnknown(inner);
}

function encode<D extends DescMessage>(schema: D, value: Init<D>): Buffer {
  const message = create(schema, value);
  addUnknown(message);
  return Buffer.from(toBinary(schema, message));
}

/** An event of a later version: a field of the oneof that nobody knows. */
function unknownEvent(schema: DescMessage): Buffer {
  const writer = new BinaryWriter().tag(60, WireType.LengthDelimited).string("something new");
  return Buffer.concat([Buffer.from(toBinary(schema, create(schema))), writer.finish()]);
}

function definition(path: string, kind: string): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer) => bytes;
  return {
    path,
    requestStream: kind === "bidi_streaming",
    responseStream: kind !== "unary",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

const filesystem = {
  mountPoint: "/srv",
  type: "newfs",
  uuid: "0f0e",
  device: { major: 7, minor: 42 },
  devices: [{ number: { major: 7, minor: 42 }, name: "loop42", role: unknown }],
  source: "/dev/loop42",
};
const known = {
  filesystem,
  state: unknown,
  certainty: unknown,
  frozenBy: [{ freezer: unknown, device: "new0" }],
  evidence: unknown,
};

interface HoldOfLater {
  readonly id: string;
  readonly purpose: string;
}

export class NewerServer {
  readonly address: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "fsfreezed-newer-"));
  readonly #server = new Server();
  readonly #holds = new Map<string, HoldOfLater>();

  private constructor() {
    this.address = `unix:${join(this.#directory, "s")}`;
  }

  static async start(): Promise<NewerServer> {
    const server = new NewerServer();
    await server.#listen();
    return server;
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #listen(): Promise<void> {
    const definitions = Object.fromEntries(
      FreezeService.methods.map(({ name, localName, methodKind }) => [
        localName,
        definition(`/${FreezeService.typeName}/${name}`, methodKind),
      ]),
    );
    this.#server.addService(definitions, this.#handlers());
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #handlers(): Record<string, UntypedHandleCall> {
    const { method } = FreezeService;
    return {
      freeze: unary(method.freeze, ({ purpose }) => {
        const refused = refusalOf(purpose);
        return refused === undefined
          ? { hold: hold(this.#open(purpose), HoldKind.LEASE, HoldState.FROZEN) }
          : { refused };
      }),
      thaw: unary(method.thaw, ({ subject, force }) => {
        if (force) return { forced: { filesystem, frozenBy: known.frozenBy, state: unknown } };
        const found = this.#holds.get(subject.case === "holdId" ? subject.value : "");
        return found === undefined ? notFound() : { receipt: receipt(found) };
      }),
      renewHold: unary(method.renewHold, ({ holdId }) => {
        const found = this.#holds.get(holdId);
        if (found === undefined) return notFound();
        return { hold: hold(found, unknown, HoldState.FROZEN) };
      }),
      isFrozen: unary(method.isFrozen, () => known),
      planFreeze: unary(method.planFreeze, () => ({
        plan: {
          filesystems: [{ ...known, step: 1, dirtyBytes: 4096n, warnings: ["something new"] }],
          passedOver: [{ filesystem, refusal: { reason: unknown, message: "for something new" } }],
        },
      })),
      listFilesystems: unary(method.listFilesystems, ({ pageToken }) => ({
        filesystems: [{ ...known, mountPoints: [pageToken === "" ? "/srv" : "/other"] }],
        nextPageToken: pageToken === "" ? "second" : "",
      })),
      getHold: unary(method.getHold, ({ holdId }) => {
        const found = this.#holds.get(holdId);
        if (found === undefined) return notFound();
        return { hold: hold(found, unknown, unknown, receipt(found)) };
      }),
      listHolds: unary(method.listHolds, ({ pageToken }) => {
        const all = [...this.#holds.values()];
        const rest = pageToken === "" ? all.slice(0, 1) : all.slice(1);
        return {
          holds: rest.map((of) => hold(of, unknown, unknown)),
          nextPageToken: pageToken === "" && all.length > 1 ? "second" : "",
        };
      }),
      watchHolds: (call: ServerWritableStream<Buffer, Buffer>) => {
        const { output } = method.watchHolds;
        for (const of of this.#holds.values()) {
          const value = hold(of, unknown, unknown);
          call.write(encode(output, { event: { case: "hold", value } }));
        }
        call.write(unknownEvent(output));
        call.write(encode(output, { event: { case: "pictureComplete", value: {} } }));
      },
      holdFreeze: (call: ServerDuplexStream<Buffer, Buffer>) => this.#stream(call),
    };
  }

  #open(purpose: string): HoldOfLater {
    const made = { id: `h-${this.#holds.size + 1}`, purpose };
    this.#holds.set(made.id, made);
    return made;
  }

  #stream(call: ServerDuplexStream<Buffer, Buffer>): void {
    const { input, output } = FreezeService.method.holdFreeze;
    type Event = NonNullable<Init<typeof output>["event"]>;
    let made: HoldOfLater | undefined;
    let over = false;
    const say = (seq: bigint, event: Event) => {
      if (!over) call.write(encode(HoldFreezeResponseSchema, { seq, event }));
    };
    const finish = (refused?: Refusal) => {
      if (over) return;
      over = true;
      if (refused === undefined) call.end();
      else call.emit("error", refused);
    };
    const frozen = (seq: bigint, of: HoldOfLater) => {
      const value = { hold: hold(of, HoldKind.STREAM, HoldState.FROZEN) };
      say(seq, { case: "frozen", value });
      const cause = numberAfter(of.purpose, "break");
      if (cause === undefined) return;
      setTimeout(() => {
        say(0n, { case: "broken", value: { filesystem, cause: cause as EndCause } });
        say(0n, { case: "ended", value: { receipt: receipt(of) } });
        finish(refusal(status.ABORTED, "FREEZE_BROKEN", "it broke in a new way"));
      }, 100);
    };
    call.on("data", (bytes: Buffer) => {
      const { seq, command } = fromBinary(input, bytes);
      switch (command.case) {
        case "open": {
          const { purpose, freezeOnOpen } = command.value;
          const refused = refusalOf(purpose);
          if (refused !== undefined) return finish(refused);
          made = this.#open(purpose);
          call.write(unknownEvent(output));
          const state = HoldState.OPEN;
          const value = { hold: hold(made, HoldKind.STREAM, state), resumeToken: "secret" };
          say(seq, { case: "opened", value });
          call.write(unknownEvent(output));
          const progress = { filesystem, phase: unknown, waitingFor: { reason: unknown } };
          say(seq, { case: "progress", value: progress });
          if (freezeOnOpen !== false) frozen(seq, made);
          return;
        }
        case "freeze":
          return made === undefined ? undefined : frozen(seq, made);
        case "thaw":
          return say(seq, { case: "thawed", value: { stillFrozenBy: known.frozenBy } });
        case "status":
          return say(seq, {
            case: "status",
            value: { state: unknown, heldByThis: true, filesystems: [known] },
          });
        case "renew":
          return say(seq, {
            case: "failed",
            value: { reason: 77 as ErrorReason, message: "for something new" },
          });
        case "release":
          if (made !== undefined && made.purpose !== "no-verdict")
            say(seq, { case: "ended", value: { receipt: receipt(made) } });
          return finish();
        default:
          return;
      }
    });
    call.on("end", () => finish());
    call.on("error", () => {});
  }
}

function unary<I extends DescMessage, O extends DescMessage>(
  { input, output }: { readonly input: I; readonly output: O },
  handle: (request: MessageShape<I>) => Answer<O>,
): UntypedHandleCall {
  return (
    call: ServerUnaryCall<Buffer, Buffer>,
    done: (error: Refusal | null, bytes?: Buffer) => void,
  ) => {
    const answer = handle(fromBinary(input, call.request));
    if ("refused" in answer) done((answer as { readonly refused: Refusal }).refused);
    else done(null, encode(output, answer));
  };
}

/** N of `WORD:N`: a value of an enum, known or not. */
function numberAfter(purpose: string, word: string): number | undefined {
  const [, digits] = new RegExp(`^${word}:(\\d+)$`).exec(purpose) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function notFound(): { readonly refused: Refusal } {
  return { refused: refusal(status.NOT_FOUND, "HOLD_NOT_FOUND", "no such hold") };
}

function refusalOf(purpose: string): Refusal | undefined {
  const [, kind, name = ""] = /^(reason|code):(\w+)$/.exec(purpose) ?? [];
  if (kind === "reason") {
    const codes: Readonly<Record<string, number>> = codeOfReason;
    const code = codes[name] ?? status.FAILED_PRECONDITION;
    return refusal(code, name, "refused by a later version", { metadata: { path: "/srv" } });
  }
  if (kind !== "code") return undefined;
  const codes = status as unknown as Readonly<Record<string, number>>;
  return {
    code: codes[name] ?? status.UNKNOWN,
    details: "refused without a reason",
    metadata: new Metadata(),
  };
}

function hold(of: HoldOfLater, kind: HoldKind, state: HoldState, ended?: Receipt): Hold {
  const frozen = state === HoldState.FROZEN;
  return create(HoldSchema, {
    holdId: of.id,
    kind,
    state,
    purpose: of.purpose,
    owner: { address: "new:" },
    filesystems: [{ filesystem, state: unknown }],
    effective: {
      ttl: durationFromMs(10_000),
      freezeTimeout: durationFromMs(30_000),
      presync: { mode: unknown },
    },
    openTime: timestampFromMs(Date.now()),
    ...(frozen ? { expireTime: timestampFromMs(Date.now() + 10_000) } : {}),
    ...(ended === undefined ? {} : { receipt: ended }),
  });
}

function receipt({ id, purpose }: HoldOfLater): Receipt {
  const broken = numberAfter(purpose, "break");
  const verdict = (numberAfter(purpose, "verdict") ?? broken ?? Verdict.INTACT) as Verdict;
  return create(ReceiptSchema, {
    holdId: id,
    hostName: "later",
    purpose,
    endCause: (broken ?? EndCause.RELEASED) as EndCause,
    verdict,
    frozenCount: 1,
    thawedCount: 1,
    filesystems: [
      {
        filesystem,
        verdict,
        intervals: [
          {
            verdict,
            end: unknown,
            evidence: { items: [{ kind: unknown, result: EvidenceResult.HELD }] },
          },
        ],
      },
    ],
    endTime: timestampFromMs(Date.now()),
  });
}
