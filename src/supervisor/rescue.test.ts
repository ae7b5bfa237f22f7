import { beforeEach, describe, expect, test } from "vitest";
import { exact, look, noGeneration, xfsLogHead } from "../hold/testing/samples.js";
import type { GenerationReading, OpenFilesystem } from "../kernel/port.js";
import type { JournalledGrant } from "./journal.js";
import { whoseFreeze } from "./rescue.js";
import { identityOf } from "./testing/records.js";
import { RescueBench } from "./testing/rescue-bench.js";

let bench: RescueBench;
beforeEach(() => {
  bench = new RescueBench();
});

/** The same handle with one call changed; the others keep their own `this`. */
function withCall(handle: OpenFilesystem, changed: Partial<OpenFilesystem>): OpenFilesystem {
  return {
    identity: handle.identity,
    freeze: () => handle.freeze(),
    thaw: () => handle.thaw(),
    syncfs: () => handle.syncfs(),
    look: () => handle.look(),
    close: () => handle.close(),
    ...changed,
  };
}

describe("what the guardian froze and told of", () => {
  test("is thawed at once", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    expect(await bench.rescue(guardian.landed())).toEqual({ kind: "thawed" });
    expect(bench.fs().phase).toBe("thawed");
    expect(bench.slept).toBe(0);
  });

  test("is thawed also while the guardian is dying of another one's stuck freeze", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    await guardian.freeze();
    expect(await bench.rescue(guardian.landed())).toEqual({ kind: "thawed" });
  });

  test("and had thawed itself is over", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    await guardian.freeze();
    const entry = guardian.landed();
    bench.fs().foreignThaw();
    expect(await bench.rescue(entry)).toEqual({ kind: "was-thawed" });
    expect(bench.fs().counts.thaws).toBe(1);
  });

  test("is thawed through every error, as often as it takes", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    bench.fs().fail("thaw", "EIO", 3);
    bench.fs().fail("thaw", "ENOMEM", 2);
    expect(await bench.rescue(guardian.landed())).toEqual({ kind: "thawed" });
    expect(bench.slept).toBe(5);
  });

  test("is not thawed twice where FITHAW says EINVAL: the rest is device-mapper's", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    bench.fs().fail("thaw", "EINVAL");
    expect(await bench.rescue(guardian.landed())).toEqual({ kind: "was-thawed" });
    expect(bench.fs().counts.thaws).toBe(0);
  });

  test("and somebody else has frozen since is left alone", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    const entry = guardian.landed();
    bench.fs().foreignRefreeze();
    expect(await bench.rescue(entry)).toEqual({ kind: "not-ours" });
    expect(bench.fs().phase).toBe("frozen");
  });
});

