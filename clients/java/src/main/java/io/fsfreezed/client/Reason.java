package io.fsfreezed.client;

import java.util.Arrays;

/**
 * Why a call or a hold failed: branch on it, never on a message.
 *
 * <p>Each reason of the service names the gRPC status that it comes with, and the keys of {@link
 * FreezeException#metadata()}, which are there as far as they are known.
 */
public enum Reason {
  /**
   * INVALID_ARGUMENT. The request is malformed or beyond a limit. Metadata: {@code field}, {@code
   * violation}.
   */
  INVALID_REQUEST,
  /**
   * NOT_FOUND. The path, device or UUID names nothing here. Metadata: {@code path}, {@code device}
   * or {@code uuid}.
   */
  TARGET_NOT_FOUND,
  /**
   * NOT_FOUND. No hold of that id, or it ended so long ago that it is forgotten. Metadata: {@code
   * hold_id}.
   */
  HOLD_NOT_FOUND,
  /**
   * FAILED_PRECONDITION. The path names a file, FIFO, socket or device node; those would freeze the
   * file system that holds the node, so they are refused. Metadata: {@code path}.
   */
  NOT_A_DIRECTORY,
  /**
   * FAILED_PRECONDITION. The path is a directory, but not a mount point, and {@link
   * Target#allowSubdirectory()} was not set. Metadata: {@code path}, {@code mount_point}.
   */
  NOT_A_MOUNT_POINT,
  /**
   * FAILED_PRECONDITION. The file system is not the one that {@code expectUuid} or {@code
   * expectDevice} names. Metadata: {@code path}, {@code expected}, {@code found}.
   */
  TARGET_MISMATCH,
  /**
   * FAILED_PRECONDITION. The target names several file systems, e.g. two with the same UUID.
   * Metadata: {@code uuid}, {@code devices}.
   */
  TARGET_AMBIGUOUS,
  /**
   * FAILED_PRECONDITION. The service must not freeze this one (the one under {@code /}, or one that
   * the service itself needs) unless its operator allows it. Metadata: {@code path}, {@code
   * device}.
   */
  PROTECTED_FILESYSTEM,
  /**
   * FAILED_PRECONDITION. A file system of this type cannot be frozen. Metadata: {@code path},
   * {@code type}, and {@code errno} where the kernel said so.
   */
  NOT_FREEZABLE,
  /**
   * FAILED_PRECONDITION. It is not frozen (the kernel's EINVAL), or the hold ended before all of
   * its file systems were frozen. Metadata: {@code path}, {@code device} or {@code hold_id}.
   */
  NOT_FROZEN,
  /**
   * FAILED_PRECONDITION. Another tool has frozen it (the kernel's EBUSY); it is never thawed from
   * here unless an administrator forces it. Metadata: {@code path}, {@code device}.
   */
  FROZEN_BY_ANOTHER,
  /**
   * FAILED_PRECONDITION. A device-mapper device below is suspended, and was so for all of the
   * freeze timeout. Metadata: {@code path}, {@code device}.
   */
  DEVICE_SUSPENDED,
  /**
   * FAILED_PRECONDITION. A lower layer of the same stack is frozen, and was so for all of the
   * freeze timeout; freezing or thawing above it would hang. Metadata: {@code path}, {@code
   * lower_path} or {@code lower_device}, and {@code holder}, {@code purpose} where a hold of this
   * service keeps it.
   */
  LOWER_LAYER_FROZEN,
  /**
   * FAILED_PRECONDITION. The file system has been frozen for nearly the longest time allowed by
   * joined holds, so no further hold may join. Metadata: {@code path}, {@code holder}, {@code
   * purpose}.
   */
  FROZEN_TOO_LONG,
  /**
   * FAILED_PRECONDITION. The hold has ended (not broken, see FREEZE_BROKEN). Metadata: {@code
   * hold_id}, {@code end_cause}, {@code verdict}. Thaw: the details carry the Receipt too.
   */
  HOLD_ENDED,
  /**
   * FAILED_PRECONDITION. The caller has several holds on the target: name one by its id. Metadata:
   * {@code hold_ids}, separated by commas.
   */
  HOLD_AMBIGUOUS,
  /**
   * FAILED_PRECONDITION. Hooks were asked for, and cannot be run: none of that name is installed,
   * or the file system is frozen already, so that they would come too late. Metadata: {@code hook},
   * {@code path}.
   */
  HOOKS_IMPOSSIBLE,
  /**
   * PERMISSION_DENIED. The policy does not allow this caller to do this. It is checked before
   * existence, so that a refusal tells nothing about what exists. Metadata: {@code action}.
   */
  NOT_PERMITTED,
  /**
   * PERMISSION_DENIED. The resume token is wrong or was used already, or the hold belongs to
   * another owner. Metadata: {@code hold_id}.
   */
  RESUME_REFUSED,
  /** UNAUTHENTICATED. The caller's identity could not be established. */
  UNAUTHENTICATED,
  /**
   * DEADLINE_EXCEEDED. Not all were frozen within the freeze timeout (or presync took longer than
   * its own timeout); those that were are thawed. Metadata: {@code path}, {@code timeout}.
   */
  FREEZE_TIMEOUT,
  /**
   * DEADLINE_EXCEEDED. The hold's deadline passed, and it was thawed. Metadata: {@code hold_id}.
   */
  HOLD_EXPIRED,
  /**
   * ABORTED. What the hold covered did not stay frozen and unchanged until its owner's end.
   * Metadata: {@code hold_id}, {@code cause}, {@code path}. Thaw: the details carry the Receipt
   * too.
   */
  FREEZE_BROKEN,
  /**
   * ABORTED. Another stream has resumed this hold; only the old stream ends. Metadata: {@code
   * hold_id}.
   */
  HOLD_TAKEN_OVER,
  /**
   * RESOURCE_EXHAUSTED. The caller, or all callers together, have too many holds. Metadata: {@code
   * limit}.
   */
  TOO_MANY_HOLDS,
  /**
   * RESOURCE_EXHAUSTED. Too many freezes are stuck in the kernel: no new ones are begun, so that
   * thaws keep their threads. Metadata: {@code limit}.
   */
  TOO_MANY_STUCK_FREEZES,
  /** UNAVAILABLE. The process that freezes is not there (it is being restarted). Try again. */
  GUARDIAN_UNAVAILABLE,
  /** UNAVAILABLE. The service is shutting down; its holds are thawed. */
  SHUTTING_DOWN,
  /**
   * UNIMPLEMENTED. The RPC or option is part of the contract, but not served by this version.
   * Metadata: {@code rpc} or {@code option}.
   */
  UNSUPPORTED,
  /**
   * INTERNAL. The service lacks the privilege to freeze (the kernel's EPERM): CAP_SYS_ADMIN in the
   * initial user namespace. Metadata: {@code errno}.
   */
  DAEMON_NOT_PRIVILEGED,
  /**
   * INTERNAL. The kernel reported an I/O error, e.g. EIO of a file system that was shut down.
   * Metadata: {@code path}, {@code operation}, {@code errno}.
   */
  IO_ERROR,
  /**
   * INTERNAL. A fault of the service itself. Metadata: {@code id}, under which its log has the
   * text.
   */
  INTERNAL,
  /**
   * ABORTED. A {@code freeze{}}, or a Freeze, was cancelled before all were frozen, by a later
   * {@code thaw{}}, {@code release{}} or Thaw. Nothing stays frozen by it. Metadata: {@code
   * hold_id}.
   */
  FREEZE_CANCELLED,
  /**
   * UNAVAILABLE. The service took the client for gone, because it did not read what it was told,
   * and ended the hold (CLIENT_GONE). Metadata: {@code hold_id}.
   */
  CLIENT_GONE,

