/** A client that knows nothing of the service but its reflection: grpcurl, untouched. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandResult, run } from "../support/command.js";
import { useDaemon } from "../support/daemon.js";
import { findGrpcurl } from "../support/grpcurl.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { leaveOut, requires } from "../support/requirements.js";
import { startProcess } from "../support/tracked-process.js";

const service = "fsfreeze.v1.FreezeService";

requires("root", "loop", "ext4", "bpf").describe("grpcurl", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  let grpcurl: ReturnType<typeof findGrpcurl>;
  beforeAll(async () => {
    grpcurl = findGrpcurl();
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  }, 330_000);
  afterAll(() => filesystem?.dispose());

  const program = () => (grpcurl.found ? grpcurl.path : "");
  const words = (args: readonly string[]) => {
    const flags = args.slice(0, -1);
    return ["-plaintext", ...flags, `unix://${daemon().socket}`, ...args.slice(-1)];
  };
  /** The last word is the method, or "list". */
  const ask = (...args: string[]): Promise<CommandResult> => run(program(), words(args));
  const call = (method: string, request: object) =>
    ask("-d", JSON.stringify(request), `${service}/${method}`);

  const it = (name: string, body: () => Promise<void>) =>
    test(name, async (context) => {
      if (!grpcurl.found) leaveOut(context, grpcurl.why);
      await body();
    });

  it("lists and describes what is served", async () => {
    const { stdout } = await run(program(), ["-plaintext", `unix://${daemon().socket}`, "list"]);
    expect(stdout.trim().split("\n")).toEqual(
      expect.arrayContaining([service, "grpc.health.v1.Health"]),
    );
    const described = await run(program(), [
      ...["-plaintext", `unix://${daemon().socket}`, "describe", service],
    ]);
    expect(described.stdout).toContain("rpc HoldFreeze ( stream");
    const health = await ask("-d", "{}", "grpc.health.v1.Health/Check");
    expect(JSON.parse(health.stdout)).toEqual({ status: "SERVING" });
  });

  it("freezes, asks and thaws", async () => {
    const frozen = await call("Freeze", { targets: [{ path }], ttl: "50s" });
    expect(frozen.code, frozen.stderr).toBe(0);
    await expectFrozen(path);
    const { hold } = JSON.parse(frozen.stdout) as { readonly hold: { readonly holdId: string } };
    const state = await call("IsFrozen", { target: { path } });
    expect(JSON.parse(state.stdout)).toMatchObject({ state: "FREEZE_STATE_FROZEN" });
    const thawed = await call("Thaw", { holdId: hold.holdId });
    expect(JSON.parse(thawed.stdout)).toMatchObject({ receipt: { verdict: "VERDICT_INTACT" } });
    await expectThawed(path);
  });

  it("reads why it was refused", async () => {
    const refused = await call("Freeze", { targets: [{ path: "/proc" }] });
    // FAILED_PRECONDITION is 9, and grpcurl adds 64.
    expect(refused.code).toBe(64 + 9);
    expect(refused.stderr).toContain('"reason": "NOT_FREEZABLE"');
  });

  it("holds by hand: a stream of messages typed one by one", async () => {
    const holder = await startProcess(program(), words(["-d", "@", `${service}/HoldFreeze`]));
    holder.send(JSON.stringify({ seq: 1, open: { targets: [{ path }], ttl: "50s" } }));
    await holder.waitForLine(/"frozen"/);
    await expectFrozen(path);
    holder.send(JSON.stringify({ seq: 2, renew: { ttl: "40s" } }));
    await holder.waitForLine(/"renewed"/);
    holder.send(JSON.stringify({ seq: 3, thaw: {} }));
    await holder.waitForLine(/"thawed"/);
    await expectThawed(path);
    const from = holder.lines.length;
    holder.send(JSON.stringify({ seq: 4, freeze: {} }));
    await holder.waitForLine(/"frozen"/, 10_000, from);
    await expectFrozen(path);
    holder.endInput();
    await holder.waitForLine(/"verdict": "VERDICT_INTACT"/);
    expect((await holder.waitForExit()).code).toBe(0);
    await expectThawed(path);
  });
});
