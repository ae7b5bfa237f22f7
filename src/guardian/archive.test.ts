import { describe, expect, test } from "vitest";
import type { HoldRecord } from "../channel/supervisor-protocol.js";
import type { Verdict } from "../hold/model.js";
import { ada, bob, remote } from "../hold/testing/samples.js";
import { endedRecord } from "../supervisor/testing/records.js";
import { Archive } from "./archive.js";

const large = (holdId: string): HoldRecord =>
  endedRecord(holdId, { hold: { purpose: "x".repeat(1_000) } });

describe("the archive", () => {
  test("finds what it was given, the newest last", () => {
    const archive = new Archive();
    archive.add(endedRecord("h1"));
    archive.add(endedRecord("h2"));
    expect(archive.get("h1")?.holdId).toBe("h1");
    expect(archive.get("h3")).toBeUndefined();
    expect(archive.all().map((hold) => hold.holdId)).toEqual(["h1", "h2"]);
  });

  test("forgets the oldest beyond its number", () => {
    const archive = new Archive({ holds: 2, bytes: 1_000_000 });
    for (const id of ["h1", "h2", "h3"]) archive.add(endedRecord(id));
    expect(archive.all().map((hold) => hold.holdId)).toEqual(["h2", "h3"]);
  });

  test("forgets the oldest beyond its size, and keeps the newest whatever its own", () => {
    const bytes = JSON.stringify(large("h1")).length;
    const archive = new Archive({ holds: 100, bytes: bytes * 2 });
    for (const id of ["h1", "h2", "h3"]) archive.add(large(id));
    expect(archive.all().map((hold) => hold.holdId)).toEqual(["h2", "h3"]);
    const tiny = new Archive({ holds: 100, bytes: 10 });
    for (const id of ["h1", "h2"]) tiny.add(large(id));
    expect(tiny.all().map((hold) => hold.holdId)).toEqual(["h2"]);
  });

  test("counts what is added again once", () => {
    const bytes = JSON.stringify(large("h1")).length;
    const archive = new Archive({ holds: 100, bytes: bytes * 2 });
    archive.add(large("h0"));
    for (let i = 0; i < 50; i++) archive.add(large("h1"));
    expect(archive.all().map((hold) => hold.holdId)).toEqual(["h0", "h1"]);
  });
});

describe("a retry finds", () => {
  const archive = new Archive();
  const add = (holdId: string, requestId: string, verdict: Verdict = "INTACT") =>
    archive.add(endedRecord(holdId, { requestId, receipt: { verdict }, hold: { owner: ada } }));
  add("h0", "");
  add("h1", "r1");
  add("h2", "r2", "NEVER_FROZEN");

  test("its own ended hold", () => {
    expect(archive.findRequest(ada, "r1")?.hold.holdId).toBe("h1");
  });

  test("nothing for no request_id, for another's, nor after a failed attempt", () => {
    expect(archive.findRequest(ada, "")).toBeUndefined();
    expect(archive.findRequest(bob, "r1")).toBeUndefined();
    expect(archive.findRequest(remote, "r1")).toBeUndefined();
    expect(archive.findRequest(ada, "r2")).toBeUndefined();
  });
});
