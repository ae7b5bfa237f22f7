package fsfreeze

// Reason says why a call was refused or a hold failed. Branch on it, never on an error's text.
//
// It is an error itself, to be matched by errors.Is. A newer service may give reasons that are not
// listed here; then go by [Error.Code].
type Reason string

// Error makes a Reason a target of errors.Is.
func (r Reason) Error() string { return string(r) }

// Reasons that the client itself gives.
const (
	// ReasonUnreachable: the service cannot be reached, or the connection broke. Whether the call
	// took effect is not known.
	ReasonUnreachable Reason = "UNREACHABLE"
	// ReasonTimedOut: no answer in time. Whether the call took effect is not known.
	ReasonTimedOut Reason = "TIMED_OUT"
	// ReasonCancelled: the caller cancelled, by its context or Hold.Cancel.
	ReasonCancelled Reason = "CANCELLED"
	// ReasonUnproven: nothing wrong was seen, but a piece of the proof is missing. See the receipt,
	// and AcceptUnproven.
	ReasonUnproven Reason = "UNPROVEN"
	// ReasonProtocol: the service answered with a status but no reason, or otherwise than the
	// contract says.
	ReasonProtocol Reason = "PROTOCOL"
)

// Reasons that the service gives. Each names the keys of [Error.Metadata] that it comes with, as far
// as they are known.
const (
	// ReasonInvalidRequest: malformed or beyond a limit (field, violation).
	ReasonInvalidRequest Reason = "INVALID_REQUEST"
	// ReasonTargetNotFound: the path, device or UUID names nothing (path, device, uuid).
	ReasonTargetNotFound Reason = "TARGET_NOT_FOUND"
	// ReasonHoldNotFound: no such hold, or it is forgotten (hold_id).
	ReasonHoldNotFound Reason = "HOLD_NOT_FOUND"
	// ReasonNotADirectory: the path names a file, FIFO, socket or device node (path).
	ReasonNotADirectory Reason = "NOT_A_DIRECTORY"
	// ReasonNotAMountPoint: a directory below a mount point, without AllowSubdirectory (path,
	// mount_point).
	ReasonNotAMountPoint Reason = "NOT_A_MOUNT_POINT"
	// ReasonTargetMismatch: not the file system that was expected (path, expected, found).
	ReasonTargetMismatch Reason = "TARGET_MISMATCH"
	// ReasonTargetAmbiguous: several file systems have that UUID (uuid, devices).
	ReasonTargetAmbiguous Reason = "TARGET_AMBIGUOUS"
	// ReasonProtectedFilesystem: the operator must allow freezing this one (path, device).
	ReasonProtectedFilesystem Reason = "PROTECTED_FILESYSTEM"
	// ReasonNotFreezable: this type of file system cannot be frozen (path, type, errno).
	ReasonNotFreezable Reason = "NOT_FREEZABLE"
	// ReasonNotFrozen: it is not frozen, or the hold ended before all was (path, device, hold_id).
	ReasonNotFrozen Reason = "NOT_FROZEN"
	// ReasonFrozenByAnother: another tool has frozen it (path, device).
	ReasonFrozenByAnother Reason = "FROZEN_BY_ANOTHER"
	// ReasonDeviceSuspended: a device-mapper device below stayed suspended (path, device).
	ReasonDeviceSuspended Reason = "DEVICE_SUSPENDED"
	// ReasonLowerLayerFrozen: a lower layer of the stack stayed frozen (path, lower_path,
	// lower_device, holder, purpose).
	ReasonLowerLayerFrozen Reason = "LOWER_LAYER_FROZEN"
	// ReasonFrozenTooLong: joined holds have it frozen for nearly the longest time allowed (path,
	// holder, purpose).
	ReasonFrozenTooLong Reason = "FROZEN_TOO_LONG"
	// ReasonHoldEnded: the hold has ended, but did not break (hold_id, end_cause, verdict).
	ReasonHoldEnded Reason = "HOLD_ENDED"
	// ReasonHoldAmbiguous: the caller has several holds on the target (hold_ids).
	ReasonHoldAmbiguous Reason = "HOLD_AMBIGUOUS"
	// ReasonHooksImpossible: the hooks cannot be run (hook, path).
	ReasonHooksImpossible Reason = "HOOKS_IMPOSSIBLE"
	// ReasonNotPermitted: the policy does not allow it (action).
	ReasonNotPermitted Reason = "NOT_PERMITTED"
	// ReasonResumeRefused: the token is wrong or used, or another owner's (hold_id).
	ReasonResumeRefused Reason = "RESUME_REFUSED"
	// ReasonUnauthenticated: the caller's identity could not be established.
	ReasonUnauthenticated Reason = "UNAUTHENTICATED"
	// ReasonFreezeTimeout: not all were frozen in time, and all are thawed (path, timeout).
	ReasonFreezeTimeout Reason = "FREEZE_TIMEOUT"
	// ReasonHoldExpired: the deadline passed, and it was thawed (hold_id).
	ReasonHoldExpired Reason = "HOLD_EXPIRED"
	// ReasonFreezeBroken: it did not stay frozen and unchanged until its owner's end (hold_id, cause,
	// path).
	ReasonFreezeBroken Reason = "FREEZE_BROKEN"
	// ReasonHoldTakenOver: another stream has resumed this hold (hold_id).
	ReasonHoldTakenOver Reason = "HOLD_TAKEN_OVER"
	// ReasonTooManyHolds: the caller, or all together, have too many holds (limit).
	ReasonTooManyHolds Reason = "TOO_MANY_HOLDS"
	// ReasonTooManyStuckFreezes: too many freezes are stuck in the kernel (limit).
	ReasonTooManyStuckFreezes Reason = "TOO_MANY_STUCK_FREEZES"
	// ReasonGuardianUnavailable: the process that freezes is being restarted.
	ReasonGuardianUnavailable Reason = "GUARDIAN_UNAVAILABLE"
	// ReasonShuttingDown: the service is going, its holds are thawed.
	ReasonShuttingDown Reason = "SHUTTING_DOWN"
	// ReasonUnsupported: part of the contract, but not served by this version (rpc, option).
	ReasonUnsupported Reason = "UNSUPPORTED"
	// ReasonDaemonNotPrivileged: the service lacks CAP_SYS_ADMIN (errno).
	ReasonDaemonNotPrivileged Reason = "DAEMON_NOT_PRIVILEGED"
	// ReasonIOError: the kernel reported an I/O error (path, operation, errno).
	ReasonIOError Reason = "IO_ERROR"
	// ReasonInternal: a fault of the service (id, under which its log has the text).
	ReasonInternal Reason = "INTERNAL"
	// ReasonFreezeCancelled: cancelled before all were frozen; nothing stays frozen (hold_id).
	ReasonFreezeCancelled Reason = "FREEZE_CANCELLED"
	// ReasonClientGone: the service took the client for gone (hold_id).
	ReasonClientGone Reason = "CLIENT_GONE"
)
