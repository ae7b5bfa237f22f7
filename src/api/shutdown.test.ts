import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect as dial } from "node:net";
import { type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import { pathOf, problemOf } from "../../test/support/api/descriptor-client.js";
import { HoldClient, target } from "../../test/support/api/hold-client.js";
import { FreezeService } from "../gen/fsfreeze/v1/freeze_service_pb.js";
import { Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";
import { Health } from "../gen/health/v1/health_pb.js";

// Generous, because what is waited for takes seconds, and machines differ.
vi.setConfig({ testTimeout: 30_000 });

let rig: ApiRig;
beforeEach(async () => {
  rig = await ApiRig.start();
});
afterEach(() => rig.stop());

async function frozenHold(): Promise<HoldClient> {
  const hold = new HoldClient(rig.client());
  hold.open();
  await hold.event("frozen");
  return hold;
}

test("a stream gets the guardian's ended and then SHUTTING_DOWN", async () => {
  const hold = await frozenHold();
  const done = rig.server.shutdown();
  rig.guardian.end("hold-1", "SHUTDOWN", "UNPROVEN");
  expect(await hold.status).toMatchObject({ code: status.UNAVAILABLE, reason: "SHUTTING_DOWN" });
  expect(hold.events).toEqual(["opened", "frozen", "ended"]);
  expect((await hold.event("ended")).value.receipt?.verdict).toBe(Verdict.UNPROVEN);
  await done;
  expect(rig.guardian.heard).not.toContain("streamEnded hold-1 gone");
});

test("where the guardian says nothing, the stream ends all the same, and the hold as gone", async () => {
  rig.guardian.autoEnd = false;
  const hold = await frozenHold();
  const unopened = new HoldClient(rig.client());
  unopened.call.write({});
  await unopened.status;
  const waiting = new HoldClient(rig.client());
  await once(waiting.call, "metadata");
  const done = rig.server.shutdown();
  expect(await waiting.status).toMatchObject({ reason: "SHUTTING_DOWN" });
  expect(await hold.status).toMatchObject({ code: status.UNAVAILABLE, reason: "SHUTTING_DOWN" });
  expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 gone");
  await done;
});

test("calls of every kind are answered", async () => {
  rig.guardian.autoFreeze = false;
  const client = rig.client();
  const frozen = client.unary(FreezeService.method.freeze, { targets: [target] });
  await expect.poll(() => rig.guardian.holds.size).toBe(1);
  const watch = client.serverStream(Health.method.watch, {});
  const watchEnd = new Promise<ServiceError>((resolve) => watch.once("error", resolve));
  await once(watch, "data");
  const reflection = client.rawBidi("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
  const reflectionEnd = new Promise<ServiceError>((resolve) => reflection.once("error", resolve));
  reflection.write(Buffer.from([0x3a, 0x01, 0x2a]));
  await once(reflection, "data");

  const started = performance.now();
  await rig.server.shutdown();
  // 5 s is what the whole daemon has.
  expect(performance.now() - started).toBeLessThan(4000);
  expect(await frozen).toMatchObject({ code: status.UNAVAILABLE, reason: "SHUTTING_DOWN" });
  expect(rig.guardian.heard.at(-1)).toBe("abandon hold-1");
  for (const end of [await watchEnd, await reflectionEnd]) {
    expect(problemOf(end)).toMatchObject({ reason: "SHUTTING_DOWN" });
  }
});

test("nothing new is admitted while the old ends", async () => {
  rig.guardian.autoEnd = false;
  const client = rig.client();
  const hold = new HoldClient(client);
  hold.open();
  await hold.event("frozen");
  const done = rig.server.shutdown();
  const late = new HoldClient(client);
  late.open();
  const answers = [
    await client.unary(FreezeService.method.freeze, { targets: [target] }),
    await client.unary(Health.method.check, {}),
    await late.status,
  ];
  expect(answers).toMatchObject([
    { reason: "SHUTTING_DOWN" },
    { reason: "SHUTTING_DOWN" },
    { reason: "SHUTTING_DOWN" },
  ]);
  expect(rig.guardian.heard.filter((h) => h.startsWith("open"))).toHaveLength(1);
  await done;
});

test("clients that never read, never speak, or keep asking do not hold it up", async () => {
  rig.guardian.autoEnd = false;
  rig.guardian.statusFilesystems = 256;
  const deaf = await frozenHold();
  deaf.call.pause();
  for (let i = 0; i < 8; i++) deaf.send({ case: "status", value: {} });
  const mute = dial(rig.socket);
  mute.on("error", () => {});
  const busy = rig.client().rawBidi(pathOf(FreezeService.method.holdFreeze));
  busy.on("error", () => {});
  const asking = setInterval(() => busy.write(Buffer.from([0x08, 0x01])), 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const started = performance.now();
  await rig.server.shutdown();
  clearInterval(asking);
  expect(performance.now() - started).toBeLessThan(4000);
  expect(rig.guardian.heard.at(-1)).toBe("streamEnded hold-1 gone");
  // Its end is seen only by who reads.
  mute.resume();
  if (!mute.closed) await once(mute, "close");
});

test("the socket's file outlives the server: it belongs to whoever made it", async () => {
  await rig.server.shutdown();
  expect(existsSync(rig.socket)).toBe(true);
  await rig.server.shutdown();
});
