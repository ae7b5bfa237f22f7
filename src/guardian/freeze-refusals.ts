/** Why a file system was not frozen. */
import type { Refusal } from "../hold/refusal.js";
import type { FilesystemIdentity } from "../kernel/port.js";

export const freezeCancelled: Refusal = {
  reason: "FREEZE_CANCELLED",
  message: "the freeze was given up before it began",
  metadata: {},
};

function frozenByAnother({ mountPoint }: FilesystemIdentity): Refusal {
  return {
    reason: "FROZEN_BY_ANOTHER",
    message:
      "another tool has frozen this file system; thaw it there first (fsfreeze -u), it is not ours to thaw",
    metadata: { path: mountPoint, errno: "EBUSY" },
  };
}

export function thawedAtOnce({ mountPoint }: FilesystemIdentity): Refusal {
  return {
    reason: "FREEZE_BROKEN",
    message: "somebody else thawed the file system the moment it was frozen; try again",
    metadata: { path: mountPoint },
  };
}

export function deviceSuspended({ mountPoint }: FilesystemIdentity, device: string): Refusal {
  return {
    reason: "DEVICE_SUSPENDED",
    message:
      "a device-mapper device below this file system is suspended; resume it (dmsetup resume) and try again",
    metadata: { path: mountPoint, device },
  };
}

export function lowerFrozen({ mountPoint, key }: FilesystemIdentity): Refusal {
  return {
    reason: "LOWER_LAYER_FROZEN",
    message:
      "a file system that stores this one is frozen, and freezing this one now would hang; thaw that one first",
    metadata: { lower_path: mountPoint, lower_device: key },
  };
}

export function ioFailed(call: string, { mountPoint }: FilesystemIdentity, errno: string): Refusal {
  return {
    reason: "IO_ERROR",
    message: `${call} failed; look into the kernel log for the device's errors`,
    metadata: { path: mountPoint, errno, call },
  };
}

/** FIFREEZE's errno; `suspended` is a device-mapper device below that is suspended now. */
export function freezeFailed(
  identity: FilesystemIdentity,
  errno: string,
  suspended: string | undefined,
): Refusal {
  const metadata = { path: identity.mountPoint, errno };
  switch (errno) {
    case "EBUSY":
      return suspended === undefined
        ? frozenByAnother(identity)
        : deviceSuspended(identity, suspended);
    case "EOPNOTSUPP":
      return {
        reason: "NOT_FREEZABLE",
        message: "this file system type cannot be frozen",
        metadata: { ...metadata, type: identity.type },
      };
    case "EPERM":
      return {
        reason: "DAEMON_NOT_PRIVILEGED",
        message: "the service lacks CAP_SYS_ADMIN; run `fsfreezed doctor`",
        metadata,
      };
    default:
      return ioFailed("FIFREEZE", identity, errno);
  }
}
