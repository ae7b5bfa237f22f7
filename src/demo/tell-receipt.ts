/** A receipt in words. */
import type { FreezeInterval, Receipt } from "@fsfreezed/client";
import type { Teller } from "./teller.js";

export function tellReceipt(teller: Teller, receipt: Receipt): void {
  teller.more(`receipt of ${receipt.holdId}`);
  const row = (name: string, text: string) => teller.more(`  ${name.padEnd(12)} ${text}`);
  row("verdict", receipt.verdict);
  row("ended by", endings[receipt.endCause] ?? receipt.endCause);
  for (const { filesystem, intervals } of receipt.filesystems) {
    row("on", `${filesystem.mountPoint} (${filesystem.type}, ${filesystem.source})`);
    for (const interval of intervals) tellInterval(row, interval);
  }
  if (receipt.simulated) row("simulated", "nothing was really frozen");
}

const endings: Readonly<Record<string, string>> = {
  RELEASED: "its owner (RELEASED)",
  CLIENT_GONE: "the end of its owner (CLIENT_GONE)",
};

function tellInterval(row: (name: string, text: string) => void, interval: FreezeInterval): void {
  const { frozenTime, thawedTime, freezeDuration, evidence } = interval;
  row(
    "frozen",
    `${time(frozenTime)} to ${time(thawedTime)} UTC, after ${ms(freezeDuration)} in FIFREEZE`,
  );
  row(
    "image",
    `${interval.sectorsWritten ?? "unknown"} sectors written, ${interval.sectorsDiscarded ?? "unknown"} discarded`,
  );
  const results = ["HELD", "NOT_NEEDED", "MISSING", "CONTRADICTED"];
  for (const result of new Set([...results, ...evidence.map((item) => item.result)])) {
    const kinds = evidence.filter((item) => item.result === result).map((item) => item.kind);
    if (kinds.length > 0) row(result.toLowerCase().replace("_", " "), kinds.join(" "));
  }
}

function time(date: Date | undefined): string {
  return date === undefined ? "unknown" : date.toISOString().slice(11, 23);
}

export function ms(duration: number | undefined): string {
  if (duration === undefined) return "unknown time";
  return duration < 1000 ? `${duration.toFixed(1)} ms` : `${(duration / 1000).toFixed(3)} s`;
}
