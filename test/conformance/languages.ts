/** The languages of scripts/client-languages.mjs, as the tests see them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildDirectory,
  clientLanguages,
  runTool,
  type Toolchain,
} from "../../scripts/client-languages.mjs";

export type CommandLine = readonly string[];

export interface Language {
  readonly name: string;
  /** Why it cannot be tested here; undefined where it can. */
  readonly missing: string | undefined;
  /** What is wrong with its directory: tests of it fail. */
  readonly broken: string | undefined;
  readonly drivers: Readonly<Record<string, CommandLine>>;
  readonly samples: Readonly<Record<string, CommandLine>>;
  readonly tests: Readonly<Record<string, CommandLine>>;
  /** Builds the package, the driver and the samples; once in this process. */
  build(): Promise<void>;
}

export const clientsDirectory = fileURLToPath(new URL("../../clients", import.meta.url));

/** A first build from nothing, with everything fetched. */
export const buildLimitMs = 20 * 60_000;

/** Every directory of `clients`, also one that is not finished. */
export async function languages(): Promise<readonly Language[]> {
  const found = (await clientLanguages()).map(languageOf);
  const names = found.map(({ name }) => name);
  const unfinished = readdirSync(clientsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !names.includes(entry.name))
    .filter(({ name }) => !existsSync(join(clientsDirectory, name, "toolchain.mjs")))
    .map(({ name }) => unfinishedLanguage(name, "it has no toolchain.mjs"));
  return [...found, ...unfinished].toSorted((a, b) => a.name.localeCompare(b.name));
}

function languageOf(toolchain: Toolchain): Language {
  const name = toolchain.language;
  try {
    const directory = buildDirectory(name);
    const drivers = toolchain.drivers(directory);
    const missing = toolchain.missing();
    let building: Promise<void> | undefined;
    return {
      name,
      missing,
      broken: Object.keys(drivers).length === 0 ? "it names no drivers" : undefined,
      drivers,
      samples: toolchain.samples(directory),
      tests: toolchain.tests?.(directory) ?? {},
      build() {
        building ??= inTurn(() => toolchain.build(directory, runTool));
        return building;
      },
    };
  } catch (error) {
    return unfinishedLanguage(name, `its toolchain fails: ${error}`);
  }
}

let builds: Promise<unknown> = Promise.resolve();

/** One build after the other: each takes the whole machine. */
function inTurn(build: () => Promise<void>): Promise<void> {
  const done = builds.then(build);
  builds = done.catch(() => {});
  return done;
}

/** When nothing is being built any more, for what must not be starved. */
export async function untilBuilt(): Promise<void> {
  await builds;
}

function unfinishedLanguage(name: string, broken: string): Language {
  return {
    name,
    missing: undefined,
    broken,
    drivers: {},
    samples: {},
    tests: {},
    build: () => Promise.reject(new Error(broken)),
  };
}
