import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import type { FilesystemType } from "../support/loop-filesystem.js";
import {
  byBlockDevice,
  byNumber,
  byPath,
  expectedState,
  resolved,
  useFixture,
  withOpen,
} from "./fixture.js";
import type { ContractSubject } from "./subject.js";

/** Freeze, thaw, and what state is told of them. */
export function describeState(subject: ContractSubject, type: FilesystemType): void {
  const expected = (state: "THAWED" | "FROZEN", readOnly = false) =>
    expectedState(subject.sight, type, state, readOnly);

  describe("freeze and thaw", () => {
    const fixture = useFixture(subject, type);

    test("freezes, refuses a second freeze, thaws, refuses a second thaw", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect(open.look().state).toMatchObject(expected("THAWED"));
        const frozen = await open.freeze();
        expect(frozen.errno).toBeUndefined();
        expect(frozen.returnedAt.bootUs).toBeGreaterThanOrEqual(frozen.startedAt.bootUs);
        expect(open.look().state).toMatchObject(expected("FROZEN"));
        expect(await filesystem.truth()).toBe("frozen");
        expect((await open.freeze()).errno).toBe("EBUSY");
        expect(await filesystem.truth()).toBe("frozen");
        expect((await open.thaw()).errno).toBeUndefined();
        expect(open.look().state).toMatchObject(expected("THAWED"));
        expect(await filesystem.truth()).toBe("thawed");
        expect((await open.thaw()).errno).toBe("EINVAL");
      });
    });

    test("a freeze by another program is refused with EBUSY and is seen", async () => {
      const { kernel, filesystem } = fixture();
      expect(await filesystem.foreignFreeze()).toBe("");
      for (const target of [
        byPath(filesystem.mountPoint),
        byBlockDevice(filesystem.device),
        byNumber(filesystem.deviceNumber),
      ]) {
        const probe = await kernel.probe(target);
        expect(probe).toMatchObject({
          ok: true,
          value: { type, reading: expected("FROZEN"), identity: { uuid: filesystem.uuid } },
        });
      }
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect(open.look().state).toMatchObject(expected("FROZEN"));
        expect((await open.freeze()).errno).toBe("EBUSY");
      });
      expect(await filesystem.truth()).toBe("frozen");
      expect(await filesystem.foreignThaw()).toBe("");
      for (const target of [byPath(filesystem.mountPoint), byBlockDevice(filesystem.device)]) {
        const probe = await kernel.probe(target);
        expect(probe).toMatchObject({ ok: true, value: { reading: expected("THAWED") } });
      }
    });

    test("a thaw by another program is seen, and ours then says EINVAL", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect((await open.freeze()).errno).toBeUndefined();
        expect(await filesystem.foreignThaw()).toBe("");
        expect(open.look().state).toMatchObject(expected("THAWED"));
        expect((await open.thaw()).errno).toBe("EINVAL");
      });
    });

    test("probe tells the state of our own freeze, by path and by device, and changes nothing", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.freeze();
        const before = open.look();
        const image = await filesystem.imageDigest();
        for (let round = 0; round < 100; round += 1) {
          const target =
            round % 2 === 0 ? byPath(filesystem.mountPoint) : byBlockDevice(filesystem.device);
          const probe = await kernel.probe(target);
          expect(probe).toMatchObject({ ok: true, value: { reading: expected("FROZEN") } });
          open.look();
        }
        const after = open.look();
        expect({ ...after, at: before.at }).toEqual(before);
        expect(await filesystem.imageDigest()).toBe(image);
        expect(await filesystem.truth()).toBe("frozen");
        await open.thaw();
      });
    });

    test("looks at a thawed file system change nothing", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        await open.syncfs();
        const nothingChanges = () => {
          const before = open.look();
          for (let round = 0; round < 100; round += 1) open.look();
          return isDeepStrictEqual({ ...open.look(), at: before.at }, before);
        };
        // The file system's own threads may write at any moment, but not at each.
        await expect.poll(nothingChanges).toBe(true);
      });
      expect(await filesystem.truth()).toBe("thawed");
    });

    test("syncfs is not held up by a freeze", async () => {
      const { kernel, filesystem } = fixture();
      await filesystem.write();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect((await open.syncfs()).errno).toBeUndefined();
        await open.freeze();
        expect((await open.syncfs()).errno).toBeUndefined();
        await open.thaw();
      });
    });

    test("every path to it is frozen by one freeze", async () => {
      const { kernel, filesystem } = fixture();
      const other = type === "btrfs" ? await filesystem.subvolume() : await filesystem.bind();
      await withOpen(kernel, other, async (open) => {
        expect((await open.freeze()).errno).toBeUndefined();
        expect(await filesystem.truth()).toBe("frozen");
        await withOpen(kernel, filesystem.mountPoint, async (second) => {
          expect(second.look().superblock).toBe(open.look().superblock);
          expect((await second.freeze()).errno).toBe("EBUSY");
          expect((await second.thaw()).errno).toBeUndefined();
        });
        expect((await open.thaw()).errno).toBe("EINVAL");
      });
    });

    test("the counts of holders are those of user space", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        // Linux before 6.8 and the fall-backs have no counts.
        expect([undefined, 0]).toContain(open.look().state.userCount);
        await open.freeze();
        expect([undefined, 1]).toContain(open.look().state.userCount);
        expect([undefined, 0]).toContain(open.look().state.kernelCount);
        await open.thaw();
      });
    });

    test("a hold from the first call to the last leaves no descriptor", async () => {
      const { kernel, filesystem } = fixture();
      const before = subject.countDescriptors();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect(subject.countDescriptors()).toBeGreaterThan(before);
        await open.freeze();
        open.look();
        await kernel.probe(byBlockDevice(filesystem.device));
        await kernel.layersBelow(open.identity);
        await kernel.suspendedDevices(open.identity);
        await open.freeze();
        await open.syncfs();
        await open.thaw();
      });
      expect(subject.countDescriptors()).toBe(before);
    });

    test("a lost device is EIO, and what is frozen is thawed all the same", async () => {
      // btrfs has no call for it.
      if (type === "btrfs") return;
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect((await open.freeze()).errno).toBeUndefined();
        await filesystem.shutDown();
        expect((await open.freeze()).errno).toBe("EBUSY");
        expect((await open.thaw()).errno).toBeUndefined();
        expect((await open.freeze()).errno).toBe("EIO");
        expect((await open.thaw()).errno).toBe("EINVAL");
        const answers = type === "ext4" ? subject.syncfsOfLostExt4 : ["EIO"];
        expect(answers).toContain((await open.syncfs()).errno);
      });
      expect(await filesystem.unmount()).toBe("");
      await filesystem.mount();
    });

    test("an instant of a look lies between those around it", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        const before = kernel.now();
        const { at } = open.look();
        const after = kernel.now();
        expect(at.bootUs).toBeGreaterThanOrEqual(before.bootUs);
        expect(at.bootUs).toBeLessThanOrEqual(after.bootUs);
      });
    });
  });

  describe("read-only superblock", () => {
    const fixture = useFixture(subject, type);

    test("freezes and thaws, and says that it is read-only", async () => {
      const { kernel, filesystem } = fixture();
      await filesystem.remount("ro");
      try {
        const identity = await resolved(kernel, byPath(filesystem.mountPoint));
        expect(identity.readOnly).toBe(true);
        await withOpen(kernel, filesystem.mountPoint, async (open) => {
          const before = open.look();
          expect(before).toMatchObject({ readOnly: true, state: expected("THAWED", true) });
          expect((await open.freeze()).errno).toBeUndefined();
          const frozen = open.look();
          expect(frozen.state).toMatchObject(expected("FROZEN", true));
          // It does not sync: the generation stands still, and so does the image.
          expect(frozen.generation).toEqual(before.generation);
          expect(frozen.devices).toEqual(before.devices);
          expect((await open.freeze()).errno).toBe("EBUSY");
          expect((await open.thaw()).errno).toBeUndefined();
          expect((await open.thaw()).errno).toBe("EINVAL");
        });
      } finally {
        await filesystem.remount("rw");
      }
      const identity = await resolved(kernel, byPath(filesystem.mountPoint));
      expect(identity.readOnly).toBe(false);
    });
  });

  describe("unmounting", () => {
    const fixture = useFixture(subject, type);

    test("is refused while it is open, and succeeds at once when closed", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        expect(await filesystem.unmount()).toBe("EBUSY");
        await open.freeze();
        expect(await filesystem.unmount()).toBe("EBUSY");
        await open.thaw();
      });
      expect(await filesystem.unmount()).toBe("");
      await filesystem.mount();
    });

    test("a closed handle is closed for good, and closing twice is nothing", async () => {
      const { kernel, filesystem } = fixture();
      await withOpen(kernel, filesystem.mountPoint, async (open) => {
        open.close();
        expect(() => open.look()).toThrow(/closed/);
        await expect((async () => open.freeze())()).rejects.toThrow(/closed/);
      });
    });

    test("an identity whose mount is gone is not opened", async () => {
      const { kernel, filesystem } = fixture();
      const identity = await resolved(kernel, byPath(filesystem.mountPoint));
      expect(await filesystem.unmount()).toBe("");
      const opened = await kernel.open(identity, { watch: true });
      expect(opened).toMatchObject({ ok: false, refusal: { reason: "TARGET_MISMATCH" } });
      expect(await kernel.probe(byPath(filesystem.mountPoint))).toMatchObject({ ok: false });
      await filesystem.mount();
    });

    test("a ghost is seen by its block device alone", async () => {
      const { kernel, filesystem } = fixture();
      await filesystem.makeGhost();
      const seen = subject.sight === "exact" && (type !== "btrfs" || subject.seesBtrfsByDevice);
      try {
        const told = seen ? "FROZEN" : "UNKNOWN";
        for (const target of [
          byBlockDevice(filesystem.device),
          byNumber(filesystem.deviceNumber),
        ]) {
          const probe = await kernel.probe(target);
          expect(probe).toMatchObject({ ok: true, value: { reading: { state: told } } });
          if (!probe.ok) continue;
          expect(probe.value.identity).toBeUndefined();
          const { major, minor } = probe.value.device;
          expect(`${major}:${minor}`).toBe(filesystem.deviceNumber);
          if (seen) {
            expect(probe.value).toMatchObject({ type, reading: { certainty: "CERTAIN" } });
          }
          expect(await kernel.resolve(target)).toMatchObject({
            ok: false,
            refusal: { reason: "TARGET_NOT_FOUND" },
          });
        }
      } finally {
        await filesystem.recoverGhost();
      }
      expect(await filesystem.truth()).toBe("thawed");
      expect(await filesystem.unmount()).toBe("");
      const probe = await kernel.probe(byBlockDevice(filesystem.device));
      const told = subject.sight === "exact" ? "THAWED" : "UNKNOWN";
      expect(probe).toMatchObject({ ok: true, value: { reading: { state: told } } });
      await filesystem.mount();
    });
  });
}
