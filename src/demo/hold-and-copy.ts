/** A hold, and a copy of the image as the snapshot. What is told of the writes is the writer's own word and the kernel's. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Receipt } from "@fsfreezed/client";
import { monotonicMs } from "./clock.js";
import { copyImage, imageMb, judge, readRecords, readSectors, type Sectors } from "./image.js";
import { recordsFile, type Stage } from "./real.js";
import { ms, tellReceipt } from "./tell-receipt.js";
import { type BlockedAt, chart } from "./writer.js";

/** The hold lasts at least so long, so that the eye can see it in the chart. */
const shownMs = 1000;
/** How much of the time before and after the hold the chart shows. */
const aroundMs = 600;
const chartSlices = 60;

/** What the demo itself saw. The times are CLOCK_MONOTONIC, as the writer's. */
interface Seen {
  /** The client was told that all is frozen. */
  readonly frozenMs: number;
  readonly blocked: BlockedAt;
  /** Between these two the snapshot was copied. */
  readonly copyFromMs: number;
  readonly copyToMs: number;
  readonly copy: string;
  /** The kernel's counters before the copy, and just before the release. */
  readonly sectors: readonly [Sectors, Sectors];
  /** Nothing thawed it before this. */
  readonly releaseMs: number;
  readonly receipt: Receipt;
}

export async function holdAndCopy(stage: Stage): Promise<void> {
  const { teller, writer } = stage;
  teller.heading("2. A hold, and a snapshot while it lasts");
  await sleep(aroundMs);
  const seen = await hold(stage);
  await writer.waitFor(seen.blocked.lastSynced + 1);
  teller.at("thawed: the writer goes on");
  await sleep(aroundMs);
  tellChart(stage, seen);
  teller.more("");
  tellReceipt(teller, seen.receipt);
  teller.say();
  checkWrites(stage, seen);
  await checkCopy(stage, seen);
  checkSectors(stage, seen);
  checkVerdict(stage, seen.receipt);
}

async function hold({ teller, bench, client, image, writer }: Stage): Promise<Seen> {
  teller.at(`client.hold("${image.mountPoint}")`);
  await using held = await client.hold(image.mountPoint, {
    ttl: 10_000,
    purpose: "the demo's snapshot",
    // Not every machine can prove it. The receipt says then what is missing, and the demo shows the receipt.
    acceptUnproven: true,
  });
  const frozenMs = monotonicMs();
  teller.at(`frozen: FIFREEZE took ${ms(held.info.filesystems[0]?.freezeDuration)}`);

  const blocked = await writer.waitUntilBlocked();
  const where = blocked.kernelFunction === "" ? "" : ` in ${blocked.kernelFunction}`;
  teller.at(`the writer hangs in record ${blocked.lastSynced + 1}: state D${where}`);

  const copy = bench.path("snapshot.img");
  const before = readSectors(image);
  const copyFromMs = monotonicMs();
  await copyImage(image, copy);
  const copyToMs = monotonicMs();
  held.throwIfBroken();
  teller.at(`the snapshot: all ${imageMb} MB of the image copied in ${ms(copyToMs - copyFromMs)}`);
  await sleep(Math.max(0, frozenMs + shownMs - monotonicMs()));

  const after = readSectors(image);
  const releaseMs = monotonicMs();
  teller.at(`hold.release(), after ${ms(releaseMs - frozenMs)}`);
  const receipt = await held.release();
  return {
    ...{ frozenMs, blocked, copyFromMs, copyToMs, copy, releaseMs, receipt },
    sectors: [before, after],
  };
}

/** The writer's records over time, with a hole where it was frozen. */
function tellChart({ teller, writer }: Stage, { frozenMs, releaseMs }: Seen): void {
  const fromMs = frozenMs - aroundMs;
  const sliceMs = (releaseMs + aroundMs - fromMs) / chartSlices;
  const from = Math.floor((frozenMs - fromMs) / sliceMs);
  const to = Math.floor((releaseMs - fromMs) / sliceMs);
  const label = " frozen ";
  const line = label.padStart((to - from + label.length) >> 1, "─").padEnd(to - from, "─");
  teller.more("");
  teller.more(`records on disk, each column ${sliceMs.toFixed(0)} ms:`);
  teller.more(`  ${chart(writer.writes, fromMs, sliceMs, chartSlices)}`);
  teller.more(`  ${" ".repeat(from)}└${line.slice(1, -1)}┘`);
}

function checkWrites({ teller, writer }: Stage, { frozenMs, copyFromMs, releaseMs }: Seen): void {
  const held = writer.writes.filter(
    ({ startedMs, syncedMs }) => startedMs <= copyFromMs && syncedMs >= releaseMs,
  );
  const longest = Math.max(0, ...held.map(({ startedMs, syncedMs }) => syncedMs - startedMs));
  teller.check(
    held.length > 0,
    `writes blocked: ${held.length}, for ${ms(longest)} by the writer's own clock`,
  );
  const through = writer.writes.filter(
    ({ startedMs, syncedMs }) => startedMs >= frozenMs && syncedMs <= releaseMs,
  );
  teller.check(through.length === 0, `writes that got through while frozen: ${through.length}`);
}

async function checkCopy({ teller, writer }: Stage, seen: Seen): Promise<void> {
  const { clean, output } = await judge(seen.copy);
  teller.check(
    clean,
    clean
      ? "e2fsck -fn of the snapshot: clean, no journal recovery needed"
      : `e2fsck -fn of the snapshot:\n${output.trimEnd()}`,
  );
  const { lastSynced } = seen.blocked;
  // The blocked record is in the snapshot only where its write(2) had returned before, and it was its fsync(2) that hung.
  const next = writer.writes[lastSynced];
  const expected =
    next !== undefined && next.writtenMs < seen.copyFromMs ? lastSynced + 1 : lastSynced;
  const records = await readRecords(seen.copy, recordsFile);
  const whole = records.every((record, index) =>
    new RegExp(`^${index + 1} \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`).test(record),
  );
  teller.check(
    whole && records.length === expected,
    `last record fsynced before the freeze: ${lastSynced}; last record in the snapshot: ` +
      `${records.length}${whole ? ", and each before it" : ", but not all of them are whole"}`,
  );
}

function checkSectors({ teller }: Stage, { sectors: [before, after], receipt }: Seen): void {
  const written = after.written - before.written;
  const discarded = after.discarded - before.discarded;
  const [interval] = receipt.filesystems[0]?.intervals ?? [];
  const agreed = interval?.sectorsWritten === 0 && interval.sectorsDiscarded === 0;
  teller.check(
    written === 0 && discarded === 0 && agreed,
    `sectors written: ${written} by the kernel's counters, ${interval?.sectorsWritten} by the receipt` +
      `; discarded: ${discarded} and ${interval?.sectorsDiscarded}`,
  );
}

function checkVerdict({ teller }: Stage, receipt: Receipt): void {
  const proven = receipt.verdict === "INTACT";
  teller.check(
    proven || receipt.verdict === "UNPROVEN",
    proven
      ? "the receipt says INTACT"
      : `the receipt says ${receipt.verdict}: see what is missing in it, and \`fsfreezed doctor\``,
  );
}
