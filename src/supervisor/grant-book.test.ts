import { beforeEach, describe, expect, test } from "vitest";
import { type Grant, noDeadlineUs } from "../channel/supervisor-protocol.js";
import { quiet, until } from "../channel/testing/sockets.js";
import type { Kernel } from "../kernel/port.js";
import { silentLog } from "../observe/log.js";
import { Claims } from "./claims.js";
import { GrantBook } from "./grant-book.js";
import type { Journal, JournalledGrant } from "./journal.js";
import { bootId, guardianPid, RescueBench } from "./testing/rescue-bench.js";

/** A journal in memory, that can be full. */
class MemoryJournal implements Journal {
  readonly entries = new Map<string, JournalledGrant>();
  full = false;
  readOnly = false;

  writeGrant(name: string, entry: JournalledGrant): void {
    if (this.full) throw new Error("ENOSPC");
    this.entries.set(name, entry);
  }
  removeGrant(name: string): void {
    if (this.readOnly) throw new Error("EROFS");
    this.entries.delete(name);
  }
  grants = () => this.entries;
  unreadableGrants = () => [];
  writeHold(): void {}
  removeHold(): void {}
  holds = () => [];
}

const guardian = { pid: guardianPid, startTicks: "99" };
let bench: RescueBench;
let journal: MemoryJournal;
let claims: Claims;
let laterUs: number;
beforeEach(() => {
  bench = new RescueBench();
  journal = new MemoryJournal();
  claims = new Claims();
  laterUs = 0;
});

function newBook(changed: Partial<Kernel> = {}, identity = guardian): GrantBook {
  const { kernel } = bench;
  const faked: Kernel = {
    name: kernel.name,
    now: () => {
      const { wallUs, bootUs } = kernel.now();
      return { wallUs, bootUs: bootUs + laterUs };
    },
    capabilities: () => kernel.capabilities(),
    resolve: (target) => kernel.resolve(target),
    open: (at, options) => kernel.open(at, options),
    probe: (target) => kernel.probe(target),
    layersBelow: (at) => kernel.layersBelow(at),
    suspendedDevices: (at) => kernel.suspendedDevices(at),
    ownFreezerPid: () => kernel.ownFreezerPid(),
    close() {},
    ...changed,
  };
  const sleep = () => bench.sleep();
  const life = () => bench.life;
  return new GrantBook(identity, {
    kernel: faked,
    journal,
    claims,
    log: silentLog,
    bootId,
    sleep,
    life,
  });
}

async function grantOf(mountPoint: string, epoch = 1): Promise<Grant> {
  const { entry, close } = await bench.granted(mountPoint);
  close();
  return { ...entry.grant, epoch, deadlineUs: bench.kernel.now().bootUs + 40_000_000 };
}

