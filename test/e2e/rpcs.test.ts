/** What is told of holds, what is not served yet, and health. */
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FreezeService } from "../../src/gen/fsfreeze/v1/freeze_service_pb.js";
import { HoldState } from "../../src/gen/fsfreeze/v1/hold_pb.js";
import { PresyncMode } from "../../src/gen/fsfreeze/v1/options_pb.js";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../src/gen/health/v1/health_pb.js";
import { problemOf } from "../support/api/descriptor-client.js";
import { useDaemon } from "../support/daemon.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf } from "../support/outcome.js";
import { openRaw, pathTarget } from "../support/raw-hold.js";
import { requires } from "../support/requirements.js";

requires("root", "loop", "ext4", "bpf").describe("the service", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  test("lists holds in pages, the newest first, live and ended ones", async () => {
    using client = daemon().connect();
    const raw = daemon().connectRaw();
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const { holdId } = await client.freeze(path, { purpose: `hold ${index}` });
      made.unshift(holdId);
      if (index < 4) await client.thaw({ holdId });
    }
    const listed: { readonly holdId: string; readonly state: HoldState }[] = [];
    let pageToken = "";
    let pages = 0;
    do {
      const page = await raw.unary(FreezeService.method.listHolds, { pageSize: 2, pageToken });
      if (!page.ok) throw new Error(page.details);
      expect(page.value.holds.length).toBeLessThanOrEqual(2);
      listed.push(...page.value.holds);
      pageToken = page.value.nextPageToken;
      pages += 1;
    } while (pageToken !== "");
    expect(pages).toBe(4);
    expect(listed.map(({ holdId }) => holdId)).toEqual(made);
    expect(listed.map(({ state }) => state === HoldState.ENDED)).toEqual(
      made.map((_, index) => index >= 3),
    );
    const bad = await raw.unary(FreezeService.method.listHolds, { pageToken: "nonsense" });
    expect(bad).toMatchObject({ reason: "INVALID_REQUEST", code: status.INVALID_ARGUMENT });
    for (const holdId of made.slice(0, 3)) await client.thaw({ holdId });
    await expectThawed(path);
    raw.close();
  });

  test("remembers ended holds with their receipts", async () => {
    using client = daemon().connect();
    const hold = await client.hold(path, { purpose: "remembered" });
    const receipt = await hold.release();
    const later = await client.getHold(hold.id);
    expect(later).toMatchObject({ state: "ENDED", kind: "STREAM", purpose: "remembered" });
    expect(JSON.stringify(later.receipt)).toBe(JSON.stringify(receipt));
    expect(await refusalOf(client.getHold("h-ffffffffffffffff"))).toMatchObject({
      reason: "HOLD_NOT_FOUND",
      code: "NOT_FOUND",
    });
  });

  test("says of each RPC that is not served yet that it is not", async () => {
    const raw = daemon().connectRaw();
    const { planFreeze, listFilesystems, watchHolds } = FreezeService.method;
    const expected = { code: status.UNIMPLEMENTED, reason: "UNSUPPORTED" };
    expect(await raw.unary(planFreeze, { targets: [pathTarget(path)] })).toMatchObject({
      ...expected,
      metadata: { rpc: "PlanFreeze" },
    });
    expect(await raw.unary(listFilesystems, {})).toMatchObject({
      ...expected,
      metadata: { rpc: "ListFilesystems" },
    });
    const watch = raw.serverStream(watchHolds, {});
    const ended = await new Promise<Parameters<typeof problemOf>[0]>((resolve) => {
      watch.on("data", () => {});
      watch.on("error", resolve);
    });
    expect(problemOf(ended)).toMatchObject({ ...expected, metadata: { rpc: "WatchHolds" } });
    raw.close();
  });

  test("says of each option that is not served yet that it is not, and freezes nothing", async () => {
    const raw = daemon().connectRaw();
    const targets = [pathTarget(path)];
    const expected = (option: string) => ({
      code: status.UNIMPLEMENTED,
      reason: "UNSUPPORTED",
      metadata: { option },
    });
    const both = {
      hooks: { targets, hooks: { names: ["mysql"] } },
      presync: { targets, presync: { mode: PresyncMode.UNSPECIFIED } },
    };
    for (const [option, request] of Object.entries(both)) {
      const answer = await raw.unary(FreezeService.method.freeze, request);
      expect(answer).toMatchObject(expected(option));
      expect(await openRaw(raw, [], { freezeOnOpen: false, ...request }).status).toMatchObject(
        expected(option),
      );
    }
    // Never asked to freeze at once: the machine's own file systems are among them.
    const all = { freezeOnOpen: false, allFreezable: { excludePatterns: ["/**"] } };
    expect(await openRaw(raw, [], all).status).toMatchObject(expected("all_freezable"));
    const force = await raw.unary(FreezeService.method.thaw, {
      subject: { case: "target", value: pathTarget(path) },
      force: true,
    });
    expect(force).toMatchObject(expected("force"));
    await expectThawed(path);
    raw.close();
  });

  test("is healthy, also while something is frozen; what it does not know it says", async () => {
    using client = daemon().connect();
    const raw = daemon().connectRaw();
    const hold = await client.hold(path);
    await expectFrozen(path);
    expect(await client.health("")).toBe("SERVING");
    expect(await client.health()).toBe("SERVING");
    expect((await refusalOf(client.health("no.such.Service"))).code).toBe("NOT_FOUND");
    const list = await raw.unary(Health.method.list, {});
    expect(list.ok && Object.keys(list.value.statuses).toSorted()).toEqual([
      "",
      "fsfreeze.v1.FreezeService",
    ]);
    await hold.release();
    raw.close();
  });

  test("tells a watcher its health, and ends the watch when it dies", async () => {
    const raw = daemon().connectRaw();
    const watches = ["", "fsfreeze.v1.FreezeService", "no.such.Service"].map((service) => {
      const call = raw.serverStream(Health.method.watch, { service });
      const seen: Serving[] = [];
      call.on("data", (answer: { readonly status: Serving }) => seen.push(answer.status));
      call.on("error", () => {});
      const first = new Promise<void>((resolve) => call.once("data", () => resolve()));
      const code = new Promise<number>((resolve) => {
        call.on("status", (end: { readonly code: number }) => resolve(end.code));
      });
      return { seen, first, code };
    });
    for (const { first } of watches) await first;
    expect(watches.map(({ seen }) => seen[0])).toEqual([
      Serving.SERVING,
      Serving.SERVING,
      Serving.SERVICE_UNKNOWN,
    ]);
    const old = daemon().pids();
    daemon().kill("guardian");
    for (const { code } of watches) expect(await code).toBe(status.UNAVAILABLE);
    await daemon().waitForNew("api", old.api);
    using client = daemon().connect();
    await expect
      .poll(() => client.health().catch(() => "away"), { timeout: 10_000 })
      .toBe("SERVING");
    raw.close();
  });
});
