import { beforeEach, describe, expect, test } from "vitest";
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import { instant } from "../hold/testing/samples.js";
import { silentLog } from "../observe/log.js";
import { HoldBook, type HoldBookLimits } from "./hold-book.js";
import type { Journal } from "./journal.js";
import { endedRecord, livingRecord } from "./testing/records.js";

class MemoryJournal implements Journal {
  readonly records = new Map<string, HoldRecord>();
  full = false;

  writeGrant(): void {}
  removeGrant(): void {}
  grants = () => new Map();
  unreadableGrants = () => [];
  writeHold(record: HoldRecord): void {
    if (this.full) throw new Error("ENOSPC");
    this.records.set(record.hold.holdId, record);
  }
  removeHold(holdId: string): void {
    if (this.full) throw new Error("EROFS");
    this.records.delete(holdId);
  }
  holds = () => [...this.records.values()];
}

let journal: MemoryJournal;
beforeEach(() => {
  journal = new MemoryJournal();
});
const book = (limits?: HoldBookLimits) => new HoldBook(journal, silentLog, limits);
const ids = (records: readonly HoldRecord[]) => records.map((record) => record.hold.holdId);
const causes = () => journal.holds().map(({ hold }) => [hold.holdId, hold.receipt?.endCause]);
const facts = { now: instant(9_000), host: "bench", bootId: "boot-1" };
const [one, two] = [{}, {}];

describe("the book", () => {
  test("has the newest word about each hold, on paper too", () => {
    const holds = book();
    holds.note(livingRecord("h-1", { hold: { state: "FREEZING" } }), one);
    holds.note(livingRecord("h-1"), one);
    expect(journal.holds().map((record) => record.hold.state)).toEqual(["FROZEN"]);
    expect(holds.ended()).toEqual([]);
    holds.note(endedRecord("h-1"), one);
    expect(holds.ended()).toEqual([endedRecord("h-1")]);
    expect(journal.holds()).toEqual([endedRecord("h-1")]);
  });

  test("reads what the one before it wrote, in the order of their ends", () => {
    const at = (wallUs: number) => ({ receipt: { endedAt: { wallUs, bootUs: 1 } } });
    journal.writeHold(endedRecord("late", at(30)));
    journal.writeHold(livingRecord("living"));
    journal.writeHold(endedRecord("early", at(10)));
    expect(ids(book().ended())).toEqual(["early", "late"]);
  });

  test("forgets the oldest ended ones beyond their number, never a living one", () => {
    const holds = book({ holds: 2, bytes: 1_000_000 });
    holds.note(livingRecord("living"), one);
    for (const id of ["h-1", "h-2", "h-3"]) holds.note(endedRecord(id), one);
    expect(ids(holds.ended())).toEqual(["h-2", "h-3"]);
    expect([...journal.records.keys()]).toEqual(["living", "h-2", "h-3"]);
  });

  test("forgets the oldest ended ones beyond their size, at its start as well", () => {
    const bytes = JSON.stringify(endedRecord("h-1")).length;
    for (const id of ["h-1", "h-2", "h-3"]) journal.writeHold(endedRecord(id));
    const holds = book({ holds: 100, bytes: bytes * 2 });
    expect(ids(holds.ended())).toEqual(["h-2", "h-3"]);
    // The same one again takes no more room.
    for (let i = 0; i < 10; i++) holds.note(endedRecord("h-3"), one);
    expect(ids(holds.ended())).toEqual(["h-2", "h-3"]);
    expect([...journal.records.keys()]).toEqual(["h-2", "h-3"]);
  });

  test("goes on where nothing can be written", () => {
    const holds = book({ holds: 1, bytes: 1_000_000 });
    journal.full = true;
    for (const id of ["h-1", "h-2"]) holds.note(endedRecord(id), one);
    expect(ids(holds.ended())).toEqual(["h-2"]);
  });
});

describe("when a guardian has died", () => {
  test("each of its living holds gets a receipt, and no other's", () => {
    const holds = book();
    holds.note(livingRecord("of-one"), one);
    holds.note(livingRecord("of-two"), two);
    holds.note(endedRecord("ended"), one);
    holds.endLiving(facts, one);
    expect(causes()).toEqual([
      ["of-one", "DAEMON_RESTART"],
      ["of-two", undefined],
      ["ended", "RELEASED"],
    ]);
    expect(ids(holds.ended())).toEqual(["ended", "of-one"]);
  });

  test("at a new start every living one gets a receipt", () => {
    journal.writeHold(livingRecord("h-1"));
    const holds = book();
    holds.endLiving(facts);
    expect(causes()).toEqual([["h-1", "DAEMON_RESTART"]]);
  });

  test("its late word that a hold lives does not bring it back; that it ended well is the truth", () => {
    const holds = book();
    holds.note(livingRecord("h-1"), one);
    holds.endLiving(facts, one);
    holds.note(livingRecord("h-1", { hold: { state: "THAWING" } }), one);
    expect(causes()).toEqual([["h-1", "DAEMON_RESTART"]]);
    holds.note(endedRecord("h-1"), one);
    expect(causes()).toEqual([["h-1", "RELEASED"]]);
    expect(holds.ended().length).toBe(1);
  });

  test("what it told of after that is ended with it", () => {
    const holds = book();
    holds.endLiving(facts, one);
    holds.note(livingRecord("late"), one);
    holds.endLiving(facts, one);
    expect(causes()).toEqual([["late", "DAEMON_RESTART"]]);
  });
});