describe("a grant", () => {
  test("is written down before it is given, with a descriptor and a claim of its own", async () => {
    const book = newBook();
    const grant = await grantOf("/upper");
    expect(await book.grant(grant)).toEqual({ epoch: 1 });
    expect([...journal.entries]).toEqual([[`${guardianPid}-99-1`, { bootId, guardian, grant }]]);
    expect(bench.fs("/upper").openHandles).toBe(1);
    expect(bench.fs("/lower").openHandles).toBe(1);
    expect(claims.has(grant.identity.key)).toBe(true);
    expect(book.size).toBe(1);
  });

  test("that ends leaves nothing, and ending twice or an unknown one does nothing", async () => {
    const book = newBook();
    const grant = await grantOf("/upper");
    await book.grant(grant);
    for (const epoch of [1, 1, 7]) book.ended(epoch);
    book.landed({ epoch: 7, generation: { kind: "none" } });
    book.deadline(7, 0);
    expect(journal.entries.size).toBe(0);
    expect(bench.fs("/upper").openHandles + bench.fs("/lower").openHandles).toBe(0);
    expect(claims.has(grant.identity.key)).toBe(false);
    expect(await book.grant(grant)).toEqual({ epoch: 1 });
  });

  test("is refused where the journal cannot be written, and leaves nothing", async () => {
    const book = newBook();
    journal.full = true;
    expect(await book.grant(await grantOf("/upper"))).toMatchObject({
      epoch: 1,
      refusal: { reason: "IO_ERROR", metadata: { path: "/upper", detail: "Error: ENOSPC" } },
    });
    expect(book.size).toBe(0);
    expect(bench.fs("/upper").openHandles + bench.fs("/lower").openHandles).toBe(0);
    expect(claims.has("7:14")).toBe(false);
  });

  test("is refused where the directory cannot be opened, also by a bug", async () => {
    const grant = await grantOf("/a");
    const broken = newBook({ open: () => Promise.reject(new Error("a bug")) });
    expect(await broken.grant(grant)).toMatchObject({ refusal: { reason: "IO_ERROR" } });
    bench.fs("/a").unmount();
    expect(await newBook().grant(grant)).toMatchObject({ refusal: { reason: "TARGET_MISMATCH" } });
    expect(claims.has(grant.identity.key)).toBe(false);
  });

  test("is refused while an earlier guardian's freeze of it is not over", async () => {
    const [earlier, later] = [newBook(), newBook({}, { pid: 5000, startTicks: "200" })];
    await earlier.grant(await grantOf("/a"));
    expect(await later.grant(await grantOf("/a"))).toMatchObject({
      refusal: { reason: "GUARDIAN_UNAVAILABLE", metadata: { path: "/a" } },
    });
    expect(await later.grant(await grantOf("/b"))).toEqual({ epoch: 1 });
    earlier.ended(1);
    expect(await later.grant(await grantOf("/a", 2))).toEqual({ epoch: 2 });
  });

  test("of a guardian that died while the directory was opened is not given", async () => {
    let go: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      go = resolve;
    });
    const book = newBook({
      open: async (at, options) => {
        await waiting;
        return bench.kernel.open(at, options);
      },
    });
    const answer = book.grant(await grantOf("/a"));
    expect(await book.rescueAll()).toEqual([]);
    go();
    expect(await answer).toMatchObject({ refusal: { reason: "GUARDIAN_UNAVAILABLE" } });
    expect(journal.entries.size).toBe(0);
    expect(bench.fs("/a").openHandles).toBe(0);
    expect(claims.has("7:11")).toBe(false);
  });

  test("of a pid that is used again does not overwrite an entry that is not over", async () => {
    await newBook().grant(await grantOf("/a"));
    await newBook({}, { pid: guardianPid, startTicks: "100" }).grant(await grantOf("/b"));
    expect(journal.entries.size).toBe(2);
  });
});

test("a landing is written down; one that cannot be is still known", async () => {
  const guardianSide = await bench.granted("/a");
  const book = newBook();
  await book.grant(guardianSide.entry.grant);
  await guardianSide.freeze();
  const { landing } = guardianSide.landed();
  if (landing === undefined) throw new Error("no landing");
  journal.full = true;
  book.landed(landing);
  journal.full = false;
  expect([...journal.entries.values()][0]?.landing).toBeUndefined();
  bench.fs().foreignRefreeze(guardianPid);
  // By the pid alone it would be ours.
  expect(await book.rescueAll()).toEqual([]);
  expect(bench.fs().phase).toBe("frozen");
});

