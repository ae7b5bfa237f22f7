import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import type { DescriptorClient } from "../../test/support/api/descriptor-client.js";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from "../gen/health/v1/health_pb.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(() => rig.stop());

const service = "fsfreeze.v1.FreezeService";

test("the daemon lives, whether or not it can freeze", async () => {
  for (const canFreeze of [true, false]) {
    rig.guardian.setHealth({ canFreeze });
    expect(await client.unary(Health.method.check, {})).toMatchObject({
      value: { status: Status.SERVING },
    });
    expect(await client.unary(Health.method.check, { service })).toMatchObject({
      value: { status: canFreeze ? Status.SERVING : Status.NOT_SERVING },
    });
    expect(await client.unary(Health.method.list, {})).toMatchObject({
      value: {
        statuses: {
          "": { status: Status.SERVING },
          [service]: { status: canFreeze ? Status.SERVING : Status.NOT_SERVING },
        },
      },
    });
  }
});

test("another service is not known", async () => {
  expect(await client.unary(Health.method.check, { service: "nope" })).toMatchObject({
    code: status.NOT_FOUND,
  });
});

test("a watcher hears each change once, and of an unknown service that it is unknown", async () => {
  const watch = client.serverStream(Health.method.watch, { service });
  const seen: number[] = [];
  watch.on("data", (message: HealthCheckResponse) => seen.push(message.status));
  watch.on("error", () => {});
  await expect.poll(() => seen).toEqual([Status.SERVING]);
  rig.guardian.setHealth({ detail: "as before" });
  rig.guardian.setHealth({ canFreeze: false });
  await expect.poll(() => seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  rig.guardian.setHealth({ canFreeze: true });
  await expect.poll(() => seen).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING]);
  watch.cancel();

  const unknown = client.serverStream(Health.method.watch, { service: "nope" });
  unknown.on("error", () => {});
  const [first] = (await once(unknown, "data")) as [HealthCheckResponse];
  expect(first.status).toBe(Status.SERVICE_UNKNOWN);
  unknown.cancel();
});

test("a watcher that does not read costs nothing, and hears the newest when it does", async () => {
  const watch = client.serverStream(Health.method.watch, { service });
  watch.on("error", () => {});
  await once(watch, "data");
  watch.pause();
  for (let i = 0; i < 50_000; i++) rig.guardian.setHealth({ canFreeze: i % 2 === 1 });
  rig.guardian.setHealth({ canFreeze: false });
  const seen: number[] = [];
  watch.on("data", (message: HealthCheckResponse) => seen.push(message.status));
  watch.resume();
  await expect.poll(() => seen.at(-1)).toBe(Status.NOT_SERVING);
  expect(seen.length).toBeLessThan(5);
  watch.cancel();
});
