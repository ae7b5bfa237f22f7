/** The four samples of each client do what their README promises, with the built service and a real file system. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromJsonString, toJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Receipt, ReceiptSchema, Verdict } from "../../src/gen/fsfreeze/v1/receipt_pb.js";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { ImageCopy } from "../support/image-oracle.js";
import { expectFrozen, expectThawed, waitUntilFrozen } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { leaveOut, requires } from "../support/requirements.js";
import { isDead, readProcess } from "../support/sweep.mjs";
import { startProcess, type TrackedProcess } from "../support/tracked-process.js";
import { Writer } from "../support/writer.js";
import { buildLimitMs, type Language, languages } from "./languages.js";

const names = ["hold_and_snapshot", "renew", "resume", "status"];
const sampleMs = 30_000;
const all = await languages();

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

requires("root", "loop", "ext4", "bpf", "python3").describe("samples", () => {
  const daemon = useDaemon();
  for (const language of all) {
    const { name, missing, broken } = language;
    if (missing !== undefined)
      test.concurrent(`${name}: samples`, (context) => leaveOut(context, `${name}: ${missing}`));
    else if (broken !== undefined)
      test.concurrent(`${name}: samples`, () => {
        throw new Error(`clients/${name}: ${broken}`);
      });
    else describe(name, { concurrent: true }, () => samplesOf(language, () => daemon().address));
  }

  function samplesOf(language: Language, address: () => string): void {
    let filesystem: LoopFilesystem;
    let path: string;
    beforeAll(async () => {
      await language.build();
      filesystem = await createLoopFilesystem({ type: "ext4", safetySeconds: 120 });
      path = filesystem.mountPoint;
    }, buildLimitMs);
    afterAll(() => filesystem?.dispose());

    async function start(sample: string, ...args: readonly string[]): Promise<TrackedProcess> {
      const [command = "", ...first] = language.samples[sample] ?? [];
      if (command === "") throw new Error(`no sample ${sample}`);
      const cwd = filesystem.directory;
      return await startProcess(command, [...first, ...args], { cwd });
    }

    async function ended(child: TrackedProcess, limitMs = sampleMs): Promise<Ended> {
      child.endInput();
      const { code } = await child.waitForExit(limitMs);
      return { code, stdout: child.lines.join("\n"), stderr: child.stderr };
    }

    const run = async (sample: string, ...args: readonly string[]) =>
      await ended(await start(sample, ...args));

    const sampleTest = (what: string, body: () => Promise<void>) =>
      test.sequential(`${language.name}: ${what}`, body, 2 * sampleMs);

    sampleTest("all four are there", async () => {
      expect(Object.keys(language.samples).toSorted()).toEqual(names);
    });

    sampleTest("hold_and_snapshot: the copy is clean, its receipt is beside it", async () => {
      await using writer = await Writer.start("buffered", path);
      const place = filesystem.makePlace("snapshot");
      const [copy, receiptFile] = [join(place, "copy.img"), join(place, "receipt.json")];
      const cp = ["cp", "--sparse=always", filesystem.image, copy];
      const done = await run("hold_and_snapshot", address(), path, receiptFile, ...cp);
      expect(done.code, done.stderr).toBe(0);
      expect(done.stdout).toMatch(/\bINTACT\b/);
      await writer.waitForProgress();
      const receipt = fromJsonString(ReceiptSchema, readFileSync(receiptFile, "utf8"));
      expect(receipt.verdict).toBe(Verdict.INTACT);
      expect(receipt.filesystems[0]?.filesystem?.uuid).toBe(filesystem.uuid);
      await expectRemembered(receipt);
      const check = await ImageCopy.of(filesystem, [copy]).check();
      expect(check.clean, check.output).toBe(true);
    });

    /** The service's own memory of that hold is the same receipt. */
    async function expectRemembered(receipt: Receipt): Promise<void> {
      using client = daemon().connect();
      const hold = await client.getHold(receipt.holdId);
      expect(toJson(ReceiptSchema, receipt)).toEqual(hold.receipt?.toJSON());
    }

    sampleTest("hold_and_snapshot: a command that fails is a failure", async () => {
      const receipt = join(filesystem.makePlace("failed"), "receipt.json");
      const done = await run("hold_and_snapshot", address(), path, receipt, "false");
      expect(done.code).not.toBe(0);
      expect(done.stderr).not.toBe("");
      await expectThawed(path);
    });

    sampleTest("hold_and_snapshot: a freeze that breaks stops the command", async () => {
      const place = filesystem.makePlace("broken");
      const pidFile = join(place, "pid");
      const command = [
        "sh",
        "-c",
        `echo $$ >"${pidFile}.new"; mv "${pidFile}.new" "${pidFile}"; exec sleep 100`,
      ];
      const receiptFile = join(place, "receipt.json");
      const child = await start("hold_and_snapshot", address(), path, receiptFile, ...command);
      await waitUntilFrozen(path);
      await expect.poll(() => existsSync(pidFile), { timeout: 10_000 }).toBe(true);
      const pid = Number(readFileSync(pidFile, "utf8"));
      const startTime = readProcess(pid)?.startTime ?? "";
      expect(startTime).not.toBe("");
      expect((await foreignThaw(path)).code).toBe(0);
      const done = await ended(child, 10_000);
      expect(done.code).not.toBe(0);
      expect(done.stderr).not.toBe("");
      await expect.poll(() => isDead(pid, startTime), { timeout: 5_000 }).toBe(true);
      // There is none, or it says that the freeze did not hold.
      if (existsSync(receiptFile)) {
        const receipt = fromJsonString(ReceiptSchema, readFileSync(receiptFile, "utf8"));
        expect(receipt.verdict).toBe(Verdict.NOT_INTACT);
      }
      await expectThawed(path);
    });

    sampleTest("renew: five deadlines, each later, and the verdict", async () => {
      const done = await run("renew", address(), path);
      expect(done.code, done.stderr).toBe(0);
      expect(done.stdout).toMatch(/\bINTACT\b/);
      const lines = done.stdout.split("\n").filter((line) => /\d\d:\d\d:\d\d/.test(line));
      expect(lines).toHaveLength(5);
      expect(new Set(lines).size).toBe(5);
      await expectThawed(path);
    });

    sampleTest("resume: taken over without a gap", async () => {
      const done = await run("resume", address(), path);
      expect(done.code, done.stderr).toBe(0);
      expect(done.stdout).toMatch(/\bINTACT\b/);
      await expectThawed(path);
    });

    sampleTest("status: who has frozen what, and the living holds", async () => {
      expect((await foreignFreeze(path)).code).toBe(0);
      const frozen = await run("status", address(), path);
      expect((await foreignThaw(path)).code).toBe(0);
      expect(frozen.code, frozen.stderr).toBe(0);
      expect(frozen.stdout).toContain(path);
      expect(frozen.stdout).toMatch(/FROZEN.*ANOTHER_TOOL/);
      using client = daemon().connect();
      const { holdId } = await client.freeze(path, { ttl: 30_000 });
      await expectFrozen(path);
      const held = await run("status", address(), path);
      await client.thaw({ holdId });
      expect(held.stdout).toMatch(/FROZEN.*THIS_SERVICE/);
      expect(held.stdout).toContain(holdId);
      expect((await run("status", address(), path)).stdout).toContain("THAWED");
    });

    sampleTest("without a service each says so and fails", async () => {
      const rest: Readonly<Record<string, readonly string[]>> = {
        hold_and_snapshot: ["receipt.json", "true"],
      };
      for (const sample of names) {
        const done = await run(sample, "unix:/nowhere/s", path, ...(rest[sample] ?? []));
        expect(done.code, sample).not.toBe(0);
        expect(done.stderr, sample).not.toBe("");
      }
    });
  }
});
