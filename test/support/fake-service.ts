/**
 * A service in memory, for tests of clients: it freezes nothing, answers as the contract says, and does to a hold what a test
 * tells it to. It serves real gRPC on a real Unix socket.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  AnySchema,
  anyPack,
  type Duration,
  durationFromMs,
  durationMs,
  timestampFromMs,
} from "@bufbuild/protobuf/wkt";
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
import type { ErrorReason } from "../../src/gen/fsfreeze/v1/errors_pb.js";
import { ErrorReason as Reasons } from "../../src/gen/fsfreeze/v1/errors_pb.js";
import { EvidenceKind, EvidenceResult } from "../../src/gen/fsfreeze/v1/evidence_pb.js";
import {
  Certainty,
  FilesystemSchema,
  FreezeState,
  StateEvidence,
} from "../../src/gen/fsfreeze/v1/filesystem_pb.js";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import {
  type Hold,
  HoldFilesystemState,
  HoldSchema,
  HoldState,
} from "../../src/gen/fsfreeze/v1/hold_pb.js";
import {
  FreezePhase,
  type HoldFreezeRequest,
  HoldFreezeResponseSchema,
  type HoldOpen,
} from "../../src/gen/fsfreeze/v1/hold_stream_pb.js";
import { HoldKind } from "../../src/gen/fsfreeze/v1/options_pb.js";
import {
  EndCause,
  IntervalEnd,
  type Receipt,
  ReceiptSchema,
  Verdict,
} from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import type { Target } from "../../src/gen/fsfreeze/v1/target_pb.js";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../../src/gen/google/rpc/status_pb.js";
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../src/gen/health/v1/health_pb.js";

type Response = MessageInitShape<typeof HoldFreezeResponseSchema>;
type Event = NonNullable<Response["event"]>;
type ReasonName = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

function encode<D extends DescMessage>(schema: D, value: MessageInitShape<D>): Buffer {
  return Buffer.from(toBinary(schema, create(schema, value)));
}

/** A status with its ErrorInfo, as the real service sends it. */
export function refusal(
  code: status,
  reason: string,
  message: string,
  extra: { readonly metadata?: Record<string, string>; readonly receipt?: Receipt } = {},
) {
  const info = create(ErrorInfoSchema, {
    reason,
    domain: "fsfreeze.v1",
    metadata: extra.metadata ?? {},
  });
  const details = [anyPack(ErrorInfoSchema, info)];
  if (extra.receipt !== undefined) details.push(anyPack(ReceiptSchema, extra.receipt));
  const metadata = new Metadata();
  const bytes = encode(StatusSchema, {
    code,
    message,
    details: details.map((any) => create(AnySchema, any)),
  });
  metadata.set("grpc-status-details-bin", bytes);
  return { code, details: message, metadata };
}

export type Refusal = ReturnType<typeof refusal>;

/** What the service will do to the next holds. */
export interface Behaviour {
  /** Milliseconds between `opened` and `frozen`; "never": the stream stays FREEZING. */
  freezeAfter: number | "never";
  /** Refuse the opening with this. */
  refuse?: Refusal;
  /** The verdict of a release. */
  verdict: Verdict;
  /** Answer `release` not at all. */
  ignoreRelease: boolean;
  /** Refuse each renewal with this reason. */
  refuseRenew?: ReasonName;
  /** What IsFrozen says. */
  state: FreezeState;
  serving: Serving;
}

export const device = { major: 7, minor: 42 } as const;

function filesystem(mountPoint: string) {
  return create(FilesystemSchema, {
    mountPoint,
    type: "ext4",
    uuid: "0f0e",
    device,
    source: "/dev/loop42",
  });
}

function pathOf(target: Target | undefined): string {
  return target?.target.case === "path" ? target.target.value : "/by-device";
}

function milliseconds(duration: Duration | undefined, byDefault: number): number {
  const asked = duration === undefined ? 0 : durationMs(duration);
  return asked === 0 ? byDefault : asked;
}

let nextId = 1;

