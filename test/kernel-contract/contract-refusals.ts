import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Kernel, TargetSpec } from "../../src/kernel/port.js";
import { byBlockDevice, byNumber, byPath, byUuid } from "./fixture.js";
import type { ContractSubject, Oddities } from "./subject.js";

/** What cannot be frozen: each its own reason, and nothing stays open. */
export function describeRefusals(subject: ContractSubject): void {
  describe("refusals", () => {
    let kernel: Kernel;
    let oddities: Oddities;
    beforeAll(async () => {
      kernel = subject.createKernel();
      oddities = await subject.createOddities();
    });
    afterAll(async () => {
      kernel.close();
      await oddities.dispose();
    });

    const cases: readonly [string, (odd: Oddities) => TargetSpec, string][] = [
      ["a missing path", ({ missing }) => byPath(missing), "TARGET_NOT_FOUND"],
      ["a path below a missing one", ({ missing }) => byPath(`${missing}/x`), "TARGET_NOT_FOUND"],
      ["tmpfs", ({ tmpfs }) => byPath(tmpfs), "NOT_FREEZABLE"],
      ["overlay", ({ overlay }) => byPath(overlay), "NOT_FREEZABLE"],
      ["proc", ({ proc }) => byPath(proc), "NOT_FREEZABLE"],
      ["a relative path", () => byPath("proc"), "INVALID_REQUEST"],
      ["an empty path", () => byPath(""), "INVALID_REQUEST"],
      ["a path with a zero byte", () => byPath("/proc\0"), "INVALID_REQUEST"],
      ["a path of a megabyte", () => byPath(`/${"x".repeat(1 << 20)}`), "INVALID_REQUEST"],
      ["a missing device", ({ missing }) => byBlockDevice(missing), "TARGET_NOT_FOUND"],
      ["a device that is a directory", ({ tmpfs }) => byBlockDevice(tmpfs), "TARGET_MISMATCH"],
      ["a number of no device", () => byNumber("4095:1048575"), "TARGET_NOT_FOUND"],
      [
        "a UUID of no file system",
        () => byUuid("12345678-0000-4000-8000-123456789abc"),
        "TARGET_NOT_FOUND",
      ],
    ];

    for (const [name, target, reason] of cases) {
      test(`${name} is refused: ${reason}`, async () => {
        const before = subject.countDescriptors();
        const refused = await kernel.resolve(target(oddities));
        expect(refused).toMatchObject({ ok: false, refusal: { reason } });
        if (!refused.ok) expect(refused.refusal.message.length).toBeLessThan(1000);
        expect(await kernel.probe(target(oddities))).toMatchObject({
          ok: false,
          refusal: { reason },
        });
        expect(subject.countDescriptors()).toBe(before);
      });
    }

    test("capabilities say what this kernel can tell", () => {
      const { privileged, exactState, generation } = kernel.capabilities();
      expect(privileged.available).toBe(true);
      expect(exactState.available).toBe(subject.sight === "exact");
      expect(generation.available).toBe(subject.sight === "exact");
      if (subject.sight !== "exact") expect(exactState.detail).not.toBe("");
    });
  });
}
