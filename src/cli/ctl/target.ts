/** Targets as people write them. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Target } from "@fsfreezed/client";

export const targetHelp = `
A TARGET is the path of a mount point (or of a directory below one, with --allow-subdirectory), a block
device (/dev/...), UUID=... of a file system, or MAJOR:MINOR as in /proc/self/mountinfo.`;

function isDirectory(path: string): boolean {
  try {
    // Only asked below /dev, which is never on a dead network.
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export type ParsedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: string };

function is(target: Target): ParsedTarget {
  return { ok: true, target };
}

export function parseTarget(text: string, allowSubdirectory: boolean): ParsedTarget {
  const uuid = /^UUID=(.*)$/i.exec(text)?.[1];
  if (uuid !== undefined) {
    return uuid === ""
      ? { ok: false, problem: "UUID= names no UUID" }
      : is({ filesystemUuid: uuid });
  }
  const [, major, minor] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (major !== undefined && minor !== undefined)
    return is({ deviceNumber: { major: Number(major), minor: Number(minor) } });
  if (text === "") return { ok: false, problem: "the target is empty" };
  // As text only: whether it exists is the service's to say, which sees another root perhaps.
  const path = resolve(text);
  if (path.startsWith("/dev/") && !isDirectory(path)) return is({ blockDevice: path });
  return is(allowSubdirectory ? { path, allowSubdirectory } : { path });
}

/** Whether `thaw X` names a target rather than a hold's id. */
export function looksLikeTarget(text: string): boolean {
  return /[/=:]/.test(text) || text === "." || text === "..";
}