  // What this client itself says.

  /**
   * The service cannot be reached, or the connection broke or fell silent. Whether a call took
   * effect is not known.
   */
  UNREACHABLE,
  /** DEADLINE_EXCEEDED. No answer in time. Whether the call took effect is not known. */
  TIMED_OUT,
  /**
   * CANCELLED. The caller cancelled: it interrupted the thread that waited, or called {@link
   * Hold#cancel()}.
   */
  CANCELLED,
  /**
   * Nothing wrong was seen, but a piece of the proof is missing: see {@link
   * FreezeException#receipt()}, and {@code acceptUnproven} of the options.
   */
  UNPROVEN,
  /** The service answered without a reason, or otherwise than the contract says. */
  PROTOCOL,

  /** A reason that only a newer service gives: go by the code. Its name is told beside it. */
  UNRECOGNIZED;

  /** The reasons of the contract by their numbers, for {@link Names}: without the client's own. */
  static Reason[] contract() {
    Reason[] reasons = Arrays.copyOf(values(), UNREACHABLE.ordinal() + 1);
    reasons[UNREACHABLE.ordinal()] = UNRECOGNIZED;
    return reasons;
  }

  /** The reason of a name in ErrorInfo. */
  static Reason named(String name) {
    for (Reason reason : contract()) {
      if (reason.name().equals(name)) {
        return reason;
      }
    }
    return UNRECOGNIZED;
  }
}
