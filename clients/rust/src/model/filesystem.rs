//! File systems, and who keeps them frozen.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serializer;

use super::Owner;
use crate::convert::{Decode, Json, messages};
use crate::{Certainty, DeviceRole, FreezeState, Freezer, Reason, StateEvidence, pb};

messages! {
    /// Number of a block device, or of a file system's superblock (`st_dev`). Displays as `7:3`.
    #[derive(Copy, Eq, Hash)]
    DeviceNumber = DeviceNumber {
        /// 0 stands for a superblock without one device of its own, e.g. btrfs.
        major: u32,
        /// 0 to 1048575.
        minor: u32,
    }

    /// A block device that a file system lies on.
    BlockDevice = BlockDevice {
        /// Its number.
        number: DeviceNumber,
        /// Its kernel name, e.g. `loop0`.
        name: String,
        /// What it is to the file system.
        role: DeviceRole,
    }

    /// Which file system is meant, as it was when it was resolved.
    Filesystem = Filesystem {
        /// Empty where it is not mounted (frozen, then unmounted).
        mount_point: String,
        /// True where `mount_point` is not UTF-8: other bytes and backslashes are written `\ooo`.
        mount_point_escaped: bool,
        /// Type as the kernel names it: `ext4`, `xfs`, `btrfs` ...
        r#type: String,
        /// UUID as blkid(8) prints it.
        uuid: Option<String>,
        /// The third field of /proc/self/mountinfo.
        device: DeviceNumber,
        /// Every device that it writes to, the mounted one first. Empty where they are not known.
        devices: Vec<BlockDevice>,
        /// The superblock is read-only. It is frozen all the same.
        read_only: bool,
        /// What it was mounted from, e.g. `/dev/loop3`. May be empty.
        source: String,
    }

    /// What a file system is and whether it is frozen.
    FilesystemInfo = FilesystemInfo {
        /// Which file system.
        filesystem: Filesystem,
        /// All its mount points, escaped where `filesystem.mount_point_escaped` is set.
        mount_points: Vec<String>,
        /// Why a hold on it would be refused. None: the service can freeze it.
        refusal: Option<ErrorDetail>,
        /// Whether it is frozen.
        state: FreezeState,
        /// How far `state` can be trusted. None where it is unknown.
        certainty: Option<Certainty>,
        /// Empty when it is not frozen.
        frozen_by: Vec<FrozenBy>,
        /// Which way answered for `state`.
        evidence: Option<StateEvidence>,
    }

    /// The kernel's truth about one file system, whoever froze it.
    FrozenStatus = IsFrozenResponse {
        /// Which file system was looked at.
        filesystem: Filesystem,
        /// Whether it is frozen.
        state: FreezeState,
        /// How far `state` can be trusted. None where it is unknown.
        certainty: Option<Certainty>,
        /// Empty when it is not frozen.
        frozen_by: Vec<FrozenBy>,
        /// Which way answered for `state`.
        evidence: Option<StateEvidence>,
    }

    /// One holder of a freeze.
    FrozenBy = FrozenBy {
        /// Which kind of holder.
        freezer: Freezer,
        /// Only with [`Freezer::ThisService`].
        holds: Vec<HoldReference>,
        /// The suspended device-mapper device, e.g. `dm-3`. Only with [`Freezer::Kernel`]; may be
        /// empty.
        device: String,
    }

    /// Names a hold to somebody who is not its owner.
    HoldReference = HoldReference {
        /// Id of the hold.
        hold_id: String,
        /// None where it is not known any more.
        owner: Option<Owner>,
        /// What its owner said it is for. May be empty.
        purpose: String,
    }

    /// A file system that "all that can be frozen" left out.
    PassedOver = PassedOver {
        /// Which file system.
        filesystem: Filesystem,
        /// Why it cannot be frozen. None: an exclude pattern matched.
        refusal: Option<ErrorDetail>,
    }

    /// What a forced thaw did.
    ForcedThaw = ForcedThaw {
        /// Which file system.
        filesystem: Filesystem,
        /// Who had frozen it.
        frozen_by: Vec<FrozenBy>,
        /// The kernel's state after it: frozen where the kernel itself goes on holding it.
        state: FreezeState,
    }

    /// A reason told inside a message rather than as the failure of a call.
    ErrorDetail = ErrorDetail {
        /// What to branch on.
        reason: Reason,
        /// The same for people. May change at any time.
        message: String,
        /// Every variable part, by the keys that the reason names.
        metadata: BTreeMap<String, String>,
    }
}

impl fmt::Display for DeviceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

impl From<DeviceNumber> for pb::DeviceNumber {
    fn from(DeviceNumber { major, minor }: DeviceNumber) -> Self {
        Self { major, minor }
    }
}

impl Decode<i32> for Reason {
    fn decode(number: i32) -> Self {
        Self::from_number(number)
    }
}

/// Only what the contract promises and a faulty service left out.
impl Default for Reason {
    fn default() -> Self {
        Self::from_number(0)
    }
}

impl Json for Reason {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    fn json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.full_name() {
            Ok(name) => serializer.serialize_str(&name),
            Err(number) => serializer.serialize_i32(number),
        }
    }
}
