import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../channel/testing/sockets.js";
import type { Owner } from "../hold/model.js";
import type { Result } from "../hold/refusal.js";
import { ada, bob, root } from "../hold/testing/samples.js";
import type { Kernel, TargetSpec } from "../kernel/port.js";
import { SimulatedWorld } from "../kernel/simulated/world.js";
import { benchWorld, GuardianBench, Opener, target } from "./testing/bench.js";

let bench: GuardianBench;
beforeEach(async () => {
  bench = await GuardianBench.start();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const lease = { kind: "lease" } as const;

function reasonOf(result: Result<unknown>): string {
  return result.ok ? "ok" : result.refusal.reason;
}

function unwrapped<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.reason}`);
  return result.value;
}

describe("open", () => {
  test.each([
    ["/", "PROTECTED_FILESYSTEM"],
    ["/nowhere", "TARGET_NOT_FOUND"],
  ])("%s: %s, and nothing else of the set is frozen", async (path, reason) => {
    expect((await bench.refusal(["/a", path])).reason).toBe(reason);
    expect(bench.traces).toEqual([]);
    expect(bench.fs("/a").counts.freezes).toBe(0);
  });

  test("several paths of one superblock are one file system", async () => {
    const world = new SimulatedWorld({
      filesystems: [
        { mountPoint: "/", type: "ext4", key: "7:1" },
        { mountPoint: "/a", type: "ext4", key: "7:2", otherMountPoints: ["/bind", "/other"] },
      ],
    });
    await using several = await GuardianBench.start({ world });
    const { hold } = await several.frozen(["/bind", "/a", "/other"]);
    expect(hold.filesystems.map((fs) => fs.mountPoint)).toEqual(["/bind"]);
    expect(several.fs("/a").counts.freezes).toBe(1);
  });

  test("two layers of one stack are refused", async () => {
    expect((await bench.refusal(["/lower", "/upper"])).reason).toBe("UNSUPPORTED");
  });
});

describe("a retry of Freeze", () => {
  const first = { ...lease, requestId: "r1" } as const;

  async function ended(): Promise<string> {
    const { hold } = await bench.frozen(["/a"], first);
    bench.api.guardian.answered(hold.holdId);
    await bench.api.guardian.thaw(ada, { kind: "id", holdId: hold.holdId });
    return hold.holdId;
  }

  test("of what has ended is refused, also where its target is gone", async () => {
    const holdId = await ended();
    expect(await bench.refusal(["/a"], first)).toMatchObject({
      reason: "HOLD_ENDED",
      metadata: { hold_id: holdId, end_cause: "RELEASED" },
    });
    bench.fs("/a").unmount();
    expect((await bench.refusal(["/a"], first)).reason).toBe("HOLD_ENDED");
  });

  test("with another body is refused", async () => {
    await ended();
    const other = { ...first, requestDigest: "d2" };
    expect(await bench.refusal(["/a"], other)).toMatchObject({
      reason: "INVALID_REQUEST",
      metadata: { field: "request_id" },
    });
  });

  test("of a failed attempt starts anew", async () => {
    bench.fs("/a").fail("freeze", "EIO");
    const opener = new Opener();
    await bench.open(opener, ["/a"], first);
    await opener.receipt();
    await bench.frozen(["/a"], first);
  });

  test("never makes a second hold, also where the first ends while the target is looked up", async () => {
    let held: (() => void) | undefined;
    let hold = false;
    const kernel = (inner: Kernel): Kernel =>
      new Proxy(inner, {
        get: (at, name) => {
          const value: unknown = Reflect.get(at, name);
          if (typeof value !== "function") return value;
          if (name !== "resolve") return value.bind(at);
          return async (spec: TargetSpec) => {
            if (hold) await new Promise<void>((resolve) => (held = resolve));
            return inner.resolve(spec);
          };
        },
      });
    await using slow = await GuardianBench.start({ kernel });
    const made = await slow.frozen(["/a"], first);
    slow.api.guardian.answered(made.hold.holdId);
    hold = true;
    const retry = slow.refusal(["/a"], first);
    await until(() => held !== undefined);
    hold = false;
    await slow.api.guardian.thaw(ada, { kind: "id", holdId: made.hold.holdId });
    held?.();
    expect((await retry).reason).toBe("HOLD_ENDED");
    expect(slow.fs("/a").counts.freezes).toBe(1);
  });
});

describe("status", () => {
  test("tells what this hold holds apart from the kernel's state", async () => {
    const open = new Opener();
    const idle = await bench.open(open, ["/a"], { freezeOnOpen: false });
    const status = async () =>
      unwrapped(await bench.api.guardian.command(idle.holdId, 1, { kind: "status" }));
    expect(await status()).toMatchObject({ status: { state: "THAWED", heldByThis: false } });
    const other = await bench.frozen(["/a"]);
    expect(await status()).toMatchObject({
      status: {
        state: "FROZEN",
        heldByThis: false,
        filesystems: [{ frozenBy: { kind: "service", holds: [{ id: other.hold.holdId }] } }],
      },
    });
    const own = await bench.api.guardian.command(other.hold.holdId, 1, { kind: "status" });
    expect(unwrapped(own)).toMatchObject({ status: { state: "FROZEN", heldByThis: true } });
  });

  test("finds a broken freeze before it answers", async () => {
    const { hold } = await bench.frozen(["/a"]);
    bench.fs("/a").foreignThaw();
    const answer = await bench.api.guardian.command(hold.holdId, 1, { kind: "status" });
    expect(reasonOf(answer)).toBe("FREEZE_BROKEN");
    expect(reasonOf(await bench.api.guardian.command("h-none", 1, { kind: "status" }))).toBe(
      "HOLD_NOT_FOUND",
    );
  });

  test("one that cannot be seen any more makes the whole unknown", async () => {
    const { hold } = await bench.frozen(["/a", "/b"]);
    bench.world.setWays({ state: "none" });
    const answer = await bench.api.guardian.command(hold.holdId, 1, { kind: "status" });
    expect(unwrapped(answer)).toMatchObject({ status: { state: "UNKNOWN", heldByThis: true } });
  });
});

describe("IsFrozen says by whom", () => {
  const frozenBy = async (spec: TargetSpec = target("/a")) =>
    unwrapped(await bench.api.guardian.isFrozen(spec)).frozenBy;

  test("nobody, this service, another tool, the kernel, or that it does not know", async () => {
    expect(await frozenBy()).toEqual({ kind: "nobody" });
    const { hold, opener } = await bench.frozen(["/a"]);
    expect(await frozenBy()).toMatchObject({ kind: "service", holds: [{ id: hold.holdId }] });
    bench.api.guardian.streamEnded(hold.holdId, 1, "released");
    await opener.receipt();
    bench.fs("/a").foreignFreeze();
    expect(await frozenBy()).toEqual({ kind: "another-tool" });
    bench.fs("/a").foreignThaw();
    bench.fs("/a").suspend();
    expect(await frozenBy()).toEqual({ kind: "kernel", device: "loop11" });
    bench.fs("/a").resume();
    bench.world.setWays({ state: "none" });
    expect(await frozenBy()).toEqual({ kind: "unknown" });
  });

  test("this service, while it is being frozen and thawed", async () => {
    bench.fs("/a").holdFreezes();
    const opener = new Opener();
    const hold = await bench.open(opener, ["/a"]);
    await until(() => bench.fs("/a").phase === "freezing");
    expect(await frozenBy()).toMatchObject({ kind: "service", holds: [{ id: hold.holdId }] });
    bench.fs("/a").holdThaws();
    bench.api.guardian.streamEnded(hold.holdId, 1, "gone");
    bench.fs("/a").releaseFreezes();
    await until(() => bench.fs("/a").phase === "frozen");
    expect(await frozenBy()).toMatchObject({ kind: "service" });
    bench.fs("/a").releaseThaws();
    await opener.receipt();
  });

  test("a ghost's, by its device", async () => {
    bench.fs("/a").foreignFreeze();
    bench.fs("/a").unmount();
    const by = { kind: "block-device", path: "/dev/loop11" } as const;
    expect(await frozenBy({ by, allowSubdirectory: false })).toEqual({ kind: "another-tool" });
  });
});

describe("Thaw", () => {
  const thaw = (caller: Owner, path: string) =>
    bench.api.guardian.thaw(caller, { kind: "target", target: target(path) });
  const byId = (caller: Owner, holdId: string) =>
    bench.api.guardian.thaw(caller, { kind: "id", holdId });

  test("by target ends the caller's own Freeze hold", async () => {
    const { hold } = await bench.frozen(["/a"], lease);
    expect(unwrapped(await thaw(ada, "/a"))).toMatchObject({
      holdId: hold.holdId,
      verdict: "INTACT",
    });
    expect(bench.traces).toEqual([]);
  });

  test("by target, where that names none or several", async () => {
    expect(reasonOf(await thaw(ada, "/a"))).toBe("NOT_FROZEN");
    const one = await bench.frozen(["/a"], lease);
    const two = await bench.frozen(["/a"], lease);
    const ambiguous = await thaw(ada, "/a");
    expect(ambiguous).toMatchObject({ refusal: { reason: "HOLD_AMBIGUOUS" } });
    const ids = ambiguous.ok ? [] : (ambiguous.refusal.metadata.hold_ids ?? "").split(",");
    expect(ids.sort()).toEqual([one.hold.holdId, two.hold.holdId].sort());
    expect(bench.fs("/a").phase).toBe("frozen");
  });

  test("by target, where it is somebody else's, a stream's, or another tool's", async () => {
    const { hold, opener } = await bench.frozen(["/a"]);
    expect(await thaw(bob, "/a")).toMatchObject({
      refusal: { reason: "NOT_PERMITTED", metadata: { purpose: "nightly" } },
    });
    // Not even root: a target names the caller's own.
    expect(reasonOf(await thaw(root, "/a"))).toBe("NOT_PERMITTED");
    expect(await thaw(ada, "/a")).toMatchObject({
      refusal: { reason: "HOLD_NOT_FOUND", metadata: { hold_id: hold.holdId } },
    });
    bench.api.guardian.streamEnded(hold.holdId, 1, "released");
    await opener.receipt();
    bench.fs("/a").foreignFreeze();
    expect(reasonOf(await thaw(ada, "/a"))).toBe("FROZEN_BY_ANOTHER");
    expect(bench.fs("/a").phase).toBe("frozen");
  });

  test("by id: unknown, forbidden, ended, broken", async () => {
    expect(reasonOf(await byId(ada, "h-none"))).toBe("HOLD_NOT_FOUND");
    const { hold } = await bench.frozen(["/a"], lease);
    expect(reasonOf(await byId(bob, hold.holdId))).toBe("NOT_PERMITTED");
    expect(reasonOf(await byId(root, hold.holdId))).toBe("ok");
    expect(reasonOf(await byId(ada, hold.holdId))).toBe("HOLD_ENDED");
    const broken = await bench.frozen(["/a"], lease);
    bench.fs("/a").foreignRefreeze();
    // Found by the look of this very step: it ends with the receipt that says so.
    expect(unwrapped(await byId(ada, broken.hold.holdId)).verdict).toBe("NOT_INTACT");
    expect(reasonOf(await byId(ada, broken.hold.holdId))).toBe("FREEZE_BROKEN");
    expect(bench.fs("/a").phase).toBe("frozen");
  });
});

describe("Renew", () => {
  test("of what is broken says so at once, and of what has ended afterwards", async () => {
    const { hold } = await bench.frozen(["/a"], lease);
    const renew = () => bench.api.guardian.renew(ada, hold.holdId, undefined);
    expect(unwrapped(await renew()).expiresAt).toBeDefined();
    bench.fs("/a").foreignThaw();
    expect(reasonOf(await renew())).toBe("FREEZE_BROKEN");
    expect(reasonOf(await renew())).toBe("FREEZE_BROKEN");
    expect(reasonOf(await bench.api.guardian.renew(ada, "h-none", 5))).toBe("HOLD_NOT_FOUND");
  });
});

describe("the list of holds", () => {
  const list = (size: number, after = "") => bench.api.guardian.listHolds({ size, after });

  test("has the newest first, living and ended, in pages that meet", async () => {
    const made: string[] = [];
    for (const path of ["/a", "/b", "/lower"]) {
      made.unshift((await bench.frozen([path], lease)).hold.holdId);
    }
    await bench.api.guardian.thaw(ada, { kind: "id", holdId: made[1] ?? "" });
    const seen: string[] = [];
    for (let after = "", more = true; more; after = seen.at(-1) ?? "") {
      const page = unwrapped(await list(2, after));
      seen.push(...page.holds.map((hold) => hold.holdId));
      more = page.more;
    }
    expect(seen).toEqual(made);
    expect(reasonOf(await list(2, "h-forgotten"))).toBe("INVALID_REQUEST");
    expect(unwrapped(await list(2, made[2] ?? ""))).toEqual({ holds: [], more: false });
  });

  test("ends a page before it outgrows a line of the channel, and goes on from there", async () => {
    const many = Array.from({ length: 1_200 }, (_, n) => `/mnt/${n}-${"x".repeat(1_000)}`);
    const world = new SimulatedWorld({
      filesystems: [
        ...benchWorld().filesystems.map((fs) => fs.description),
        ...many.map((mountPoint, n) => ({ mountPoint, type: "ext4", key: `8:${n}` })),
      ],
    });
    await using large = await GuardianBench.start({ world });
    const made: string[] = [];
    for (let i = 0; i < 3; i++) {
      const opened = await large.open(new Opener(), many, { freezeOnOpen: false });
      made.unshift(opened.holdId);
    }
    const seen: string[] = [];
    for (let after = "", more = true; more; after = seen.at(-1) ?? "") {
      const page = unwrapped(await large.api.guardian.listHolds({ size: 1_000, after }));
      expect(page.holds.length).toBe(1);
      seen.push(...page.holds.map((hold) => hold.holdId));
      more = page.more;
    }
    expect(seen).toEqual(made);
  });
});
