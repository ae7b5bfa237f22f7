import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Grant, type HoldRecord, noDeadlineUs } from "../channel/supervisor-protocol.js";
import { quiet, until } from "../channel/testing/sockets.js";
import type { FreezeOutcome, Input } from "../hold/effects.js";
import { defaultLimits } from "../hold/limits.js";
import type { HoldEvent } from "../hold/model.js";
import { ok, type Result } from "../hold/refusal.js";
import { openRequest } from "../hold/testing/samples.js";
import type { Kernel } from "../kernel/port.js";
import { createSimulatedKernel } from "../kernel/simulated/simulated-kernel.js";
import type { SimulatedWorld } from "../kernel/simulated/world.js";
import { silentLog } from "../observe/log.js";
import { Archive } from "./archive.js";
import { Driver } from "./driver.js";
import type { Grants } from "./grants.js";
import { benchWorld, target } from "./testing/bench.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

type Word =
  | { readonly grant: Grant }
  | { readonly landed: number }
  | { readonly deadline: readonly [number, number] }
  | { readonly ended: number }
  | { readonly hold: HoldRecord };

class Bench implements Grants {
  readonly world: SimulatedWorld = benchWorld();
  readonly kernel: Kernel = createSimulatedKernel(this.world);
  readonly words: Word[] = [];
  readonly events: { readonly holdId: string; readonly event: HoldEvent }[] = [];
  readonly bugs: unknown[] = [];
  readonly archive = new Archive();
  readonly driver: Driver;
  answer: (grant: Grant) => Promise<Result<undefined>> = async () => ok(undefined);
  onEvent: (holdId: string, event: HoldEvent) => void = () => {};
  /** CLOCK_BOOTTIME goes on so much faster than it would by itself, in milliseconds. */
  later = 0;

  constructor() {
    const now = () => {
      const { wallUs, bootUs } = this.kernel.now();
      return { wallUs: wallUs + this.later * 1000, bootUs: bootUs + this.later * 1000 };
    };
    this.driver = new Driver({
      kernel: new Proxy(this.kernel, {
        get: (kernel, name) => {
          if (name === "now") return now;
          const value: unknown = Reflect.get(kernel, name);
          return typeof value === "function" ? value.bind(kernel) : value;
        },
      }),
      grants: this,
      archive: this.archive,
      limits: defaultLimits,
      host: { name: "bench", bootId: "boot" },
      log: silentLog,
      onEvent: (holdId, event) => {
        this.events.push({ holdId, event });
        this.onEvent(holdId, event);
      },
      onBug: (error) => this.bugs.push(error),
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
    });
  }

  request(grant: Grant): Promise<Result<undefined>> {
    this.words.push({ grant });
    return this.answer(grant);
  }
  landed({ epoch }: { readonly epoch: number }): void {
    this.words.push({ landed: epoch });
  }
  deadline(epoch: number, deadlineUs: number): void {
    this.words.push({ deadline: [epoch, deadlineUs] });
  }
  ended(epoch: number): void {
    this.words.push({ ended: epoch });
  }
  hold(hold: HoldRecord): void {
    this.words.push({ hold });
  }
  recorded(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async open(holdId: string, paths: readonly string[], freezeTimeoutMs = 0): Promise<void> {
    const filesystems = await Promise.all(
      paths.map(async (path) => {
        const resolved = await this.kernel.resolve(target(path));
        if (!resolved.ok) throw new Error(path);
        return { identity: resolved.value, below: [] };
      }),
    );
    const request = openRequest({ times: { freezeTimeoutMs, ttlMs: 10_000 } });
    const opened = await this.driver.ask({
      kind: "open",
      holdId,
      request,
      filesystems,
      tokenDigest: "",
    });
    if (!opened.ok) throw new Error(opened.refusal.reason);
  }

  async frozen(holdId: string, paths: readonly string[]): Promise<void> {
    await this.open(holdId, paths);
    await until(() => this.kinds(holdId).includes("frozen"));
  }

  kinds(holdId: string): readonly string[] {
    return this.events.filter((e) => e.holdId === holdId).map((e) => e.event.kind);
  }

  release(holdId: string): void {
    this.driver.dispatch({ kind: "stream-ended", holdId, generation: 1, how: "released" });
  }

  get deadlines(): readonly (readonly [number, number])[] {
    return this.words.flatMap((word) => ("deadline" in word ? [word.deadline] : []));
  }

  phase(path: string): string {
    return this.world.at(path).phase;
  }
}

describe("the machine's inputs", () => {
  test("that arise while effects run wait their turn", async () => {
    const bench = new Bench();
    bench.world.at("/a").holdFreezes();
    await bench.open("h1", ["/a"]);
    await bench.open("h2", ["/a"]);
    const told: string[] = [];
    bench.onEvent = (holdId, { kind }) => {
      if (kind !== "progress") told.push(`${holdId} ${kind}`);
      // Both are frozen in one step, and the first to hear of it ends the second.
      if (holdId === "h1" && kind === "frozen") bench.release("h2");
    };
    bench.world.at("/a").releaseFreezes();
    await until(() => bench.kinds("h2").includes("ended"));
    expect(told).toEqual(["h1 frozen", "h2 frozen", "h2 ended"]);
    expect([...bench.driver.state.holds.keys()]).toEqual(["h1"]);
  });

  test("that the machine cannot take are answered, and the others go on", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    const broken = { kind: "open", holdId: "h2", request: openRequest() } as unknown as Input & {
      kind: "open";
    };
    expect(await bench.driver.ask(broken)).toMatchObject({
      ok: false,
      refusal: { reason: "INTERNAL" },
    });
    expect(bench.bugs).toEqual([]);
    bench.release("h1");
    await until(() => bench.kinds("h1").includes("ended"));
    expect(bench.phase("/a")).toBe("thawed");
  });

  test("that nobody waits for and the machine cannot take are told to whoever can still thaw", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    bench.world.at("/b").holdFreezes();
    await bench.open("h2", ["/b"]);
    await until(() => bench.phase("/b") === "freezing");
    const outcome = undefined as unknown as FreezeOutcome;
    bench.driver.dispatch({ kind: "froze", key: "7:12", epoch: 2, outcome });
    expect(bench.bugs.length).toBe(1);
    // It is not stuck, either.
    bench.world.at("/b").releaseFreezes();
    bench.later = 50_000;
    bench.driver.dispatch({ kind: "tick" });
    await until(() => bench.driver.state.epochs.size === 0);
    expect([bench.phase("/a"), bench.phase("/b")]).toEqual(["thawed", "thawed"]);
  });

