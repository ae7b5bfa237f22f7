//! The contract's enums. A value that a newer service sends is `Other` with its number, and never
//! an error.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::convert::{Decode, Json};
use crate::pb;

macro_rules! open_enums {
    ($(
        $(#[$meta:meta])*
        $name:ident, $prefix:literal { $( $(#[$value_meta:meta])* $value:ident, )* }
    )*) => {
        $(
            $(#[$meta])*
            ///
            /// Displays as its name in the contract without prefix, a value that this version does
            /// not know as `UNKNOWN_17`.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum $name {
                $( $(#[$value_meta])* $value, )*
                /// A value that only a newer service knows, by its number in the contract; 0 where
                /// a service did not say what the contract promises.
                Other(i32),
            }

            impl $name {
                fn full_name(self) -> Result<&'static str, i32> {
                    match self {
                        $( Self::$value => Ok(pb::$name::$value.as_str_name()), )*
                        Self::Other(number) => Err(number),
                    }
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    match self.full_name() {
                        Ok(name) => f.pad(name.strip_prefix($prefix).unwrap_or(name)),
                        Err(number) => f.pad(&format!("UNKNOWN_{number}")),
                    }
                }
            }

            /// As in proto3 JSON: the whole name, or the number of an unknown value.
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    match self.full_name() {
                        Ok(name) => serializer.serialize_str(name),
                        Err(number) => serializer.serialize_i32(number),
                    }
                }
            }

            /// Only what the contract promises and a faulty service left out.
            impl Default for $name {
                fn default() -> Self {
                    Self::Other(0)
                }
            }

            impl Decode<i32> for $name {
                fn decode(number: i32) -> Self {
                    match pb::$name::try_from(number) {
                        $( Ok(pb::$name::$value) => Self::$value, )*
                        _ => Self::Other(number),
                    }
                }
            }

            /// None: UNSPECIFIED, which means "not said".
            impl Decode<i32> for Option<$name> {
                fn decode(number: i32) -> Self {
                    (number != 0).then(|| Decode::decode(number))
                }
            }

            impl Json for $name {
                fn is_unset(&self) -> bool {
                    *self == Self::default()
                }

                fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.serialize(serializer)
                }
            }
        )*

        #[cfg(test)]
        mod tests {
            use super::*;

            fn check<T>(prefix: &str, full_name: fn(i32) -> Option<&'static str>)
            where
                T: Decode<i32> + fmt::Display + Serialize,
            {
                for number in 1..100 {
                    let value = T::decode(number);
                    let json = serde_json::to_value(&value).unwrap();
                    match full_name(number) {
                        Some(name) => {
                            assert_eq!(format!("{prefix}{value}"), name);
                            assert_eq!(json, name);
                        }
                        None => {
                            assert_eq!(value.to_string(), format!("UNKNOWN_{number}"));
                            assert_eq!(json, number);
                        }
                    }
                }
            }

            /// A value that is added to the contract must get a variant here.
            #[test]
            fn know_every_value_and_tolerate_others() {
                $( check::<$name>($prefix, |number| {
                    pb::$name::try_from(number).ok().map(|known| known.as_str_name())
                }); )*
            }
        }
    };
}

open_enums! {
    /// Whether a file system is frozen, in the kernel.
    FreezeState, "FREEZE_STATE_" {
        /// Nothing is frozen.
        Thawed,
        /// A freeze is under way: some writers are blocked, the image is not stable yet.
        Freezing,
        /// The image is stable, writers are blocked.
        Frozen,
        /// No way to find out works on that kernel and file system. Nothing is guessed.
        Unknown,
    }

    /// How far a [`FreezeState`] can be trusted.
    Certainty, "CERTAINTY_" {
        /// Read from the kernel's own variable.
        Certain,
        /// Concluded from something that goes with a freeze.
        Likely,
    }

    /// Which way answered for a [`FreezeState`].
    StateEvidence, "STATE_EVIDENCE_" {
        /// No way could answer.
        None,
        /// The kernel's superblock, read through BPF.
        Superblock,
        /// ext4: the `needs_recovery` flag in the superblock on the device.
        Ext4RecoveryFlag,
        /// xfs: the reserve of blocks, which a freeze takes away.
        XfsReserve,
        /// The service's simulated kernel: nothing is really frozen.
        Simulated,
    }

    /// Who keeps a file system frozen.
    Freezer, "FREEZER_" {
        /// Holds of this service.
        ThisService,
        /// Another tool, by FIFREEZE, e.g. fsfreeze(8).
        AnotherTool,
        /// The kernel itself: a suspended device-mapper device, or hibernation.
        Kernel,
        /// Somebody, but not this service; which kind cannot be told on that kernel.
        Unknown,
    }

    /// What a block device is to the file system that writes to it.
    DeviceRole, "DEVICE_ROLE_" {
        /// The data, or one member of several.
        Data,
        /// The log or journal, where it has a device of its own.
        Log,
        /// The realtime section of an xfs.
        Realtime,
        /// Below a device that is written, e.g. the disk under a device-mapper device.
        Lower,
    }

    /// What a hold's life is tied to, beside its deadline.
    HoldKind, "HOLD_KIND_" {
        /// To a stream: [`Client::hold`](crate::Client::hold).
        Stream,
        /// To nothing else: [`Client::freeze`](crate::Client::freeze).
        Lease,
    }

    /// Whether dirty data are written back before the freeze, while the file system is writable.
    PresyncMode, "PRESYNC_MODE_" {
        /// The freeze itself writes everything back, while writers are blocked.
        Off,
        /// Passes of syncfs(2) until little is left to do, or enough were made.
        UntilCalm,
    }

    /// Where a hold is in its life.
    HoldState, "HOLD_STATE_" {
        /// It keeps nothing frozen.
        Open,
        /// Its file systems are being frozen; some may be already.
        Freezing,
        /// All its file systems are frozen.
        Frozen,
        /// Its file systems are being thawed.
        Thawing,
        /// It has ended, and has a receipt.
        Ended,
    }

    /// Where one file system of a hold is, for this hold.
    HoldFilesystemState, "HOLD_FILESYSTEM_STATE_" {
        /// Named by the hold, and not kept frozen by it.
        Open,
        /// To be frozen as soon as something else has ended.
        Waiting,
        /// FIFREEZE is under way.
        Freezing,
        /// Kept frozen by this hold.
        Frozen,
        /// This hold was the last to let go of it, and its thaw is under way.
        Thawing,
        /// The hold has ended, and keeps it frozen no more.
        Thawed,
        /// Somebody else thawed it, or its device failed.
        Broken,
    }

    /// What is being done to a file system on its way to frozen, or to thawed.
    FreezePhase, "FREEZE_PHASE_" {
        /// It waits for something that must end first.
        Waiting,
        /// Dirty data are written back, nothing is frozen yet.
        Syncing,
        /// FIFREEZE is under way.
        Freezing,
        /// It is frozen; others of the hold may not be yet.
        Frozen,
        /// FITHAW is under way.
        Thawing,
        /// It is thawed again.
        Thawed,
    }

    /// Why a hold ended.
    EndCause, "END_CAUSE_" {
        /// Its owner ended it.
        Released,
        /// Its client cancelled, died, lost its connection or fell silent.
        ClientGone,
        /// Its deadline passed.
        Expired,
        /// A member could not be frozen, or not in time.
        FreezeFailed,
        /// Somebody else thawed a member.
        ForeignThaw,
        /// The device of a member failed or went away.
        DeviceFailed,
        /// An administrator thawed it.
        Administrator,
        /// The service was told to stop.
        Shutdown,
        /// A process of the service died.
        DaemonRestart,
    }

    /// Whether what was copied while the hold was frozen is one consistent image.
    Verdict, "VERDICT_" {
        /// Proven: frozen and unchanged, from frozen until its owner ended it.
        Intact,
        /// It was thawed, or the image changed, or it did not last until its owner's release.
        NotIntact,
        /// Nothing wrong was seen, but a piece of the evidence is missing.
        Unproven,
        /// It ended before all of its file systems were frozen.
        NeverFrozen,
    }

    /// How an interval ended for its file system.
    IntervalEnd, "INTERVAL_END_" {
        /// The service thawed it.
        Thawed,
        /// Other holds keep it frozen.
        LeftFrozen,
        /// Somebody else had thawed it.
        ForeignThaw,
        /// Its device failed or went away.
        DeviceFailed,
        /// It could not be found out.
        Unknown,
    }

    /// One kind of proof that a file system stayed frozen and its image unchanged.
    EvidenceKind, "EVIDENCE_KIND_" {
        /// Its owner ended it before the deadline.
        OwnerRelease,
        /// It was never seen other than frozen.
        FrozenState,
        /// The kernel's count of freezes is what it was right after the freeze.
        FreezeGeneration,
        /// In place of the freeze generation: the head of an xfs log, the generation of a btrfs.
        GenerationFallback,
        /// The thaw found it frozen.
        ThawResult,
        /// Its devices did not fail.
        DeviceHealth,
        /// No sector was written to any of its devices.
        SectorsWritten,
        /// No sector was discarded on any of its devices.
        SectorsDiscarded,
        /// The counters of sectors count at all.
        CountersAlive,
    }

    /// What a proof showed.
    EvidenceResult, "EVIDENCE_RESULT_" {
        /// It speaks for an intact image.
        Held,
        /// It shows that the image may have changed.
        Contradicted,
        /// It could not be had.
        Missing,
        /// It was not needed.
        NotNeeded,
    }
}
