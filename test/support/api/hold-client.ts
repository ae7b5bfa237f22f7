/** One HoldFreeze stream, seen from a test: what came, in order, and how it ended. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, type ServiceError, status } from "@grpc/grpc-js";
import { FreezeService } from "../../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import type {
  HoldFreezeRequestSchema,
  HoldFreezeResponse,
} from "../../../src/gen/fsfreeze/v1/hold_stream_pb.js";
import { type DescriptorClient, type Problem, problemOf } from "./descriptor-client.js";

export type Request = MessageInitShape<typeof HoldFreezeRequestSchema>;
export type EventCase = NonNullable<HoldFreezeResponse["event"]["case"]>;
type EventOf<C extends EventCase> = Extract<HoldFreezeResponse["event"], { case: C }>["value"];

export const target = { target: { case: "path", value: "/srv/data" } } as const;

export class HoldClient {
  readonly messages: HoldFreezeResponse[] = [];
  readonly call: ReturnType<DescriptorClient["bidi"]>;
  /** OK is code 0. */
  readonly status: Promise<Problem>;
  #changed: (() => void)[] = [];
  #over = false;

  constructor(client: DescriptorClient, options: CallOptions = {}) {
    const call = client.bidi(FreezeService.method.holdFreeze, options);
    this.call = call;
    call.on("data", (message: HoldFreezeResponse) => {
      this.messages.push(message);
      this.#wake();
    });
    this.status = new Promise((resolve) => {
      call.on("error", (error: ServiceError) => resolve(problemOf(error)));
      call.on(
        "status",
        (end: { code: number; details: string; metadata: ServiceError["metadata"] }) => {
          this.#over = true;
          this.#wake();
          if (end.code === status.OK) resolve(problemOf(end));
        },
      );
    });
  }

  send(command: Request["command"], seq = 0n): void {
    this.call.write({ seq, ...(command === undefined ? {} : { command }) });
  }

  open(seq = 1n, extra: object = {}): void {
    this.send({ case: "open", value: { targets: [target], ...extra } }, seq);
  }

  /** Names of all events so far, e.g. ["opened", "frozen"]; progress is left out, because it may be. */
  get events(): (EventCase | undefined)[] {
    return this.messages.map((m) => m.event.case).filter((c) => c !== "progress");
  }

  /** The nth (from 0) event of its kind, waited for. */
  async event<C extends EventCase>(
    name: C,
    nth = 0,
  ): Promise<{ readonly seq: bigint; readonly value: EventOf<C> }> {
    for (;;) {
      const found = this.messages.filter((m) => m.event.case === name)[nth];
      // The case was compared just now.
      if (found !== undefined) return { seq: found.seq, value: found.event.value as EventOf<C> };
      if (this.#over) throw new Error(`the stream ended without ${name}: ${this.events.join()}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
