//! Why a call or a hold failed.

use std::fmt;

use crate::pb;

macro_rules! reasons {
    (
        service { $( $(#[$meta:meta])* $name:ident = $text:literal, )* }
        client { $( $(#[$client_meta:meta])* $client_name:ident = $client_text:literal, )* }
    ) => {
        /// Why a call, a command or a hold failed: what to branch on.
        ///
        /// Each reason of the service says which keys [`Error::metadata`](crate::Error::metadata)
        /// may have.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $( $(#[$meta])* $name, )*
            $( $(#[$client_meta])* $client_name, )*
            /// A reason that only a newer service knows, by its name: go by the
            /// [`Code`](crate::Code) then.
            Other(String),
        }

        impl Reason {
            /// Its name in the contract, e.g. `FROZEN_BY_ANOTHER`.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$name => $text, )*
                    $( Self::$client_name => $client_text, )*
                    Self::Other(name) => name,
                }
            }

            /// The reason of that name in the contract. The client's own reasons have no name there.
            pub(crate) fn from_service(name: &str) -> Self {
                match name {
                    $( $text => Self::$name, )*
                    _ => Self::Other(name.into()),
                }
            }
        }
    };
}

reasons! {
    service {
        /// The request is malformed or beyond a limit. Metadata: `field`, `violation`.
        InvalidRequest = "INVALID_REQUEST",
        /// The path, device or UUID names nothing there. Metadata: `path`, `device` or `uuid`.
        TargetNotFound = "TARGET_NOT_FOUND",
        /// No hold of that id, or it ended so long ago that it is forgotten. Metadata: `hold_id`.
        HoldNotFound = "HOLD_NOT_FOUND",
        /// The path names a file or a device node. Metadata: `path`.
        NotADirectory = "NOT_A_DIRECTORY",
        /// The path is a directory, but not a mount point, and
        /// [`allow_subdirectory`](crate::Target::allow_subdirectory) was not set. Metadata: `path`,
        /// `mount_point`.
        NotAMountPoint = "NOT_A_MOUNT_POINT",
        /// The file system is not the expected one. Metadata: `path`, `expected`, `found`.
        TargetMismatch = "TARGET_MISMATCH",
        /// The target names several file systems. Metadata: `uuid`, `devices`.
        TargetAmbiguous = "TARGET_AMBIGUOUS",
        /// The service must not freeze this one, unless its operator allows it. Metadata: `path`,
        /// `device`.
        ProtectedFilesystem = "PROTECTED_FILESYSTEM",
        /// A file system of this type cannot be frozen. Metadata: `path`, `type`, `errno`.
        NotFreezable = "NOT_FREEZABLE",
        /// It is not frozen, or the hold ended before all of it was. Metadata: `path`, `device` or
        /// `hold_id`.
        NotFrozen = "NOT_FROZEN",
        /// Another tool has frozen it. Metadata: `path`, `device`.
        FrozenByAnother = "FROZEN_BY_ANOTHER",
        /// A device-mapper device below is suspended. Metadata: `path`, `device`.
        DeviceSuspended = "DEVICE_SUSPENDED",
        /// A lower layer of the same stack is frozen. Metadata: `path`, `lower_path` or
        /// `lower_device`, `holder`, `purpose`.
        LowerLayerFrozen = "LOWER_LAYER_FROZEN",
        /// It has been frozen for nearly the longest time allowed. Metadata: `path`, `holder`,
        /// `purpose`.
        FrozenTooLong = "FROZEN_TOO_LONG",
        /// The hold has ended (not broken: see `FreezeBroken`). Metadata: `hold_id`, `end_cause`,
        /// `verdict`.
        HoldEnded = "HOLD_ENDED",
        /// The caller has several holds on the target. Metadata: `hold_ids`, separated by commas.
        HoldAmbiguous = "HOLD_AMBIGUOUS",
        /// Hooks were asked for, and cannot be run. Metadata: `hook`, `path`.
        HooksImpossible = "HOOKS_IMPOSSIBLE",
        /// The policy does not allow this caller to do this. Metadata: `action`.
        NotPermitted = "NOT_PERMITTED",
        /// The resume token is wrong or used up, or the hold is another owner's. Metadata:
        /// `hold_id`.
        ResumeRefused = "RESUME_REFUSED",
        /// The caller's identity could not be established.
        Unauthenticated = "UNAUTHENTICATED",
        /// Not all were frozen in time; those that were are thawed. Metadata: `path`, `timeout`.
        FreezeTimeout = "FREEZE_TIMEOUT",
        /// The hold's deadline passed, and it was thawed. Metadata: `hold_id`.
        HoldExpired = "HOLD_EXPIRED",
        /// What the hold covered did not stay frozen and unchanged: discard the snapshot. Metadata:
        /// `hold_id`, `cause`, `path`.
        FreezeBroken = "FREEZE_BROKEN",
        /// Another stream has resumed this hold. Metadata: `hold_id`.
        HoldTakenOver = "HOLD_TAKEN_OVER",
        /// The caller, or all callers together, have too many holds. Metadata: `limit`.
        TooManyHolds = "TOO_MANY_HOLDS",
        /// Too many freezes are stuck in the kernel. Metadata: `limit`.
        TooManyStuckFreezes = "TOO_MANY_STUCK_FREEZES",
        /// The process that freezes is being restarted. Try again.
        GuardianUnavailable = "GUARDIAN_UNAVAILABLE",
        /// The service is shutting down; its holds are thawed.
        ShuttingDown = "SHUTTING_DOWN",
        /// Part of the contract, but not served by this version. Metadata: `rpc` or `option`.
        Unsupported = "UNSUPPORTED",
        /// The service lacks the privilege to freeze. Metadata: `errno`.
        DaemonNotPrivileged = "DAEMON_NOT_PRIVILEGED",
        /// The kernel reported an I/O error. Metadata: `path`, `operation`, `errno`.
        IoError = "IO_ERROR",
        /// A fault of the service itself. Metadata: `id`, under which its log has the text.
        Internal = "INTERNAL",
        /// A freeze was cancelled before all were frozen. Metadata: `hold_id`.
        FreezeCancelled = "FREEZE_CANCELLED",
        /// The service took the client for gone, because it did not read. Metadata: `hold_id`.
        ClientGone = "CLIENT_GONE",
    }
    client {
        /// The client's own: the service cannot be reached, or the connection broke. Whether a call
        /// took effect is not known.
        Unreachable = "UNREACHABLE",
        /// The client's own: no answer in time. Whether the call took effect is not known.
        TimedOut = "TIMED_OUT",
        /// The client's own: its user ended the hold with [`Hold::cancel`](crate::Hold::cancel), or
        /// the runtime that the hold was opened in is gone.
        Cancelled = "CANCELLED",
        /// The client's own: nothing wrong was seen, but a piece of the proof is missing. See the
        /// receipt, and [`accept_unproven`](crate::HoldOptions::accept_unproven).
        Unproven = "UNPROVEN",
        /// The client's own: the service answered with a status but no reason, or otherwise than
        /// the contract says.
        Protocol = "PROTOCOL",
    }
}

const PREFIX: &str = "ERROR_REASON_";

impl Reason {
    /// The reason of that number; `UNKNOWN_17` where only a newer service knows it.
    pub(crate) fn from_number(number: i32) -> Self {
        match pb::ErrorReason::try_from(number) {
            Ok(pb::ErrorReason::Unspecified) | Err(_) => Self::Other(format!("UNKNOWN_{number}")),
            Ok(known) => {
                let name = known.as_str_name();
                Self::from_service(name.strip_prefix(PREFIX).unwrap_or(name))
            }
        }
    }

    /// The enum's value in proto3 JSON: its whole name, or its number where that is all we know.
    pub(crate) fn full_name(&self) -> Result<String, i32> {
        match self.as_str().strip_prefix("UNKNOWN_").map(str::parse) {
            Some(Ok(number)) => Err(number),
            _ => Ok(format!("{PREFIX}{self}")),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reason that is added to the contract must get a variant here.
    #[test]
    fn knows_every_reason_of_the_contract() {
        for number in 1..=i32::from(u8::MAX) {
            if let Ok(reason) = pb::ErrorReason::try_from(number) {
                let known = Reason::from_number(number);
                assert!(
                    !matches!(known, Reason::Other(_)),
                    "{}",
                    reason.as_str_name()
                );
                assert_eq!(format!("{PREFIX}{known}"), reason.as_str_name());
                assert_eq!(known.full_name(), Ok(reason.as_str_name().to_owned()));
            }
        }
    }

    #[test]
    fn tolerates_what_only_a_newer_service_knows() {
        let named = Reason::from_service("QUOTA_EXCEEDED");
        assert_eq!(named, Reason::Other("QUOTA_EXCEEDED".into()));
        let numbered = Reason::from_number(4711);
        assert_eq!(numbered.as_str(), "UNKNOWN_4711");
        assert_eq!(numbered.full_name(), Err(4711));
    }
}
