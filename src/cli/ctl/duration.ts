/** Durations as people write them: 10s, 500ms, 2m, 1h, 1m30s. */
import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/gy;

/** Milliseconds. */
export function parseDuration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text))
    throw new InvalidArgumentError(`write the unit: ${text}s, ${text}ms or ${text}m.`);
  let total = 0;
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const [, number, unit] = part.exec(text) ?? [];
    if (number === undefined || unit === undefined)
      throw new InvalidArgumentError("write a duration like 10s, 500ms, 2m or 1m30s.");
    total += Number(number) * (units[unit] ?? Number.NaN);
  }
  if (!(total > 0)) throw new InvalidArgumentError("it must be longer than 0.");
  return total;
}

/** "500ms", "3.21s", "1m05s": short, and near enough for people. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 10) return `${Number(ms.toFixed(1))}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 9_995) return `${Number((ms / 1000).toFixed(2))}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ].map((n) => String(n).padStart(2, "0"));
  const text = hours === "00" ? `${minutes}m${rest}s` : `${hours}h${minutes}m${rest}s`;
  return text.replace(/^0/, "");
}
