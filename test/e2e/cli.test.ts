/** fsfreezectl as people and scripts use it: what it does to the kernel, what it prints, what it exits with. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes, healthExitCodes } from "../../src/cli/exit-codes.js";
import { type CommandResult, run } from "../support/command.js";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { requires } from "../support/requirements.js";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";

const program = fileURLToPath(new URL("../../dist/cli/fsfreezectl.js", import.meta.url));

requires("root", "loop", "ext4", "bpf").describe("fsfreezectl", () => {
  const daemon = useDaemon();
  let filesystem: LoopFilesystem;
  let path: string;
  beforeAll(async () => {
    filesystem = await createLoopFilesystem({ type: "ext4" });
    path = filesystem.mountPoint;
  });
  afterAll(() => filesystem?.dispose());

  const words = (args: readonly string[]) => [program, "--address", daemon().address, ...args];
  const ctl = (...args: string[]): Promise<CommandResult> => run(process.execPath, words(args));
  const start = (...args: string[]): Promise<TrackedProcess> =>
    startProcess(process.execPath, words(args));

  test("hold -- COMMAND: frozen while it runs, thawed after it, its own exit code", async () => {
    // Asked by COMMAND itself: FIFREEZE of a frozen file system is refused.
    const frozen = await ctl("hold", path, "--", "fsfreeze", "-f", path);
    expect(frozen.code).toBe(1);
    expect(frozen.stderr).toContain("Device or resource busy");
    expect(frozen.stderr).toContain("INTACT");
    await expectThawed(path);
    expect((await ctl("hold", path, "--", "true")).code).toBe(0);
    const seven = await ctl("hold", path, "--", "sh", "-c", "echo said; exit 7");
    expect(seven).toMatchObject({ code: 7, stdout: "said\n" });
    expect((await ctl("hold", path, "--", "sh", "-c", "kill -9 $$")).code).toBe(128 + 9);
    expect((await ctl("hold", path, "--", join(path, "missing"))).code).toBe(
      exitCodes.commandNotFound,
    );
    await expectThawed(path);
  });

  test("hold -- COMMAND that writes to what it froze: says who hung on what, thaws, and ends", async () => {
    const file = join(path, "x");
    const hung = await ctl("hold", path, "--", "touch", file);
    expect(hung.code).toBe(exitCodes.hungOnItself);
    expect(hung.stderr).toMatch(/touch \(pid \d+\) hangs/);
    expect(hung.stderr).toContain(path);
    await expectThawed(path);
    expect(existsSync(file)).toBe(true);
  });

  test("hold -- COMMAND that thaws: exits as broken, and COMMAND's success does not hide it", async () => {
    const thawing = await ctl("hold", path, "--", "fsfreeze", "-u", path);
    expect([exitCodes.broken, exitCodes.notIntact]).toContain(thawing.code);
    expect(thawing.stderr).toContain("NOT_INTACT");
    const noticed = await ctl("hold", path, "--", "sh", "-c", `fsfreeze -u ${path}; exec sleep 20`);
    expect(noticed.code).toBe(exitCodes.broken);
    await expectThawed(path);
  });

  test("hold --for is over: thawed, and said by the exit code", async () => {
    const late = await ctl("hold", path, "--for", "1s", "--", "sleep", "20");
    expect(late.code).toBe(exitCodes.expired);
    await expectThawed(path);
  });

  test("hold --renew: a short lease is renewed while COMMAND lives", async () => {
    const command = ["sh", "-c", `sleep 2; fsfreeze -f ${path}`];
    const renewed = await ctl("hold", path, "--renew", "--ttl", "1s", "--", ...command);
    expect(renewed.stderr).toContain("Device or resource busy");
    expect(renewed.code).toBe(1);
    await expectThawed(path);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const number = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal];
    test(`hold -- COMMAND and ${signal}: thawed, also where COMMAND ignores it`, async () => {
      for (const trap of ["", `trap "" ${signal};`]) {
        const script = `${trap} echo up; exec sleep 30`;
        const holder = await start("hold", path, "--", "sh", "-c", script);
        await holder.waitForLine(/^up$/);
        await expectFrozen(path);
        holder.kill(signal);
        // Within 5 s, it promises.
        expect((await holder.waitForExit(6_000)).code).toBe(128 + number);
        await expectThawed(path);
      }
    });
  }

  test("hold that is killed: thawed", async () => {
    // COMMAND outlives it, and keeps its output open for a moment.
    const holder = await start("hold", path, "--", "sh", "-c", "echo up; exec sleep 3");
    await holder.waitForLine(/^up$/);
    await expectFrozen(path);
    holder.kill("SIGKILL");
    await expectThawed(path);
    await holder.waitForExit();
  });

  test("hold without COMMAND: prints the id when it is frozen, and holds until it is told to end", async () => {
    const holder = await start("hold", path);
    const holdId = await holder.waitForLine(/^h-/);
    await expectFrozen(path);
    holder.kill("SIGTERM");
    expect((await holder.waitForExit()).code).toBe(exitCodes.done);
    await expectThawed(path);
    const receipt = await ctl("--json", "receipt", holdId);
    expect(JSON.parse(receipt.stdout)).toMatchObject({ holdId, verdict: "VERDICT_INTACT" });
  });

  test("hold --receipt: the receipt as a file, the same that the service remembers", async () => {
    const file = join(filesystem.makePlace("receipts"), "receipt.json");
    expect((await ctl("hold", path, "--receipt", file, "--", "true")).code).toBe(0);
    const receipt: unknown = JSON.parse(readFileSync(file, "utf8"));
    expect(receipt).toMatchObject({
      verdict: "VERDICT_INTACT",
      endCause: "END_CAUSE_RELEASED",
      filesystems: [{ filesystem: { mountPoint: path, type: "ext4", uuid: filesystem.uuid } }],
    });
    const { holdId } = receipt as { readonly holdId: string };
    expect(JSON.parse((await ctl("--json", "receipt", holdId)).stdout)).toEqual(receipt);
    await expectThawed(path);
  });

  test("hold --json: a line for each thing that happens", async () => {
    const held = await ctl("--json", "hold", path, "--", "true");
    expect(held.code).toBe(0);
    const lines = `${held.stdout}${held.stderr}`.trim().split("\n");
    const messages = lines.map((line) => JSON.parse(line) as { readonly message_type: string });
    expect(messages.map(({ message_type }) => message_type)).toContain("frozen");
    expect(messages.at(-1)?.message_type).toBe("ended");
  });

  test("freeze, status, holds, renew, thaw, receipt", async () => {
    const freeze = await ctl("freeze", path, "--ttl", "50s", "--purpose", "by hand");
    expect(freeze.code).toBe(0);
    const holdId = freeze.stdout.trim();
    expect(freeze.stdout).toBe(`${holdId}\n`);
    await expectFrozen(path);
    const status = await ctl("status", path, filesystem.device);
    expect(status.code).toBe(0);
    expect(status.stdout.match(/FROZEN/g)?.length).toBeGreaterThanOrEqual(2);
    expect((await ctl("holds")).stdout).toContain(holdId);
    expect((await ctl("renew", holdId, "--ttl", "40s")).code).toBe(0);
    const thaw = await ctl("thaw", holdId);
    expect(thaw.code).toBe(0);
    expect(thaw.stdout).toContain("INTACT");
    await expectThawed(path);
    expect((await ctl("holds")).stdout).not.toContain(holdId);
    expect((await ctl("holds", "--all")).stdout).toContain(holdId);
    expect((await ctl("receipt", holdId)).stdout).toContain("INTACT");
    expect((await ctl("thaw", holdId)).code).not.toBe(0);
    expect((await ctl("renew", holdId)).code).not.toBe(0);

    const again = (await ctl("freeze", path)).stdout.trim();
    expect(again).not.toBe(holdId);
    expect((await ctl("thaw", path)).code).toBe(0);
    await expectThawed(path);
  });

  test("--json of each verb is JSON", async () => {
    const frozen = JSON.parse((await ctl("--json", "freeze", path)).stdout);
    const { holdId } = frozen as { readonly holdId: string };
    for (const args of [["status", path], ["holds"], ["renew", holdId], ["thaw", holdId]]) {
      const answer = await ctl("--json", ...args);
      expect(answer.code, args.join(" ")).toBe(0);
      for (const line of answer.stdout.trim().split(/\n(?=\S)/)) JSON.parse(line);
    }
    await expectThawed(path);
  });

  test("frozen by another tool: refused, the reason and what to do told, and left frozen", async () => {
    expect((await foreignFreeze(path)).code).toBe(0);
    const refused = await ctl("hold", path, "--", "true");
    expect(refused.code).toBe(exitCodes.neverFrozen);
    expect(refused.stderr).toContain("FROZEN_BY_ANOTHER");
    expect((await ctl("freeze", path)).code).toBe(exitCodes.refused);
    expect((await ctl("status", path)).code).toBe(0);
    await expectFrozen(path);
    expect((await foreignThaw(path)).code).toBe(0);
    await expectThawed(path);
  });

  test("wrong use and an absent service have exit codes of their own", async () => {
    expect((await ctl("hold")).code).toBe(exitCodes.usage);
    expect((await ctl("melt", path)).code).toBe(exitCodes.usage);
    expect((await ctl("hold", join(path, "lost+found"), "--", "true")).code).toBe(
      exitCodes.refused,
    );
    const absent = [program, "--address", "unix:/nonexistent/fsfreezed.sock"];
    const hold = await run(process.execPath, [...absent, "hold", path, "--", "true"]);
    expect(hold.code).toBe(exitCodes.unreachable);
    expect((await run(process.execPath, [...absent, "health"])).code).toBe(
      healthExitCodes.noConnection,
    );
    expect((await ctl("health")).code).toBe(healthExitCodes.serving);
    expect((await ctl("health", "--service", "no.such")).code).toBe(healthExitCodes.rpcFailed);
    await expectThawed(path);
  });
});