describe("what the guardian may have frozen without telling", () => {
  test("is thawed where the generation has moved by its hand", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    expect(await bench.rescue(guardian.entry)).toEqual({ kind: "thawed" });
  });

  test("is left alone where another pid has moved it", async () => {
    const guardian = await bench.granted();
    bench.fs().foreignFreeze();
    expect(await bench.rescue(guardian.entry)).toEqual({ kind: "not-ours" });
    expect(bench.fs().phase).toBe("frozen");
  });

  test("is over where it is thawed and the guardian wholly gone", async () => {
    const guardian = await bench.granted();
    expect(await bench.rescue(guardian.entry)).toEqual({ kind: "was-thawed" });
  });

  test("is waited for where it is thawed and a thread of the guardian may yet freeze it", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    await guardian.freeze();
    expect(await rescuing).toEqual({ kind: "thawed" });
    expect(bench.fs().counts).toEqual({ freezes: 1, thaws: 1 });
  });

  test("is waited for while it is in flight, and thawed when it lands", async () => {
    bench.life = "dying";
    bench.fs().holdFreezes();
    const guardian = await bench.granted();
    const freezing = guardian.freeze();
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    expect(bench.fs().phase).toBe("freezing");
    bench.fs().releaseFreezes();
    await freezing;
    bench.life = "gone";
    expect(await rescuing).toEqual({ kind: "thawed" });
    expect(bench.fs().phase).toBe("thawed");
  });

  test("is over when the dying guardian is gone without having frozen", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    bench.life = "gone";
    expect(await rescuing).toEqual({ kind: "was-thawed" });
  });

  test("is not asked again where FITHAW says EINVAL, before the guardian is gone", async () => {
    bench.life = "dying";
    bench.world.setWays({ generation: "none" });
    const guardian = await bench.granted();
    // Device-mapper's: FITHAW would take it away from it.
    bench.fs().suspend();
    bench.fs().fail("thaw", "EINVAL");
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    expect(bench.fs().phase).toBe("frozen");
    bench.fs().resume();
    await guardian.freeze();
    bench.life = "gone";
    expect(await rescuing).toEqual({ kind: "thawed" });
    expect(bench.fs().phase).toBe("thawed");
  });

  test("ends where the guardian's last words say after all that it is over", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    let over = false;
    const rescuing = bench.rescue(guardian.entry, { isOver: () => over });
    expect(await bench.isPending(rescuing)).toBe(true);
    over = true;
    expect(await rescuing).toEqual({ kind: "was-thawed" });
  });

  test("is judged by a landing that is told while it is looked at", async () => {
    bench.life = "dying";
    const guardian = await bench.granted();
    await guardian.freeze();
    const landed = guardian.landed();
    bench.fs().foreignThaw();
    let entry = guardian.entry;
    // Without the landing the dying guardian might freeze it yet; the generation is of no help
    // here.
    bench.world.setWays({ generation: "none" });
    const rescuing = bench.rescue(() => entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    entry = landed;
    expect(await rescuing).toEqual({ kind: "was-thawed" });
  });
});

describe("where nothing tells the state", () => {
  beforeEach(() => bench.world.setWays({ state: "none", generation: "none" }));

  test("what the journal names is thawed", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    expect(await bench.rescue(guardian.entry)).toEqual({ kind: "thawed" });
    expect(bench.fs().phase).toBe("thawed");
  });

  test("EINVAL means that nothing is frozen, once nothing of ours is in flight", async () => {
    const guardian = await bench.granted();
    expect(await bench.rescue(guardian.entry)).toEqual({ kind: "was-thawed" });
    bench.life = "dying";
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    bench.life = "gone";
    expect(await rescuing).toEqual({ kind: "was-thawed" });
  });

  test("FITHAW is tried until the freeze in flight has landed", async () => {
    bench.life = "dying";
    bench.fs().holdFreezes();
    const guardian = await bench.granted();
    const freezing = guardian.freeze();
    const rescuing = bench.rescue(guardian.entry);
    expect(await bench.isPending(rescuing)).toBe(true);
    bench.fs().releaseFreezes();
    await freezing;
    expect(await rescuing).toEqual({ kind: "thawed" });
  });
});

describe("nothing stops it", () => {
  test("a look that fails: FITHAW is tried all the same", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    const handle = await bench.open("/a");
    const blind = withCall(handle, {
      look: () => {
        throw new Error("no BPF any more");
      },
    });
    expect(await bench.rescue(guardian.landed(), { handle: blind })).toEqual({ kind: "thawed" });
  });

  test("a call that throws is tried again", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    const handle = await bench.open("/a");
    let broken = 3;
    const flaky = withCall(handle, {
      thaw: () => (broken-- > 0 ? Promise.reject(new Error("no thread")) : handle.thaw()),
    });
    expect(await bench.rescue(guardian.landed(), { handle: flaky })).toEqual({ kind: "thawed" });
    expect(bench.slept).toBe(3);
  });

  test("a frozen lower layer is waited for, because FITHAW would hang", async () => {
    const guardian = await bench.granted("/upper");
    await guardian.freeze();
    bench.fs("/lower").foreignFreeze();
    const handle = await bench.open("/upper");
    let calls = 0;
    const counting = withCall(handle, {
      thaw: () => {
        calls += 1;
        return handle.thaw();
      },
    });
    const rescuing = bench.rescue(guardian.landed(), { handle: counting });
    expect(await bench.isPending(rescuing)).toBe(true);
    expect(calls).toBe(0);
    bench.fs("/lower").foreignThaw();
    expect(await rescuing).toEqual({ kind: "thawed" });
    expect(calls).toBe(1);
    expect(bench.fs("/lower").openHandles).toBe(0);
  });
});

