/** Two layers of one stack: an image stored on a file system of the same machine. In the wrong order the kernel hangs for ever. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDaemon } from "../support/daemon.js";
import { foreignFreeze, foreignThaw } from "../support/foreign.js";
import { expectFrozen, expectThawed } from "../support/kernel-truth.js";
import { createLoopFilesystem, type LoopFilesystem } from "../support/loop-filesystem.js";
import { refusalOf, release } from "../support/outcome.js";
import { requires } from "../support/requirements.js";

requires("root", "loop", "ext4", "bpf").describe("two layers of one stack", () => {
  const daemon = useDaemon();
  let lower: LoopFilesystem;
  let upper: LoopFilesystem;
  beforeAll(async () => {
    lower = await createLoopFilesystem({ type: "ext4", sizeMb: 160 });
    upper = await createLoopFilesystem({ type: "ext4", storedIn: lower });
  });
  afterAll(async () => {
    await upper?.dispose();
    await lower?.dispose();
  });

  test("in one hold, in either order: refused, nothing frozen", async () => {
    using client = daemon().connect();
    for (const paths of [
      [upper.mountPoint, lower.mountPoint],
      [lower.mountPoint, upper.mountPoint],
    ]) {
      for (const attempt of [() => client.hold(paths), () => client.freeze(paths)]) {
        const refusal = await refusalOf(attempt());
        expect(refusal).toMatchObject({ reason: "UNSUPPORTED", metadata: { option: "layers" } });
      }
    }
    await expectThawed(upper.mountPoint);
    await expectThawed(lower.mountPoint);
  });

  test("the lower one held: the upper one is refused, not hung on", async () => {
    using client = daemon().connect();
    const hold = await client.hold(lower.mountPoint);
    for (const attempt of [
      () => client.hold(upper.mountPoint),
      () => client.freeze(upper.mountPoint),
    ]) {
      expect(await refusalOf(attempt())).toMatchObject({
        reason: "LOWER_LAYER_FROZEN",
        code: "FAILED_PRECONDITION",
        metadata: { lower_device: lower.key },
      });
    }
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(lower.mountPoint);
    await expectThawed(upper.mountPoint);
  });

  test("the lower one frozen by somebody else: the upper one is refused", async () => {
    using client = daemon().connect();
    expect((await foreignFreeze(lower.mountPoint)).code).toBe(0);
    const refusal = await refusalOf(client.hold(upper.mountPoint));
    expect(refusal.reason).toBe("LOWER_LAYER_FROZEN");
    expect((await foreignThaw(lower.mountPoint)).code).toBe(0);
    await expectThawed(upper.mountPoint);
  });

  test("the upper one held: the lower one is refused, because the upper one could not be thawed then", async () => {
    using client = daemon().connect();
    const hold = await client.hold(upper.mountPoint);
    expect((await refusalOf(client.hold(lower.mountPoint))).reason).toBe("UNSUPPORTED");
    await expectThawed(lower.mountPoint);
    await expectFrozen(upper.mountPoint);
    expect((await hold.release()).verdict).toBe("INTACT");
    await expectThawed(upper.mountPoint);
  });

  test("the upper one held, the lower one frozen by somebody else: its thaw waits, and nothing hangs", async () => {
    using client = daemon().connect();
    const hold = await client.hold(upper.mountPoint);
    expect((await foreignFreeze(lower.mountPoint)).code).toBe(0);
    // Answered before the thaw, which is not known to have worked.
    const { receipt } = await release(hold);
    expect(receipt.verdict).toBe("UNPROVEN");
    expect(await client.health()).toBe("SERVING");
    await expectFrozen(lower.mountPoint);
    expect((await foreignThaw(lower.mountPoint)).code).toBe(0);
    await expectThawed(upper.mountPoint);
    await expectThawed(lower.mountPoint);
  });
});
