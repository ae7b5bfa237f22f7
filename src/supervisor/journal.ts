/**
 * What the service must not forget when all its processes die: which freezes are ours, and the
 * receipts. One small file each, on tmpfs (it never blocks, and a reboot thaws everything anyway),
 * replaced by rename so that a reader never sees half of one.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Grant, HoldRecord, Landing } from "../channel/supervisor-protocol.js";
import { around } from "../observe/fail-points.js";
import { asHoldRecord, asJournalledGrant } from "./journal-entries.js";
import type { ProcessIdentity } from "./process-life.js";

export interface JournalledGrant {
  readonly bootId: string;
  readonly guardian: ProcessIdentity;
  readonly grant: Grant;
  readonly landing?: Landing;
}

export interface Journal {
  writeGrant(name: string, entry: JournalledGrant): void;
  removeGrant(name: string): void;
  grants(): ReadonlyMap<string, JournalledGrant>;
  /** Files that name a freeze, and cannot be read: what they name may be frozen. */
  unreadableGrants(): readonly string[];
  writeHold(record: HoldRecord): void;
  removeHold(holdId: string): void;
  holds(): readonly HoldRecord[];
}

export const holdsFolder = (directory: string): string => join(directory, "holds");
export const grantsFolder = (directory: string): string => join(directory, "grants");

/** Whether it names a freeze that may not be over. Changes nothing, so anybody may ask. */
export function namesFreezes(directory: string): boolean {
  return readdirSync(grantsFolder(directory)).some((name) => name.endsWith(".json"));
}

/**
 * Files that cannot be read as an entry are told to `onUnreadable` and left where they are. Called
 * by one process at a time, which has the state directory's lock.
 */
export function openJournal(
  directory: string,
  onUnreadable: (file: string, error: unknown) => void,
): Journal {
  const folders = { grant: grantsFolder(directory), hold: holdsFolder(directory) } as const;
  type Kind = keyof typeof folders;
  for (const kind of ["grant", "hold"] as const) {
    const folder = folders[kind];
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Written by a process that died before it came to the rename.
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".new"))) {
      around(`${kind}-file.sweep`, () => rmSync(join(folder, file), { force: true }));
    }
  }

  function write(kind: Kind, name: string, entry: object): void {
    const file = join(folders[kind], `${name}.json`);
    const text = JSON.stringify(entry);
    try {
      around(`${kind}-file.write`, () => writeFileSync(`${file}.new`, text, { mode: 0o600 }));
      around(`${kind}-file.rename`, () => renameSync(`${file}.new`, file));
    } catch (error) {
      // A full directory is not helped by the half of an entry.
      rmSync(`${file}.new`, { force: true });
      throw error;
    }
  }

  function remove(kind: Kind, name: string): void {
    const file = join(folders[kind], `${name}.json`);
    around(`${kind}-file.remove`, () => rmSync(file, { force: true }));
  }

  function read<T>(
    kind: Kind,
    parse: (value: unknown) => T,
    unreadable: (file: string, error: unknown) => void,
  ): readonly (readonly [string, T])[] {
    const folder = folders[kind];
    const entries: (readonly [string, T])[] = [];
    for (const file of readdirSync(folder)) {
      if (!file.endsWith(".json")) continue;
      const path = join(folder, file);
      try {
        entries.push([file.slice(0, -5), parse(JSON.parse(readFileSync(path, "utf8")))]);
      } catch (error) {
        unreadable(path, error);
      }
    }
    return entries;
  }

  return {
    writeGrant: (name, entry) => write("grant", name, entry),
    removeGrant: (name) => remove("grant", name),
    grants: () => new Map(read("grant", asJournalledGrant, onUnreadable)),
    unreadableGrants() {
      const files: string[] = [];
      read("grant", asJournalledGrant, (file) => files.push(file));
      return files;
    },
    writeHold: (record) => write("hold", record.hold.holdId, record),
    removeHold: (holdId) => remove("hold", holdId),
    holds: () => read("hold", asHoldRecord, onUnreadable).map(([, record]) => record),
  };
}
