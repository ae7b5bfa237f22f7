/** Looks, baselines and identities for tests: an undisturbed ext4, of which a test changes one thing. */
import type {
  DeviceCounters,
  FilesystemIdentity,
  GenerationReading,
  Instant,
  Look,
  StateReading,
} from "../../kernel/port.js";
import type { OpenRequest, Owner } from "../model.js";
import type { Baseline } from "../state.js";

export const ada: Owner = { kind: "unix", uid: 1000, gid: 1000, pid: 41 };
export const bob: Owner = { kind: "unix", uid: 1001, gid: 1001, pid: 42 };
export const root: Owner = { kind: "unix", uid: 0, gid: 0, pid: 43 };
export const remote: Owner = { kind: "tcp", address: "127.0.0.1:50000" };

const wallOffsetUs = 1_700_000_000_000_000;

export function instant(bootUs: number): Instant {
  return { bootUs, wallUs: wallOffsetUs + bootUs };
}

export function exact(value: number, freezerPid = 7): GenerationReading {
  return { kind: "exact", value, freezerPid };
}

export function xfsLogHead(value: string): GenerationReading {
  return { kind: "fallback", source: "xfs-log-head", value };
}

export const noGeneration: GenerationReading = { kind: "none" };

export function stateReading(
  state: StateReading["state"],
  certainty: StateReading["certainty"] = "CERTAIN",
): StateReading {
  return { state, certainty, source: state === "UNKNOWN" ? "none" : "superblock" };
}

export const unknown: StateReading = stateReading("UNKNOWN", "LIKELY");

export function device(
  sectorsWritten: number,
  more: Partial<Omit<DeviceCounters, "sectorsWritten">> = {},
): DeviceCounters {
  return { device: "7:1", sectorsDiscarded: 0, counting: true, ...more, sectorsWritten };
}

export function look(atUs: number, changed: Partial<Omit<Look, "at">> = {}): Look {
  return {
    at: instant(atUs),
    state: stateReading("FROZEN"),
    generation: exact(12),
    devices: [device(102)],
    readOnly: false,
    ...changed,
  };
}

/** Frozen by us at `atUs`: the generation moved by 2 and ext4 wrote its 2 sectors. */
export function baseline(atUs: number, changed: Partial<Baseline> = {}): Baseline {
  return {
    before: look(atUs - 1_000, {
      state: stateReading("THAWED"),
      generation: exact(10),
      devices: [device(100)],
    }),
    after: look(atUs),
    freezeUs: 1_000,
    ...changed,
  };
}

export function identity(
  key: string,
  changed: Partial<FilesystemIdentity> = {},
): FilesystemIdentity {
  return {
    key,
    device: { major: 7, minor: key.charCodeAt(0) },
    type: "ext4",
    mountPoint: `/mnt/${key}`,
    directory: `/mnt/${key}`,
    source: `/dev/${key}`,
    readOnly: false,
    ...changed,
  };
}

export function openRequest(changed: Partial<OpenRequest> = {}): OpenRequest {
  return {
    kind: "stream",
    owner: ada,
    targets: [],
    times: {},
    freezeOnOpen: true,
    purpose: "nightly",
    requestId: "",
    requestDigest: "d1",
    ...changed,
  };
}
