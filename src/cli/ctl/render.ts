/** The client's values as text for people. */
import type {
  Filesystem,
  FilesystemReceipt,
  FrozenBy,
  FrozenStatus,
  HoldInfo,
  Owner,
  Receipt,
  Shortcoming,
} from "@fsfreezed/client";
import { shortcomings } from "@fsfreezed/client";
import { formatDuration } from "./duration.js";

/** A mount point may hold any byte, also those that would drive a terminal. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

export function filesystemName(filesystem: Filesystem): string {
  const { mountPoint, source, device } = filesystem;
  return printable(mountPoint || source || `${device.major}:${device.minor}`);
}

export function filesystemNames(hold: HoldInfo): string {
  return hold.filesystems.map(({ filesystem }) => filesystemName(filesystem)).join(", ");
}

export function ownerText(owner: Owner): string {
  switch (owner.kind) {
    case "unix":
      return owner.uid === undefined ? "unix" : `uid ${owner.uid}`;
    case "tls":
      // SPIFFE and others leave the subject empty.
      return printable(owner.subject || owner.subjectAltNames[0] || owner.fingerprintSha256);
    case "address":
      return printable(owner.address) || "?";
    default:
      return owner satisfies never;
  }
}

export function frozenByText({ freezer, holds, device }: FrozenBy): string {
  if (holds.length > 0)
    return holds
      .map(({ holdId, purpose }) => (purpose === "" ? holdId : `${holdId} (${printable(purpose)})`))
      .join(", ");
  switch (freezer) {
    case "ANOTHER_TOOL":
      return "another tool";
    case "KERNEL":
      return device === "" ? "the kernel" : `the kernel (${printable(device)} is suspended)`;
    case "THIS_SERVICE":
      return "this service";
    default:
      return "somebody unknown";
  }
}

/** Cells separated by tabs, for `table`. */
export function statusText(
  status: Pick<FrozenStatus, "filesystem" | "state" | "frozenBy" | "certainty" | "evidence">,
): string {
  const { filesystem, state, certainty, frozenBy, evidence } = status;
  const by = frozenBy.length === 0 ? "" : ` by ${frozenBy.map(frozenByText).join(", ")}`;
  const how = certainty === undefined ? "" : ` (${certainty.toLowerCase()}, ${evidence ?? "?"})`;
  return `${filesystemName(filesystem)}\t${filesystem.type}\t${state}${by}${how}`;
}

/** Columns of the width of their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function instant(date: Date | undefined): string {
  return date === undefined ? "-" : date.toISOString();
}

function sectors(count: number | undefined, what: string): string {
  return count === undefined ? `sectors ${what} unknown` : `${count} sectors ${what}`;
}

function filesystemReceiptText({ filesystem, intervals, verdict }: FilesystemReceipt): string[] {
  const name = `${filesystemName(filesystem)} (${filesystem.type})`;
  if (intervals.length === 0) return [`${name}: never frozen`];
  return intervals.map((interval) => {
    const { frozenBoottime: from, thawedBoottime: to } = interval;
    const long = from === undefined || to === undefined ? "?" : formatDuration(to - from);
    return (
      `${name}: ${interval.verdict ?? verdict}, frozen ${long} from ${instant(interval.frozenTime)}, ` +
      `${sectors(interval.sectorsWritten, "written")}, ${sectors(interval.sectorsDiscarded, "discarded")}`
    );
  });
}

function shortcomingText({ filesystem, kind, result, detail }: Shortcoming): string {
  const because = detail === "" ? "" : ` (${printable(detail)})`;
  return `  ${filesystemName(filesystem)}: ${kind} ${result}${because}`;
}

/** The verdict on a line, then each file system, then what spoke against it. */
export function receiptLines(receipt: Receipt): string[] {
  const { verdict, holdId, endCause, simulated, failure } = receipt;
  const ended = endCause === "RELEASED" ? "" : `, ended by ${endCause}`;
  return [
    `${verdict}: hold ${holdId}${ended}${simulated ? " (SIMULATED: nothing was really frozen)" : ""}`,
    ...receipt.filesystems.flatMap(filesystemReceiptText).map((line) => `  ${line}`),
    ...shortcomings(receipt).map(shortcomingText),
    ...(failure === undefined ? [] : [`  ${failure.reason}: ${printable(failure.message)}`]),
  ];
}