describe("overdue", () => {
  async function landedBook(deadlineUs?: number): Promise<GrantBook> {
    const book = newBook();
    await book.grant(await grantOf("/a"));
    if (deadlineUs !== undefined) book.deadline(1, deadlineUs);
    book.landed({ epoch: 1, generation: { kind: "none" } });
    return book;
  }

  test("is what is frozen past its deadline, counted in looks", async () => {
    const book = await landedBook();
    expect(book.look()).toBe(0);
    laterUs = 41_000_000;
    expect([book.look(), book.look(), book.look()]).toEqual([1, 2, 3]);
    book.deadline(1, bench.kernel.now().bootUs + laterUs + 1_000_000);
    expect(book.look()).toBe(0);
  });

  test("is not what has not landed, nor what waits for its thaw", async () => {
    const book = newBook();
    await book.grant(await grantOf("/a"));
    laterUs = 41_000_000;
    expect(book.look()).toBe(0);
    book.landed({ epoch: 1, generation: { kind: "none" } });
    expect(book.look()).toBe(1);
    book.deadline(1, noDeadlineUs);
    expect(book.look()).toBe(0);
  });

  test("counts for each by itself: many short ones are not one long one", async () => {
    const book = newBook();
    for (const [epoch, path] of [
      [1, "/a"],
      [2, "/b"],
    ] as const) {
      await book.grant(await grantOf(path, epoch));
      book.landed({ epoch, generation: { kind: "none" } });
    }
    laterUs = 41_000_000;
    const soon = bench.kernel.now().bootUs + laterUs + 10_000_000;
    book.deadline(2, soon);
    expect(book.look()).toBe(1);
    book.deadline(1, soon);
    book.deadline(2, 0);
    expect(book.look()).toBe(1);
  });

  test("is everything that the guardian is not thawing, once it has to hurry", async () => {
    const book = await landedBook();
    book.hurry();
    laterUs = 1;
    expect(book.look()).toBe(1);
    // A later deadline does not help it any more; that the thaw is issued does.
    book.deadline(1, bench.kernel.now().bootUs + 99_000_000);
    laterUs = 1_000_000;
    expect(book.look()).toBe(2);
    book.deadline(1, noDeadlineUs);
    expect(book.look()).toBe(0);
  });
});

describe("of a dead guardian", () => {
  test("everything is thawed at once, whatever one of them waits for", async () => {
    const [a, b] = [await bench.granted("/a"), await bench.granted("/b")];
    const book = newBook();
    await book.grant(a.entry.grant);
    await book.grant({ ...b.entry.grant, epoch: 2 });
    await b.freeze();
    bench.fs("/a").holdFreezes();
    const stuck = a.freeze();
    bench.life = "dying";
    const rescuing = book.rescueAll();
    await until(() => bench.fs("/b").phase === "thawed");
    await quiet();
    expect([...journal.entries.keys()]).toEqual([`${guardianPid}-99-1`]);
    bench.fs("/a").releaseFreezes();
    await stuck;
    expect(await rescuing).toEqual(["/b", "/a"]);
    expect(journal.entries.size).toBe(0);
    expect(book.size).toBe(0);
    a.close();
    b.close();
    expect(bench.fs("/a").openHandles + bench.fs("/b").openHandles).toBe(0);
    expect(claims.has("7:11")).toBe(false);
  });

  test("a late word that it is over ends the wait", async () => {
    const { entry } = await bench.granted("/a");
    const book = newBook();
    await book.grant(entry.grant);
    bench.life = "dying";
    const rescuing = book.rescueAll();
    expect(await bench.isPending(rescuing)).toBe(true);
    book.ended(1);
    expect(await rescuing).toEqual([]);
  });

  test("nothing more is granted", async () => {
    const book = newBook();
    await book.rescueAll();
    expect(await book.grant(await grantOf("/a"))).toMatchObject({
      refusal: { reason: "GUARDIAN_UNAVAILABLE" },
    });
  });

  test("a journal that cannot be changed keeps nothing frozen, and nobody waiting", async () => {
    const guardianSide = await bench.granted("/a");
    const book = newBook();
    await book.grant(guardianSide.entry.grant);
    await guardianSide.freeze();
    journal.readOnly = true;
    expect(await book.rescueAll()).toEqual(["/a"]);
    expect(bench.fs("/a").phase).toBe("thawed");
    expect(book.size).toBe(0);
    expect(claims.has("7:11")).toBe(false);
  });
});
