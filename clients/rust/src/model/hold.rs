//! Holds, as the service tells of them.

use std::time::{Duration, SystemTime};

use super::{ErrorDetail, Filesystem, FrozenBy, HoldSettings, Owner, PassedOver, Receipt};
use crate::convert::messages;
use crate::{
    Certainty, FreezePhase, FreezeState, HoldFilesystemState, HoldKind, HoldState, StateEvidence,
};

messages! {
    /// A hold as it was when the service told of it.
    HoldInfo = Hold {
        /// Opaque id.
        hold_id: String,
        /// What its life is tied to.
        kind: HoldKind,
        /// Where it is in its life.
        state: HoldState,
        /// Who owns it.
        owner: Owner,
        /// What its owner said it is for. May be empty.
        purpose: String,
        /// Its file systems, in the order of its targets.
        filesystems: Vec<HoldFilesystem>,
        /// The options in effect, clamped to the service's limits.
        effective: HoldSettings,
        /// When it was opened.
        open_time: Option<SystemTime>,
        /// When all of it was frozen. None: it is not.
        frozen_time: Option<SystemTime>,
        /// Between the first and the last of its file systems frozen. None: not all are.
        skew: Option<Duration>,
        /// Its deadline. None: none runs.
        expire_time: Option<SystemTime>,
        /// Until when it waits for its client to come back.
        linger_expire_time: Option<SystemTime>,
        /// The file systems that "all that can be frozen" left out.
        passed_over: Vec<PassedOver>,
        /// Its receipt, when it has ended.
        receipt: Option<Receipt>,
    }

    /// One file system of a hold, as it is for this hold. The kernel's state may differ: ask
    /// [`Client::is_frozen`](crate::Client::is_frozen) or [`Hold::status`](crate::Hold::status).
    HoldFilesystem = HoldFilesystem {
        /// Which file system.
        filesystem: Filesystem,
        /// Where it is, for this hold.
        state: HoldFilesystemState,
        /// When it was frozen for this hold. None: it is not.
        frozen_time: Option<SystemTime>,
        /// The same since boot.
        frozen_boottime: Option<Duration>,
        /// How long the FIFREEZE took. None: it is not frozen.
        freeze_duration: Option<Duration>,
    }

    /// What a hold holds, and what the kernel says.
    HoldStatus = HoldStatus {
        /// The kernel's state for the whole hold.
        state: FreezeState,
        /// This hold keeps all its file systems frozen.
        held_by_this: bool,
        /// Each file system of the hold.
        filesystems: Vec<HoldFilesystemStatus>,
        /// The deadline. None: none runs.
        expire_time: Option<SystemTime>,
    }

    /// One file system in a [`HoldStatus`].
    HoldFilesystemStatus = FilesystemStatus {
        /// Which file system.
        filesystem: Filesystem,
        /// The kernel's state.
        state: FreezeState,
        /// How far `state` can be trusted. None where it is unknown.
        certainty: Option<Certainty>,
        /// This hold keeps it frozen.
        held_by_this: bool,
        /// Who keeps it frozen, this hold included. Empty when it is not.
        frozen_by: Vec<FrozenBy>,
        /// Which way answered for `state`.
        evidence: Option<StateEvidence>,
    }

    /// How far one file system is on its way to frozen, or to thawed.
    Progress = HoldProgress {
        /// Which file system.
        filesystem: Filesystem,
        /// What is being done to it.
        phase: FreezePhase,
        /// Which pass of syncfs is under way, from 1. 0 outside of syncing.
        sync_pass: u32,
        /// Bytes that are still dirty. None where the kernel does not tell.
        dirty_bytes_left: Option<u64>,
        /// Since this phase began.
        elapsed: Option<Duration>,
        /// What it waits for, while it waits.
        waiting_for: Option<ErrorDetail>,
    }
}
