/** A holder whose connection stays open while nobody speaks on it: keepalive alone can tell. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must, run } from "../support/command.js";
import { useDaemon } from "../support/daemon.js";
import { startHolder } from "../support/holder.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { leaveOut, requires } from "../support/requirements.js";
import { rigSession } from "../support/rig-session.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";

const holderProgram = fileURLToPath(new URL("../support/holder.mjs", import.meta.url));
/** 0.5 s of silence, 1.5 s for the answer, and the judge's own time on a busy machine. */
const keepaliveMs = 4_000;

requires("root", "loop", "ext4", "bpf", "python3").describe("a silent connection", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  async function expectClientGone(holdId: string): Promise<void> {
    using client = daemon().connect();
    const { state, receipt } = await client.getHold(holdId);
    expect({ state, cause: receipt?.endCause }).toEqual({ state: "ENDED", cause: "CLIENT_GONE" });
    expect(receipt?.verdict).toBe("UNPROVEN");
  }

  test("the client killed while another process holds its socket, as a forked child does: thawed by keepalive", async () => {
    await using writer = await Writer.start("buffered", path);
    const holder = await startHolder(daemon().address, [path]);
    await writer.waitUntilBlocked();
    // What fork(2) does to every descriptor that is not closed at once: another process has the same socket.
    const child = await startProcess("python3", [
      "-c",
      duplicateSockets,
      String(holder.process.pid),
    ]);
    expect(await child.waitForLine(/^has /)).not.toBe("has 0");
    await holder.process.killAndWait();
    // No end of file reaches the service.
    await expectFrozen(path);
    await writer.waitForProgress(keepaliveMs);
    expect(child.exit).toBeUndefined();
    await expectClientGone(holder.holdId);
    await child.killAndWait();
  });

  for (const direction of ["both directions", "to the service", "from the service"] as const) {
    test(`the cable between two network namespaces cut (${direction}): thawed by keepalive`, async (context) => {
      const cable = await Cable.lay().catch((error: unknown) => String(error));
      if (typeof cable === "string") leaveOut(context, `no network namespaces here: ${cable}`);
      await using _ = cable;
      // Nobody is served beyond this machine: the tunnel is what an operator puts in front of the socket.
      const tunnel = await startIn(cable.service, [
        ...["python3", "-u", "-c", forward, cable.serviceAddress, daemon().socket],
      ]);
      const [, port] = (await tunnel.waitForLine(/^port /)).split(" ");
      await using writer = await Writer.start("buffered", path);
      const holder = await startIn(cable.client, [
        ...[process.execPath, holderProgram, `${cable.serviceAddress}:${port}`, path],
      ]);
      const [, holdId = ""] = (await holder.waitForLine(/^frozen /)).split(" ");
      await writer.waitUntilBlocked();
      await cable.cut(direction);
      await expectFrozen(path);
      await writer.waitForProgress(keepaliveMs + 2_000);
      await expectThawed(path);
      // The client learns it, too, though nobody can tell it.
      await holder.waitForLine(/^broken /);
      expect(tunnel.exit).toBeUndefined();
      await expectClientGone(holdId);
      await holder.killAndWait();
      await tunnel.killAndWait();
    });
  }
});

/** Two network namespaces and the cable (a veth pair) between them. */
class Cable {
  readonly service: string;
  readonly client: string;
  readonly serviceAddress = "10.231.0.1";

  private constructor(name: string) {
    this.service = `${name}s`;
    this.client = `${name}c`;
  }

  static async lay(): Promise<Cable> {
    const number = (await rigSession()).nextNumber();
    const cable = new Cable(`ffz${process.pid}n${number}`);
    try {
      for (const name of [cable.service, cable.client]) {
        await must("ip", ["netns", "add", name]);
        await must("ip", ["-n", name, "link", "set", "lo", "up"]);
      }
      const peer = ["peer", "name", "v0", "netns", cable.client];
      await must("ip", ["-n", cable.service, "link", "add", "v0", "type", "veth", ...peer]);
      for (const [name, address] of [
        [cable.service, cable.serviceAddress],
        [cable.client, "10.231.0.2"],
      ] as const) {
        await must("ip", ["-n", name, "address", "add", `${address}/24`, "dev", "v0"]);
        await must("ip", ["-n", name, "link", "set", "v0", "up"]);
      }
      return cable;
    } catch (error) {
      await cable[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The cable stays plugged in, so that no end is told of anything. What comes in at one end is lost: a neighbour's address
   * that is not his.
   */
  async cut(direction: "both directions" | "to the service" | "from the service"): Promise<void> {
    const lose = (name: string, address: string) =>
      must("ip", [
        ...["-n", name, "neighbour", "replace", address],
        ...["lladdr", "02:00:00:00:00:99", "nud", "permanent", "dev", "v0"],
      ]);
    if (direction !== "from the service") await lose(this.client, this.serviceAddress);
    if (direction !== "to the service") await lose(this.service, "10.231.0.2");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [this.service, this.client]) await run("ip", ["netns", "delete", name]);
  }
}

/** pidfd_getfd(2) of every connected stream socket; the numbers are those of asm-generic, the same on x86-64 and arm64. */
const duplicateSockets = `
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
pidfd = os.pidfd_open(pid)
held = 0
for name in os.listdir(f"/proc/{pid}/fd"):
    try:
        target = os.readlink(f"/proc/{pid}/fd/{name}")
    except OSError:
        continue
    if target.startswith("socket:") and int(name) > 2:
        if libc.syscall(438, pidfd, int(name), 0) >= 0:
            held += 1
print("has", held, flush=True)
time.sleep(60)
`;

/** A byte pump: from ADDRESS to the Unix socket. */
const forward = `
import socket, sys, threading
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
server = socket.create_server((sys.argv[1], 0))
print("port", server.getsockname()[1], flush=True)
while True:
    near, _ = server.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[2])
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
`;

/** Not "ip netns exec", which would give it mounts of its own, too. */
function startIn(namespace: string, command: readonly string[]): Promise<TrackedProcess> {
  return startProcess("nsenter", [`--net=/run/netns/${namespace}`, ...command]);
}
