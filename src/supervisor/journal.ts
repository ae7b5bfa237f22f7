/**
 * What the service must not forget when all its processes die: which freezes are ours, and the receipts. One small file each, on
 * tmpfs (it never blocks, and a reboot thaws everything anyway), replaced by rename so that a reader never sees half of one.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Grant, HoldRecord, Landing } from "../channel/supervisor-protocol.js";
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
  writeHold(record: HoldRecord): void;
  removeHold(holdId: string): void;
  holds(): readonly HoldRecord[];
}

/** Files that cannot be read as an entry are told to `onUnreadable` and left where they are. */
export function openJournal(
  directory: string,
  onUnreadable: (file: string, error: unknown) => void,
): Journal {
  const grants = join(directory, "grants");
  const holds = join(directory, "holds");
  for (const folder of [grants, holds]) mkdirSync(folder, { recursive: true, mode: 0o700 });

  function write(folder: string, name: string, entry: object): void {
    const file = join(folder, `${name}.json`);
    writeFileSync(`${file}.new`, JSON.stringify(entry), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  function remove(folder: string, name: string): void {
    rmSync(join(folder, `${name}.json`), { force: true });
  }

  function* read(folder: string): Generator<readonly [string, unknown]> {
    for (const file of readdirSync(folder)) {
      if (!file.endsWith(".json")) continue;
      try {
        yield [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), "utf8"))];
      } catch (error) {
        onUnreadable(join(folder, file), error);
      }
    }
  }

  return {
    writeGrant: (name, entry) => write(grants, name, entry),
    removeGrant: (name) => remove(grants, name),
    grants: () =>
      new Map([...read(grants)].map(([name, entry]) => [name, entry as JournalledGrant])),
    writeHold: (record) => write(holds, record.hold.holdId, record),
    removeHold: (holdId) => remove(holds, holdId),
    holds: () => [...read(holds)].map(([, entry]) => entry as HoldRecord),
  };
}
