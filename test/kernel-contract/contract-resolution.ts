import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { TargetSpec } from "../../src/kernel/port.js";
import type { FilesystemType } from "../support/loop-filesystem.js";
import { byBlockDevice, byNumber, byPath, byUuid, resolved, useFixture } from "./fixture.js";
import type { ContractSubject } from "./subject.js";

/** From what a caller names to one identity. */
export function describeResolution(subject: ContractSubject, type: FilesystemType): void {
  describe("resolution", () => {
    const fixture = useFixture(subject, type);

    test("the mount point, its device, its numbers and its UUID are one file system", async () => {
      const { kernel, filesystem } = fixture();
      const before = subject.countDescriptors();
      const identity = await resolved(kernel, byPath(filesystem.mountPoint));
      expect(identity).toMatchObject({
        type,
        mountPoint: filesystem.mountPoint,
        directory: filesystem.mountPoint,
        source: filesystem.device,
        uuid: filesystem.uuid,
        readOnly: false,
      });
      expect(`${identity.device.major}:${identity.device.minor}`).toBe(identity.key);
      for (const target of [
        byBlockDevice(filesystem.device),
        byNumber(filesystem.deviceNumber),
        byNumber(identity.key),
        byUuid(filesystem.uuid),
        byUuid(filesystem.uuid.toUpperCase()),
      ]) {
        expect(await resolved(kernel, target)).toEqual(identity);
      }
      expect(subject.countDescriptors()).toBe(before);
    });

    test("a bind mount is the same file system at another place", async () => {
      const { kernel, filesystem } = fixture();
      const { key } = await resolved(kernel, byPath(filesystem.mountPoint));
      const place = await filesystem.bind();
      expect(await resolved(kernel, byPath(place))).toMatchObject({
        key,
        type,
        uuid: filesystem.uuid,
        mountPoint: place,
        directory: place,
      });
    });

    test("a subvolume is the same file system at another place", async () => {
      if (type !== "btrfs") return;
      const { kernel, filesystem } = fixture();
      const { key } = await resolved(kernel, byPath(filesystem.mountPoint));
      const place = await filesystem.subvolume();
      expect(await resolved(kernel, byPath(place))).toMatchObject({ key, mountPoint: place });
    });

    test("a subdirectory is refused, unless it is allowed", async () => {
      const { kernel, filesystem } = fixture();
      const path = await filesystem.directory();
      const { key } = await resolved(kernel, byPath(filesystem.mountPoint));
      expect(await kernel.resolve(byPath(path))).toMatchObject({
        ok: false,
        refusal: { reason: "NOT_A_MOUNT_POINT", metadata: { path } },
      });
      const allowed = await resolved(kernel, byPath(path, true));
      expect(allowed).toMatchObject({ key, mountPoint: filesystem.mountPoint, directory: path });
      const opened = await kernel.open(allowed, { watch: true });
      expect(opened.ok).toBe(true);
      if (!opened.ok) return;
      expect((await opened.value.freeze()).errno).toBeUndefined();
      expect(await filesystem.truth()).toBe("frozen");
      expect((await opened.value.thaw()).errno).toBeUndefined();
      opened.value.close();
    });

    test("a file and a FIFO on it are no directories", async () => {
      const { kernel, filesystem } = fixture();
      for (const path of [await filesystem.file(), await filesystem.fifo()]) {
        for (const target of [byPath(path), byPath(path, true)]) {
          const refused = await kernel.resolve(target);
          expect(refused).toMatchObject({ ok: false, refusal: { reason: "NOT_A_DIRECTORY" } });
        }
        expect(await kernel.resolve(byBlockDevice(path))).toMatchObject({
          ok: false,
          refusal: { reason: "TARGET_MISMATCH" },
        });
      }
      expect(await filesystem.truth()).toBe("thawed");
    });

    test("expectations are compared with what it is", async () => {
      const { kernel, filesystem } = fixture();
      const target = byPath(filesystem.mountPoint);
      const { key, device } = await resolved(kernel, target);
      const met: readonly TargetSpec[] = [
        { ...target, expectUuid: filesystem.uuid },
        { ...target, expectDevice: device },
        { ...byBlockDevice(filesystem.device), expectUuid: filesystem.uuid, expectDevice: device },
      ];
      for (const one of met) expect((await resolved(kernel, one)).key).toBe(key);
      const failed: readonly TargetSpec[] = [
        { ...target, expectUuid: randomUUID() },
        { ...target, expectDevice: { major: 4095, minor: 1 } },
        { ...byUuid(filesystem.uuid), expectDevice: { major: 4095, minor: 1 } },
      ];
      for (const one of failed) {
        const refused = await kernel.resolve(one);
        expect(refused).toMatchObject({ ok: false, refusal: { reason: "TARGET_MISMATCH" } });
        expect(await kernel.probe(one)).toMatchObject({ ok: false });
      }
    });

    test("the file system that stores its image is the layer below", async () => {
      const { kernel, filesystem } = fixture();
      const upper = await subject.createFilesystem("ext4", filesystem);
      try {
        const lower = await resolved(kernel, byPath(filesystem.mountPoint));
        const identity = await resolved(kernel, byPath(upper.mountPoint));
        const layers = await kernel.layersBelow(identity);
        expect(layers[0]).toMatchObject({ key: lower.key, mountPoint: filesystem.mountPoint });
        expect(layers[0]?.via).toBeTruthy();
        const further = await kernel.layersBelow(lower);
        expect(layers.slice(1).map((layer) => layer.key)).toEqual(further.map((one) => one.key));
        expect(further.map((layer) => layer.key)).not.toContain(lower.key);
        expect(await kernel.suspendedDevices(identity)).toEqual([]);
      } finally {
        await upper.dispose();
      }
    });
  });
}
