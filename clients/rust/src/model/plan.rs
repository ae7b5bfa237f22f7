//! What a hold would freeze.

use super::{BlockDevice, ErrorDetail, Filesystem, FrozenBy, PassedOver};
use crate::convert::messages;
use crate::{Certainty, FreezeState};

messages! {
    /// What a hold on some targets would freeze, and in which order.
    Plan = Plan {
        /// The file systems, in the order of their steps.
        filesystems: Vec<PlannedFilesystem>,
        /// The file systems that "all that can be frozen" would leave out.
        passed_over: Vec<PassedOver>,
        /// What should be known about the whole, for people.
        warnings: Vec<String>,
    }

    /// One file system of a plan.
    PlannedFilesystem = PlannedFilesystem {
        /// Which file system.
        filesystem: Filesystem,
        /// Those of one step are frozen together; lower steps first.
        step: u32,
        /// Bytes that would have to be written back now. None where the kernel does not tell.
        dirty_bytes: Option<u64>,
        /// The devices under it, from the mounted one down.
        device_stack: Vec<BlockDevice>,
        /// Whether it is frozen now.
        state: Option<FreezeState>,
        /// How far `state` can be trusted.
        certainty: Option<Certainty>,
        /// Who keeps it frozen now. A hold would join one of this service's own.
        frozen_by: Vec<FrozenBy>,
        /// Why a hold on it would be refused now. None: it would not.
        refusal: Option<ErrorDetail>,
        /// What should be known about it, for people.
        warnings: Vec<String>,
    }
}
