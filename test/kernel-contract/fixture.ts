/** One kernel and one file system for all tests of a describe: each test leaves it thawed, mounted and without descriptors. */
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type {
  FilesystemIdentity,
  Kernel,
  OpenFilesystem,
  StateName,
  StateReading,
  TargetSpec,
} from "../../src/kernel/port.js";
import type { FilesystemType } from "../support/loop-filesystem.js";
import type { ContractFilesystem, ContractSubject, Sight } from "./subject.js";

export interface Fixture {
  readonly kernel: Kernel;
  readonly filesystem: ContractFilesystem;
}

/** Registers the hooks; the answer gives what they made. */
export function useFixture(subject: ContractSubject, type: FilesystemType): () => Fixture {
  let fixture: Fixture | undefined;
  const get = (): Fixture => {
    if (fixture === undefined) throw new Error("the fixture is made in beforeAll");
    return fixture;
  };
  beforeAll(async () => {
    const filesystem = await subject.createFilesystem(type);
    fixture = { filesystem, kernel: subject.createKernel() };
  });
  afterEach(async () => {
    const { filesystem } = get();
    const state = await filesystem.truth();
    if (state !== "thawed") await filesystem.foreignThaw();
    await filesystem.unbind();
    expect(state, "a test must leave it thawed").toBe("thawed");
    expect(filesystem.openDescriptors(), "a test must close its descriptors").toBe(0);
  });
  afterAll(async () => {
    fixture?.kernel.close();
    await fixture?.filesystem.dispose();
  });
  return get;
}

export function byPath(path: string, allowSubdirectory = false): TargetSpec {
  return { by: { kind: "path", path }, allowSubdirectory };
}

export function byBlockDevice(path: string): TargetSpec {
  return { by: { kind: "block-device", path }, allowSubdirectory: false };
}

export function byNumber(device: string): TargetSpec {
  const [major = -1, minor = -1] = device.split(":").map(Number);
  return { by: { kind: "device-number", device: { major, minor } }, allowSubdirectory: false };
}

export function byUuid(uuid: string): TargetSpec {
  return { by: { kind: "uuid", uuid }, allowSubdirectory: false };
}

export async function resolved(kernel: Kernel, target: TargetSpec): Promise<FilesystemIdentity> {
  const found = await kernel.resolve(target);
  if (!found.ok) throw new Error(`${found.refusal.reason}: ${found.refusal.message}`);
  return found.value;
}

/** Opens, uses, closes, whatever happens in between. */
export async function withOpen<T>(
  kernel: Kernel,
  path: string,
  use: (open: OpenFilesystem) => Promise<T>,
  watch = true,
): Promise<T> {
  const opened = await kernel.open(await resolved(kernel, byPath(path)), { watch });
  if (!opened.ok) throw new Error(`${opened.refusal.reason}: ${opened.refusal.message}`);
  try {
    return await use(opened.value);
  } finally {
    opened.value.close();
  }
}

/** What a kernel of this sight says of a file system that is really in this state. */
export function expectedState(
  sight: Sight,
  type: FilesystemType,
  state: StateName,
  readOnly = false,
): Partial<StateReading> {
  if (sight === "exact") return { state, certainty: "CERTAIN" };
  // btrfs shows nothing of its state; and what ext4 and xfs show, they show on writable superblocks only.
  if (sight === "none" || type === "btrfs" || readOnly) return { state: "UNKNOWN" };
  return { state, certainty: "LIKELY" };
}