  test("one listener that throws does not stop the other effects", async () => {
    const bench = new Bench();
    bench.onEvent = () => {
      throw new Error("a bug");
    };
    await bench.open("h1", ["/a", "/b"]);
    await until(() => bench.phase("/a") === "frozen" && bench.phase("/b") === "frozen");
    await until(() => bench.kinds("h1").includes("frozen"));
    bench.driver.askThen(
      { kind: "command", holdId: "h1", generation: 1, command: { kind: "thaw" } },
      () => {
        throw new Error("another");
      },
    );
    await until(() => bench.phase("/a") === "thawed" && bench.phase("/b") === "thawed");
    bench.release("h1");
    await until(() => bench.driver.state.holds.size === 0);
    expect(bench.archive.get("h1")?.receipt?.frozenCount).toBe(2);
  });

  test("a thaw of what is not open is a bug that is told", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    const [key = ""] = [...bench.driver.state.epochs.keys()];
    bench.driver.freezer.forget(key, 1);
    bench.release("h1");
    await until(() => bench.bugs.length > 0);
  });
});

describe("ticks", () => {
  test("end a hold at its deadline, by the clock and not by the timer", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    // The machine was suspended: the timer stood still, the clock did not.
    bench.later = 10_001;
    vi.advanceTimersByTime(100);
    await until(() => bench.kinds("h1").includes("ended"));
    expect(bench.archive.get("h1")?.receipt?.endCause).toBe("EXPIRED");
  });

  test("find a foreign thaw", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    bench.world.at("/a").foreignThaw();
    vi.advanceTimersByTime(100);
    await until(() => bench.kinds("h1").includes("ended"));
    expect(bench.kinds("h1")).toContain("broken");
    expect(bench.world.at("/a").openHandles).toBe(0);
  });

  test("stop when there is nothing to watch", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    expect(vi.getTimerCount()).toBe(1);
    bench.release("h1");
    await until(() => bench.driver.state.holds.size === 0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("what the supervisor is told", () => {
  test("the record of a hold before anybody else hears of it", async () => {
    const bench = new Bench();
    let recorded = 0;
    bench.onEvent = (_, event) => {
      if (event.kind !== "frozen") return;
      recorded = bench.words.filter((w) => "hold" in w && w.hold.hold.state === "FROZEN").length;
    };
    await bench.frozen("h1", ["/a"]);
    expect(recorded).toBe(1);
  });

  test("nothing of a thaw before it has begun: writers wait for it", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    const told = bench.words.length;
    const toldBefore = vi.fn();
    const thaw = vi.spyOn(bench.world.at("/a"), "thaw");
    bench.hold = (hold) => {
      if (thaw.mock.calls.length === 0) toldBefore(hold);
      bench.words.push({ hold });
    };
    bench.release("h1");
    await until(() => bench.kinds("h1").includes("ended"));
    expect(bench.words.length).toBeGreaterThan(told);
    expect(toldBefore).not.toHaveBeenCalled();
  });

  test("not a word for each progress of a hold of many", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a", "/b", "/lower"]);
    expect(bench.kinds("h1").filter((kind) => kind === "progress").length).toBe(6);
    expect(bench.words.filter((word) => "hold" in word).length).toBe(2);
  });

  test("a record has what its receipt would say", async () => {
    const bench = new Bench();
    await bench.frozen("h1", ["/a"]);
    await bench.driver.ask({
      kind: "command",
      holdId: "h1",
      generation: 1,
      command: { kind: "thaw" },
    });
    await bench.driver.ask({
      kind: "command",
      holdId: "h1",
      generation: 1,
      command: { kind: "freeze" },
    });
    const records = bench.words.flatMap((word) => ("hold" in word ? [word.hold] : []));
    expect(records.at(-1)?.intervals?.["7:11"]).toMatchObject({
      ended: [{ verdict: "INTACT" }],
      open: { freezeUs: expect.any(Number) },
    });
    expect(records.at(-1)?.broken).toBeUndefined();
    bench.world.at("/a").holdThaws();
    bench.later = 10_001;
    bench.driver.dispatch({ kind: "tick" });
    const last = bench.words.flatMap((word) => ("hold" in word ? [word.hold] : [])).at(-1);
    expect(last).toMatchObject({
      hold: { state: "THAWING" },
      broken: { cause: "EXPIRED", refusal: { reason: "HOLD_EXPIRED" } },
    });
    // Still frozen for it, as far as anybody knows.
    expect(last?.intervals?.["7:11"]?.open).toBeDefined();
    bench.world.at("/a").releaseThaws();
    await until(() => bench.driver.state.epochs.size === 0);
  });

  test("deadlines only of what has landed, the latest of all who hold it, none once it is thawing", async () => {
    const bench = new Bench();
    bench.world.at("/a").holdFreezes();
    await bench.open("h1", ["/a"], 30_000);
    await until(() => bench.phase("/a") === "freezing");
    const granted = bench.words.find((word) => "grant" in word);
    const nowUs = bench.kernel.now().bootUs;
    if (granted === undefined || !("grant" in granted)) throw new Error("no grant");
    expect(granted.grant.deadlineUs - nowUs).toBeGreaterThan(39_000_000);
    expect(granted.grant.deadlineUs - nowUs).toBeLessThanOrEqual(40_000_000);
    expect(bench.deadlines).toEqual([]);

    // Who joins with more patience makes it later, though nobody is told before it lands.
    await bench.open("h2", ["/a", "/b"], 60_000);
    await until(() => bench.phase("/b") === "frozen");
    bench.world.at("/a").releaseFreezes();
    await until(() => bench.kinds("h2").includes("frozen"));
    await quiet();
    const landedAt = bench.words.findIndex((word) => "landed" in word && word.landed === 1);
    const first = bench.words.findIndex((word) => "deadline" in word && word.deadline[0] === 1);
    expect(first).toBeGreaterThan(landedAt);
    expect(bench.deadlines.filter(([epoch]) => epoch === 1).length).toBe(1);

    bench.later = 1_000;
    await bench.driver.ask({
      kind: "command",
      holdId: "h1",
      generation: 1,
      command: { kind: "renew" },
    });
    const [before = 0, after = 0] = bench.deadlines.filter(([e]) => e === 1).map(([, us]) => us);
    expect(after - before).toBeGreaterThan(900_000);

    bench.release("h1");
    bench.release("h2");
    await until(() => bench.driver.state.epochs.size === 0);
    for (const epoch of [1, 2]) {
      const last = bench.deadlines.filter(([one]) => one === epoch).at(-1);
      expect(last?.[1]).toBe(noDeadlineUs);
    }
  });

  test("a deadline told to a joiner before the first freeze landed is not forgotten", async () => {
    const bench = new Bench();
    let grant: () => void = () => {};
    bench.answer = () =>
      new Promise((resolve) => {
        grant = () => resolve(ok(undefined));
      });
    await bench.open("h1", ["/a"], 1_000);
    await until(() => bench.words.some((word) => "grant" in word));
    bench.world.at("/b").holdFreezes();
    bench.answer = async () => ok(undefined);
    await bench.open("h2", ["/a", "/b"], 60_000);
    bench.release("h1");
    grant();
    await until(() => bench.phase("/a") === "frozen");
    await quiet();
    const nowUs = bench.kernel.now().bootUs;
    const told = bench.deadlines.filter(([epoch]) => epoch === 1).at(-1);
    expect((told?.[1] ?? 0) - nowUs).toBeGreaterThan(60_000_000);
    bench.world.at("/b").releaseFreezes();
    await until(() => bench.kinds("h2").includes("frozen"));
  });
});

describe("idle", () => {
  test("is at once where nothing is frozen, else when the last thaw is done", async () => {
    const bench = new Bench();
    await bench.driver.idle();
    bench.world.at("/b").holdFreezes();
    await bench.frozen("h1", ["/a"]);
    await bench.open("h2", ["/b"]);
    await until(() => bench.phase("/b") === "freezing");
    let idle = 0;
    for (let i = 0; i < 2; i++) void bench.driver.idle().then(() => idle++);
    bench.release("h1");
    bench.release("h2");
    await until(() => bench.phase("/a") === "thawed");
    await quiet();
    expect(idle).toBe(0);
    bench.world.at("/b").releaseFreezes();
    await until(() => idle === 2);
    expect(bench.phase("/b")).toBe("thawed");
  });
});
