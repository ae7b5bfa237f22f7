/** Our own stdout and stderr may be files on what is to be frozen: then nothing is written there until the thaw. */
import { fstatSync } from "node:fs";
import {
  type DeviceNumber,
  type FreezeClient,
  FreezeError,
  type FrozenStatus,
  type Targets,
} from "@fsfreezed/client";
import type { Output } from "../output.js";
import { openFileOf } from "./processes.js";
import type { HoldRequest } from "./session.js";

/** Mutes those, and answers what they lie on. */
export async function muteFilesOnTargets(
  client: FreezeClient,
  out: Output,
  { targets, command }: Pick<HoldRequest, "targets" | "command">,
): Promise<readonly DeviceNumber[]> {
  const files = ([1, 2] as const).flatMap((fd) => {
    const device = isFile(fd) ? openFileOf("self", fd)?.device : undefined;
    return device === undefined ? [] : [{ fd, device }];
  });
  if (files.length === 0) return [];
  const frozen = await devicesBelow(client, targets);
  const on = files.filter(({ device }) => frozen === "all" || frozen.has(device));
  for (const { fd } of on) {
    if (command !== undefined)
      out.note(
        `warning: ${fd === 1 ? "stdout" : "stderr"} is a file on what is about to be frozen: COMMAND would hang writing to it`,
      );
    out.mute(fd);
  }
  return on.map(({ device }) => {
    const [major = 0, minor = 0] = device.split(":").map(Number);
    return { major, minor };
  });
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

async function devicesBelow(
  client: FreezeClient,
  targets: Targets,
): Promise<ReadonlySet<string> | "all"> {
  if (typeof targets === "object" && "allFreezable" in targets) return "all";
  const devices = new Set<string>();
  for (const target of Array.isArray(targets) ? targets : [targets]) {
    try {
      const { filesystem } = await client.isFrozen(target);
      devices.add(`${filesystem.device.major}:${filesystem.device.minor}`);
    } catch (error) {
      // The hold itself will be refused, with the reason.
      if (!(error instanceof FreezeError)) throw error;
    }
  }
  return devices;
}

/** Where the kernel's state cannot be known (UNKNOWN), the holds that the service knows of decide. */
export function isFrozenNow({ state, frozenBy }: FrozenStatus): boolean {
  return state === "FROZEN" || state === "FREEZING" || frozenBy.length > 0;
}

/** Any of them, whoever keeps it so. */
export async function stillFrozen(
  client: FreezeClient,
  devices: readonly DeviceNumber[],
): Promise<boolean> {
  for (const deviceNumber of devices) {
    try {
      if (isFrozenNow(await client.isFrozen({ deviceNumber }, { timeout: 1_000 }))) return true;
    } catch (error) {
      if (!(error instanceof FreezeError)) throw error;
    }
  }
  return false;
}