/** One hold as the service sees it. */
export class FakeHold {
  readonly id = `h-${nextId++}`;
  readonly paths: readonly string[];
  readonly purpose: string;
  readonly ttl: number;
  readonly kind: HoldKind;
  /** The ttl of each `renew`, milliseconds; 0 where none was given. */
  readonly renewals: number[] = [];
  readonly commands: string[] = [];
  state: HoldState = HoldState.OPEN;
  frozenAt = 0;
  expireAt = 0;
  receipt: Receipt | undefined;
  endCause: EndCause | undefined;
  onEnd: (cause: EndCause, receipt: Receipt) => void = () => {};
  #deadline: NodeJS.Timeout | undefined;

  constructor(kind: HoldKind, paths: readonly string[], purpose: string, ttl: number) {
    this.kind = kind;
    this.paths = paths;
    this.purpose = purpose;
    this.ttl = ttl;
  }

  message(): Hold {
    const frozen = this.state === HoldState.FROZEN;
    return create(HoldSchema, {
      holdId: this.id,
      kind: this.kind,
      state: this.state,
      owner: {
        identity: { case: "unixPeer", value: { uid: 0, gid: 0, pid: 1 } },
        address: "unix:",
      },
      purpose: this.purpose,
      filesystems: this.paths.map((path) => ({
        filesystem: filesystem(path),
        state: frozen ? HoldFilesystemState.FROZEN : HoldFilesystemState.OPEN,
      })),
      effective: { ttl: durationFromMs(this.ttl), freezeTimeout: durationFromMs(30_000) },
      openTime: timestampFromMs(Date.now()),
      ...(frozen
        ? {
            frozenTime: timestampFromMs(this.frozenAt),
            expireTime: timestampFromMs(this.expireAt),
            skew: durationFromMs(1),
          }
        : {}),
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
    });
  }

  freeze(): void {
    this.state = HoldState.FROZEN;
    this.frozenAt = Date.now();
    this.deadline(this.ttl);
  }

