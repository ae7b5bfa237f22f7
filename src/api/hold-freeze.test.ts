import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiRig } from "../../test/support/api/api-rig.js";
import type { DescriptorClient } from "../../test/support/api/descriptor-client.js";
import { HoldClient } from "../../test/support/api/hold-client.js";
import { EndCause, Verdict } from "../gen/fsfreeze/v1/receipt_pb.js";

let rig: ApiRig;
let client: DescriptorClient;
beforeEach(async () => {
  rig = await ApiRig.start();
  client = rig.client();
});
afterEach(() => rig.stop());

test("open, frozen, release: INTACT and OK", async () => {
  const hold = new HoldClient(client);
  hold.open(7n);
  const opened = await hold.event("opened");
  expect(opened).toMatchObject({ seq: 7n, value: { hold: { holdId: "hold-1" } } });
  const frozen = await hold.event("frozen");
  expect(frozen).toMatchObject({ seq: 7n, value: { hold: { skew: { nanos: 12000 } } } });
  hold.send({ case: "release", value: {} }, 8n);
  const ended = await hold.event("ended");
  expect(ended.value.receipt).toMatchObject({
    verdict: Verdict.INTACT,
    endCause: EndCause.RELEASED,
    hostName: "node7",
  });
  expect((await hold.status).code).toBe(status.OK);
  expect(hold.events).toEqual(["opened", "frozen", "ended"]);
  expect(rig.guardian.heard).toEqual(["open stream 1", "streamEnded hold-1 released"]);
});
