/**
 * The file systems that store another one, kept open to be looked at: while one of them is frozen,
 * FIFREEZE and FITHAW of the upper one would hang, unkillable (measured, Linux 6.18, ext4). So
 * guardian and supervisor look here before either.
 */
import type { Log } from "../observe/log.js";
import type { FilesystemIdentity, Kernel, Look, OpenFilesystem } from "./port.js";

export interface LowerLayers {
  /** The first of them that is frozen or about to be. */
  frozen(): FilesystemIdentity | undefined;
  close(): void;
}

export const noLayers: LowerLayers = { frozen: () => undefined, close() {} };

export function isFrozen(look: Look): boolean {
  return look.state.state === "FROZEN" || look.state.state === "FREEZING";
}

/** Never throws: a layer that cannot be looked at is left out. */
export async function openLowerLayers(
  kernel: Kernel,
  identity: FilesystemIdentity,
  log: Log,
): Promise<LowerLayers> {
  const opened: OpenFilesystem[] = [];
  const leaveOut = (why: object): void =>
    log.debug("lower layer cannot be looked at", { upper: identity.mountPoint, ...why });
  try {
    for (const layer of await kernel.layersBelow(identity)) {
      const [major = 0, minor = 0] = layer.key.split(":").map(Number);
      // By its number: its mount point may be covered by another mount.
      const by = { kind: "device-number", device: { major, minor } } as const;
      const found = await kernel.resolve({ by, allowSubdirectory: true });
      const handle = found.ok ? await kernel.open(found.value, { watch: false }) : found;
      if (handle.ok) opened.push(handle.value);
      // Not a local file system that we can look at: it cannot be frozen under us by FIFREEZE
      // either.
      else leaveOut(handle.refusal);
    }
  } catch (error) {
    leaveOut({ error: String(error) });
  }
  return {
    frozen: () => opened.find((layer) => looksFrozen(layer))?.identity,
    close() {
      for (const layer of opened) layer.close();
    },
  };
}

function looksFrozen(layer: OpenFilesystem): boolean {
  try {
    return isFrozen(layer.look());
  } catch {
    // A look that fails must not keep the upper one frozen.
    return false;
  }
}
