//! What a hold was and whether it held.

use std::time::{Duration, SystemTime};

use super::{ErrorDetail, Filesystem, HoldSettings, Owner, PassedOver};
use crate::convert::messages;
use crate::{EndCause, EvidenceKind, EvidenceResult, HoldKind, IntervalEnd, Verdict};

messages! {
    /// What a hold was and whether it held. Every hold ends with one. Its JSON is its file form, to
    /// be kept beside the snapshot.
    Receipt = Receipt {
        /// Id of the hold.
        hold_id: String,
        /// Host name of the machine whose file systems were frozen.
        host_name: String,
        /// Boot id of that machine: the boottimes count from this boot.
        boot_id: String,
        /// Who owned the hold.
        owner: Owner,
        /// What its owner said it was for. May be empty.
        purpose: String,
        /// What was asked for.
        requested: HoldSettings,
        /// What was in effect, the last renewal included.
        effective: HoldSettings,
        /// Why it ended.
        end_cause: EndCause,
        /// Whether it held: the worst of its intervals, and not better than its end allows.
        verdict: Verdict,
        /// How many file systems it froze or joined, once for each interval.
        frozen_count: u32,
        /// How many of those the service thawed at the end of the interval.
        thawed_count: u32,
        /// Each file system of the hold, in the order of its targets.
        filesystems: Vec<FilesystemReceipt>,
        /// The file systems that "all that can be frozen" left out.
        passed_over: Vec<PassedOver>,
        /// When the hold was opened.
        open_time: Option<SystemTime>,
        /// When it ended.
        end_time: Option<SystemTime>,
        /// What ended it, where that was an error.
        failure: Option<ErrorDetail>,
        /// What the hold's life was tied to.
        kind: Option<HoldKind>,
        /// The service ran on its simulated kernel: nothing was really frozen.
        simulated: bool,
    }

    /// What happened to one file system of a hold.
    FilesystemReceipt = FilesystemReceipt {
        /// Which file system.
        filesystem: Filesystem,
        /// The passes of syncfs before its first freeze, in order.
        presync_passes: Vec<PresyncPass>,
        /// Each time that it was frozen by this hold, in order. Empty: never.
        intervals: Vec<FreezeInterval>,
        /// The worst of its intervals.
        verdict: Verdict,
    }

    /// One pass of syncfs(2) before a freeze.
    PresyncPass = PresyncPass {
        /// How long it took.
        duration: Option<Duration>,
        /// Bytes that were still dirty after it. None where the kernel does not tell.
        dirty_bytes_left: Option<u64>,
    }

    /// One time that a hold kept one file system frozen.
    FreezeInterval = FreezeInterval {
        /// How long the FIFREEZE took.
        freeze_duration: Option<Duration>,
        /// When it was frozen for this hold.
        frozen_time: Option<SystemTime>,
        /// The same since boot.
        frozen_boottime: Option<Duration>,
        /// When the interval ended. None: not yet.
        thawed_time: Option<SystemTime>,
        /// The same since boot.
        thawed_boottime: Option<Duration>,
        /// The last instant that the evidence covers: a copy complete by then is good, whatever
        /// came later.
        intact_until: Option<SystemTime>,
        /// The same since boot.
        intact_until_boottime: Option<Duration>,
        /// Sectors of 512 bytes. None where they could not be counted.
        sectors_written: Option<u64>,
        /// Sectors of 512 bytes. None where they could not be counted.
        sectors_discarded: Option<u64>,
        /// What the verdict rests on.
        evidence: Option<Evidence>,
        /// The verdict of this interval by itself. None: it has not ended.
        verdict: Option<Verdict>,
        /// How it ended. None: it has not.
        end: Option<IntervalEnd>,
    }

    /// What the verdict of an interval rests on.
    Evidence = Evidence {
        /// One for each kind of proof that was looked at.
        items: Vec<EvidenceItem>,
    }

    /// One proof and what it showed.
    EvidenceItem = EvidenceItem {
        /// Which proof.
        kind: EvidenceKind,
        /// What it showed.
        result: EvidenceResult,
        /// The values or the obstacle behind it, for people. May be empty.
        detail: String,
    }
}
