//! What the client tells: plain values with the contract's field names.
//!
//! Durations are [`Duration`](std::time::Duration), instants by the host's wall clock are
//! [`SystemTime`](std::time::SystemTime), instants since boot (CLOCK_BOOTTIME, which nobody can set)
//! are `Duration`. `None` was not said by the service.

mod filesystem;
mod hold;
mod options;
mod owner;
mod plan;
mod receipt;

pub use filesystem::{
    BlockDevice, DeviceNumber, ErrorDetail, Filesystem, FilesystemInfo, ForcedThaw, FrozenBy,
    FrozenStatus, HoldReference, PassedOver,
};
pub use hold::{HoldFilesystem, HoldFilesystemStatus, HoldInfo, HoldStatus, Progress};
pub use options::{HoldSettings, Hooks, Limits, Presync};
pub use owner::{Identity, Owner, TlsIdentity, UnixIdentity};
pub use plan::{Plan, PlannedFilesystem};
pub use receipt::{
    Evidence, EvidenceItem, FilesystemReceipt, FreezeInterval, PresyncPass, Receipt,
};
