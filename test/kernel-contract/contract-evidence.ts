import { afterEach, describe, expect, test } from "vitest";
import type { GenerationReading, Look } from "../../src/kernel/port.js";
import type { FilesystemType } from "../support/loop-filesystem.js";
import { expectedState, useFixture, withOpen } from "./fixture.js";
import type { ContractSubject } from "./subject.js";

const sum = (look: Look, what: "sectorsWritten" | "sectorsDiscarded") =>
  look.devices.reduce((total, device) => total + device[what], 0);
const written = (from: Look, to: Look) => sum(to, "sectorsWritten") - sum(from, "sectorsWritten");
const discarded = (from: Look, to: Look) =>
  sum(to, "sectorsDiscarded") - sum(from, "sectorsDiscarded");

/** Sectors that an idle freeze writes at least: how counters are proven alive. */
const idleFreeze = { ext4: 2, xfs: 3, btrfs: 0 } as const;

/** The generation and the counters: what a receipt is made of. */
export function describeEvidence(subject: ContractSubject, type: FilesystemType): void {
  const { sight } = subject;
  const kind = (): GenerationReading["kind"] => {
    if (sight !== "fallback") return sight;
    return type === "ext4" ? "none" : "fallback";
  };

  describe("generation", () => {
    const fixture = useFixture(subject, type);

    test("moves with our freeze, stands still while frozen, and names the freezer", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        const before = open.look().generation;
        expect(before.kind).toBe(kind());
        await open.freeze();
        const frozen = open.look().generation;
        if (frozen.kind === "exact" && before.kind === "exact") {
          expect(frozen.value).toBe(before.value + 2);
          expect(frozen.freezerPid).toBe(kernel.ownFreezerPid());
        }
        if (frozen.kind === "fallback" && type === "xfs") expect(frozen).not.toEqual(before);
        await open.syncfs();
        expect((await open.freeze()).errno).toBe("EBUSY");
        expect(open.look().generation).toEqual(frozen);
        await open.thaw();
      });
    });

    test("other syncs do not count", async () => {
      if (sight !== "exact") return;
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        const before = open.look().generation;
        await filesystem.write();
        await open.syncfs();
        expect(open.look().generation).toEqual(before);
      });
    });

    test("a thaw and refreeze by another program moves it, and names that program", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        const ours = open.look();
        expect(await filesystem.foreignRefreeze()).toBe("");
        const theirs = open.look();
        expect(theirs.state).toMatchObject(expectedState(sight, type, "FROZEN"));
        if (theirs.generation.kind === "exact" && ours.generation.kind === "exact") {
          expect(theirs.generation.value).toBe(ours.generation.value + 2);
          expect(theirs.generation.freezerPid).toBe(filesystem.foreignPid);
        } else if (theirs.generation.kind === "fallback" && type === "xfs") {
          expect(theirs.generation).not.toEqual(ours.generation);
        } else {
          expect(sight).not.toBe("exact");
        }
        expect(await filesystem.foreignThaw()).toBe("");
      });
    });

    test("of 60 thaws and refreezes by another program none is missed", async () => {
      const { kernel, filesystem } = fixture();
      // btrfs' fall-back moves with the content only, and ext4 has none.
      const tells = sight === "exact" || (sight === "fallback" && type === "xfs");
      if (!tells) return;
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        let last = open.look();
        let missed = 0;
        for (let round = 0; round < 60; round += 1) {
          expect(await filesystem.foreignRefreeze()).toBe("");
          const look = open.look();
          expect(look.state.state).toBe("FROZEN");
          if (JSON.stringify(look.generation) === JSON.stringify(last.generation)) missed += 1;
          last = look;
        }
        expect(missed).toBe(0);
        expect(await filesystem.foreignThaw()).toBe("");
      });
    });

    test("a thaw, write and refreeze shows in the generation or in the counters", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        for (let round = 0; round < 5; round += 1) {
          const before = open.look();
          expect(await filesystem.foreignRewrite()).toBe("");
          const after = open.look();
          expect(written(before, after)).toBeGreaterThan(0);
          if (kind() !== "none") expect(after.generation).not.toEqual(before.generation);
        }
        expect(await filesystem.foreignThaw()).toBe("");
      });
    });

    test("is counted for each file system by itself, by every handle that watches it", async () => {
      if (sight !== "exact") return;
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (first) => {
        await withOpen(kernel, filesystem.mountPoint, async (second) => {
          expect(second.look().generation).toEqual(first.look().generation);
          await first.freeze();
          expect(second.look().generation).toEqual(first.look().generation);
          await second.thaw();
        });
        // The other handle's close ends no counting of ours.
        const before = first.look().generation;
        await first.freeze();
        const after = first.look().generation;
        expect(
          before.kind === "exact" && after.kind === "exact" && after.value - before.value,
        ).toBe(2);
        await first.thaw();
      });
    });
  });

  describe("counters", () => {
    const fixture = useFixture(subject, type);
    afterEach(() => {
      fixture().filesystem.setCounting(true);
    });

    test("name the device, count, and stand still while frozen", async () => {
      const { kernel, filesystem } = fixture();
      await filesystem.write();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.syncfs();
        const before = open.look();
        expect(before.devices.map((device) => device.device)).toEqual([filesystem.deviceNumber]);
        expect(before.devices.every((device) => device.counting)).toBe(true);
        await open.freeze();
        const frozen = open.look();
        expect(written(before, frozen)).toBeGreaterThanOrEqual(idleFreeze[type]);
        await open.syncfs();
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(open.look().devices).toEqual(frozen.devices);
        await open.thaw();
      });
    });

    test("a write to the raw device moves the sectors written", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        const before = open.look();
        await filesystem.rawWrite();
        const after = open.look();
        expect(written(before, after)).toBeGreaterThan(0);
        expect(after.generation).toEqual(before.generation);
        await open.thaw();
      });
    });

    test("a trim moves the sectors discarded and nothing else", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        const before = open.look();
        await filesystem.trim();
        const after = open.look();
        expect(discarded(before, after)).toBeGreaterThan(0);
        expect(written(before, after)).toBe(0);
        expect(after.state).toEqual(before.state);
        expect(after.generation).toEqual(before.generation);
        await open.thaw();
      });
    });

    test("that are switched off say so, and the exact generation goes on", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        filesystem.setCounting(false);
        const before = open.look();
        expect(before.devices.map((device) => device.counting)).toEqual([false]);
        expect(await filesystem.foreignRewrite()).toBe("");
        const after = open.look();
        // They are blind, not slow: this is why `counting` has to be asked for.
        expect(after.devices).toEqual(before.devices);
        if (sight === "exact") expect(after.generation).not.toEqual(before.generation);
        filesystem.setCounting(true);
        expect(open.look().devices.map((device) => device.counting)).toEqual([true]);
        expect(await filesystem.foreignThaw()).toBe("");
      });
    });
  });
}
