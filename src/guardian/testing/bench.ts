/**
 * A guardian process on a bench: a simulated kernel, an api's end and a supervisor's end that the
 * test plays.
 */
import { connectGuardian, type GuardianConnection } from "../../channel/guardian-client.js";
import { type ChannelEnd, LineChannel } from "../../channel/line-channel.js";
import type { StreamEvent } from "../../channel/messages.js";
import type {
  Grant,
  GrantAnswer,
  GuardianToSupervisor,
  HoldRecord,
  SupervisorToGuardian,
} from "../../channel/supervisor-protocol.js";
import { until } from "../../channel/testing/sockets.js";
import { defaultLimits } from "../../hold/limits.js";
import type { HoldView, OpenRequest, Receipt } from "../../hold/model.js";
import type { Refusal } from "../../hold/refusal.js";
import { openRequest } from "../../hold/testing/samples.js";
import type { Kernel } from "../../kernel/port.js";
import type { FilesystemDescription } from "../../kernel/simulated/description.js";
import type { SimulatedFilesystem } from "../../kernel/simulated/simulated-filesystem.js";
import { createSimulatedKernel } from "../../kernel/simulated/simulated-kernel.js";
import { SimulatedWorld } from "../../kernel/simulated/world.js";
import { silentLog } from "../../observe/log.js";
import { socketPair } from "../../os/sockets.js";
import { GuardianProcess } from "../guardian-process.js";

export const version = "1.2.3";

/** "/" (protected), "/a" and "/b" (ext4), and "/upper", which is stored on "/lower". */
export function benchWorld(): SimulatedWorld {
  const ext4 = (
    mountPoint: string,
    minor: number,
    more: Partial<FilesystemDescription> = {},
  ): FilesystemDescription => ({
    mountPoint,
    type: "ext4",
    key: `7:${minor}`,
    uuid: `00000000-0000-4000-8000-0000000000${minor}`,
    devices: [{ device: `7:${minor}`, path: `/dev/loop${minor}` }],
    ...more,
  });
  return new SimulatedWorld({
    filesystems: [
      ext4("/", 10),
      ext4("/a", 11),
      ext4("/b", 12),
      ext4("/lower", 13),
      ext4("/upper", 14, { layersBelow: ["/lower"] }),
    ],
  });
}

export function target(path: string): OpenRequest["targets"][number] {
  return { by: { kind: "path", path }, allowSubdirectory: false };
}

/** Everything that one opener was told. */
export class Opener {
  readonly events: StreamEvent[] = [];
  readonly listen = (event: StreamEvent): void => {
    this.events.push(event);
  };

  get kinds(): readonly string[] {
    return this.events.map((event) => event.kind);
  }

  /** Without the progress. */
  get milestones(): readonly string[] {
    return this.kinds.filter((kind) => kind !== "progress");
  }

  async receipt(): Promise<Receipt> {
    await until(() => this.kinds.includes("ended"));
    const last = this.events.at(-1);
    if (last?.kind !== "ended") throw new Error(`"ended" is not the last of ${this.kinds}`);
    return last.receipt;
  }
}

export interface BenchOptions {
  readonly world?: SimulatedWorld;
  readonly kernel?: (kernel: Kernel) => Kernel;
  /** The api's, where it is another than the guardian's. */
  readonly apiVersion?: string;
  /** False: the test starts it itself. */
  readonly start?: boolean;
}

export class GuardianBench {
  readonly world: SimulatedWorld;
  readonly guardian: GuardianProcess;
  readonly api: GuardianConnection;
  readonly supervisor: LineChannel;
  readonly said: GuardianToSupervisor[] = [];
  readonly exits: number[] = [];
  /** Plays the first sign of a death, the sockets still being open; undefined where nobody watches. */
  readonly die: Partial<Record<"supervisor" | "api", () => void>> = {};
  readonly apiEnds: ChannelEnd[] = [];
  /** Whether the supervisor still writes down what it hears. */
  confirms = true;
  /** What the supervisor answers; undefined: nothing, until `answer`. */
  onGrant: (grant: Grant) => GrantAnswer | undefined = ({ epoch }) => ({ epoch });

