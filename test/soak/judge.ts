/** Whether receipts tell the truth: judged by writers' time stamps, by the bytes of the image, and by what was done by hand. */
import type { FreezeInterval, Receipt } from "@fsfreezed/client";
import type { Writer } from "../support/writer.js";

/** A time in which something surely happened to a file system. CLOCK_BOOTTIME, microseconds. */
export interface Disturbance {
  readonly path: string;
  readonly what: string;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Nothing here suspends the machine, so the monotonic clock is CLOCK_BOOTTIME. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** What speaks against a receipt. */
export function judge(
  { holdId, filesystems }: Receipt,
  writers: ReadonlyMap<string, Writer>,
  disturbances: readonly Disturbance[],
): readonly string[] {
  return filesystems.flatMap(({ filesystem: { mountPoint }, intervals }) =>
    intervals.flatMap((interval) =>
      problemsOf(interval, mountPoint, writers, disturbances).map((p) => `hold ${holdId}: ${p}`),
    ),
  );
}

function problemsOf(
  interval: FreezeInterval,
  path: string,
  writers: ReadonlyMap<string, Writer>,
  disturbances: readonly Disturbance[],
): readonly string[] {
  if (interval.verdict !== "INTACT") return [];
  const until = interval.intactUntilBoottime ?? interval.thawedBoottime;
  if (interval.frozenBoottime === undefined || until === undefined) {
    return [`INTACT on ${path} without times`];
  }
  const fromUs = interval.frozenBoottime * 1000;
  const toUs = until * 1000;
  const when = `INTACT on ${path} from ${fromUs} to ${toUs} us`;
  const written = writers.get(path)?.inside(fromUs, toUs) ?? [];
  const during = disturbances.filter(
    (one) => one.path === path && one.fromUs > fromUs && one.toUs < toUs,
  );
  return [
    ...written.slice(0, 1).map(({ startUs }) => `${when}, and a write began at ${startUs}`),
    ...during.map(({ what, fromUs: at }) => `${when}, and ${what} at ${at}`),
  ];
}
