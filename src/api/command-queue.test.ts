import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HoldCommand } from "../channel/messages.js";
import { CommandQueue, type Step, type Waiting } from "./command-queue.js";

let seq = 0n;
const command = (kind: HoldCommand["kind"]): Waiting => ({
  kind: "command",
  seq: ++seq,
  command: { kind },
});
const release = (): Waiting => ({ kind: "release", seq: ++seq });

function queueOf(...waiting: Waiting[]): CommandQueue {
  const queue = new CommandQueue(64);
  for (const w of waiting) queue.push(w, false);
  return queue;
}

describe("idle", () => {
  test("in order", () => {
    const [status, renew] = [command("status"), command("renew")];
    const queue = queueOf(status, renew);
    expect(queue.nextIdle()).toMatchObject({ next: status });
    expect(queue.nextIdle()).toMatchObject({ next: renew });
    expect(queue.nextIdle()).toEqual({ kind: "nothing" });
  });

  test("a freeze that something behind it cancels is not begun", () => {
    const [freeze, status, thaw] = [command("freeze"), command("status"), command("thaw")];
    const queue = queueOf(freeze, status, thaw);
    expect(queue.nextIdle()).toEqual({
      kind: "run",
      next: status,
      cancelled: [freeze.seq],
      overtaken: [],
    });
    expect(queue.nextIdle()).toMatchObject({ next: thaw });
  });

  test("release comes in its turn", () => {
    const [status, end] = [command("status"), release()];
    const queue = queueOf(status, end);
    expect(queue.nextIdle()).toMatchObject({ next: status });
    expect(queue.nextIdle()).toMatchObject({ next: end });
  });
});

describe("while a freeze is pending", () => {
  test("nothing runs but what cancels it", () => {
    const queue = queueOf(command("status"), command("renew"), command("freeze"));
    expect(queue.nextWhileFreezing(false)).toEqual({ kind: "nothing" });
  });

  test("a thaw passes ahead, once; freezes before it are cancelled, the rest keeps its order", () => {
    const [status, freeze, thaw, renew] = [
      command("status"),
      command("freeze"),
      command("thaw"),
      command("renew"),
    ];
    const queue = queueOf(status, freeze, thaw, renew, command("thaw"));
    expect(queue.nextWhileFreezing(false)).toEqual({
      kind: "run",
      next: thaw,
      cancelled: [freeze.seq],
      overtaken: [],
    });
    expect(queue.nextWhileFreezing(true)).toEqual({ kind: "nothing" });
    expect(queue.nextIdle()).toMatchObject({ next: status });
    expect(queue.nextIdle()).toMatchObject({ next: renew });
  });

  test("a release passes ahead of everything and ends it", () => {
    const [status, freeze, thaw, end] = [
      command("status"),
      command("freeze"),
      command("thaw"),
      release(),
    ];
    const queue = queueOf(status, freeze, thaw, end);
    expect(queue.nextWhileFreezing(true)).toEqual({
      kind: "run",
      next: end,
      cancelled: [freeze.seq],
      overtaken: [status.seq, thaw.seq],
    });
    expect(queue.nextWhileFreezing(false)).toEqual({ kind: "nothing" });
  });
});

test("it is bounded; what cancels a pending freeze always has room, and nothing after a release counts", () => {
  const queue = new CommandQueue(2);
  expect(queue.push(command("status"), true)).toBe(true);
  expect(queue.push(command("status"), true)).toBe(true);
  expect(queue.push(command("status"), true)).toBe(false);
  expect(queue.push(command("thaw"), false)).toBe(false);
  expect(queue.push(command("thaw"), true)).toBe(true);
  const end = release();
  expect(queue.push(end, false)).toBe(true);
  expect(queue.push(command("freeze"), false)).toBe(true);
  expect(queue.nextWhileFreezing(true)).toMatchObject({ next: end });
});

test("whatever comes in whatever order: each is run or answered once, and the last freeze or thaw wins", () => {
  const kinds = fc.constantFrom<HoldCommand["kind"] | "settle">(
    "freeze",
    "thaw",
    "status",
    "renew",
    "settle",
  );
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 40 }), (events) => {
      const queue = new CommandQueue(1000);
      const sent: bigint[] = [];
      const done: bigint[] = [];
      let frozen = false;
      let freezing: bigint | undefined;
      let thawing: bigint | undefined;
      const take = (step: Step) => {
        if (step.kind === "nothing" || step.next.kind !== "command") return false;
        done.push(...step.cancelled, ...step.overtaken);
        const { kind } = step.next.command;
        if (kind === "freeze") freezing = step.next.seq;
        else if (freezing !== undefined) thawing = step.next.seq;
        else {
          done.push(step.next.seq);
          if (kind === "thaw") frozen = false;
        }
        return true;
      };
      const pump = () => {
        while (
          freezing === undefined
            ? take(queue.nextIdle())
            : take(queue.nextWhileFreezing(thawing !== undefined))
        );
      };
      // The freeze lands, or the thaw that was on its way cancels it.
      const settle = () => {
        if (freezing === undefined) return;
        frozen = thawing === undefined;
        done.push(freezing, ...(thawing === undefined ? [] : [thawing]));
        freezing = undefined;
        thawing = undefined;
        pump();
      };
      let wanted = false;
      for (const event of events) {
        if (event === "settle") settle();
        else {
          const waiting = command(event);
          sent.push(waiting.seq);
          queue.push(waiting, freezing !== undefined);
          if (event === "freeze" || event === "thaw") wanted = event === "freeze";
          pump();
        }
      }
      for (let i = 0; i < events.length + 1; i++) settle();
      expect([...done].sort()).toEqual([...sent].sort());
      expect(frozen).toBe(wanted);
    }),
    { numRuns: 500 },
  );
});
