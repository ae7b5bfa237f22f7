/** A service that stops answering without closing its connection: stopped, hung, or behind a cable that was cut. */
import { createServer, connect as dial, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { FakeService } from "../../../test/support/fake-service.js";
import { connect } from "./index.js";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

/** Passes bytes on until it is told to swallow them. */
async function cable(target: string): Promise<{ readonly address: string; cut(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = dial(target);
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far);
    far.pipe(near);
  });
  const path = `${target}.cable`;
  await new Promise<void>((resolve) => server.listen(path, resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: `unix:${path}`,
    cut() {
      for (const socket of sockets) socket.unpipe().resume();
    },
  };
}

it("is noticed by a hold without waiting for its deadline", async () => {
  const service = await FakeService.start();
  cleanUps.push(() => service.stop());
  const { address, cut } = await cable(service.socket);
  const client = connect(address, { keepaliveTime: 100, keepaliveTimeout: 100 });
  cleanUps.push(() => client.close());

  const hold = await client.hold("/srv", { ttl: 60_000 });
  cut();
  await new Promise((resolve) => hold.broken.addEventListener("abort", resolve));
  expect(hold.broken.reason).toMatchObject({ reason: "UNREACHABLE", code: "UNAVAILABLE" });
});