describe("whose freeze it is", () => {
  function entry(
    grant: Partial<JournalledGrant["grant"]>,
    landing?: GenerationReading,
  ): JournalledGrant {
    return {
      bootId: "b",
      guardian: { pid: 7, startTicks: "1" },
      grant: {
        epoch: 1,
        identity: identityOf(),
        deadlineUs: 0,
        generationBefore: exact(10),
        freezerPid: 7,
        superblock: "ff",
        ...grant,
      },
      ...(landing === undefined ? {} : { landing: { epoch: 1, generation: landing } }),
    };
  }
  const seen = (generation: GenerationReading, superblock = "ff") =>
    look(1, { generation, superblock });

  test.each<[string, JournalledGrant, ReturnType<typeof look>, ReturnType<typeof whoseFreeze>]>([
    ["as it landed", entry({}, exact(12)), seen(exact(12)), "ours"],
    ["moved since it landed", entry({}, exact(12)), seen(exact(14, 8)), "another"],
    [
      "moved since it landed, by a pid like ours",
      entry({}, exact(12)),
      seen(exact(14, 7)),
      "another",
    ],
    ["moved by us before it could be told", entry({}), seen(exact(12, 7)), "ours"],
    ["moved by another before it could be told", entry({}), seen(exact(12, 8)), "another"],
    ["of another mount of the device", entry({}, exact(12)), seen(exact(12), "ee"), "another"],
    ["with a count begun after it", entry({}, exact(12)), seen(exact(900, 0)), "unknown"],
    ["with a count begun after it, not told", entry({}), seen(exact(900, 0)), "unknown"],
    ["with no count any more", entry({}, exact(12)), seen(noGeneration), "unknown"],
    [
      "xfs, as it landed",
      entry({ generationBefore: xfsLogHead("1:1") }, xfsLogHead("1:9")),
      seen(xfsLogHead("1:9")),
      "ours",
    ],
    [
      "xfs, frozen again since",
      entry({ generationBefore: xfsLogHead("1:1") }, xfsLogHead("1:9")),
      seen(xfsLogHead("1:20")),
      "another",
    ],
    [
      "xfs, not told",
      entry({ generationBefore: xfsLogHead("1:1") }),
      seen(xfsLogHead("1:20")),
      "unknown",
    ],
    ["two ways of counting", entry({}, exact(12)), seen(xfsLogHead("1:20")), "unknown"],
  ])("%s", (_, grant, now, whose) => {
    expect(whoseFreeze(grant, now)).toBe(whose);
  });

  test("not told: thawed, unless only what is proven is to be", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    const untold = {
      ...guardian.landed(),
      landing: { epoch: 1, generation: noGeneration },
      grant: { ...guardian.landed().grant, generationBefore: noGeneration },
    };
    expect(await bench.rescue(untold, { onlyProven: true })).toEqual({ kind: "unproven" });
    expect(bench.fs().phase).toBe("frozen");
    expect(await bench.rescue(untold)).toEqual({ kind: "thawed" });
  });

  test("proven: thawed also where only that is to be", async () => {
    const guardian = await bench.granted();
    await guardian.freeze();
    const rescued = await bench.rescue(guardian.landed(), { onlyProven: true });
    expect(rescued).toEqual({ kind: "thawed" });
  });

  test("without a superblock's address the generation alone decides", () => {
    const { superblock: _, ...grant } = entry({}, exact(12)).grant;
    const { superblock: __, ...nowhere } = seen(exact(12));
    expect(whoseFreeze({ ...entry({}, exact(12)), grant }, nowhere)).toBe("ours");
  });
});
