/** Two connected sockets as between our processes, and ways to wait for what crosses them. */
import { Socket } from "node:net";
import { socketPair } from "../../os/sockets.js";

/** A descriptor for a channel, and a socket for a peer of which the test writes every byte. */
export function rawPeer(): { readonly fd: number; readonly raw: Socket } {
  const [fd, other] = socketPair();
  return { fd, raw: new Socket({ fd: other }) };
}

/** Lets sockets be read and promises settle, until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limitMs) throw new Error("it never came so far");
    await turn();
  }
}

/** Only so that a test which fails ends. */
const limitMs = 10_000;

/** One turn of the event loop: everything that is ready runs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long enough for anything that could come to have come. */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await turn();
}
