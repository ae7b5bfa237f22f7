import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Journal, type JournalledGrant, openJournal } from "./journal.js";
import { endedRecord, identityOf, livingRecord } from "./testing/records.js";

let directory: string;
let unreadable: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fsfreezed-journal-"));
  unreadable = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(): Journal {
  return openJournal(join(directory, "journal"), (file) => unreadable.push(file));
}

function file(folder: "grants" | "holds", name: string): string {
  return join(directory, "journal", folder, name);
}

const entry: JournalledGrant = {
  bootId: "boot-1",
  guardian: { pid: 7, startTicks: "99" },
  grant: {
    epoch: 1,
    identity: identityOf(),
    deadlineUs: 12,
    generationBefore: { kind: "exact", value: 10, freezerPid: 0 },
  },
};
const landed: JournalledGrant = { ...entry, landing: { epoch: 1, generation: { kind: "none" } } };

describe("the journal", () => {
  test("gives back what was written, also to the next process, until it is removed", () => {
    const journal = open();
    journal.writeGrant("one", entry);
    journal.writeGrant("two", entry);
    journal.writeGrant("one", landed);
    journal.writeHold(livingRecord("h-1"));
    const later = open();
    expect(later.grants()).toEqual(
      new Map([
        ["one", landed],
        ["two", entry],
      ]),
    );
    expect(later.holds()).toEqual([livingRecord("h-1")]);
    later.removeGrant("one");
    later.removeGrant("one");
    later.removeHold("h-1");
    expect([...open().grants().keys()]).toEqual(["two"]);
    expect(open().holds()).toEqual([]);
    expect(unreadable).toEqual([]);
  });

  test("is readable by its owner alone", () => {
    open().writeGrant("one", entry);
    for (const folder of ["grants", "holds"]) {
      expect(statSync(join(directory, "journal", folder)).mode & 0o777).toBe(0o700);
    }
    expect(statSync(file("grants", "one.json")).mode & 0o777).toBe(0o600);
  });

  test("sweeps away what a process that died was writing, and keeps what that was to replace", () => {
    const journal = open();
    journal.writeGrant("one", entry);
    writeFileSync(file("grants", "one.json.new"), '{"bootId":"bo');
    writeFileSync(file("holds", "h-1.json.new"), "");
    expect(open().grants()).toEqual(new Map([["one", entry]]));
    expect(readdirSync(join(directory, "journal", "grants"))).toEqual(["one.json"]);
    expect(readdirSync(join(directory, "journal", "holds"))).toEqual([]);
  });

  test("keeps the old entry and no half of the new one where that cannot be written", () => {
    const journal = open();
    journal.writeGrant("one", entry);
    // A name that is a directory can neither be written nor renamed over.
    mkdirSync(file("grants", "two.json"));
    expect(() => journal.writeGrant("two", entry)).toThrow();
    expect(existsSync(file("grants", "two.json.new"))).toBe(false);
    rmSync(file("grants", "two.json"), { recursive: true });
    expect([...journal.grants().keys()]).toEqual(["one"]);
  });

  test("is no journal where its directory cannot be made", () => {
    writeFileSync(join(directory, "journal"), "");
    expect(open).toThrow();
  });
});

describe("what is not an entry", () => {
  test.each([
    ["", "empty"],
    ['{"bootId":"boot-1","guard', "half of one"],
    ["null", "nothing"],
    ["[]", "a list"],
    ["7", "a number"],
    ["{}", "of no shape"],
    [JSON.stringify({ ...entry, guardian: undefined }), "without its guardian"],
    [JSON.stringify({ ...entry, guardian: { pid: "7", startTicks: "99" } }), "with a pid in words"],
    [
      JSON.stringify({ ...entry, grant: { ...entry.grant, identity: { key: "7:1" } } }),
      "with half an identity",
    ],
    [JSON.stringify({ ...entry, landing: 7 }), "with a landing of no shape"],
  ])("%s (%s) is told, left there, and in nobody's way", (text) => {
    const journal = open();
    journal.writeGrant("good", entry);
    writeFileSync(file("grants", "bad.json"), text);
    writeFileSync(file("holds", "bad.json"), text);
    journal.writeHold(endedRecord("h-1"));
    expect([...journal.grants().keys()]).toEqual(["good"]);
    expect(journal.holds()).toEqual([endedRecord("h-1")]);
    expect(unreadable).toEqual([file("grants", "bad.json"), file("holds", "bad.json")]);
    expect(journal.unreadableGrants()).toEqual([file("grants", "bad.json")]);
    expect(unreadable.length).toBe(2);
    expect(existsSync(file("grants", "bad.json"))).toBe(true);
  });

  test("a directory of its name is none, and other files are not looked at", () => {
    const journal = open();
    mkdirSync(file("grants", "strange.json"));
    writeFileSync(file("grants", "README"), "hello");
    expect(journal.grants().size).toBe(0);
    expect(journal.unreadableGrants()).toEqual([file("grants", "strange.json")]);
  });

  test.each([
    ["without an owner", { owner: undefined }],
    ["without its times", { openedAt: { bootUs: 1 } }],
    ["with file systems of no shape", { filesystems: [7] }],
    ["with a receipt of no shape", { receipt: {} }],
  ])("a hold %s is none", (_, changed) => {
    const journal = open();
    const record = endedRecord("h-1");
    writeFileSync(
      file("holds", "h-1.json"),
      JSON.stringify({ ...record, hold: { ...record.hold, ...changed } }),
    );
    expect(journal.holds()).toEqual([]);
    expect(unreadable).toEqual([file("holds", "h-1.json")]);
  });
});
