/**
 * The verdict against everything that goes round the daemon: a program that thaws and freezes anew between two looks, with or
 * without a write between, fstrim, a write to the raw device. None of them is ever INTACT, and undisturbed holds are.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FreezeClient, Receipt } from "@fsfreezed/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { ForeignFreezer, foreignRawWrite, foreignTrim } from "../support/foreign.js";
import { imageDigest } from "../support/image-oracle.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import {
  createLoopFilesystem,
  type FilesystemType,
  filesystemTypes,
  type LoopFilesystem,
} from "../support/loop-filesystem.js";
import { evidenceOf, release } from "../support/outcome.js";
import { requires } from "../support/requirements.js";

const rounds = 200;
/** An idle FIFREEZE waits some 20 ms for other processors; file systems side by side wait together. */
const longMs = 150_000;

function setIostats(filesystem: LoopFilesystem, value: "0" | "1"): void {
  const file = `/sys/block/${basename(filesystem.device)}/queue/iostats`;
  writeFileSync(file, value);
  expect(readFileSync(file, "utf8").trim()).toBe(value);
}

/** Rounds of hold, disturb, release on one file system; returns the receipts. */
async function disturb(
  client: FreezeClient,
  foreign: ForeignFreezer,
  filesystem: LoopFilesystem,
  how: "refreeze" | "rewrite",
): Promise<readonly Receipt[]> {
  const path = filesystem.mountPoint;
  const receipts: Receipt[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // A round takes less than a second, and all of them more than the guard's patience.
    if (round % 25 === 0) filesystem.arm(filesystem.safetySeconds);
    const hold = await client.hold(path);
    expect((await foreign[how](path)).errno).toBe("");
    const { error, receipt } = await release(hold);
    receipts.push(receipt);
    expect(receipt.verdict, `round ${round}`).toBe("NOT_INTACT");
    expect(error).toMatchObject({ reason: "FREEZE_BROKEN", code: "ABORTED" });
    // EINVAL would say that our daemon has thawed what was not its own.
    expect(await foreign.thaw(path), `round ${round}`).toMatchObject({ errno: "" });
  }
  return receipts;
}

interface Case {
  readonly type: FilesystemType;
  readonly iostats: "0" | "1";
  readonly filesystem: LoopFilesystem;
}

requires("root", "loop", "ext4", "xfs", "btrfs", "bpf", "python3").describe(
  "thawed and frozen anew by another program between two looks",
  () => {
    const daemon = useDaemon();
    let cases: readonly Case[] = [];
    beforeAll(async () => {
      for (const type of filesystemTypes) {
        for (const iostats of ["0", "1"] as const) {
          const filesystem = await createLoopFilesystem({ type });
          cases = [...cases, { type, iostats, filesystem }];
          setIostats(filesystem, iostats);
        }
      }
    });
    afterAll(async () => {
      for (const { filesystem } of cases) await filesystem.dispose();
    });

    for (const how of ["refreeze", "rewrite"] as const) {
      test(
        `${how}: never INTACT, and theirs is left to them, ${rounds} times on each, with and without iostats`,
        async () => {
          using client = daemon().connect();
          const seen = await Promise.all(
            cases.map(async ({ type, iostats, filesystem }) => {
              await using foreign = await ForeignFreezer.start();
              const receipts = await disturb(client, foreign, filesystem, how);
              return { type, iostats, evidence: receipts.map(evidenceOf) };
            }),
          );
          for (const { type, iostats, evidence } of seen) {
            // Where it fell between two looks, every look saw it frozen, and the generation alone tells.
            const unseen = evidence.filter(
              (of) =>
                of.includes("FREEZE_GENERATION: CONTRADICTED") &&
                !of.includes("FROZEN_STATE: CONTRADICTED"),
            );
            expect(unseen.length, `${type}, iostats ${iostats}`).toBeGreaterThan(0);
          }
          for (const { filesystem } of cases) await expectThawed(filesystem.mountPoint);
        },
        longMs,
      );
    }
  },
);

for (const type of filesystemTypes) {
  requires("root", "loop", type, "bpf", "fstrim").describe(`the verdict on ${type}`, () => {
    const daemon = useDaemon();
    let filesystem: LoopFilesystem;
    beforeAll(async () => {
      filesystem = await createLoopFilesystem({ type });
    });
    afterAll(() => filesystem?.dispose());

    /** The verdict of a hold in which something happened. */
    async function verdictAfter(happening: () => Promise<unknown>): Promise<Receipt> {
      using client = daemon().connect();
      const hold = await client.hold(filesystem.mountPoint);
      await happening();
      await expectFrozen(filesystem.mountPoint);
      const { receipt } = await release(hold);
      await expectThawed(filesystem.mountPoint);
      return receipt;
    }

    test("undisturbed: INTACT, and the image stood still", async () => {
      let digests: readonly string[] = [];
      const receipt = await verdictAfter(async () => {
        digests = [await imageDigest(filesystem), await imageDigest(filesystem)];
      });
      expect(digests[0]).toBe(digests[1]);
      expect(receipt).toMatchObject({
        verdict: "INTACT",
        endCause: "RELEASED",
        frozenCount: 1,
        thawedCount: 1,
        filesystems: [{ intervals: [{ sectorsWritten: 0, sectorsDiscarded: 0 }] }],
      });
    });

    test("undisturbed without iostats: UNPROVEN", async () => {
      setIostats(filesystem, "0");
      try {
        expect((await verdictAfter(async () => {})).verdict).toBe("UNPROVEN");
      } finally {
        setIostats(filesystem, "1");
      }
    });

    test("iostats switched off for a while, in which the raw device is written: not INTACT", async () => {
      const receipt = await verdictAfter(async () => {
        setIostats(filesystem, "0");
        await foreignRawWrite(filesystem);
        // Seen by the looks that come every 100 ms; what is shorter than that nobody can see.
        await sleep(600);
        setIostats(filesystem, "1");
      });
      expect(receipt.verdict).toBe("UNPROVEN");
    });

    test("fstrim while frozen: not INTACT", async () => {
      const receipt = await verdictAfter(async () => {
        expect(await foreignTrim(filesystem.mountPoint)).toBeGreaterThan(0);
      });
      expect(receipt.verdict).toBe("NOT_INTACT");
    });

    test("a write to the raw device while frozen: not INTACT", async () => {
      const receipt = await verdictAfter(() => foreignRawWrite(filesystem));
      expect(receipt.verdict).toBe("NOT_INTACT");
    });
  });
}
