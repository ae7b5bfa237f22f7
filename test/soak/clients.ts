/** The clients of an episode, each to its planned end or to whatever comes before that. */
import { setTimeout as sleep } from "node:timers/promises";
import { FreezeError, type Receipt } from "@fsfreezed/client";
import { ClientProcess } from "../support/client-process.js";
import type { Daemon } from "../support/daemon.js";
import { openRaw } from "../support/raw-hold.js";
import type { ClientPlan } from "./plan.js";

export interface Course {
  readonly plan: ClientPlan;
  readonly paths: readonly string[];
  readonly daemon: () => Daemon;
  readonly purpose: string;
  /** Called with its id when it is frozen. */
  readonly onFrozen: (holdId: string) => void;
  /** The receipt, where it came over the hold's own stream. */
  readonly onReceipt: (receipt: Receipt) => void;
  /** Resolves when the fault has happened: only then a client ends as planned. */
  readonly faultDone: Promise<void>;
  /** Whether its hold outlives its stream for a while. */
  readonly lingers: boolean;
  /** Set while the client runs in a process of its own. */
  process?: ClientProcess;
  /** What a successor needs, where the service tells it. */
  resume?: { readonly holdId: string; readonly token: string };
}

/** Rejects only for a fault of the client itself; that the service refuses or is gone is an ordinary end. */
export async function runClient(course: Course): Promise<void> {
  await sleep(course.plan.startMs);
  try {
    switch (course.plan.kind) {
      case "process":
        return await runProcess(course);
      case "library":
        return await runLibrary(course);
      case "raw":
        return await runRaw(course);
      case "lease":
        return await runLease(course);
      default:
        course.plan.kind satisfies never;
    }
  } catch (error) {
    if (!(error instanceof FreezeError)) throw error;
  }
}

async function runProcess(course: Course): Promise<void> {
  const { plan, paths, daemon, purpose } = course;
  await using client = await ClientProcess.start();
  course.process = client;
  const autoRenew = plan.end !== "expire";
  const linger = course.lingers ? { linger: 5_000 } : {};
  const options = { ttl: plan.ttlMs, autoRenew, purpose, ...linger };
  const held = await client.hold(daemon().address, paths, options);
  if (held.holdId === undefined) return;
  course.resume = { holdId: held.holdId, token: held.resumeToken ?? "" };
  course.onFrozen(held.holdId);
  for (const action of plan.actions) {
    if (action === "pause") await sleep(50);
    else if (action === "refreeze") {
      await client.ask({ do: "thaw" });
      await client.ask({ do: "freeze" });
    } else await client.ask({ do: action, ttl: plan.ttlMs });
  }
  await course.faultDone;
  if (plan.end === "release") await client.ask({ do: "release" });
  else if (plan.end === "cancel") await client.ask({ do: "cancel" });
  else if (plan.end === "expire") await sleep(plan.ttlMs + 300);
}

async function runLibrary(course: Course): Promise<void> {
  const { plan, paths, daemon, purpose } = course;
  using client = daemon().connect({ timeout: 5_000 });
  const autoRenew = plan.end !== "expire";
  const hold = await client.hold(paths, { ttl: plan.ttlMs, autoRenew, purpose });
  try {
    course.onFrozen(hold.id);
    for (const action of plan.actions) {
      if (action === "pause") await sleep(50);
      else if (action === "refreeze") {
        await hold.thaw();
        await hold.freeze();
      } else if (action === "renew") await hold.renew(plan.ttlMs);
      else await hold.status();
    }
    await course.faultDone;
    if (plan.end === "release") await hold.release({ timeout: 20_000 });
    if (plan.end === "expire") await sleep(plan.ttlMs + 300);
  } finally {
    hold.cancel();
    if (hold.receipt !== undefined) course.onReceipt(hold.receipt);
  }
}

async function runRaw(course: Course): Promise<void> {
  const { plan, paths, daemon, purpose } = course;
  const client = daemon().connectRaw();
  const ttl = { seconds: BigInt(Math.ceil(plan.ttlMs / 1000)), nanos: 0 };
  const stream = openRaw(client, paths, { purpose, ttl });
  const over = stream.status.then(() => true);
  const happens = (event: Promise<unknown>) =>
    Promise.race([
      over,
      event.then(
        () => false,
        () => true,
      ),
    ]);
  try {
    if (await happens(stream.event("frozen"))) return;
    course.onFrozen((await stream.event("opened")).value.hold?.holdId ?? "");
    let seq = 2n;
    for (const action of plan.actions) {
      if (action === "pause" || action === "refreeze") await sleep(30);
      else if (action === "renew") stream.send({ case: "renew", value: { ttl } }, seq++);
      else stream.send({ case: "status", value: {} }, seq++);
    }
    await Promise.race([course.faultDone, over]);
    if (plan.end === "release") stream.send({ case: "release", value: {} }, seq);
    if (plan.end === "expire") await Promise.race([over, sleep(plan.ttlMs + 2_000)]);
    if (plan.end === "release") await Promise.race([over, sleep(20_000)]);
  } finally {
    stream.call.cancel();
    client.close();
  }
}

async function runLease(course: Course): Promise<void> {
  const { plan, paths, daemon, purpose } = course;
  using client = daemon().connect({ timeout: 5_000 });
  const { holdId } = await client.freeze(paths, { ttl: plan.ttlMs, purpose });
  course.onFrozen(holdId);
  for (const action of plan.actions) {
    if (action === "pause" || action === "refreeze") await sleep(50);
    else if (action === "renew") await client.renew(holdId, plan.ttlMs);
    else await client.getHold(holdId);
  }
  await course.faultDone;
  // A lease outlives its client; nobody thaws this one but its deadline.
  if (plan.end === "expire" && plan.ttlMs < 3_000) await sleep(plan.ttlMs + 300);
  else await client.thaw({ holdId });
}