  deadline(ttl: number): void {
    clearTimeout(this.#deadline);
    this.expireAt = Date.now() + ttl;
    this.#deadline = setTimeout(() => this.end(EndCause.EXPIRED, Verdict.NOT_INTACT), ttl);
  }

  thaw(): void {
    clearTimeout(this.#deadline);
    this.state = HoldState.OPEN;
  }

  end(cause: EndCause, verdict: Verdict): Receipt {
    clearTimeout(this.#deadline);
    if (this.receipt !== undefined) return this.receipt;
    const everFrozen = this.frozenAt > 0;
    const result =
      verdict === Verdict.INTACT
        ? EvidenceResult.HELD
        : verdict === Verdict.UNPROVEN
          ? EvidenceResult.MISSING
          : EvidenceResult.CONTRADICTED;
    const receipt = create(ReceiptSchema, {
      holdId: this.id,
      hostName: "fake",
      bootId: "boot",
      kind: this.kind,
      purpose: this.purpose,
      effective: { ttl: durationFromMs(this.ttl) },
      endCause: cause,
      verdict: everFrozen ? verdict : Verdict.NEVER_FROZEN,
      frozenCount: everFrozen ? this.paths.length : 0,
      thawedCount: everFrozen ? this.paths.length : 0,
      filesystems: this.paths.map((path) => ({
        filesystem: filesystem(path),
        verdict: everFrozen ? verdict : Verdict.NEVER_FROZEN,
        intervals: everFrozen
          ? [
              {
                frozenTime: timestampFromMs(this.frozenAt),
                thawedTime: timestampFromMs(Date.now()),
                sectorsWritten: verdict === Verdict.NOT_INTACT ? 8n : 0n,
                sectorsDiscarded: 0n,
                verdict,
                end: IntervalEnd.THAWED,
                evidence: {
                  items: [{ kind: EvidenceKind.SECTORS_WRITTEN, result, detail: "loop42" }],
                },
              },
            ]
          : [],
      })),
      endTime: timestampFromMs(Date.now()),
    });
    this.receipt = receipt;
    this.endCause = cause;
    this.state = HoldState.ENDED;
    this.onEnd(cause, receipt);
    return receipt;
  }

  /** Somebody else thaws it. */
  break(): void {
    this.end(EndCause.FOREIGN_THAW, Verdict.NOT_INTACT);
  }
}

/** The status that goes with an end, by the contract's table. */
function endStatus(cause: EndCause, receipt: Receipt): Refusal | undefined {
  const because = { metadata: { hold_id: receipt.holdId }, receipt };
  switch (cause) {
    case EndCause.EXPIRED:
      return refusal(status.DEADLINE_EXCEEDED, "HOLD_EXPIRED", "the deadline passed", because);
    case EndCause.FOREIGN_THAW:
    case EndCause.DEVICE_FAILED:
      return refusal(status.ABORTED, "FREEZE_BROKEN", "it was thawed by somebody else", because);
    case EndCause.ADMINISTRATOR:
      return refusal(status.ABORTED, "HOLD_ENDED", "an administrator thawed it", because);
    case EndCause.SHUTDOWN:
      return refusal(status.UNAVAILABLE, "SHUTTING_DOWN", "the service shuts down", because);
    default:
  }
  if (receipt.verdict === Verdict.NOT_INTACT)
    return refusal(status.ABORTED, "FREEZE_BROKEN", "it did not stay unchanged", because);
  if (receipt.verdict === Verdict.NEVER_FROZEN)
    return refusal(status.FAILED_PRECONDITION, "NOT_FROZEN", "it was never frozen", because);
  return undefined;
}

type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
) => MessageInitShape<O> | { readonly refused: Refusal };

function newServer(): Server {
  return new Server({ "grpc.keepalive_time_ms": 500, "grpc.keepalive_timeout_ms": 1500 });
}

const same = (bytes: Buffer): Buffer => bytes;

function definition(path: string, kind: string): MethodDefinition<Buffer, Buffer> {
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

export class FakeService {
  readonly directory = mkdtempSync(join(tmpdir(), "fsfreezed-fake-"));
  readonly socket = join(this.directory, "s.sock");
  readonly address = `unix:${this.socket}`;
  readonly holds: FakeHold[] = [];
  readonly requests: { readonly method: string; readonly request: unknown }[] = [];
  readonly opens: HoldOpen[] = [];
  readonly behaviour: Behaviour = {
    freezeAfter: 0,
    verdict: Verdict.INTACT,
    ignoreRelease: false,
    state: FreezeState.THAWED,
    serving: Serving.SERVING,
  };
  /** Answers in place of the usual one: by method name. */
  readonly overrides = new Map<string, () => unknown>();
  #server = newServer();

  static async start(): Promise<FakeService> {
    const service = new FakeService();
    await service.#listen();
    return service;
  }

  #listen(): Promise<void> {
    const methods: Record<string, MethodDefinition<Buffer, Buffer>> = {};
    const handlers: Record<string, UntypedHandleCall> = {};
    for (const method of FreezeService.methods) {
      methods[method.localName] = definition(
        `/${FreezeService.typeName}/${method.name}`,
        method.methodKind,
      );
    }
    const { method } = FreezeService;
    handlers.freeze = this.#unary(method.freeze, (r) => this.#freeze(r));
    handlers.thaw = this.#unary(method.thaw, (r) => this.#thaw(r));
    handlers.renewHold = this.#unary(method.renewHold, ({ holdId, ttl }) => {
      const hold = this.find(holdId);
      if (hold === undefined) return this.#noSuchHold(holdId);
      const asked = milliseconds(ttl, hold.ttl);
      hold.renewals.push(asked);
      hold.deadline(asked);
      return { hold: hold.message() };
    });
    handlers.isFrozen = this.#unary(method.isFrozen, ({ target }) => ({
      filesystem: filesystem(pathOf(target)),
      state: this.behaviour.state,
      certainty: Certainty.CERTAIN,
      evidence: StateEvidence.SUPERBLOCK,
    }));
    handlers.getHold = this.#unary(method.getHold, ({ holdId }) => {
      const hold = this.find(holdId);
      return hold === undefined ? this.#noSuchHold(holdId) : { hold: hold.message() };
    });
    handlers.listHolds = this.#unary(method.listHolds, ({ pageToken }) => {
      // Two a page, so that a client must ask again.
      const first = pageToken === "" ? 0 : Number(pageToken);
      const newestFirst = [...this.holds].reverse();
      return {
        holds: newestFirst.slice(first, first + 2).map((hold) => hold.message()),
        nextPageToken: first + 2 < newestFirst.length ? String(first + 2) : "",
      };
    });
    const unsupported = (rpc: string) => ({
      refused: refusal(status.UNIMPLEMENTED, "UNSUPPORTED", `${rpc} is not served`, {
        metadata: { rpc },
      }),
    });
    handlers.planFreeze = this.#unary(method.planFreeze, () => unsupported("PlanFreeze"));
    handlers.listFilesystems = this.#unary(method.listFilesystems, () =>
      unsupported("ListFilesystems"),
    );
    handlers.watchHolds = (call: ServerWritableStream<Buffer, Buffer>) => this.#watch(call);
    handlers.holdFreeze = (call: ServerDuplexStream<Buffer, Buffer>) => this.#stream(call);
    this.#server.addService(methods, handlers);
    this.#server.addService(
      { check: definition("/grpc.health.v1.Health/Check", "unary") },
      {
        check: (
          call: ServerUnaryCall<Buffer, Buffer>,
          done: (error: Refusal | null, bytes?: Buffer) => void,
        ) => {
          const { service } = fromBinary(HealthCheckRequestSchema, call.request);
          this.requests.push({ method: "check", request: service });
          if (service !== "" && service !== FreezeService.typeName)
            done(refusal(status.NOT_FOUND, "", "unknown service"));
          else done(null, encode(HealthCheckResponseSchema, { status: this.behaviour.serving }));
        },
      },
    );
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Connections are cut, as by the death of the service. */
  cut(): void {
    this.#server.forceShutdown();
  }

  /** The same, and there again at once, remembering its holds. */
  async restart(): Promise<void> {
    this.#server.forceShutdown();
    this.#server = newServer();
    await this.#listen();
  }

  stop(): void {
    for (const hold of this.holds) hold.thaw();
    this.#server.forceShutdown();
    rmSync(this.directory, { recursive: true, force: true });
  }

  find(holdId: string): FakeHold | undefined {
    return this.holds.find(({ id }) => id === holdId);
  }

  /** The newest hold, which a test is about. */
  get last(): FakeHold {
    const hold = this.holds.at(-1);
    if (hold === undefined) throw new Error("no hold was opened");
    return hold;
  }

  #noSuchHold(holdId: string): { readonly refused: Refusal } {
    const metadata = { hold_id: holdId };
    return { refused: refusal(status.NOT_FOUND, "HOLD_NOT_FOUND", "no such hold", { metadata }) };
  }

  #unary<I extends DescMessage, O extends DescMessage>(
    method: { readonly localName: string; readonly input: I; readonly output: O },
    handle: UnaryHandler<I, O>,
  ): UntypedHandleCall {
    return (
      call: ServerUnaryCall<Buffer, Buffer>,
      done: (error: Refusal | null, bytes?: Buffer) => void,
    ) => {
      const request = fromBinary(method.input, call.request);
      this.requests.push({ method: method.localName, request });
      const override = this.overrides.get(method.localName);
      const answer = (override?.() as ReturnType<typeof handle> | undefined) ?? handle(request);
      if ("refused" in answer) done((answer as { readonly refused: Refusal }).refused);
      else done(null, encode(method.output, answer as MessageInitShape<O>));
    };
  }

  #freeze(
    request: MessageShape<typeof FreezeService.method.freeze.input>,
  ): MessageInitShape<typeof FreezeService.method.freeze.output> | { readonly refused: Refusal } {
    if (this.behaviour.refuse !== undefined) return { refused: this.behaviour.refuse };
    const hold = new FakeHold(
      HoldKind.LEASE,
      request.targets.map(pathOf),
      request.purpose,
      milliseconds(request.ttl, 10_000),
    );
    this.holds.push(hold);
    hold.freeze();
    return { hold: hold.message() };
  }

  #thaw(
    request: MessageShape<typeof FreezeService.method.thaw.input>,
  ): MessageInitShape<typeof FreezeService.method.thaw.output> | { readonly refused: Refusal } {
    const { subject, force } = request;
    if (force)
      return {
        forced: {
          filesystem: filesystem(pathOf(subject.case === "target" ? subject.value : undefined)),
          state: FreezeState.THAWED,
        },
      };
    const hold =
      subject.case === "holdId"
        ? this.find(subject.value)
        : this.holds.find(({ paths, receipt }) => {
            const path = pathOf(subject.value);
            return receipt === undefined && paths.includes(path);
          });
    if (hold === undefined) return this.#noSuchHold(String(subject.value));
    const receipt = hold.end(EndCause.RELEASED, this.behaviour.verdict);
    const refused = endStatus(EndCause.RELEASED, receipt);
    return refused === undefined ? { receipt } : { refused };
  }

  #watch(call: ServerWritableStream<Buffer, Buffer>): void {
    const { output } = FreezeService.method.watchHolds;
    for (const hold of this.holds)
      call.write(encode(output, { event: { case: "hold", value: hold.message() } }));
    call.write(encode(output, { event: { case: "pictureComplete", value: {} } }));
  }

  #stream(call: ServerDuplexStream<Buffer, Buffer>): void {
    let hold: FakeHold | undefined;
    let over = false;
    const say = (seq: bigint, event: Event) => {
      if (!over) call.write(encode(HoldFreezeResponseSchema, { seq, event }));
    };
    const finish = (refused: Refusal | undefined) => {
      if (over) return;
      over = true;
      if (refused === undefined) call.end();
      else call.emit("error", refused);
    };
    const freeze = (seq: bigint, of: FakeHold) => {
      of.state = HoldState.FREEZING;
      say(seq, {
        case: "progress",
        value: { filesystem: filesystem(of.paths[0] ?? ""), phase: FreezePhase.FREEZING },
      });
      const { freezeAfter } = this.behaviour;
      if (freezeAfter === "never") return;
      setTimeout(() => {
        if (over || of.receipt !== undefined) return;
        of.freeze();
        say(seq, { case: "frozen", value: { hold: of.message() } });
      }, freezeAfter);
    };
    const open = (seq: bigint, value: HoldOpen) => {
      this.opens.push(value);
      if (this.behaviour.refuse !== undefined) return finish(this.behaviour.refuse);
      const made = new FakeHold(
        HoldKind.STREAM,
        value.targets.map(pathOf),
        value.purpose,
        milliseconds(value.ttl, 10_000),
      );
      hold = made;
      this.holds.push(made);
      made.onEnd = (cause, receipt) => {
        if (cause === EndCause.FOREIGN_THAW)
          say(0n, {
            case: "broken",
            value: { filesystem: filesystem(made.paths[0] ?? ""), cause },
          });
        say(0n, { case: "ended", value: { receipt } });
        finish(endStatus(cause, receipt));
      };
      say(seq, {
        case: "opened",
        value: {
          hold: made.message(),
          resumeToken: "secret",
          limits: { maxTtl: durationFromMs(600_000) },
        },
      });
      if (value.freezeOnOpen !== false) freeze(seq, made);
    };
    const take = ({ seq, command }: HoldFreezeRequest) => {
      hold?.commands.push(command.case ?? "none");
      switch (command.case) {
        case "open":
          return open(seq, command.value);
        case "freeze":
          return hold === undefined ? undefined : freeze(seq, hold);
        case "thaw":
          hold?.thaw();
          return say(seq, { case: "thawed", value: {} });
        case "status":
          return say(seq, {
            case: "status",
            value: { state: this.behaviour.state, heldByThis: hold?.state === HoldState.FROZEN },
          });
        case "renew": {
          if (hold === undefined) return;
          const { refuseRenew } = this.behaviour;
          if (refuseRenew !== undefined)
            return say(seq, {
              case: "failed",
              value: { reason: Reasons[refuseRenew], message: "refused by the test" },
            });
          hold.renewals.push(milliseconds(command.value.ttl, 0));
          hold.deadline(milliseconds(command.value.ttl, hold.ttl));
          return say(seq, {
            case: "renewed",
            value: { expireTime: timestampFromMs(hold.expireAt) },
          });
        }
        case "release":
          if (!this.behaviour.ignoreRelease) hold?.end(EndCause.RELEASED, this.behaviour.verdict);
          return;
        default:
          return finish(refusal(status.INVALID_ARGUMENT, "INVALID_REQUEST", "no command"));
      }
    };
    call.on("data", (bytes: Buffer) =>
      take(fromBinary(FreezeService.method.holdFreeze.input, bytes)),
    );
    const gone = () => {
      over = true;
      hold?.end(EndCause.CLIENT_GONE, Verdict.UNPROVEN);
    };
    call.on("end", gone);
    call.on("cancelled", gone);
    call.on("error", () => {});
  }
}