  private constructor(options: BenchOptions) {
    this.world = options.world ?? benchWorld();
    const nowMs = () => performance.now();
    const [guardianToSupervisor, supervisorToGuardian] = socketPair();
    const [guardianToApi, apiToGuardian] = socketPair();
    const kernel = createSimulatedKernel(this.world);
    this.guardian = new GuardianProcess({
      kernel: options.kernel?.(kernel) ?? kernel,
      supervisorFd: guardianToSupervisor,
      apiFd: guardianToApi,
      onDeath: {
        supervisor: (tell) => {
          this.die.supervisor = tell;
        },
        api: (tell) => {
          this.die.api = tell;
        },
      },
      config: {
        supervisorPid: process.pid,
        api: { pid: 0, startTicks: "" },
        version,
        stateDir: "/run/bench",
        unprotect: [],
        kernel: { kind: "simulated", world: "" },
        logLevel: "error",
      },
      limits: defaultLimits,
      host: { name: "bench", bootId: "boot" },
      log: silentLog,
      nowMs,
      version,
      exit: (code) => this.exits.push(code),
    });
    this.supervisor = new LineChannel(supervisorToGuardian, {
      nowMs,
      onMessage: (message) => this.#fromGuardian(message as GuardianToSupervisor),
      onEnd: () => {},
    });
    this.api = connectGuardian(apiToGuardian, {
      version: options.apiVersion ?? version,
      nowMs,
      onEnd: (why) => this.apiEnds.push(why),
    });
  }

  static async start(options: BenchOptions = {}): Promise<GuardianBench> {
    const bench = new GuardianBench(options);
    if (options.start !== false) {
      await bench.guardian.start();
      await bench.api.hello;
    }
    return bench;
  }

  #fromGuardian(message: GuardianToSupervisor): void {
    this.said.push(message);
    if ("confirm" in message && this.confirms) this.tell({ confirmed: message.confirm });
    if (!("grant" in message)) return;
    const answer = this.onGrant(message.grant);
    if (answer !== undefined) this.tell({ granted: answer });
  }

  tell(message: SupervisorToGuardian): void {
    this.supervisor.send(message);
  }

  fs(mountPoint: string): SimulatedFilesystem {
    return this.world.at(mountPoint);
  }

  /** Opens, and throws where that is refused. */
  async open(
    opener: Opener,
    paths: readonly string[],
    changed: Partial<OpenRequest> = {},
  ): Promise<HoldView> {
    const request = openRequest({ targets: paths.map(target), ...changed });
    const opened = await this.api.guardian.open(request, opener.listen);
    if (!opened.ok) throw new Error(`refused: ${opened.refusal.reason}`);
    return opened.value.hold;
  }

  async refusal(paths: readonly string[], changed: Partial<OpenRequest> = {}): Promise<Refusal> {
    const request = openRequest({ targets: paths.map(target), ...changed });
    const opened = await this.api.guardian.open(request, () => {});
    if (opened.ok) throw new Error("it was not refused");
    return opened.refusal;
  }

  /** Opens, and waits until all are frozen. */
  async frozen(
    paths: readonly string[],
    changed: Partial<OpenRequest> = {},
  ): Promise<{ readonly opener: Opener; readonly hold: HoldView }> {
    const opener = new Opener();
    const hold = await this.open(opener, paths, changed);
    await until(() => opener.kinds.includes("frozen"));
    return { opener, hold };
  }

  records(holdId: string): readonly HoldRecord[] {
    return this.said.flatMap((message) =>
      "hold" in message && message.hold.hold.holdId === holdId ? [message.hold] : [],
    );
  }

  /** Which grants are open, as the supervisor knows. */
  get granted(): readonly number[] {
    const ended = this.said.flatMap((message) => ("ended" in message ? [message.ended.epoch] : []));
    return this.said.flatMap((message) =>
      "grant" in message && !ended.includes(message.grant.epoch) ? [message.grant.epoch] : [],
    );
  }

  async exited(): Promise<number | undefined> {
    await until(() => this.exits.length > 0);
    return this.exits[0];
  }

  /** Nothing frozen by anybody, nothing open. */
  get traces(): readonly string[] {
    return this.world.filesystems.flatMap((fs) => [
      ...(fs.phase === "thawed" ? [] : [`${fs.description.mountPoint} is ${fs.phase}`]),
      ...(fs.openHandles === 0 ? [] : [`${fs.description.mountPoint}: ${fs.openHandles} open`]),
    ]);
  }

  /** Ends it; a freeze or a thaw that the test holds up must have been released. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.supervisor.close();
    this.api.close();
    await this.exited();
  }
}
