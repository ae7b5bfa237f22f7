/** What to do about an error: one sentence for each reason. */
import type { FreezeError } from "@fsfreezed/client";

type Advise = (metadata: Readonly<Record<string, string>>) => string;

const advice: Readonly<Record<string, Advise>> = {
  INVALID_REQUEST: () => "Mend what is named above; fsfreezectl VERB --help says how.",
  TARGET_NOT_FOUND: () =>
    "Check its spelling and that it is mounted; the service looks in its own mount namespace.",
  HOLD_NOT_FOUND: () => "`fsfreezectl holds --all` lists those that are known.",
  NOT_A_DIRECTORY: () => "Name the directory that the file system is mounted on.",
  NOT_A_MOUNT_POINT: ({ mount_point }) =>
    mount_point === undefined
      ? "Name its mount point, or add --allow-subdirectory."
      : `Name ${mount_point}, or add --allow-subdirectory to freeze all of it.`,
  TARGET_MISMATCH: () => "Another volume is mounted there than you expect: look before you freeze.",
  TARGET_AMBIGUOUS: () => "Name it by its path or by MAJOR:MINOR.",
  PROTECTED_FILESYSTEM: () =>
    "The system itself needs it; its operator can allow it with `fsfreezed serve --unprotect PATH`.",
  NOT_FREEZABLE: () => "Only local file systems such as ext4, xfs and btrfs can be frozen.",
  NOT_FROZEN: () => "There is nothing to thaw.",
  FROZEN_BY_ANOTHER: ({ path }) =>
    `Let the tool that froze it thaw it; if that is gone for good: fsfreeze --unfreeze ${path ?? "MOUNT_POINT"}`,
  DEVICE_SUSPENDED: ({ device }) =>
    `Resume the device (dmsetup resume ${device ?? "DEVICE"}), then try again.`,
  LOWER_LAYER_FROZEN: ({ lower_path }) =>
    `Thaw ${lower_path ?? "the file system below"} first, or wait for its hold to end.`,
  FROZEN_TOO_LONG: () => "Wait until the holds on it have ended, then try again.",
  HOLD_ENDED: ({ hold_id }) =>
    hold_id === undefined
      ? "`fsfreezectl holds --all` lists how it ended."
      : `How it ended: fsfreezectl receipt ${hold_id}`,
  HOLD_AMBIGUOUS: ({ hold_ids }) =>
    `Name one of your holds by its id: ${hold_ids ?? "see fsfreezectl holds"}`,
  HOOKS_IMPOSSIBLE: () => "Try again without hooks, or when it is thawed.",
  NOT_PERMITTED: () => "Call as root, or as the user or with the certificate that made the hold.",
  UNAUTHENTICATED: () => "Call through the Unix socket, or with a client certificate.",
  FREEZE_TIMEOUT: () =>
    "Nothing stays frozen. Too much was dirty, or a writer is stuck: sync first, or give it a longer --freeze-timeout.",
  HOLD_EXPIRED: () =>
    "Discard what was copied, and give it more time with --for, or a longer --ttl.",
  FREEZE_BROKEN: () => "Discard what was copied, find out who thawed or wrote, and do it again.",
  HOLD_TAKEN_OVER: () => "The hold goes on in another process.",
  FREEZE_CANCELLED: () => "Nothing stays frozen.",
  CLIENT_GONE: () => "Discard what was copied: the service lost this program and thawed.",
  TOO_MANY_HOLDS: () => "End some: fsfreezectl holds, fsfreezectl thaw HOLD_ID.",
  TOO_MANY_STUCK_FREEZES: () =>
    "Freezes hang in the kernel: look for stuck writers (fsfreezed doctor), then try again.",
  GUARDIAN_UNAVAILABLE: () => "It is being restarted: try again in a second.",
  SHUTTING_DOWN: () => "Try again when the service is up again.",
  UNSUPPORTED: () => "This version of the service does not serve that.",
  DAEMON_NOT_PRIVILEGED: () =>
    "Run the service with CAP_SYS_ADMIN in the initial user namespace; `fsfreezed doctor` says what it lacks.",
  IO_ERROR: () => "Look at the device and at `dmesg`.",
  INTERNAL: ({ id }) =>
    id === undefined ? "The service's log says more." : `The service's log has it under ${id}.`,
  UNREACHABLE: () =>
    "Is `fsfreezed serve` running, may you use its socket, is --address (or $FSFREEZE_ADDRESS) right, and on another host: does it know the CA of your --tls-cert?",
  TIMED_OUT: () => "Whether it took effect is not known: look with fsfreezectl status and holds.",
  UNPROVEN: () =>
    "Do it again, or take it with --accept-unproven; `fsfreezed doctor` says which proofs this machine can give.",
  PROTOCOL: () => "Do fsfreezectl and the service fit together? Compare their --version.",
};

/** What to do about it; undefined where only the text of the error can help. */
export function adviceFor(error: FreezeError): string | undefined {
  return advice[error.reason]?.(error.metadata);
}
