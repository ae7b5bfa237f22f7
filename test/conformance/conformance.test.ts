/**
 * The same cases for every client: see README.md. Drivers run side by side, each one's cases in their order; the slow cases, of
 * all drivers at once, run beside them.
 */
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { leaveOut, missing, requires } from "../support/requirements.js";
import type { Case } from "./case.js";
import { Filesystems } from "./filesystems.js";
import { readKnownFailures } from "./known-failures.js";
import { Lane, Lanes } from "./lane.js";
import {
  buildLimitMs,
  type CommandLine,
  type Language,
  languages,
  untilBuilt,
} from "./languages.js";
import { readCases } from "./read-cases.js";

const cases = readCases();
const known = readKnownFailures();
const all = await languages();
// They wait more than they work.
const lanes = new Lanes(2 * Math.max(2, availableParallelism()));

const caseMs = 60_000;
const slowMs = 240_000;
/** A lane waits for its turn, however long the others take. */
const turnMs = buildLimitMs + 20 * 60_000;

function casesFor({ name }: Language, slow: boolean): readonly Case[] {
  return cases.filter(
    (one) => one.slow === slow && (one.languages === undefined || one.languages.includes(name)),
  );
}

/** Throws where a case fails that is not known to, and where one passes that is. */
async function judge(driver: string, name: string, run: () => Promise<void>): Promise<void> {
  const why = known.find((one) => one.driver === driver && one.case === name)?.why;
  if (why === undefined) return await run();
  const failed = await run().then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error(`it passes, and known-failures.yaml says that it fails: ${why}`);
}

function runnable(context: TestContext, one: Case): void {
  const reason = missing(...one.requires);
  if (reason !== undefined) leaveOut(context, reason);
}

function lane(language: Language, driver: string, commandLine: CommandLine): void {
  describe(driver, { concurrent: true }, () => {
    let filesystems: Filesystems | undefined;
    let running: Lane | undefined;
    beforeAll(async () => {
      await language.build();
      filesystems = await lanes.take();
      running = new Lane(filesystems, language.name, commandLine);
    }, turnMs);
    afterAll(async () => {
      try {
        await running?.dispose();
      } finally {
        if (filesystems !== undefined) lanes.giveBack(filesystems);
      }
    });
    for (const one of casesFor(language, false)) {
      test.sequential(
        `${driver}: ${one.name}`,
        async (context) => {
          runnable(context, one);
          await judge(driver, one.name, async () => await running?.run(one));
        },
        caseMs,
      );
    }
  });
}

function slowCases(language: Language, driver: string, commandLine: CommandLine): void {
  for (const one of casesFor(language, true)) {
    test(
      `${driver}: ${one.name}`,
      async (context) => {
        runnable(context, one);
        await language.build();
        await untilBuilt();
        const filesystems = new Filesystems();
        const slow = new Lane(filesystems, language.name, commandLine);
        try {
          await judge(driver, one.name, () => slow.run(one));
        } finally {
          await slow.dispose();
          await filesystems.dispose();
        }
      },
      turnMs + slowMs,
    );
  }
}

requires("root", "loop", "ext4", "xfs", "btrfs", "bpf", "userfaultfd", "python3").describe(
  "conformance",
  () => {
    afterAll(() => lanes.dispose());
    for (const language of all) {
      const { name, missing: reason, broken, drivers } = language;
      if (reason !== undefined)
        test.concurrent(`${name}: all cases`, (context) => leaveOut(context, `${name}: ${reason}`));
      else if (broken !== undefined)
        test.concurrent(`${name}: all cases`, () => {
          throw new Error(`clients/${name}: ${broken}`);
        });
      else for (const [driver, line] of Object.entries(drivers)) lane(language, driver, line);
    }
    describe("slow", { concurrent: true }, () => {
      for (const language of all) {
        if (language.missing !== undefined || language.broken !== undefined) continue;
        for (const [driver, line] of Object.entries(language.drivers))
          slowCases(language, driver, line);
      }
    });
  },
);

test("known failures name drivers and cases that there are", () => {
  const drivers = all.flatMap((language) => Object.keys(language.drivers));
  const names = cases.map(({ name }) => name);
  for (const { driver, case: name } of known) {
    if (!names.includes(name)) throw new Error(`no case is called "${name}"`);
    if (!drivers.includes(driver) && all.every((language) => language.missing === undefined))
      throw new Error(`no driver is called "${driver}"`);
  }
});
