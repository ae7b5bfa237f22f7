import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { CallResult } from "../../src/kernel/port.js";
import type { FilesystemType } from "../support/loop-filesystem.js";
import { leaveOut } from "../support/requirements.js";
import { byBlockDevice, byPath, resolved, useFixture, withOpen } from "./fixture.js";
import type { ContractSubject } from "./subject.js";

/** The answer of a call if it has come within the time. */
async function within(call: Promise<CallResult>, ms: number): Promise<CallResult | "pending"> {
  return Promise.race([call, sleep(ms, "pending" as const)]);
}

/** A freeze that is under way in the kernel and cannot be cancelled. */
export function describeFlight(subject: ContractSubject, type: FilesystemType): void {
  describe("freeze in flight", () => {
    const fixture = useFixture(subject, type);
    const stuck = (name: string, body: () => Promise<void>) =>
      test(name, async (context) => {
        const missing = subject.missingStuckFreeze();
        if (missing !== undefined) leaveOut(context, missing);
        await body();
      });

    stuck("a thaw says EINVAL at once, and the freeze lands later all the same", async () => {
      const { kernel, filesystem } = fixture();
      const hold = await filesystem.holdFreezes();
      try {
        await withOpen(kernel, filesystem.mountPoint, async (open) => {
          const freeze = open.freeze();
          expect(await within(freeze, 150)).toBe("pending");
          if (subject.sight === "exact") {
            expect(open.look().state).toMatchObject({ state: "FREEZING", certainty: "CERTAIN" });
          }
          expect(await within(open.thaw(), 2000)).toMatchObject({ errno: "EINVAL" });
          expect(await within(freeze, 50)).toBe("pending");
          await hold.release();
          expect((await freeze).errno).toBeUndefined();
          expect(await filesystem.truth()).toBe("frozen");
          expect((await open.thaw()).errno).toBeUndefined();
        });
      } finally {
        await hold.release();
      }
      expect(await filesystem.truth()).toBe("thawed");
    });

    stuck("probes, looks and resolutions do not wait for it", async () => {
      const { kernel, filesystem } = fixture();
      const hold = await filesystem.holdFreezes();
      try {
        await withOpen(kernel, filesystem.mountPoint, async (open) => {
          const freeze = open.freeze();
          expect(await within(freeze, 150)).toBe("pending");
          for (const target of [byPath(filesystem.mountPoint), byBlockDevice(filesystem.device)]) {
            const probe = await kernel.probe(target);
            expect(probe.ok).toBe(true);
            if (probe.ok && subject.sight === "exact") {
              expect(probe.value.reading.state).toBe("FREEZING");
            }
            await resolved(kernel, target);
          }
          await withOpen(kernel, filesystem.mountPoint, async (second) => {
            expect(await within(second.syncfs(), 5000)).not.toBe("pending");
          });
          await kernel.layersBelow(open.identity);
          await hold.release();
          await freeze;
          await open.thaw();
        });
      } finally {
        await hold.release();
      }
    });

    stuck("a handle closed meanwhile stays open until the freeze has landed", async () => {
      const { kernel, filesystem } = fixture();
      const hold = await filesystem.holdFreezes();
      try {
        const opened = await kernel.open(await resolved(kernel, byPath(filesystem.mountPoint)), {
          watch: true,
        });
        if (!opened.ok) throw new Error(opened.refusal.message);
        const freeze = opened.value.freeze();
        expect(await within(freeze, 150)).toBe("pending");
        opened.value.close();
        expect(filesystem.openDescriptors()).toBeGreaterThan(0);
        await hold.release();
        expect((await freeze).errno).toBeUndefined();
      } finally {
        await hold.release();
      }
      expect(await filesystem.truth()).toBe("frozen");
      expect(filesystem.openDescriptors()).toBe(0);
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect((await open.thaw()).errno).toBeUndefined();
      });
    });

    stuck("a second freeze is refused with EBUSY in the end", async () => {
      const { kernel, filesystem } = fixture();
      const hold = await filesystem.holdFreezes();
      try {
        await withOpen(kernel, filesystem.mountPoint, async (open) => {
          const first = open.freeze();
          expect(await within(first, 150)).toBe("pending");
          await withOpen(kernel, filesystem.mountPoint, async (other) => {
            const second = other.freeze();
            await hold.release();
            const answers = [(await first).errno, (await second).errno];
            expect(answers).toEqual([undefined, "EBUSY"]);
          });
          expect((await open.thaw()).errno).toBeUndefined();
        });
      } finally {
        await hold.release();
      }
    });
  });
}
